use longplay_model::{Isrc, Mbid};

/// What two tracks have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// The MusicBrainz recording, and the ids by which each of the two came to
    /// it: more than one where MusicBrainz merged recordings.
    Mbid {
        mbid: Mbid,
        track: Vec<Mbid>,
        with: Vec<Mbid>,
    },
    /// A code, and durations that agree.
    Isrc(Isrc),
    /// Artist credit and title but for their spelling, and durations that agree.
    Text,
}

/// Two tracks of one recording, by rank, and why they are that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joint {
    pub track: u64,
    pub with: u64,
    pub evidence: Evidence,
}

impl Joint {
    /// The other end.
    pub fn other(&self, rank: u64) -> u64 {
        match rank == self.track {
            true => self.with,
            false => self.track,
        }
    }
}
