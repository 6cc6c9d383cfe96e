//! Values as people read them.

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, RecordBatch},
        datatypes::DataType,
        util::display::{ArrayFormatter, FormatOptions},
    },
    common::Result,
};

/// The rows of a batch; nothing where a value is null.
pub(super) fn rows(batch: &RecordBatch) -> Result<Vec<Vec<Option<String>>>> {
    let columns = batch.columns().iter().map(texts);
    let mut columns: Vec<_> = columns
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .map(Vec::into_iter)
        .collect();
    let row = |_| {
        columns
            .iter_mut()
            .map(|column| column.next().flatten())
            .collect()
    };
    Ok((0..batch.num_rows()).map(row).collect())
}

fn texts(column: &ArrayRef) -> Result<Vec<Option<String>>> {
    if let DataType::List(_) = column.data_type() {
        let lists = column.as_list::<i32>().iter();
        return lists
            .map(|list| list.map(|list| joined(&list)).transpose())
            .collect();
    }
    let options = FormatOptions::default();
    let shown = ArrayFormatter::try_new(column, &options)?;
    let text = |row| column.is_valid(row).then(|| shown.value(row).to_string());
    Ok((0..column.len()).map(text).collect())
}

/// The values of a list, with `; ` between them.
fn joined(list: &ArrayRef) -> Result<String> {
    let values = texts(list)?.into_iter();
    Ok(values.flatten().collect::<Vec<_>>().join("; "))
}
