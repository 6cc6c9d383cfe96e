//! Why are tracks one recording, and why are others not?
//!
//! ```text
//!   tracks ─► their ISRCs, their texts ─► all tracks under each ─► weighed again ─► joints
//!        └──► their MusicBrainz recording ─► redirects ──────────────────────┘  └─► apart
//! ```
//!
//! Nothing of this is stored. An import joins two tracks under a code where
//! nothing speaks against it; whether it did can be told from the recordings
//! that came of it, so weighing a group once more gives every joint that it
//! found, and no other.

mod apart;
mod evidence;
mod group;
mod member;
mod read;
mod redirected;
#[cfg(test)]
mod tests;

pub use self::{
    apart::{Apart, Objection},
    evidence::{Evidence, Joint},
};

use {
    self::read::Reading,
    super::{Snapshot, TrackDetails},
    crate::error::Error,
    longplay_model::RecordingId,
    std::{
        collections::{HashMap, HashSet, VecDeque},
        path::Path,
    },
};

/// What made tracks one recording, and what kept others apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    pub recording: RecordingId,
    /// Rank of the track that stands for the recording.
    pub stands: u64,
    /// The tracks of the recording, the most popular first.
    pub tracks: Vec<TrackDetails>,
    /// All that joins one of them to another.
    pub joints: Vec<Joint>,
    /// Tracks of other recordings under an ISRC or text of this one.
    pub apart: Vec<Apart>,
}

impl Merge {
    /// The joint that leads from each track towards the one that stands for
    /// the recording, on a shortest way; by rank.
    pub fn ways(&self) -> HashMap<u64, &Joint> {
        let mut beside: HashMap<u64, Vec<&Joint>> = HashMap::new();
        for joint in &self.joints {
            beside.entry(joint.track).or_default().push(joint);
            beside.entry(joint.with).or_default().push(joint);
        }
        let mut ways = HashMap::new();
        let mut reached = HashSet::from([self.stands]);
        let mut waiting = VecDeque::from([self.stands]);
        while let Some(track) = waiting.pop_front() {
            for joint in beside.get(&track).into_iter().flatten() {
                let other = joint.other(track);
                if reached.insert(other) {
                    ways.insert(other, *joint);
                    waiting.push_back(other);
                }
            }
        }
        ways
    }

    /// The tracks in the order in which they were reached, with the joint that
    /// led to each: the first stands for the recording.
    pub fn in_order(&self) -> Vec<(&TrackDetails, Option<&Joint>)> {
        let ways = self.ways();
        let mut steps: HashMap<u64, usize> = HashMap::new();
        for track in &self.tracks {
            let next = |rank: &u64| ways.get(rank).map(|joint| joint.other(*rank));
            steps.insert(
                track.rank,
                std::iter::successors(Some(track.rank), next).count(),
            );
        }
        let mut tracks: Vec<&TrackDetails> = self.tracks.iter().collect();
        tracks.sort_by_key(|track| (track.rank != self.stands, steps[&track.rank], track.rank));
        let way = |track: &TrackDetails| ways.get(&track.rank).copied();
        tracks.into_iter().map(|it| (it, way(it))).collect()
    }
}

impl Snapshot {
    /// Why the track at `rank` is one recording with others, and not with
    /// those that share an ISRC, or artist credit and title, with them. Of the
    /// kept sources in the folder `sources` the redirects of MusicBrainz are
    /// read.
    ///
    /// # Errors
    /// When tables or those sources cannot be read.
    pub fn merge(&self, rank: u64, sources: &Path) -> Result<Merge, Error> {
        let reading = Reading::new(&self.tables, &self.identifiers, &self.meta);
        let stands = reading.stands(rank)?;
        let rows = self.identifiers.members(&[stands])?;
        let tracks = self.tracks_at(&rows)?;
        let groups = reading.groups(&rows)?;
        let mut joints = redirected::joints(&reading, &tracks, stands, sources)?;
        joints.extend(groups.iter().flat_map(|group| group.joints(stands)));
        Ok(Merge {
            recording: tracks[0].recording,
            stands,
            apart: groups.iter().flat_map(|it| it.apart(stands)).collect(),
            tracks,
            joints,
        })
    }
}
