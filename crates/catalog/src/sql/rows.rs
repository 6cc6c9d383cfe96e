//! Which rows can filters over their numbers let through?

use {
    datafusion::{
        common::ScalarValue,
        logical_expr::{Between, BinaryExpr, Expr, Operator, expr::InList},
    },
    std::ops::Range,
};

/// Ranges of rows that ascend, are not empty and do not touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rows(Vec<Range<u64>>);

/// The rows, of as many as there are, that all filters can let through by
/// what they say of `column`; nothing where they say nothing.
pub(super) fn rows_of(filters: &[Expr], column: &str, rows: u64) -> Option<Rows> {
    let question = Question { column, rows };
    let said = filters.iter().filter_map(|filter| question.of(filter));
    said.reduce(|all, one| all.and(&one))
}

struct Question<'a> {
    column: &'a str,
    rows: u64,
}

impl Question<'_> {
    fn of(&self, filter: &Expr) -> Option<Rows> {
        match filter {
            Expr::BinaryExpr(it) => self.of_two(it),
            Expr::Between(Between {
                expr,
                negated: false,
                low,
                high,
            }) if self.is_row(expr) => {
                let from = self.compared(Operator::GtEq, number(low)?)?;
                Some(from.and(&self.compared(Operator::LtEq, number(high)?)?))
            }
            Expr::InList(InList {
                expr,
                list,
                negated: false,
            }) if self.is_row(expr) => {
                let numbers: Option<Vec<i128>> = list.iter().map(number).collect();
                let each = numbers?.into_iter();
                Some(Rows::new(each.map(|it| self.range(it, it + 1)).collect()))
            }
            _ => None,
        }
    }

    fn of_two(&self, BinaryExpr { left, op, right }: &BinaryExpr) -> Option<Rows> {
        match op {
            Operator::And => match (self.of(left), self.of(right)) {
                (Some(left), Some(right)) => Some(left.and(&right)),
                (one, other) => one.or(other),
            },
            Operator::Or => {
                let (left, right) = (self.of(left)?, self.of(right)?);
                Some(Rows::new([left.0, right.0].concat()))
            }
            op if self.is_row(left) => self.compared(*op, number(right)?),
            op if self.is_row(right) => self.compared(op.swap()?, number(left)?),
            _ => None,
        }
    }

    fn compared(&self, op: Operator, number: i128) -> Option<Rows> {
        let end = i128::from(self.rows);
        let (from, to) = match op {
            Operator::Eq => (number, number + 1),
            Operator::Lt => (0, number),
            Operator::LtEq => (0, number + 1),
            Operator::Gt => (number + 1, end),
            Operator::GtEq => (number, end),
            _ => return None,
        };
        Some(Rows::new(vec![self.range(from, to)]))
    }

    fn is_row(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Column(column) if column.name == self.column)
    }

    /// Rows that are there.
    fn range(&self, from: i128, to: i128) -> Range<u64> {
        let within = |row: i128| row.clamp(0, i128::from(self.rows)) as u64;
        within(from)..within(to)
    }
}

fn number(expr: &Expr) -> Option<i128> {
    match expr {
        Expr::Literal(ScalarValue::Int64(Some(number)), _) => Some((*number).into()),
        Expr::Literal(ScalarValue::Int32(Some(number)), _) => Some((*number).into()),
        Expr::Literal(ScalarValue::UInt64(Some(number)), _) => Some((*number).into()),
        _ => None,
    }
}

impl Rows {
    fn new(mut ranges: Vec<Range<u64>>) -> Self {
        ranges.sort_unstable_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::new();
        for range in ranges.into_iter().filter(|range| !range.is_empty()) {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        Self(joined)
    }

    fn and(&self, other: &Self) -> Self {
        let (mut left, mut right) = (0, 0);
        let mut both = Vec::new();
        while let (Some(one), Some(two)) = (self.0.get(left), other.0.get(right)) {
            both.push(one.start.max(two.start)..one.end.min(two.end));
            match one.end < two.end {
                true => left += 1,
                false => right += 1,
            }
        }
        Self::new(both)
    }

    pub(super) fn ranges(&self) -> &[Range<u64>] {
        &self.0
    }

    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        datafusion::logical_expr::{col, lit},
        proptest::prelude::*,
    };

    /// A filter, and whether it lets a row through; nothing where it says
    /// nothing of the number.
    #[derive(Debug, Clone)]
    enum Said {
        Compared(Operator, i64, bool),
        Between(i64, i64),
        In(Vec<i64>),
        Title,
        And(Box<Said>, Box<Said>),
        Or(Box<Said>, Box<Said>),
    }

    impl Said {
        fn expr(&self) -> Expr {
            match self {
                Self::Compared(op, number, false) => {
                    datafusion::logical_expr::binary_expr(col("row"), *op, lit(*number))
                }
                Self::Compared(op, number, true) => datafusion::logical_expr::binary_expr(
                    lit(*number),
                    op.swap().unwrap(),
                    col("row"),
                ),
                Self::Between(low, high) => col("row").between(lit(*low), lit(*high)),
                Self::In(list) => {
                    col("row").in_list(list.iter().map(|it| lit(*it)).collect(), false)
                }
                Self::Title => col("title").eq(lit("a")),
                Self::And(left, right) => left.expr().and(right.expr()),
                Self::Or(left, right) => left.expr().or(right.expr()),
            }
        }

        /// A title may be anything.
        fn lets(&self, row: i64) -> bool {
            match self {
                Self::Compared(Operator::Eq, number, _) => row == *number,
                Self::Compared(Operator::Lt, number, _) => row < *number,
                Self::Compared(Operator::LtEq, number, _) => row <= *number,
                Self::Compared(Operator::Gt, number, _) => row > *number,
                Self::Compared(_, number, _) => row >= *number,
                Self::Between(low, high) => (*low..=*high).contains(&row),
                Self::In(list) => list.contains(&row),
                Self::Title => true,
                Self::And(left, right) => left.lets(row) && right.lets(row),
                Self::Or(left, right) => left.lets(row) || right.lets(row),
            }
        }
    }

    fn said() -> impl Strategy<Value = Said> {
        let ops = [
            Operator::Eq,
            Operator::Lt,
            Operator::LtEq,
            Operator::Gt,
            Operator::GtEq,
        ];
        let number = -5i64..35;
        let leaf = prop_oneof![
            (
                prop::sample::select(ops.to_vec()),
                number.clone(),
                any::<bool>()
            )
                .prop_map(|(op, number, swap)| Said::Compared(op, number, swap)),
            (number.clone(), number.clone()).prop_map(|(low, high)| Said::Between(low, high)),
            prop::collection::vec(number, 1..5).prop_map(Said::In),
            Just(Said::Title),
        ];
        leaf.prop_recursive(3, 12, 2, |inner| {
            let two = (inner.clone().prop_map(Box::new), inner.prop_map(Box::new));
            prop_oneof![
                two.clone().prop_map(|(left, right)| Said::And(left, right)),
                two.prop_map(|(left, right)| Said::Or(left, right)),
            ]
        })
    }

    proptest! {
        #[test]
        fn exactly_the_rows_that_may_pass_are_read(
            filters in prop::collection::vec(said(), 0..3),
        ) {
            let exprs: Vec<Expr> = filters.iter().map(Said::expr).collect();
            let found = rows_of(&exprs, "row", 30);
            let passes = |row: &i64| filters.iter().all(|filter| filter.lets(*row));
            let expected: Vec<i64> = (0..30).filter(passes).collect();
            let read = found.clone().unwrap_or(Rows(vec![0..30]));
            let listed: Vec<i64> = read.0.iter().cloned().flatten().map(|row| row as i64).collect();
            prop_assert_eq!(&listed, &expected);
            prop_assert_eq!(read.count(), expected.len() as u64);
            prop_assert!(read.0.windows(2).all(|two| two[0].end < two[1].start));
        }
    }

    #[test]
    fn numbers_out_of_range_are_no_rows() {
        let filter = col("row")
            .gt(lit(i64::MAX))
            .or(col("row").lt(lit(i64::MIN)));
        assert_eq!(rows_of(&[filter], "row", 9), Some(Rows(Vec::new())));
        assert_eq!(rows_of(&[col("row").not_eq(lit(1i64))], "row", 9), None);
    }
}
