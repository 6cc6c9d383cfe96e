//! A kept source on disk: `sources/<digest>/` (`docs/format/source.md`).
//!
//! ```text
//!   records.zst     the records exactly as they came, seekable zstd
//!   members.jsonl   path and length of each file, where there are many
//!   documents.bin   where documents begin, derived
//!   files.jsonl     what files of a collection were like, derived
//!   source.json     name, format, licence, counts
//! ```
//!
//! ```text
//!   records.zst ─► stretches (a member each) ─► cut into documents ─► batches
//! ```

mod batches;
mod cut_elements;
mod cut_lines;
mod cut_rows;
mod cutting;
mod document_index;
mod documents;
mod heads;
mod keep;
mod meta;
mod numbered;
mod open;
mod parquet_numbered;
mod parquet_rows;
#[cfg(test)]
mod parquet_tests;
mod row_json;
mod stretches;
mod tar_members;
mod unpack;
mod whole;
mod window;

#[cfg(test)]
mod tests;

pub(crate) use {
    cut_elements::elements as cut_elements,
    cut_lines::lines as cut_lines,
    cut_rows::rows as cut_rows,
    documents::{Batch, Content, Document},
    keep::{Keeper, Taken},
    meta::{SourceMeta, read_meta, write_meta},
    open::Kept,
    tar_members::{TarMembers, is_tar},
    unpack::unpacked,
    whole::is_one_document,
};
