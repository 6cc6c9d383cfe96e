//! `snapshot.json`: what a snapshot was made from and what it holds.

use {
    crate::{
        error::Error,
        identifiers::IdBits,
        sources::{Format, Mapping},
        table::TableFile,
    },
    longplay_model::{Access, Digest, RightsStatement},
    serde::{Deserialize, Serialize},
    std::path::Path,
};

pub(crate) const SNAPSHOT: &str = "snapshot.json";

const VERSION: u32 = 6;

/// `snapshot.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SnapshotMeta {
    pub(crate) longplay: String,
    pub(crate) version: u32,
    pub(crate) snapshot: String,
    pub(crate) counts: Counts,
    /// Of the keys of ids and texts in `identifiers`; version 3 had 32.
    #[serde(default)]
    pub(crate) id_bits: IdBits,
    pub(crate) sources: Vec<SourceEntry>,
    pub(crate) tables: Vec<TableFile>,
}

/// How much a snapshot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub tracks: u64,
    pub recordings: u64,
    pub releases: u64,
    pub artists: u64,
    /// Tracks that came from a file of a collection.
    pub files: u64,
    pub identifiers: u64,
}

/// A source of a snapshot, on the terms on which it was imported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SourceEntry {
    /// What the tables write in `source`.
    pub(crate) number: u16,
    pub(crate) digest: Digest,
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) file: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) records_rights: Option<RightsStatement>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audio_rights: Option<RightsStatement>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mapping: Option<Mapping>,
    pub(crate) max_line_bytes: u64,
    /// Fields whose licence is not open were asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) restricted_fields: bool,
    /// Of a synthetic source, whose tracks are called by it and their number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
    #[serde(default)]
    pub(crate) records: u64,
    #[serde(default)]
    pub(crate) tracks: u64,
    #[serde(default)]
    pub(crate) rejected: u64,
}

/// What of a source decides the tables.
#[derive(Serialize)]
struct Terms<'a> {
    digest: Digest,
    name: &'a str,
    format: Format,
    records_rights: Option<&'a RightsStatement>,
    audio_rights: Option<&'a RightsStatement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mapping: Option<&'a Mapping>,
    max_line_bytes: u64,
    restricted_fields: bool,
}

impl SourceEntry {
    fn terms(&self) -> Terms<'_> {
        Terms {
            digest: self.digest,
            name: &self.name,
            format: self.format,
            records_rights: self.records_rights.as_ref(),
            audio_rights: self.audio_rights.as_ref(),
            mapping: self.mapping.as_ref(),
            max_line_bytes: self.max_line_bytes,
            restricted_fields: self.restricted_fields,
        }
    }

    /// What the source calls the track of a record, counted from 1. A
    /// synthetic source's names follow from the number and are not stored.
    pub(crate) fn id_of(&self, stored: Option<String>, record: u64) -> String {
        stored.unwrap_or_else(|| format!("t{:x}-{record}", self.seed.unwrap_or_default()))
    }

    /// Whether the records may leave the archive.
    pub(crate) fn is_open(&self) -> bool {
        let rights = self.records_rights.as_ref();
        let is_dark = self.format.names_people() || self.restricted_fields;
        let rights = rights.filter(|_| !is_dark);
        rights.is_some_and(|rights| rights.uri.access() == Access::Open)
    }
}

/// The id of the snapshot of these sources: 16 hexadecimal digits of SHA-256
/// over their digests and terms. No clock and no path goes into it.
pub(crate) fn snapshot_id(sources: &[SourceEntry]) -> String {
    let terms: Vec<Terms> = sources.iter().map(SourceEntry::terms).collect();
    let text = serde_json::to_string(&(VERSION, terms)).expect("all keys are strings");
    Digest::of(text.as_bytes()).to_string()[..16].to_owned()
}

impl SnapshotMeta {
    pub(crate) fn new(counts: Counts, sources: Vec<SourceEntry>, tables: Vec<TableFile>) -> Self {
        Self {
            longplay: "catalog".into(),
            version: VERSION,
            snapshot: snapshot_id(&sources),
            id_bits: IdBits::of_tracks(counts.tracks),
            counts,
            sources,
            tables,
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).expect("all keys are strings");
        text.push(b'\n');
        text
    }

    pub(crate) fn read(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(SNAPSHOT);
        if !path.exists() {
            return Err(Error::NoSnapshot { path: dir.into() });
        }
        let bytes = std::fs::read(&path).map_err(Error::read(&path))?;
        let meta: Self = serde_json::from_slice(&bytes).map_err(|source| Error::ReadJson {
            path: path.clone(),
            source,
        })?;
        match meta.version > VERSION {
            false => Ok(meta),
            true => Err(Error::NewerFormat {
                path,
                found: meta.version,
                known: VERSION,
            }),
        }
    }
}

impl SnapshotMeta {
    /// Refuses tables of an earlier version; their sources can be read again.
    pub(crate) fn current(self, dir: &Path) -> Result<Self, Error> {
        match self.version == VERSION {
            true => Ok(self),
            false => Err(Error::OlderSnapshot {
                path: dir.into(),
                found: self.version,
            }),
        }
    }
}

/// The number of rows of a table by file name.
pub(crate) fn rows_of(tables: &[TableFile], name: &str) -> u64 {
    let table = tables.iter().find(|table| table.name == name);
    table.map_or(0, |table| table.rows)
}
