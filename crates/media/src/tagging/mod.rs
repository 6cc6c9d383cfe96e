//! Tags of all formats, read into one shape and written from it.
//!
//! ```text
//!   Vorbis comments, ID3v1, ID3v2, APE, RIFF INFO, AIFF text
//!        └─ fields ─► (name, text)… ─ meaning ─► Tags ─ comments ─► OpusTags,
//!                                                    └─ write ──► any file
//! ```

pub(crate) mod comments;
pub(crate) mod fields;
pub(crate) mod meaning;
pub(crate) mod write;
