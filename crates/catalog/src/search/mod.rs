//! The full-text index of a snapshot: which tracks hold these words?
//!
//! Documents are tracks and their numbers are rows, so that the first hits of
//! a list are the most popular and a search stops early.
//!
//! ```text
//!   Docs ─► run ┐             ┌► postings.bin   lists of rows, term after term
//!   Docs ─► run ┼─► merge ────┼► terms.fst      term ─► list
//!   Docs ─► run ┘             ├► prefixes.fst   short beginning ─► first rows
//!                             └► lengths.bin    words of each document
//! ```
//!
//! ```
//! use longplay_catalog::search::{Docs, Query, SearchBuilder, SearchIndex};
//! use longplay_model::Silent;
//! # let folder = tempfile::tempdir()?;
//! # let (index, spill) = (folder.path().join("search"), folder.path().join("spill"));
//! let mut docs = Docs::default();
//! docs.push(&["Beyoncé", "Halo"]);
//! docs.push(&["Daft Punk", "Around the World"]);
//! let mut builder = SearchBuilder::create(&index, &spill, 64 << 20, 2)?;
//! builder.push_batch(docs)?;
//! builder.finish(&Silent)?;
//! let found = SearchIndex::open(&index)?.search(&Query::new("daft pumk"))?;
//! assert_eq!((found.hits[0].row, found.hits[0].typos), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Format: `docs/format/search.md`. Building holds one batch and the ends of
//! its runs in memory, whatever the number of tracks; searching holds the
//! dictionary and a bounded number of pages.

mod build;
mod collect;
mod cursor;
mod dictionary;
mod docs;
mod expand;
mod feed;
mod files;
#[cfg(test)]
mod fixture;
mod index;
mod lengths;
mod letters;
mod limits;
mod list;
mod merge;
mod meta;
mod pack;
mod pages;
mod plan;
mod prefixes;
mod run;
mod sink;
mod tiers;
mod typos;
mod union;
mod value;
mod words;

pub use {
    build::{SearchBuilder, SearchStats},
    collect::Hit,
    docs::Docs,
    feed::{Workshop, index_rows},
    index::{Query, SearchIndex, SearchResult},
    meta::SearchFile,
    words::terms,
};
