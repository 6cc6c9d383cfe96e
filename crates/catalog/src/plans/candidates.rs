use {
    super::{columns, write::schema},
    crate::{error::Error, table::TableFile},
    arrow_array::{
        ArrayRef, BooleanArray, Float32Array, Float64Array, StringArray, UInt32Array, UInt64Array,
    },
    arrow_schema::DataType,
    longplay_model::CandidateBatch,
    std::{collections::HashMap, ops::Range, path::Path, sync::Arc},
};

/// Writes candidates as a table, so that a stranger can plan them: `row`,
/// `recording`, `popularity`, `is_rated`, `listens`, `duration_ms`,
/// `artist_popularity`, `release_popularity`, `followers`, `codec`,
/// `file_bytes`; what is not known is null.
///
/// `batch` gives rows of a range, all columns filled; it is asked from several
/// threads.
///
/// # Errors
/// When the disk is full.
pub fn write_candidates(
    path: &Path,
    rows: u32,
    batch: &(dyn Fn(Range<u32>) -> CandidateBatch + Sync),
) -> Result<TableFile, Error> {
    let schema = schema(&[
        ("row", DataType::UInt32, false),
        ("recording", DataType::UInt32, false),
        ("popularity", DataType::Float32, true),
        ("is_rated", DataType::Boolean, false),
        ("listens", DataType::Float64, false),
        ("duration_ms", DataType::UInt32, true),
        ("artist_popularity", DataType::Float32, true),
        ("release_popularity", DataType::Float32, true),
        ("followers", DataType::UInt64, false),
        ("codec", DataType::Utf8, true),
        ("file_bytes", DataType::UInt64, true),
    ]);
    let columns = |rows: Range<u32>| arrays(batch(rows.clone()), rows);
    columns::write(path, &schema, &["row", "recording"], rows, &columns)
}

fn arrays(batch: CandidateBatch, rows: Range<u32>) -> Vec<ArrayRef> {
    let told = |column: Vec<f32>| -> ArrayRef {
        let values = column.into_iter().map(|it| it.is_finite().then_some(it));
        Arc::new(Float32Array::from_iter(values))
    };
    let known = batch
        .duration_ms
        .into_iter()
        .map(|ms| (ms > 0).then_some(ms));
    let files: HashMap<_, _> = batch.files.into_iter().collect();
    let codecs = rows
        .clone()
        .map(|row| files.get(&row).map(|it| it.codec.name()));
    let sizes = rows.clone().map(|row| files.get(&row).map(|it| it.bytes));
    vec![
        Arc::new(UInt32Array::from_iter_values(rows.clone())),
        Arc::new(UInt32Array::from(batch.recording)),
        told(batch.popularity),
        Arc::new(BooleanArray::from(batch.is_rated)),
        Arc::new(Float64Array::from(batch.listens)),
        Arc::new(UInt32Array::from_iter(known)),
        told(batch.artist_popularity),
        told(batch.release_popularity),
        Arc::new(UInt64Array::from(batch.followers)),
        Arc::new(StringArray::from_iter(codecs)),
        Arc::new(UInt64Array::from_iter(sizes)),
    ]
}
