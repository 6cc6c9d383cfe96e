use {
    crate::{Digest, Isrc, Mbid, RecordingId, TrackId},
    serde::{Deserialize, Serialize},
};

/// What is known of a file that looks for its row in the catalog.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Probe {
    pub blob: Option<Digest>,
    pub recording_mbid: Option<Mbid>,
    pub isrcs: Vec<Isrc>,
    pub duration_ms: Option<u32>,
    pub title: String,
    /// The artist credit as one string.
    pub artist: String,
}

/// The row of the catalog that a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    pub track: TrackId,
    pub recording: RecordingId,
    pub how: How,
}

/// On what an identification rests, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The catalog was made from this very file.
    Blob,
    /// The same MusicBrainz recording.
    Mbid,
    /// The same ISRC, and durations within max(3 s, 3 %).
    Isrc,
    /// The same artist credit and title, and durations within max(3 s, 3 %).
    Text,
    /// The index of a pack names the track; how it was found out is lost with the
    /// journal.
    Index,
}

/// Finds the catalog row of a file; the catalog implements it, intake asks.
pub trait Matcher: Sync {
    fn find(&self, probe: &Probe) -> Option<Match>;
}
