use {
    super::{evidence::Evidence, member::Member},
    crate::text::{allowed_difference, durations_agree},
};

/// Two tracks that share a code or text, and are two recordings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// Rank of a track of the recording.
    pub track: u64,
    /// Rank of one of another recording.
    pub other: u64,
    /// An ISRC or text.
    pub shared: Evidence,
    /// The two, or those of their recordings under this code or text that they
    /// were joined to first: what the objection is about.
    pub compared: (u64, u64),
    pub objection: Objection,
}

/// What speaks against two tracks being one recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objection {
    /// Their durations differ by more than is allowed for the longer.
    Durations {
        track_ms: u32,
        other_ms: u32,
        allowed_ms: u64,
    },
    /// They belong to two recordings that MusicBrainz keeps apart.
    MusicBrainz,
    /// They are two tracks of one release.
    OneRelease,
    /// Each has an ISRC or MusicBrainz recording, and is no file: names alone
    /// join only what has neither.
    OwnCodes,
    /// The code or text stands on too many recordings to tell any.
    TooMany,
}

/// What speaks against two members of a group, if anything does.
pub(super) fn objection(track: &Member, other: &Member) -> Option<Objection> {
    let (a, b) = (track.witness.duration_ms, other.witness.duration_ms);
    if let (Some(track_ms), Some(other_ms), false) = (a, b, durations_agree(a, b)) {
        return Some(Objection::Durations {
            track_ms,
            other_ms,
            allowed_ms: allowed_difference(track_ms.max(other_ms)),
        });
    }
    let may_join = track.joins || other.joins;
    let told = [
        (track.is_known && other.is_known, Objection::MusicBrainz),
        (
            track.witness.shares_release(&other.witness),
            Objection::OneRelease,
        ),
        (!may_join, Objection::OwnCodes),
    ];
    told.into_iter()
        .find_map(|(is_so, told)| is_so.then_some(told))
}
