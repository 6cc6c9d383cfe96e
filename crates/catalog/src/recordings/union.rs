/// Tracks by number, joined to recordings.
///
/// The root of a recording is, of its tracks, one that has a MusicBrainz id if
/// any has, then one that the earliest source told of, then the first by
/// number: so a recording keeps its id when sources are added.
#[derive(Debug, Default)]
pub(crate) struct Unions {
    parents: Vec<u32>,
    /// First source of each track; the top bit is clear where it has an id of
    /// MusicBrainz.
    ranks: Vec<u16>,
}

/// Set in the rank of tracks that MusicBrainz does not know.
const UNKNOWN: u16 = 1 << 15;

impl Unions {
    /// Most sources of a snapshot.
    pub(crate) const MOST_SOURCES: usize = UNKNOWN as usize;

    /// Adds a track; its number is the count of those before it.
    pub(crate) fn add(&mut self, first_source: u16, has_mbid: bool) {
        let number = u32::try_from(self.parents.len()).expect("tracks are counted in 32 bits");
        let unknown = if has_mbid { 0 } else { UNKNOWN };
        self.parents.push(number);
        self.ranks.push(first_source & !UNKNOWN | unknown);
    }

    /// The root of each track: the end of the joining.
    pub(crate) fn into_roots(mut self) -> Vec<u32> {
        self.ranks = Vec::new();
        let tracks = self.parents.len() as u32;
        for track in 0..tracks {
            self.parents[track as usize] = self.root(track);
        }
        self.parents
    }

    /// The track that stands for the recording of `track`.
    pub(super) fn root(&mut self, mut track: u32) -> u32 {
        loop {
            let parent = self.parents[track as usize];
            let next = self.parents[parent as usize];
            if parent == next {
                return parent;
            }
            self.parents[track as usize] = next;
            track = next;
        }
    }

    /// Joins two tracks to one recording; whether they are one now. Two
    /// recordings of MusicBrainz stay two.
    pub(super) fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        let key = |root: u32| (self.ranks[root as usize], root);
        let (root, other) = if key(a) <= key(b) { (a, b) } else { (b, a) };
        let are_both_known = self.ranks[other as usize] & UNKNOWN == 0;
        if root == other {
            return true;
        }
        if !are_both_known {
            self.parents[other as usize] = root;
        }
        !are_both_known
    }

    /// Joins two tracks that MusicBrainz calls one recording.
    pub(super) fn join_known(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        let key = |root: u32| (self.ranks[root as usize], root);
        let (root, other) = if key(a) <= key(b) { (a, b) } else { (b, a) };
        self.parents[other as usize] = root;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unions(tracks: &[(u16, bool)]) -> Unions {
        let mut unions = Unions::default();
        for (source, is_known) in tracks {
            unions.add(*source, *is_known);
        }
        unions
    }

    #[test]
    fn the_root_is_known_then_early_then_first() {
        let mut joined = unions(&[(1, false), (0, false), (0, false), (2, true)]);
        assert!(joined.join(0, 2));
        assert_eq!(joined.root(0), 2);
        assert!(joined.join(1, 0));
        assert_eq!(joined.root(0), 1);
        assert!(joined.join(3, 2));
        assert_eq!([0, 1, 2, 3].map(|track| joined.root(track)), [3; 4]);
        assert_eq!(joined.into_roots(), [3; 4]);
    }

    #[test]
    fn two_recordings_of_musicbrainz_stay_two() {
        let mut joined = unions(&[(0, true), (0, true), (0, false)]);
        assert!(joined.join(0, 2));
        assert!(!joined.join(1, 2));
        assert!(joined.join(2, 0));
        joined.join_known(0, 1);
        assert_eq!(joined.root(2), joined.root(1));
    }
}
