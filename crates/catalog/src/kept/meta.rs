use {
    crate::{
        durable,
        error::Error,
        sources::{Format, FormatLicence, Mapping},
    },
    longplay_model::{Digest, RightsStatement, Timestamp},
    serde::{Deserialize, Serialize},
    std::path::Path,
};

const VERSION: u32 = 1;

pub(super) const RECORDS: &str = "records.zst";
pub(super) const MEMBERS: &str = "members.jsonl";
pub(super) const DOCUMENTS: &str = "documents.bin";
const META: &str = "source.json";

/// `source.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SourceMeta {
    pub(crate) longplay: String,
    pub(crate) version: u32,
    pub(crate) digest: Digest,
    pub(crate) name: String,
    pub(crate) format: Format,
    /// File or folder name that the source had; subject of findings.
    pub(crate) file: String,
    /// Bytes of the records, uncompressed.
    pub(crate) bytes: u64,
    /// Lines or documents, empty ones included.
    pub(crate) records: u64,
    /// What the publisher of data in this format says of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) licence: Option<FormatLicence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) records_rights: Option<RightsStatement>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audio_rights: Option<RightsStatement>,
    /// By which the columns of a table were read, its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mapping: Option<Mapping>,
    pub(crate) imported_at: Timestamp,
}

/// One file of a source that came as a folder of documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) path: String,
    pub(crate) bytes: u64,
}

/// Writes `source.json`, in place of an older one.
pub(crate) fn write_meta(dir: &Path, meta: &SourceMeta) -> Result<(), Error> {
    let mut text = serde_json::to_string_pretty(meta).expect("all keys are strings");
    text.push('\n');
    durable::replace(&dir.join(META), text.as_bytes())
}

pub(crate) fn read_meta(dir: &Path) -> Result<SourceMeta, Error> {
    let path = dir.join(META);
    let bytes = std::fs::read(&path).map_err(Error::read(&path))?;
    let meta: SourceMeta = serde_json::from_slice(&bytes).map_err(|source| Error::ReadJson {
        path: path.clone(),
        source,
    })?;
    if meta.version > VERSION {
        return Err(Error::NewerFormat {
            path,
            found: meta.version,
            known: VERSION,
        });
    }
    Ok(meta)
}

impl SourceMeta {
    pub(crate) const LONGPLAY: &str = "source";
    pub(crate) const VERSION: u32 = VERSION;
}
