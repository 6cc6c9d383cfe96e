//! A track on its way from a source to the tables.

use {
    crate::spill::spill_struct,
    longplay_model::{Access, Codec, Digest, RecordingId, Timestamp, TrackId, TrackRecord},
    serde::{Deserialize, Serialize},
};

/// What a source tells of one track.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sourced {
    pub(crate) record: TrackRecord,
    /// An access class that was stated apart from the rights.
    pub(crate) access: Option<Access>,
    pub(crate) file: Option<CollectionFile>,
    pub(crate) cover: Option<CoverFacts>,
}

impl From<TrackRecord> for Sourced {
    fn from(record: TrackRecord) -> Self {
        Self {
            record,
            access: None,
            file: None,
            cover: None,
        }
    }
}

/// The file of a collection that a track was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionFile {
    /// Relative to the collection; readable, also where the name is not UTF-8.
    pub path: String,
    pub codec: Codec,
    pub bytes: u64,
    pub sha256: Digest,
}

/// The front cover inside a file of a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CoverFacts {
    pub(crate) media_type: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bytes: u64,
    pub(crate) sha256: Digest,
}

/// A track with where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) track: TrackId,
    /// Number of the source in the snapshot.
    pub(crate) source: u16,
    /// Number of the first source that told of this track.
    pub(crate) first_source: u16,
    /// Line, document or file, counted from 1.
    pub(crate) number: u64,
    /// Where its record lies in the source.
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) sourced: Sourced,
}

/// What is known of how often a track is heard.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    pub(crate) source: u16,
    pub(crate) at: Option<Timestamp>,
    pub(crate) popularity: Option<f32>,
    pub(crate) listens: Option<u64>,
    pub(crate) artist_popularity: Option<f32>,
    pub(crate) followers: Option<u64>,
    pub(crate) release_popularity: Option<f32>,
}

/// A row with its recording and what is known of its popularity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) recording: RecordingId,
    /// The figures are those of another row of the recording.
    pub(crate) inherited: bool,
    pub(crate) figures: Figures,
    pub(crate) row: Row,
}

spill_struct!(Sourced {
    record,
    access,
    file,
    cover
});

spill_struct!(CollectionFile {
    path,
    codec,
    bytes,
    sha256
});

spill_struct!(CoverFacts {
    media_type,
    width,
    height,
    bytes,
    sha256
});

spill_struct!(Row {
    track,
    source,
    first_source,
    number,
    offset,
    length,
    sourced
});

spill_struct!(Figures {
    source,
    at,
    popularity,
    listens,
    artist_popularity,
    followers,
    release_popularity
});

spill_struct!(Ranked {
    recording,
    inherited,
    figures,
    row
});

impl Row {
    pub(crate) fn is_file(&self) -> bool {
        self.sourced.file.is_some()
    }

    /// The figures that the row itself gives.
    pub(crate) fn figures(&self) -> Figures {
        let record = &self.sourced.record;
        let artists = &record.artists.0;
        Figures {
            source: self.source,
            at: record.popularity_at,
            popularity: record.popularity,
            listens: record.listens,
            artist_popularity: artists
                .iter()
                .filter_map(|artist| artist.popularity)
                .max_by(f32::total_cmp),
            followers: artists.iter().filter_map(|artist| artist.followers).max(),
            release_popularity: record.release_popularity,
        }
    }
}

impl Figures {
    /// As counted by the source, otherwise estimated.
    pub(crate) fn listens(&self) -> f64 {
        let estimate = || crate::popularity::listens_of(self.popularity.unwrap_or(0.0));
        self.listens.map_or_else(estimate, |count| count as f64)
    }

    /// Bytes that sort the most heard first: popularity, then listens, both
    /// descending. Neither is negative, so their bits grow with them.
    pub(crate) fn rank_key(&self) -> [u8; 12] {
        let popularity = !self.popularity.unwrap_or(0.0).to_bits();
        let listens = !self.listens().to_bits();
        let mut key = [0; 12];
        key[..4].copy_from_slice(&popularity.to_be_bytes());
        key[4..].copy_from_slice(&listens.to_be_bytes());
        key
    }

    /// Whether anything is told at all.
    pub(crate) fn are_told(&self) -> bool {
        self.popularity.is_some() || self.listens.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(popularity: Option<f32>, listens: Option<u64>) -> Figures {
        Figures {
            source: 0,
            at: None,
            popularity,
            listens,
            artist_popularity: None,
            followers: None,
            release_popularity: None,
        }
    }

    #[test]
    fn keys_sort_the_most_heard_first() {
        let order = [
            figures(Some(100.0), None),
            figures(Some(50.5), Some(9)),
            figures(Some(50.5), Some(8)),
            figures(Some(0.5), Some(1_000_000)),
            figures(None, Some(1_000)),
            figures(Some(0.0), None),
            figures(None, Some(3)),
        ];
        assert!(order.map(|figures| figures.rank_key()).is_sorted());
    }
}
