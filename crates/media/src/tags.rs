//! What tags say about a recording, whatever the tag format.

use serde::{Deserialize, Serialize};

/// Text of the tags of one file. Nothing is invented: what no tag says is
/// absent, and text is as written but for surrounding white space.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tags {
    pub title: Option<String>,
    pub artist: Option<String>,
    pub release: Option<String>,
    pub release_artist: Option<String>,
    /// Release or recording date as written: `1969`, `1969-07-21`.
    pub date: Option<String>,
    pub disc: Option<u32>,
    /// Number of the track on its disc.
    pub position: Option<u32>,
    /// As written, not yet validated; in the order of the file, no duplicates.
    pub isrcs: Vec<String>,
    /// MusicBrainz recording id as written.
    pub recording_mbid: Option<String>,
    pub genres: Vec<String>,
    pub label: Option<String>,
    pub barcode: Option<String>,
    /// What the file says about rights: tag name (`LICENSE`, `COPYRIGHT`,
    /// `WCOP`, ...) and text, in the order of the file.
    pub rights: Vec<(String, String)>,
}

/// A picture whose every pixel was decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/jpeg` or `image/png`, from the bytes and not from the tag.
    pub media_type: String,
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// The picture file as it stood in the tag.
    pub bytes: Vec<u8>,
}
