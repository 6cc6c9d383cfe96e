//! What the least and greatest values say of where a number can be.
//!
//! Parquet keeps unsigned numbers in signed ones of the same bits.

use {
    parquet::file::{
        metadata::{ParquetMetaData, RowGroupMetaData},
        page_index::column_index::ColumnIndexMetaData,
        statistics::Statistics,
    },
    std::ops::{Range, RangeInclusive},
};

/// Least and greatest value of a column of numbers in a row group, if told.
pub(super) fn of_group(group: &RowGroupMetaData, leaf: usize) -> Option<(u64, u64)> {
    match group.column(leaf).statistics()? {
        Statistics::Int32(limits) => pair(limits.min_opt(), limits.max_opt(), unsigned),
        Statistics::Int64(limits) => pair(limits.min_opt(), limits.max_opt(), |n| *n as u64),
        _ => None,
    }
}

/// Rows of a row group that hold nothing in a column, if told.
pub(super) fn nulls(group: &RowGroupMetaData, leaf: usize) -> Option<u64> {
    let column = group.column(leaf);
    let is_flat = column.column_descr().max_rep_level() == 0;
    column.statistics()?.null_count_opt().filter(|_| is_flat)
}

/// The one value that a text column has in a row group, if it is told and one.
pub(super) fn one_text(group: &RowGroupMetaData, leaf: usize) -> Option<&str> {
    let limits = group.column(leaf).statistics()?;
    let (least, greatest) = (limits.min_bytes_opt()?, limits.max_bytes_opt()?);
    let is_one = least == greatest && limits.min_is_exact() && limits.max_is_exact();
    std::str::from_utf8(least).ok().filter(|_| is_one)
}

/// The rows of those pages of the file's only row group that may hold a value
/// in `wanted` of a column that it is sorted by, and of those `may_hold` lets
/// through, told the least and the greatest of a page. All rows where the file
/// does not tell.
pub(super) fn pages_where(
    alone: &ParquetMetaData,
    leaf: usize,
    wanted: RangeInclusive<u64>,
    may_hold: impl Fn(u64, u64) -> bool,
) -> Vec<Range<usize>> {
    let rows = usize::try_from(alone.row_group(0).num_rows()).unwrap_or(0);
    let pages = alone
        .offset_index()
        .and_then(|groups| groups.first()?.get(leaf));
    let limits = alone
        .column_index()
        .and_then(|groups| groups.first()?.get(leaf));
    let (Some(pages), Some(limits)) = (pages, limits) else {
        return std::iter::once(0..rows)
            .filter(|all| !all.is_empty())
            .collect();
    };
    let pages = pages.page_locations();
    let first = |page: usize| {
        let location = pages.get(page);
        location.map_or(rows, |page| {
            usize::try_from(page.first_row_index).unwrap_or(rows)
        })
    };
    let may_hold = |page: &usize| {
        let limits = of_page(limits, *page);
        limits.is_none_or(|(least, greatest)| may_hold(least, greatest))
    };
    // A lookup wants one of up to a thousand.
    let from = first_page(pages.len(), |page| {
        of_page(limits, page).is_none_or(|(_, greatest)| greatest >= *wanted.start())
    });
    let to = first_page(pages.len(), |page| {
        of_page(limits, page).is_some_and(|(least, _)| least > *wanted.end())
    });
    let held = (from..to).filter(may_hold);
    held.map(|page| first(page)..first(page + 1)).collect()
}

/// The first page of which `is_it` holds: of those before it, it does not.
fn first_page(pages: usize, is_it: impl Fn(usize) -> bool) -> usize {
    let (mut from, mut to) = (0, pages);
    while from < to {
        let middle = from.midpoint(to);
        match is_it(middle) {
            true => to = middle,
            false => from = middle + 1,
        }
    }
    from
}

fn of_page(limits: &ColumnIndexMetaData, page: usize) -> Option<(u64, u64)> {
    match limits {
        ColumnIndexMetaData::INT32(limits) if (page as u64) < limits.num_pages() => {
            pair(limits.min_value(page), limits.max_value(page), unsigned)
        }
        ColumnIndexMetaData::INT64(limits) if (page as u64) < limits.num_pages() => {
            pair(limits.min_value(page), limits.max_value(page), |n| {
                *n as u64
            })
        }
        _ => None,
    }
}

fn unsigned(number: &i32) -> u64 {
    u64::from(*number as u32)
}

fn pair<T>(
    least: Option<&T>,
    greatest: Option<&T>,
    number: impl Fn(&T) -> u64,
) -> Option<(u64, u64)> {
    least.map(&number).zip(greatest.map(&number))
}
