//! Tracks that stand under one ISRC or one text, weighed one after the other.

use crate::text::durations_agree;

/// A code or a title that stands on more different recordings than this
/// identifies nothing.
pub(crate) const MOST_RECORDINGS: usize = 64;

/// What speaks against a track being another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Witness {
    pub(crate) duration_ms: Option<u32>,
    /// Source and beginning of the release id, where two tracks of one release
    /// are two recordings.
    pub(crate) release: Option<(u16, u32)>,
}

/// What became of a track under a code or text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is the recording of an earlier one, that which stands at this place.
    Joins(usize),
    /// Later ones may join it.
    Leads,
    /// Too many lead already: nothing joins it.
    Passed,
}

/// The tracks of a group that later ones may join.
#[derive(Debug, Default)]
pub(crate) struct Leaders(Vec<(usize, Witness)>);

impl Witness {
    /// Whether nothing speaks against it.
    pub(crate) fn may_be(&self, other: &Self) -> bool {
        durations_agree(self.duration_ms, other.duration_ms) && !self.shares_release(other)
    }

    pub(crate) fn shares_release(&self, other: &Self) -> bool {
        self.release.is_some() && self.release == other.release
    }
}

impl Leaders {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether some lead, and the duration of each is another.
    pub(crate) fn all_differ(&self, witness: &Witness) -> bool {
        let agrees = |leader: &Witness| durations_agree(leader.duration_ms, witness.duration_ms);
        !self.0.is_empty() && !self.0.iter().any(|(_, leader)| agrees(leader))
    }

    /// Joins the witness that stands at `at` to the first leader that it may
    /// be and that `join` lets it be; otherwise it leads itself.
    pub(crate) fn place(
        &mut self,
        at: usize,
        witness: Witness,
        joins: bool,
        mut join: impl FnMut(usize) -> bool,
    ) -> Place {
        let candidates = self.0.iter().filter(|_| joins);
        let mut candidates = candidates.filter(|(_, leader)| witness.may_be(leader));
        if let Some((leader, _)) = candidates.find(|(leader, _)| join(*leader)) {
            return Place::Joins(*leader);
        }
        if self.0.len() == MOST_RECORDINGS {
            return Place::Passed;
        }
        self.0.push((at, witness));
        Place::Leads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(seconds: u32) -> Witness {
        Witness {
            duration_ms: Some(seconds * 1000),
            release: None,
        }
    }

    #[test]
    fn a_witness_joins_the_first_leader_that_lets_it() {
        let mut leaders = Leaders::default();
        assert_eq!(leaders.place(0, of(100), true, |_| true), Place::Leads);
        assert_eq!(leaders.place(1, of(200), true, |_| true), Place::Leads);
        assert_eq!(leaders.place(2, of(201), true, |_| true), Place::Joins(1));
        assert_eq!(leaders.place(3, of(101), true, |_| false), Place::Leads);
        let not_first = |leader| leader != 0;
        assert_eq!(leaders.place(4, of(102), true, not_first), Place::Joins(3));
        assert_eq!(leaders.place(5, of(100), false, |_| true), Place::Leads);
        assert!(leaders.all_differ(&of(150)) && !leaders.all_differ(&of(205)));
    }

    #[test]
    fn too_many_recordings_lead_nothing() {
        let mut leaders = Leaders::default();
        for at in 0..MOST_RECORDINGS {
            let place = leaders.place(at, of(100), true, |_| false);
            assert_eq!(place, Place::Leads);
        }
        let place = leaders.place(64, of(100), true, |_| false);
        assert_eq!(place, Place::Passed);
        let place = leaders.place(65, of(100), true, |leader| leader == 63);
        assert_eq!(place, Place::Joins(63));
    }

    #[test]
    fn tracks_of_one_release_are_two() {
        let on = |release| Witness {
            release: Some((0, release)),
            ..of(100)
        };
        assert!(!on(1).may_be(&on(1)) && on(1).may_be(&on(2)) && of(100).may_be(&of(100)));
    }
}
