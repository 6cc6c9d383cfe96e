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
mod meta;
mod open;

pub(crate) use {
    documents::{Content, Document},
    keep::{Keeper, Taken},
    meta::{SourceMeta, read_meta, write_meta},
    open::Kept,
};
