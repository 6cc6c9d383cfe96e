//! Tracks by words.

use {
    super::{Snapshot, details::TrackDetails},
    crate::{
        error::Error,
        indexing::SEARCH,
        search::{Hit, Query, SearchIndex},
    },
    std::collections::BTreeSet,
};

/// A snapshot with its full-text index.
#[derive(Debug)]
pub struct Searcher<'a> {
    snapshot: &'a Snapshot,
    index: SearchIndex,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The best first.
    pub tracks: Vec<(Hit, TrackDetails)>,
    /// No more work would have given other tracks.
    pub is_exhaustive: bool,
    /// Tracks that were compared with the query.
    pub looked_at: u64,
}

impl Snapshot {
    /// Opens the full-text index: once for many searches.
    ///
    /// # Errors
    /// When there is none, or when it is damaged.
    pub fn searcher(&self) -> Result<Searcher<'_>, Error> {
        Ok(Searcher {
            snapshot: self,
            index: SearchIndex::open(&self.dir().join(SEARCH))?,
        })
    }

    /// Finds tracks by words of their titles and artists, the best first.
    ///
    /// # Errors
    /// When there is no index, or when a table cannot be read.
    pub fn search(&self, query: &Query) -> Result<Found, Error> {
        self.searcher()?.search(query)
    }
}

impl Searcher<'_> {
    /// Finds tracks by words of their titles and artists, the best first.
    ///
    /// # Errors
    /// When the index or a table cannot be read.
    pub fn search(&self, query: &Query) -> Result<Found, Error> {
        let found = self.index.search(query)?;
        let ranks: BTreeSet<u64> = found.hits.iter().map(|hit| hit.row.into()).collect();
        let ranks: Vec<u64> = ranks.into_iter().collect();
        let tracks = self.snapshot.tracks_at(&ranks)?;
        let track = |hit: Hit| {
            let at = ranks.binary_search(&hit.row.into()).ok()?;
            Some((hit, tracks[at].clone()))
        };
        Ok(Found {
            tracks: found.hits.iter().copied().filter_map(track).collect(),
            is_exhaustive: found.is_exhaustive,
            looked_at: found.looked_at,
        })
    }
}
