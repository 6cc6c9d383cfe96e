//! What other sources tell of a track's recording: figures, and into which
//! other recording MusicBrainz merged it.

use {
    crate::{
        error::Error,
        figures::{Fact, Metric, Table, Target},
        recordings::Redirects,
        row::{Figures, Head},
    },
    longplay_model::Mbid,
    std::collections::HashMap,
};

/// Figures of other sources, by recording.
pub(super) struct Elsewhere {
    pub(super) redirects: Redirects,
    merged: HashMap<Mbid, Vec<Mbid>>,
    table: Table,
}

impl Elsewhere {
    pub(super) fn new(table: Table, redirects: Redirects) -> Self {
        Self {
            merged: redirects.merged(),
            redirects,
            table,
        }
    }

    /// Whether recordings were merged into this one.
    pub(super) fn is_left(&self, mbid: &Mbid) -> bool {
        self.merged.contains_key(mbid)
    }

    /// Whether no source tells any.
    pub(super) fn is_empty(&self) -> bool {
        self.table.len() == 0
    }

    /// Figures of a track's recording, by source and metric; of several from
    /// one source the greatest.
    pub(super) fn of(&self, head: &Head) -> Result<Vec<Fact>, Error> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        let mbid = head.recording_mbid.map(|mbid| self.redirects.end(mbid));
        let merged = mbid.and_then(|mbid| self.merged.get(&mbid));
        let mbids = mbid.iter().chain(merged.into_iter().flatten());
        let mbids = mbids.map(|mbid| Target::Mbid(*mbid));
        let isrcs = head.isrcs.iter().map(|isrc| Target::Isrc(*isrc));
        self.gathered(mbids.chain(isrcs))
    }

    /// Figures of one thing.
    pub(super) fn of_target(&self, target: Target) -> Result<Vec<Fact>, Error> {
        match self.is_empty() {
            true => Ok(Vec::new()),
            false => self.gathered(std::iter::once(target)),
        }
    }

    fn gathered(&self, targets: impl Iterator<Item = Target>) -> Result<Vec<Fact>, Error> {
        let mut facts: Vec<Fact> = Vec::new();
        for target in targets {
            facts.extend(self.table.of(&target)?);
        }
        let key = |fact: &Fact| (fact.source, fact.metric);
        facts.sort_by(|a, b| key(a).cmp(&key(b)).then(b.value.total_cmp(&a.value)));
        facts.dedup_by_key(|fact| key(fact));
        Ok(facts)
    }

    /// The figures that a track is ranked by: its own, otherwise those of the
    /// first source that tells any.
    pub(super) fn ranked(&self, head: &Head) -> Result<Figures, Error> {
        let facts = self.of(head)?;
        let first = |metric: Metric| facts.iter().find(|fact| fact.metric == metric);
        let listens = first(Metric::Listens);
        let score = |fact: &&Fact| (0.0..=100.0).contains(&fact.value);
        let popularity = first(Metric::Popularity).filter(score);
        let own = head.figures;
        Ok(Figures {
            popularity: own.popularity.or(popularity.map(|fact| fact.value as f32)),
            listens: own.listens.or(listens.map(|fact| fact.value as u64)),
            at: own.at.or(listens.or(popularity).and_then(|fact| fact.at)),
        })
    }
}
