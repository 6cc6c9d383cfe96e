//! `search.json`, and the names of the files beside it.

use {
    crate::{durable, error::Error},
    longplay_model::Digest,
    serde::{Deserialize, Serialize},
    std::{io, path::Path},
};

pub(super) const POSTINGS: &str = "postings.bin";
pub(super) const TERMS: &str = "terms.fst";
pub(super) const PREFIXES: &str = "prefixes.fst";
pub(super) const LENGTHS: &str = "lengths.bin";
const META: &str = "search.json";

const KIND: &str = "search-index";
const VERSION: u32 = 2;

/// A file of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchFile {
    pub name: String,
    pub bytes: u64,
    pub sha256: Digest,
}

/// `search.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meta {
    longplay: String,
    version: u32,
    pub(super) documents: u64,
    pub(super) terms: u64,
    pub(super) postings: u64,
    pub(super) prefixes: u64,
    pub(super) files: Vec<SearchFile>,
}

impl Meta {
    pub(super) fn new(
        documents: u64,
        terms: u64,
        postings: u64,
        prefixes: u64,
        files: Vec<SearchFile>,
    ) -> Self {
        Self {
            longplay: KIND.to_owned(),
            version: VERSION,
            documents,
            terms,
            postings,
            prefixes,
            files,
        }
    }

    /// Written last: an index without it is not finished.
    pub(super) fn write(&self, dir: &Path) -> Result<(), Error> {
        let mut text = serde_json::to_vec_pretty(self).expect("all keys are strings");
        text.push(b'\n');
        durable::replace(&dir.join(META), &text)
    }

    pub(super) fn read(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(META);
        let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::NoSearchIndex { path: dir.into() },
            _ => Error::read(&path)(error),
        })?;
        let read: Result<Self, _> = serde_json::from_slice(&bytes);
        let meta = read.map_err(|source| Error::ReadJson {
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
        let is_index = meta.longplay == KIND && meta.documents <= 1 << 32;
        is_index.then_some(meta).ok_or(Error::SearchIndex {
            path,
            what: "a search index",
        })
    }
}
