//! The way in by any id: `identifiers.parquet`, sorted by kind and key.
//!
//! A key is a number that an identifier becomes. Codes become one that gives
//! them back; of ids and digests it is the first five bytes, so that a row
//! found is looked at before it counts.

use {
    crate::table::{Id, Table},
    longplay_model::{Digest, Isrc},
};

/// What an identifier identifies; the order is that of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Artist id → row of `artists`.
    Artist,
    /// Digest of a file → row of `tracks`.
    Blob,
    /// GTIN → row of `releases`.
    Gtin,
    /// ISRC → row of `tracks`.
    Isrc,
    /// MusicBrainz recording → row of `tracks`.
    Mbid,
    /// Row of a recording's representative → its rows, where it has several.
    Recording,
    /// Release id → row of `releases`.
    Release,
    /// Hash of artist credit and title → row of `tracks`.
    Text,
    /// Track id → row of `tracks`.
    Track,
}

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
        Self::Artist,
        Self::Blob,
        Self::Gtin,
        Self::Isrc,
        Self::Mbid,
        Self::Recording,
        Self::Release,
        Self::Text,
        Self::Track,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Blob => "blob",
            Self::Gtin => "gtin",
            Self::Isrc => "isrc",
            Self::Mbid => "mbid",
            Self::Recording => "recording",
            Self::Release => "release",
            Self::Text => "text",
            Self::Track => "track",
        }
    }
}

/// The key of a track, release, artist or MusicBrainz id: its first five
/// bytes, big-endian.
pub(crate) fn id_key(id: &[u8; 16]) -> u64 {
    head(id)
}

/// The key of a file: the first five bytes of its digest, big-endian.
pub(crate) fn blob_key(blob: &Digest) -> u64 {
    head(blob.as_bytes())
}

/// The key of an artist credit and title: the first four bytes of their hash.
pub(crate) fn text_key(hash: [u8; 8]) -> u64 {
    head(&hash) >> 8
}

fn head(bytes: &[u8]) -> u64 {
    bytes[..5]
        .iter()
        .fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// The key of an ISRC: country and registrant as digits of base 36, then the
/// seven decimal digits. The order of keys is that of the codes.
pub(crate) fn isrc_key(isrc: &Isrc) -> u64 {
    let (prefix, number) = isrc.as_str().split_at(5);
    let prefix = prefix.bytes().fold(0, |key, byte| {
        // Digits come before letters, as in ASCII.
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            _ => byte.wrapping_sub(b'A').wrapping_add(10),
        };
        key * 36 + u64::from(digit)
    });
    let number = number
        .bytes()
        .fold(0, |key, byte| key * 10 + u64::from(byte & 15));
    prefix * 10_000_000 + number
}

/// The code that has this key.
pub(crate) fn isrc_of(key: u64) -> String {
    let (mut prefix, number) = (key / 10_000_000, key % 10_000_000);
    let mut head = [0; 5];
    for byte in head.iter_mut().rev() {
        let digit = (prefix % 36) as u8;
        *byte = if digit < 10 { b'0' } else { b'A' - 10 } + digit;
        prefix /= 36;
    }
    format!("{}{number:07}", String::from_utf8_lossy(&head))
}

/// The key of a GTIN: its digits as a number, so that leading zeros of longer
/// forms do not matter (GS1 General Specifications §3.3.2).
pub(crate) fn gtin_key(gtin: &str) -> Option<u64> {
    gtin.parse().ok()
}

/// An open table of identifiers.
#[derive(Debug)]
pub(crate) struct Lookup {
    table: Table,
}
