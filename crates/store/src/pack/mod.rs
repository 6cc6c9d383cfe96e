//! A pack: a tar file whose bytes follow from its members alone, with its own
//! index as the last member (`docs/format/pack.md`).
//!
//! [`PackLayout`] says where every byte goes before one is written,
//! [`ShardStream`] brings the bytes in order, [`PassingBlobs`] compares those of blobs
//! with their digests, [`read_index`] finds the members of a pack that exists.

mod blobs;
mod fault;
mod index;
mod layout;
mod segment;

pub(crate) use index::MOST_LINE_BYTES;
pub(crate) use layout::blank_record;
pub use {
    blobs::PassingBlobs,
    fault::FaultKind,
    index::{LOCATOR_BYTES, Locator, PackHead, PackIndex, ReadIndexError, joined, read_index},
    layout::{Item, PackLayout, is_piece_length, piece_length_for},
    segment::{Segment, ShardStream, Source, SourceFault, Span},
};
