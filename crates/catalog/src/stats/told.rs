//! What is counted.

use {
    super::{durations::Durations, years::Year},
    crate::snapshot_meta::Counts,
    serde::Serialize,
};

/// The counts of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stats {
    pub snapshot: String,
    pub counts: Counts,
    /// By their number in the snapshot.
    pub sources: Vec<SourceCount>,
    /// Tracks that have the thing at all.
    pub with: With,
    /// By release date; years without any are left out.
    pub years: Vec<Year>,
    pub undated_releases: u64,
    pub durations: Durations,
    /// The most given first, with how many tracks; at most as many as asked.
    pub genres: Vec<Named>,
    /// Genres in all.
    pub genre_names: u64,
    pub languages: Vec<Named>,
    pub explicit: Explicit,
    /// Tracks with 0, 1, 2 … codes; the last number is that of 10 or more.
    pub isrcs_a_track: Vec<u64>,
    /// Codes in all.
    pub isrcs: u64,
    /// Codes on 1, 2, 3 … tracks; the last number is that of 10 or more.
    pub tracks_an_isrc: Vec<u64>,
    /// Tracks of at least this popularity.
    pub popularity: Vec<AtLeast>,
    pub access: Vec<Named>,
}

/// What a source gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceCount {
    pub name: String,
    pub format: String,
    pub records: u64,
    /// Tracks of the snapshot that are this source's.
    pub tracks: u64,
    /// Whether its records may leave the archive.
    pub is_open: bool,
}

/// Tracks that have the thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct With {
    pub isrc: u64,
    pub mbid: u64,
    pub duration: u64,
    pub release: u64,
    pub genre: u64,
    pub popularity: u64,
    /// Made up.
    pub synthetic: u64,
}

/// How many tracks have this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    pub name: String,
    pub tracks: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Explicit {
    pub yes: u64,
    pub no: u64,
    pub unknown: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AtLeast {
    pub popularity: u8,
    pub tracks: u64,
}

/// The popularities that counts are given for.
pub(super) const STEPS: [u8; 12] = [0, 1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
