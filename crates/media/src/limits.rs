//! What a file may ask of this machine before it is refused.
//!
//! The bounds are far above what music needs and far below what would let one
//! hostile file stop an intake of millions.

/// As many as FLAC (RFC 9639 §9.1.3) and Vorbis mappings name.
pub(crate) const CHANNELS: u16 = 8;
pub(crate) const LOWEST_RATE: u32 = 4_000;
/// Highest rate that STREAMINFO can hold is 1,048,575; 768 kHz is the highest in use.
pub(crate) const HIGHEST_RATE: u32 = 768_000;
/// A picture file within a tag.
pub(crate) const PICTURE_BYTES: usize = 64 << 20;
/// 12,000 by 12,000: 432 MB decoded would be too much, so alpha is refused there.
pub(crate) const PICTURE_SIDE: u32 = 12_000;
/// Memory for one decoded picture.
pub(crate) const PICTURE_MEMORY: u64 = 256 << 20;
/// A packet in Ogg: headers with pictures are the longest.
pub(crate) const OGG_PACKET_BYTES: usize = 80 << 20;
/// Junk that players skip before the first MPEG frame.
pub(crate) const LEADING_JUNK: u64 = 128 << 10;
/// One text of a tag; longer ones are cut at a character.
pub(crate) const TEXT_BYTES: usize = 64 << 10;
/// Entries of one kind that are kept (ISRCs, genres, rights).
pub(crate) const TAG_ENTRIES: usize = 64;
