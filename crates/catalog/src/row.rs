//! A track on its way from a source to the tables.

use {
    crate::spill::spill_struct,
    longplay_model::{
        Access, Codec, Digest, Isrc, Mbid, RightsStatement, Timestamp, TrackId, TrackRecord,
    },
    serde::{Deserialize, Serialize},
};

/// What a source tells of one track.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sourced {
    pub(crate) record: TrackRecord,
    /// An access class that was stated apart from the rights.
    pub(crate) access: Option<Access>,
    // Few tracks have these, and all are moved about.
    pub(crate) file: Option<Box<CollectionFile>>,
    pub(crate) cover: Option<Box<CoverFacts>>,
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

/// How often a track is heard, as its source tells it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Figures {
    /// 0 to 100.
    pub(crate) popularity: Option<f32>,
    pub(crate) listens: Option<u64>,
    pub(crate) at: Option<Timestamp>,
}

/// What decides the place of a track: the first part of its row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Head {
    pub(crate) track: TrackId,
    /// Number of the source in the snapshot.
    pub(crate) source: u16,
    pub(crate) is_file: bool,
    pub(crate) figures: Figures,
    pub(crate) recording_mbid: Option<Mbid>,
    pub(crate) isrcs: Vec<Isrc>,
    pub(crate) duration_ms: Option<u32>,
    /// Hash of artist credit and title.
    pub(crate) text: Option<[u8; 8]>,
    /// First bytes of the release's id, where only the text can tell the
    /// recording: two tracks of one release are two recordings.
    pub(crate) release: Option<u32>,
}

/// The rest of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Body {
    /// Line, document or file, counted from 1.
    pub(crate) record: u64,
    pub(crate) source_id: Option<String>,
    pub(crate) title: String,
    pub(crate) disc: Option<u32>,
    pub(crate) position: Option<u32>,
    pub(crate) genres: Vec<String>,
    pub(crate) language: Option<String>,
    pub(crate) explicit: Option<bool>,
    pub(crate) synthetic: bool,
    pub(crate) rights: Option<RightsStatement>,
    pub(crate) access: Option<Access>,
    pub(crate) file: Option<Box<CollectionFile>>,
    pub(crate) cover: Option<Box<CoverFacts>>,
}

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

spill_struct!(Figures {
    popularity,
    listens,
    at
});

spill_struct!(Head {
    track,
    source,
    is_file,
    figures,
    recording_mbid,
    isrcs,
    duration_ms,
    text,
    release
});

spill_struct!(Body {
    record,
    source_id,
    title,
    disc,
    position,
    genres,
    language,
    explicit,
    synthetic,
    rights,
    access,
    file,
    cover
});

/// Sorts the most heard first: popularity, then listens, both descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RankKey(u32, u64);

spill_struct!(RankKey { 0, 1 });

impl Figures {
    /// As counted by the source, otherwise estimated.
    pub(crate) fn listens(&self) -> f64 {
        let estimate = || crate::popularity::listens_of(self.popularity.unwrap_or(0.0));
        self.listens.map_or_else(estimate, |count| count as f64)
    }

    /// Neither figure is negative, so that their bits grow with them.
    pub(crate) fn rank_key(&self) -> RankKey {
        RankKey(
            !self.popularity.unwrap_or(0.0).to_bits(),
            !self.listens().to_bits(),
        )
    }

    /// Whether anything is told at all.
    pub(crate) fn are_told(&self) -> bool {
        self.popularity.is_some() || self.listens.is_some()
    }
}

impl Head {
    /// Whether only artist credit and title tell the recording.
    pub(crate) fn is_loose(&self) -> bool {
        self.recording_mbid.is_none() && self.isrcs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(popularity: Option<f32>, listens: Option<u64>) -> Figures {
        Figures {
            popularity,
            listens,
            at: None,
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
