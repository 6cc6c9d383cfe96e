//! Files of a collection: the lines that longplay writes when it reads one
//! (`docs/format/source.md`).

use {
    super::{harvest::Harvest, track_records},
    crate::row::{CollectionFile, CoverFacts, Sourced},
    longplay_model::{Access, TrackRecord},
    serde::{Deserialize, Serialize},
    serde_json::Error,
};

/// One file of a collection.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AudioLine {
    #[serde(flatten)]
    pub(crate) record: TrackRecord,
    pub(crate) file: CollectionFile,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) access: Option<Access>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cover: Option<CoverFacts>,
    /// Tags as they stood in the file, where the record does not say the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<(String, String)>,
}

pub(super) fn read(document: &str, harvest: &mut Harvest) -> Result<(), Error> {
    let line: AudioLine = serde_json::from_str(document)?;
    let record = track_records::checked(line.record, harvest)?;
    harvest.tracks.push(Sourced {
        record,
        access: line.access,
        file: Some(Box::new(line.file)),
        cover: line.cover.map(Box::new),
    });
    Ok(())
}
