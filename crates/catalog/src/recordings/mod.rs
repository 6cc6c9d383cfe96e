//! Which tracks are one recording?
//!
//! Evidence, strongest first: the same MusicBrainz recording; the same ISRC
//! and durations that agree; for files of a collection, and for tracks that
//! have neither, the same artist credit and title and durations that agree.
//! Two recordings that MusicBrainz keeps apart are never joined. Evidence is
//! sorted, so that the result does not depend on the order of the sources'
//! records, and memory is six bytes a track whatever the evidence. Where
//! evidence contradicts itself, that is a finding.

mod conflicts;
mod evidence;
mod leaders;
mod redirects;
mod union;
mod words;

use {
    self::{
        conflicts::Seen,
        evidence::{ByIsrc, ByMbid, ByText},
    },
    crate::{error::Error, shuffle::Spread, spill::Spill, windows::each_window},
    longplay_model::{Mbid, Monitor},
};

#[cfg(test)]
pub(crate) use leaders::MOST_RECORDINGS;
pub(crate) use {
    conflicts::Conflicts,
    evidence::{Evidence, EvidenceLane, SpreadEvidence, Texts},
    leaders::{Leaders, Place, Witness},
    redirects::Redirects,
    union::Unions,
    words::Words,
};

/// The number of a track by its id, for that by its arrival; none for those
/// that another of the same id replaces.
pub(crate) type NumberOf<'a> = dyn Fn(u32) -> Option<u32> + Sync + 'a;

/// Recordings that MusicBrainz merged.
pub(crate) struct Merged<'a> {
    /// The one that is left of this one.
    pub(crate) end: &'a (dyn Fn(Mbid) -> Mbid + Sync),
    /// Whether others were merged into it.
    pub(crate) is_left: &'a (dyn Fn(&Mbid) -> bool + Sync),
}

/// Weighs the evidence, the strongest first.
pub(crate) fn join(
    evidence: &SpreadEvidence,
    unions: &mut Unions,
    number_of: &NumberOf,
    merged: &Merged,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    // Their parts were chosen by the ids that they had.
    let mut left: Vec<ByMbid> = Vec::new();
    let renumber = |track: &mut u32| number_of(*track).map(|number| *track = number).is_some();
    let mut conflicts = Conflicts::default();
    each_part(
        &evidence.mbids,
        |by: &mut ByMbid| {
            by.mbid = *(merged.end)(Mbid::from_bytes(by.mbid)).as_bytes();
            renumber(&mut by.track)
        },
        |sorted| {
            for group in sorted.chunk_by(|a, b| a.mbid == b.mbid) {
                match (merged.is_left)(&Mbid::from_bytes(group[0].mbid)) {
                    true => left.extend(group),
                    false => join_mbids(unions, group, &mut conflicts),
                }
            }
        },
    )?;
    if monitor.is_interrupted() {
        return Err(Error::Interrupted);
    }
    left.sort_unstable();
    left.chunk_by(|a, b| a.mbid == b.mbid)
        .for_each(|group| join_mbids(unions, group, &mut conflicts));
    each_part(
        &evidence.isrcs,
        |by: &mut ByIsrc| renumber(&mut by.track),
        |sorted| join_isrcs(unions, sorted, &mut conflicts),
    )?;
    conflicts.tell(monitor);
    Ok(())
}

/// Weighs artist credits and titles, the weakest evidence.
pub(crate) fn join_texts(
    texts: &Spread,
    unions: &mut Unions,
    number_of: &NumberOf,
) -> Result<(), Error> {
    each_part(
        texts,
        |by: &mut ByText| {
            number_of(by.track)
                .map(|number| by.track = number)
                .is_some()
        },
        |sorted| join_by_text(unions, sorted),
    )
}

/// Sorts a few parts side by side, and gives them to `each` in their order.
fn each_part<T: Spill + Ord + Send>(
    spread: &Spread,
    keep: impl Fn(&mut T) -> bool + Sync + Send,
    mut each: impl FnMut(&[T]) + Send,
) -> Result<(), Error> {
    let make = |part| {
        let mut values = T::all(&spread.take(part)?);
        values.retain_mut(|value| keep(value));
        values.sort_unstable();
        Ok(values)
    };
    each_window(spread.parts(), make, |sorted: Vec<Vec<T>>| {
        sorted.iter().for_each(|values| each(values));
        Ok(())
    })
}

/// Joins the tracks of one MusicBrainz recording, whatever speaks against it.
fn join_mbids(unions: &mut Unions, group: &[ByMbid], conflicts: &mut Conflicts) {
    for pair in group.windows(2) {
        unions.join_known(pair[0].track, pair[1].track);
    }
    if group.len() > 1 && group.iter().any(|by| by.is_reported) {
        conflicts::of_mbid(group, conflicts);
    }
}

fn join_isrcs(unions: &mut Unions, sorted: &[ByIsrc], conflicts: &mut Conflicts) {
    let mut leaders = Leaders::default();
    let several = |group: &&[ByIsrc]| group.len() > 1;
    for group in sorted.chunk_by(|a, b| a.hash == b.hash).filter(several) {
        let mut seen = Seen::default();
        leaders.clear();
        for (at, by) in group.iter().enumerate() {
            let witness = Witness {
                duration_ms: Some(by.duration_ms).filter(|_| !by.lacks_duration),
                release: None,
            };
            seen.lengths_differ |= leaders.all_differ(&witness);
            let join = |leader: usize| unions.join(group[leader].track, by.track);
            if let Place::Joins(leader) = leaders.place(at, witness, true, join) {
                seen.joined(&group[leader].words, &by.words);
            }
        }
        if group.iter().any(|by| by.is_reported) {
            seen.known = known_recordings(unions, group);
            conflicts::of_isrc(group, &seen, conflicts);
        }
    }
}

/// How many recordings MusicBrainz has under the code; those that it knows
/// come first.
fn known_recordings(unions: &mut Unions, group: &[ByIsrc]) -> usize {
    let known = group.iter().take_while(|by| !by.lacks_mbid);
    let mut roots: Vec<u32> = known.map(|by| unions.root(by.track)).collect();
    roots.sort_unstable();
    roots.dedup();
    roots.len()
}

fn join_by_text(unions: &mut Unions, sorted: &[ByText]) {
    let mut leaders = Leaders::default();
    for group in sorted.chunk_by(|a, b| a.text == b.text) {
        leaders.clear();
        for (at, by) in group.iter().enumerate() {
            let witness = Witness {
                duration_ms: Some(by.duration_ms).filter(|_| !by.lacks_duration),
                release: Some((by.source, by.release)).filter(|release| release.1 != 0),
            };
            let join = |leader: usize| unions.join(group[leader].track, by.track);
            leaders.place(at, witness, by.joins, join);
        }
    }
}
