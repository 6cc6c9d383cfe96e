use {longplay_model::Mbid, std::collections::HashMap};

/// Steps from a merged recording to the one that is left: more make a circle.
const MOST_STEPS: usize = 64;

/// Recordings that MusicBrainz merged into others.
#[derive(Debug, Default)]
pub(crate) struct Redirects {
    into: HashMap<Mbid, Mbid>,
}

impl Redirects {
    pub(crate) fn add(&mut self, from: Mbid, into: Mbid) {
        self.into.insert(from, into);
    }

    /// The recording, that which it was merged into, and so on.
    pub(crate) fn steps(&self, mbid: Mbid) -> impl Iterator<Item = Mbid> {
        let step = |mbid: &Mbid| self.into.get(mbid).copied();
        std::iter::successors(Some(mbid), step).take(MOST_STEPS)
    }

    /// The recording that is left of this one.
    pub(crate) fn end(&self, mbid: Mbid) -> Mbid {
        self.steps(mbid).last().unwrap_or(mbid)
    }

    /// Those that were merged into each, sorted.
    pub(crate) fn merged(&self) -> HashMap<Mbid, Vec<Mbid>> {
        let mut merged: HashMap<Mbid, Vec<Mbid>> = HashMap::new();
        for from in self.into.keys() {
            merged.entry(self.end(*from)).or_default().push(*from);
        }
        merged.values_mut().for_each(|from| from.sort_unstable());
        merged
    }
}
