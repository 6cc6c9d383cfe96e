//! Columns that need not be read: in some row groups all rows of a column are
//! alike, and the footer tells what they hold.

use {
    arrow_array::{
        ArrayRef, BooleanArray, StringArray, TimestampMillisecondArray, UInt16Array, UInt32Array,
        UInt64Array, new_null_array,
    },
    arrow_schema::{DataType, TimeUnit},
    parquet::file::{metadata::RowGroupMetaData, statistics::Statistics},
    std::sync::Arc,
};

/// What all rows of a column hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Told<'a> {
    Nothing,
    Truth(bool),
    /// Of up to 64 bits, as Parquet keeps it.
    Number(i64),
    Text(&'a str),
}

impl<'a> Told<'a> {
    /// `None` where rows differ, or where the footer does not tell.
    pub(super) fn of(group: &'a RowGroupMetaData, leaf: usize, kind: &DataType) -> Option<Self> {
        let column = group.column(leaf);
        let limits = column.statistics()?;
        let rows = u64::try_from(group.num_rows()).ok()?;
        // Of lists the footer does not tell where they end.
        if column.column_descr().max_rep_level() > 0 {
            return None;
        }
        match limits.null_count_opt()? {
            0 => one(limits).filter(|told| told.is_of(kind)),
            nulls if nulls == rows => Some(Self::Nothing),
            _ => None,
        }
    }

    const fn is_of(&self, kind: &DataType) -> bool {
        match self {
            Self::Nothing => true,
            Self::Truth(_) => matches!(kind, DataType::Boolean),
            Self::Number(_) => matches!(
                kind,
                DataType::UInt16
                    | DataType::UInt32
                    | DataType::UInt64
                    | DataType::Timestamp(TimeUnit::Millisecond, _)
            ),
            Self::Text(_) => matches!(kind, DataType::Utf8),
        }
    }

    /// So many rows of it, as a column of this kind.
    pub(super) fn rows(self, kind: &DataType, rows: usize) -> ArrayRef {
        match (self, kind) {
            (Self::Truth(truth), _) => Arc::new(BooleanArray::from(vec![truth; rows])),
            (Self::Text(text), _) => {
                let texts = std::iter::repeat_n(text, rows);
                Arc::new(StringArray::from_iter_values(texts))
            }
            // Unsigned numbers lie in signed ones of the same bits.
            (Self::Number(number), DataType::UInt16) => {
                Arc::new(UInt16Array::from_value(number as u16, rows))
            }
            (Self::Number(number), DataType::UInt32) => {
                Arc::new(UInt32Array::from_value(number as u32, rows))
            }
            (Self::Number(number), DataType::Timestamp(_, zone)) => {
                let times = TimestampMillisecondArray::from_value(number, rows);
                Arc::new(times.with_timezone_opt(zone.clone()))
            }
            (Self::Number(number), _) => Arc::new(UInt64Array::from_value(number as u64, rows)),
            (Self::Nothing, kind) => new_null_array(kind, rows),
        }
    }
}

/// The one value of a row group that has no null.
fn one(limits: &Statistics) -> Option<Told<'_>> {
    match limits {
        Statistics::Boolean(limits) => same(limits.min_opt(), limits.max_opt()).map(Told::Truth),
        Statistics::Int32(limits) => {
            same(limits.min_opt(), limits.max_opt()).map(|number| Told::Number(number.into()))
        }
        Statistics::Int64(limits) => same(limits.min_opt(), limits.max_opt()).map(Told::Number),
        Statistics::ByteArray(_) => {
            let (least, greatest) = (limits.min_bytes_opt()?, limits.max_bytes_opt()?);
            let is_one = least == greatest && limits.min_is_exact() && limits.max_is_exact();
            std::str::from_utf8(least)
                .ok()
                .filter(|_| is_one)
                .map(Told::Text)
        }
        // Zeros have two signs, and ids that are alike are rare.
        _ => None,
    }
}

fn same<T: Copy + PartialEq>(least: Option<&T>, greatest: Option<&T>) -> Option<T> {
    least.copied().filter(|least| Some(least) == greatest)
}
