use {
    crate::{
        error::Error,
        table::{Cell, Table},
    },
    arrow_array::RecordBatch,
    std::ops::Range,
};

/// A column of a batch as the array of its type.
pub(crate) fn column<'a, C: Cell>(
    table: &Table,
    batch: &'a RecordBatch,
    name: &'static str,
) -> Result<&'a C::Column, Error> {
    let column = batch.column_by_name(name);
    column
        .and_then(|column| C::column(column.as_ref()))
        .ok_or_else(|| table.shape(name))
}

/// The row groups of a table, sorted by kind, that are of one kind.
pub(crate) fn groups_of(table: &Table, kind: &str) -> Result<Range<usize>, Error> {
    let mut found: Option<Range<usize>> = None;
    for group in table.groups() {
        if table.text_of(group, "kind")? == kind {
            let start = found.map_or(group, |range| range.start);
            found = Some(start..group + 1);
        }
    }
    Ok(found.unwrap_or(0..0))
}
