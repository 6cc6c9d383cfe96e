//! The sources of a snapshot, as `snapshot.json` names them.

use {
    crate::snapshot_meta::SourceEntry,
    datafusion::{
        arrow::{
            array::{ArrayRef, Int64Array, RecordBatch, StringViewArray},
            datatypes::{Field, Schema},
        },
        common::Result,
        datasource::MemTable,
    },
    longplay_model::RightsStatement,
    std::sync::Arc,
};

pub(super) fn table(sources: &[SourceEntry]) -> Result<MemTable> {
    let columns = [
        ("source", numbers(sources, |it| it.number.into())),
        ("name", texts(sources, |it| Some(it.name.clone()))),
        (
            "format",
            texts(sources, |it| Some(it.format.name().to_owned())),
        ),
        ("file", texts(sources, |it| Some(it.file.clone()))),
        (
            "records_rights",
            texts(sources, |it| uri(it.records_rights.as_ref())),
        ),
        (
            "audio_rights",
            texts(sources, |it| uri(it.audio_rights.as_ref())),
        ),
        ("records", numbers(sources, |it| it.records)),
        ("tracks", numbers(sources, |it| it.tracks)),
        ("rejected", numbers(sources, |it| it.rejected)),
    ];
    let fields = columns.iter().map(|(name, column)| {
        let is_rights = name.ends_with("_rights");
        Field::new(*name, column.data_type().clone(), is_rights)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let arrays = columns.into_iter().map(|(_, column)| column).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    MemTable::try_new(schema, vec![vec![batch]])
}

fn numbers(sources: &[SourceEntry], number: impl Fn(&SourceEntry) -> u64) -> ArrayRef {
    let numbers = sources.iter().map(number);
    let signed = numbers.map(|number| i64::try_from(number).unwrap_or(i64::MAX));
    Arc::new(Int64Array::from_iter_values(signed))
}

fn texts(sources: &[SourceEntry], text: impl Fn(&SourceEntry) -> Option<String>) -> ArrayRef {
    Arc::new(sources.iter().map(text).collect::<StringViewArray>())
}

fn uri(rights: Option<&RightsStatement>) -> Option<String> {
    rights.map(|rights| rights.uri.to_string())
}
