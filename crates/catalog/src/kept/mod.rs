//! A kept source on disk: `sources/<digest>/` (`docs/format/source.md`).
//!
//! ```text
//!   records.zst     the records exactly as they came, seekable zstd
//!   members.jsonl   path and length of each document, where there are many files
//!   source.json     name, format, licence, counts
//! ```

mod documents;
mod keep;
mod lines;

pub(crate) use {
    documents::{Content, Document, Documents},
    keep::{Keeper, Taken},
};

use {
    crate::{durable, error::Error, seekable::SeekableReader, sources::Format},
    longplay_model::{Digest, RightsStatement, Timestamp},
    serde::{Deserialize, Serialize},
    std::path::{Path, PathBuf},
};

const VERSION: u32 = 1;

const RECORDS: &str = "records.zst";
const MEMBERS: &str = "members.jsonl";
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) records_rights: Option<RightsStatement>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audio_rights: Option<RightsStatement>,
    pub(crate) imported_at: Timestamp,
}

/// One file of a source that came as a folder of documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) path: String,
    pub(crate) bytes: u64,
}

/// A source whose records can be read.
pub(crate) struct Kept {
    dir: PathBuf,
    records: SeekableReader,
    members: Option<Vec<Member>>,
}

impl Kept {
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let members = dir.join(MEMBERS);
        Ok(Self {
            dir: dir.into(),
            records: SeekableReader::open(&dir.join(RECORDS))?,
            members: members
                .exists()
                .then(|| read_members(&members))
                .transpose()?,
        })
    }

    /// Bytes of the records, uncompressed.
    pub(crate) fn bytes(&self) -> u64 {
        self.records.len()
    }

    /// The documents in order; longer ones than `limit` come without content.
    pub(crate) fn documents(&self, limit: u64) -> Result<Documents, Error> {
        let path = self.dir.join(RECORDS);
        let stream = self.records.stream()?;
        Ok(Documents::new(path, stream, self.members.clone(), limit))
    }

    /// The bytes of a record, exactly as they came.
    pub(crate) fn range(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        self.records.range(offset, length)
    }

    /// The format of the first document that has one.
    pub(crate) fn detect(&self, limit: u64) -> Result<Format, Error> {
        for document in self.documents(limit)? {
            if let Content::Whole(bytes) = document?.content
                && let Some(format) = Format::of(&bytes)
            {
                return Ok(format);
            }
        }
        Ok(Format::TrackRecords)
    }
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

fn read_members(path: &Path) -> Result<Vec<Member>, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::read(path))?;
    text.lines()
        .map(|line| {
            serde_json::from_str(line).map_err(|source| Error::ReadJson {
                path: path.into(),
                source,
            })
        })
        .collect()
}
