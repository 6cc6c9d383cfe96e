//! Does the archive hold this blob, and where?
//!
//! ```text
//!   data/index.jsonl ─┐ read        ┌─ gather ─► segment ─┐ merge
//!   of each tranche   ├─► members ──┤ by digest           ├──► fewer segments
//!   (or its packs)   ─┘             └─────────────────────┘      │
//!                        digest ─► fences (memory) ─► one block ─┴► places
//! ```
//!
//! `holdings/` is a cache of the indexes of all sealed tranches
//! (`docs/format/holdings.md`): opened at once, 8 bytes of memory for 85 blobs,
//! one block read for an answer. What is wrong with it is noticed, and leads to
//! the indexes themselves, never to a wrong answer.

pub mod fuzzing;

mod block;
mod cover;
mod entry;
mod file;
mod gather;
mod index;
mod list;
mod merge;
mod read;
mod source;
mod write;

pub use {
    entry::{Entry, Member},
    gather::{Gather, MEMORY},
    index::{Held, Holding, Holdings, HoldingsStats},
    source::{Contents, Tranche},
};
