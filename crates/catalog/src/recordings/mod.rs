//! Which tracks are one recording?
//!
//! Evidence, strongest first: the same MusicBrainz recording; the same ISRC
//! and durations that agree; for files of a collection, and for tracks that
//! have neither, the same artist credit and title and durations that agree.
//! Two recordings that MusicBrainz keeps apart are never joined. Evidence is
//! sorted, so that the result does not depend on the order of the sources'
//! records, and memory is six bytes a track whatever the evidence.

mod evidence;
mod union;

use {
    self::evidence::{ByIsrc, ByMbid, ByText},
    crate::{
        error::Error, identifiers::isrc_of, shuffle::Spread, spill::Spill, text::durations_agree,
        windows::each_window,
    },
    longplay_model::{Finding, FindingCode, Mbid, Monitor},
};

pub(crate) use {
    evidence::{Evidence, EvidenceLane, SpreadEvidence, Texts},
    union::Unions,
};

/// A code or a title that stands on more different recordings than this
/// identifies nothing.
const MOST_RECORDINGS: usize = 64;

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
    each_part(
        &evidence.mbids,
        |by: &mut ByMbid| {
            by.mbid = *(merged.end)(Mbid::from_bytes(by.mbid)).as_bytes();
            renumber(&mut by.track)
        },
        |sorted| {
            join_mbids(unions, sorted);
            let is_left = |by: &&ByMbid| (merged.is_left)(&Mbid::from_bytes(by.mbid));
            left.extend(sorted.iter().filter(is_left));
        },
    )?;
    if monitor.is_interrupted() {
        return Err(Error::Interrupted);
    }
    left.sort_unstable();
    join_mbids(unions, &left);
    each_part(
        &evidence.isrcs,
        |by: &mut ByIsrc| renumber(&mut by.track),
        |sorted| join_isrcs(unions, sorted, monitor),
    )
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

fn join_mbids(unions: &mut Unions, sorted: &[ByMbid]) {
    for pair in sorted.windows(2) {
        if pair[0].mbid == pair[1].mbid {
            unions.join_known(pair[0].track, pair[1].track);
        }
    }
}

fn join_isrcs(unions: &mut Unions, sorted: &[ByIsrc], monitor: &dyn Monitor) {
    let mut findings = Vec::new();
    for group in sorted.chunk_by(|a, b| a.isrc == b.isrc) {
        let witness = |by: &ByIsrc| Witness {
            track: by.track,
            duration_ms: Some(by.duration_ms).filter(|_| !by.lacks_duration),
            release: None,
        };
        let group_of = group.iter().map(|by| (witness(by), true));
        let disagree = join_all(unions, group_of);
        if disagree && group.iter().any(|by| by.is_reported) {
            findings.push((group[0].isrc, apart(group)));
        }
    }
    // Codes come by their hashes; people read them in their own order.
    findings.sort_unstable_by_key(|finding| finding.0);
    findings
        .into_iter()
        .for_each(|(_, finding)| monitor.finding(finding));
}

fn join_by_text(unions: &mut Unions, sorted: &[ByText]) {
    for group in sorted.chunk_by(|a, b| a.text == b.text) {
        let witness = |by: &ByText| Witness {
            track: by.track,
            duration_ms: Some(by.duration_ms).filter(|_| !by.lacks_duration),
            release: Some((by.source, by.release)).filter(|release| release.1 != 0),
        };
        join_all(unions, group.iter().map(|by| (witness(by), by.joins)));
    }
}

/// A track beside others of one ISRC or text.
#[derive(Clone, Copy)]
struct Witness {
    track: u32,
    duration_ms: Option<u32>,
    release: Option<(u16, u32)>,
}

impl Witness {
    fn may_be(&self, other: &Self) -> bool {
        let share_release = self.release.is_some() && self.release == other.release;
        durations_agree(self.duration_ms, other.duration_ms) && !share_release
    }
}

/// Joins each witness that may be joined to the first before it that it may
/// be. Whether some durations disagree.
fn join_all(unions: &mut Unions, group: impl Iterator<Item = (Witness, bool)>) -> bool {
    let mut leaders: Vec<Witness> = Vec::new();
    let mut disagree = false;
    for (witness, joins) in group {
        let agrees = |leader: &Witness| durations_agree(leader.duration_ms, witness.duration_ms);
        disagree |= !leaders.is_empty() && !leaders.iter().any(agrees);
        let is_joined = joins
            && leaders
                .iter()
                .any(|leader| witness.may_be(leader) && unions.join(leader.track, witness.track));
        if !is_joined && leaders.len() < MOST_RECORDINGS {
            leaders.push(witness);
        }
    }
    disagree
}

fn apart(group: &[ByIsrc]) -> Finding {
    let known = || {
        let known = group.iter().filter(|by| !by.lacks_duration);
        known.map(|by| by.duration_ms)
    };
    let seconds = |ms: Option<u32>| f64::from(ms.unwrap_or(0)) / 1000.0;
    let (shortest, longest) = (seconds(known().min()), seconds(known().max()));
    let seen = format!(
        "on {} tracks of {shortest:.0} to {longest:.0} s",
        group.len()
    );
    Finding::new(FindingCode::C010, isrc_of(group[0].isrc), seen)
}
