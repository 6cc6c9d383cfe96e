//! Which tracks are one recording?
//!
//! Evidence, strongest first: the same MusicBrainz recording; the same ISRC
//! and durations that agree; for files of a collection also the same artist
//! credit and title and durations that agree. Two recordings that MusicBrainz
//! keeps apart are never joined. Evidence is sorted, so that the result does
//! not depend on the order of the sources' records, and memory is six bytes
//! a track whatever the evidence.

mod union;

use {
    crate::{
        error::Error,
        row::Row,
        sort::Sorter,
        spill::Spill,
        text::{durations_agree, text_key},
    },
    longplay_model::{Finding, FindingCode, Isrc, Monitor},
    std::path::Path,
};

pub(crate) use union::Unions;

/// A code or a title that stands on more different recordings than this
/// identifies nothing.
const MOST_RECORDINGS: usize = 64;

/// What speaks for tracks being one recording, on its way to be sorted.
pub(crate) struct Evidence {
    mbids: Sorter,
    isrcs: Sorter,
    texts: Option<Sorter>,
    unions: Unions,
}

/// A track beside others of one ISRC or text.
#[derive(Clone, Copy)]
struct Witness {
    track: u32,
    duration_ms: Option<u32>,
    is_file: bool,
    is_reported: bool,
}

crate::spill::spill_struct!(Witness {
    track,
    duration_ms,
    is_file,
    is_reported
});

impl Evidence {
    /// Texts matter only where a source is a folder.
    pub(crate) fn new(dir: &Path, memory: usize, has_files: bool) -> Self {
        Self {
            mbids: Sorter::new(dir, "mbids", memory),
            isrcs: Sorter::new(dir, "isrcs", memory),
            texts: has_files.then(|| Sorter::new(dir, "texts", memory)),
            unions: Unions::default(),
        }
    }

    /// Adds the next track; its number is the count of those before it.
    pub(crate) fn add(&mut self, row: &Row, is_reported: bool) -> Result<(), Error> {
        let record = &row.sourced.record;
        let track = self.unions.add(row.first_source, record.recording_mbid)?;
        let witness = Witness {
            track,
            duration_ms: record.duration_ms,
            is_file: row.is_file(),
            is_reported,
        };
        let value = witness.to_bytes();
        if let Some(mbid) = record.recording_mbid {
            self.mbids.push(mbid.as_bytes(), &value)?;
        }
        for isrc in &record.isrcs {
            let order = [
                u8::from(record.recording_mbid.is_none()),
                u8::from(record.duration_ms.is_none()),
            ];
            self.isrcs
                .push(&[isrc.as_str().as_bytes(), &order].concat(), &value)?;
        }
        self.add_text(row, &value)
    }

    fn add_text(&mut self, row: &Row, value: &[u8]) -> Result<(), Error> {
        let record = &row.sourced.record;
        let key = || text_key(&record.artists.to_string(), &record.title);
        if let Some(texts) = &mut self.texts
            && let Some(key) = key()
        {
            let order = [
                u8::from(row.is_file()),
                u8::from(record.duration_ms.is_none()),
            ];
            let rank = row.figures().rank_key();
            texts.push(&[&key[..], &order, &rank].concat(), value)?;
        }
        Ok(())
    }

    /// Weighs the evidence.
    pub(crate) fn finish(self, monitor: &dyn Monitor) -> Result<Unions, Error> {
        let mut unions = self.unions;
        each_group(self.mbids, 16, |_, group| {
            for pair in group.windows(2) {
                unions.join_known(pair[0].track, pair[1].track);
            }
        })?;
        each_group(self.isrcs, 12, |isrc, group| {
            let disagree = join_all(&mut unions, group, |_| true);
            if disagree && group.iter().any(|witness| witness.is_reported) {
                monitor.finding(apart(isrc, group));
            }
        })?;
        if let Some(texts) = self.texts {
            each_group(texts, 8, |_, group| {
                join_all(&mut unions, group, |witness| witness.is_file);
            })?;
        }
        Ok(unions)
    }
}

/// Gives `each` the witnesses that share the first `length` bytes of the key.
fn each_group(
    sorter: Sorter,
    length: usize,
    mut each: impl FnMut(&[u8], &[Witness]),
) -> Result<(), Error> {
    let mut key = Vec::new();
    let mut group = Vec::new();
    for entry in sorter.finish()? {
        let (entry_key, value) = entry?;
        if entry_key[..length] != key[..] {
            each(&key, &group);
            key = entry_key[..length].to_vec();
            group.clear();
        }
        group.push(Witness::from_bytes(&value).expect("written by this run"));
    }
    each(&key, &group);
    Ok(())
}

/// Joins each witness that `may_join` to the first before it whose duration
/// agrees. Whether some durations disagree.
fn join_all(unions: &mut Unions, group: &[Witness], may_join: impl Fn(&Witness) -> bool) -> bool {
    let mut leaders: Vec<Witness> = Vec::new();
    let mut disagree = false;
    for witness in group {
        let agrees = |leader: &Witness| durations_agree(leader.duration_ms, witness.duration_ms);
        disagree |= !leaders.is_empty() && !leaders.iter().any(agrees);
        let is_joined = may_join(witness)
            && leaders
                .iter()
                .any(|leader| agrees(leader) && unions.join(leader.track, witness.track));
        if !is_joined && leaders.len() < MOST_RECORDINGS {
            leaders.push(*witness);
        }
    }
    disagree
}

fn apart(isrc: &[u8], group: &[Witness]) -> Finding {
    let isrc = String::from_utf8_lossy(isrc).into_owned();
    let known = || group.iter().filter_map(|witness| witness.duration_ms);
    let seconds = |ms: Option<u32>| f64::from(ms.unwrap_or(0)) / 1000.0;
    let (shortest, longest) = (seconds(known().min()), seconds(known().max()));
    let seen = format!(
        "on {} tracks of {shortest:.0} to {longest:.0} s",
        group.len()
    );
    debug_assert!(isrc.parse::<Isrc>().is_ok());
    Finding::new(FindingCode::C010, isrc, seen)
}
