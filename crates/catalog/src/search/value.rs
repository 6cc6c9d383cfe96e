//! What the dictionary says of a term: one number of 64 bits.
//!
//! ```text
//!   bits 8..64  where the head of the list is in postings.bin,
//!               or the row itself when there is but one
//!   bits 0..8   0: one row; otherwise 1 + the size class of the list
//! ```
//!
//! A size class is four times the binary logarithm of the number of rows,
//! rounded down: enough to choose between terms without reading their lists.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Value(pub(super) u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Row(u32),
    Head(u64),
}

impl Value {
    pub(super) fn of_row(row: u32) -> Self {
        Self(u64::from(row) << 8)
    }

    pub(super) fn of_list(head: u64, rows: u64) -> Self {
        Self(head << 8 | (1 + class(rows)))
    }

    pub(super) fn place(self) -> Place {
        match (self.0 & 0xff, self.0 >> 8) {
            // Rows have 32 bits; the check is at the reader's.
            (0, row) => Place::Row(row as u32),
            (_, head) => Place::Head(head),
        }
    }

    /// At least half of the rows of the list, at most all of them.
    pub(super) fn rows(self) -> u64 {
        match self.0 & 0xff {
            0 => 1,
            class => lowest(class - 1),
        }
    }
}

fn class(rows: u64) -> u64 {
    let log = u64::from(rows.max(1).ilog2());
    let part = if log >= 2 {
        rows >> (log - 2) & 3
    } else {
        rows << (2 - log) & 3
    };
    4 * log + part
}

/// The smallest number of this class.
fn lowest(class: u64) -> u64 {
    let whole = (4 + class % 4).checked_shl((class / 4).min(40) as u32);
    whole.unwrap_or(u64::MAX) >> 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_near_and_never_too_large() {
        for rows in (2..5_000).chain([1 << 20, 99_999_999, u64::from(u32::MAX)]) {
            let value = Value::of_list(77, rows);
            assert_eq!(value.place(), Place::Head(77));
            assert!(
                value.rows() <= rows && value.rows() * 3 / 2 >= rows,
                "{rows}"
            );
        }
        assert_eq!(Value::of_row(9).place(), Place::Row(9));
        assert_eq!(Value::of_row(9).rows(), 1);
    }
}
