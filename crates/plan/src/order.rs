use {
    crate::{
        estimate::{Budget, choose_form, estimate_bytes},
        policy::{Policy, Unrated},
        score::{points, rounded, tail_score},
    },
    longplay_model::{Candidate, Form, RecordingId, TrackId},
    std::{cmp::Ordering, collections::HashMap},
};

/// What is remembered of a candidate: 72 bytes.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) track: TrackId,
    pub(crate) recording: RecordingId,
    pub(crate) rank: u64,
    pub(crate) listens: f64,
    pub(crate) score: f64,
    pub(crate) bytes: u64,
    pub(crate) level: Level,
    pub(crate) form: Form,
    pub(crate) standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Head,
    /// Files of a collection of which no source tells how popular they are.
    Unrated,
    Tail,
}

/// What the policy says of an entry, whatever the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Wanted,
    /// An earlier entry of the same recording is wanted.
    Duplicate,
    BelowCut,
}

/// A recording of which a copy is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Holding {
    /// Listens of all its rows.
    pub(crate) listens: f64,
    /// Whether the budget reached its copy; known once the walk came by.
    pub(crate) kept: bool,
}

/// All candidates in the order of the plan, and the recordings wanted.
pub(crate) struct Ordered {
    pub(crate) entries: Vec<Entry>,
    pub(crate) holdings: HashMap<RecordingId, Holding>,
}

pub(crate) fn order(
    candidates: impl Iterator<Item = Candidate>,
    policy: &Policy,
    budget: &Budget,
) -> Ordered {
    let mut files = Files::new();
    let mut entries: Vec<Entry> = candidates
        .inspect(|candidate| note_file(&mut files, candidate))
        .map(|candidate| entry(&candidate, policy, budget))
        .collect();
    for entry in &mut entries {
        if let Some(source) = files.get(&entry.recording) {
            size(entry, source, policy, budget);
        }
    }
    entries.sort_unstable_by(before);
    let holdings = judge(&mut entries, policy);
    // Copies of the tail lost score and move behind.
    entries.sort_unstable_by(before);
    Ordered { entries, holdings }
}

/// For each recording with a file, the candidate whose file counts: rows of
/// one recording share it, whichever of them is kept.
type Files = HashMap<RecordingId, Candidate>;

/// Of several files the largest counts, so that estimates are not exceeded.
fn note_file(files: &mut Files, candidate: &Candidate) {
    let bulk = |c: &Candidate| {
        (
            c.file.map(|file| (file.bytes, file.codec)),
            c.duration_ms,
            c.track,
        )
    };
    if candidate.file.is_some()
        && files
            .get(&candidate.recording)
            .is_none_or(|known| bulk(known) < bulk(candidate))
    {
        files.insert(candidate.recording, candidate.clone());
    }
}

fn entry(candidate: &Candidate, policy: &Policy, budget: &Budget) -> Entry {
    let popularity = points(candidate.popularity);
    let (level, score) = if popularity > f64::from(policy.head.above_popularity) {
        (Level::Head, popularity)
    } else if unrated(candidate, policy).is_some() {
        (Level::Unrated, 0.0)
    } else {
        (Level::Tail, tail_score(candidate, &policy.tail).total())
    };
    let mut entry = Entry {
        track: candidate.track,
        recording: candidate.recording,
        rank: candidate.rank,
        listens: counted(candidate.listens),
        score,
        bytes: 0,
        level,
        form: Form::Original,
        standing: Standing::Wanted,
    };
    size(&mut entry, candidate, policy, budget);
    entry
}

/// Chooses the form, and what it takes, as made from `source`.
fn size(entry: &mut Entry, source: &Candidate, policy: &Policy, budget: &Budget) {
    let wanted = match entry.level {
        Level::Head => policy.head.form,
        Level::Unrated => policy
            .unrated
            .map_or(policy.tail.form, |unrated| unrated.form),
        Level::Tail => policy.tail.form,
    };
    entry.form = choose_form(wanted, source);
    entry.bytes = estimate_bytes(entry.form, source, budget);
}

/// What the policy says of files whose popularity nobody knows, if this is one.
pub(crate) fn unrated(candidate: &Candidate, policy: &Policy) -> Option<Unrated> {
    let is_unrated = candidate.file.is_some() && !candidate.is_rated;
    policy.unrated.filter(|_| is_unrated)
}

fn counted(listens: f64) -> f64 {
    if listens.is_finite() {
        listens.max(0.0)
    } else {
        0.0
    }
}

/// Head, unrated, tail; the head by popularity, listens and rank, the unrated
/// by rank, the tail by score; track ids break what ties are left.
fn before(a: &Entry, b: &Entry) -> Ordering {
    let within = || match a.level {
        Level::Head | Level::Unrated => b
            .listens
            .total_cmp(&a.listens)
            .then_with(|| a.rank.cmp(&b.rank)),
        Level::Tail => Ordering::Equal,
    };
    a.level
        .cmp(&b.level)
        .then_with(|| b.score.total_cmp(&a.score))
        .then_with(within)
        .then_with(|| a.track.cmp(&b.track))
}

/// One copy a recording: the first in order stands, the others do not, and
/// those of the tail lose score.
fn judge(entries: &mut [Entry], policy: &Policy) -> HashMap<RecordingId, Holding> {
    let mut holdings: HashMap<RecordingId, Holding> = HashMap::new();
    for entry in entries {
        let tail = entry.level == Level::Tail;
        if let Some(holding) = holdings.get_mut(&entry.recording) {
            holding.listens += entry.listens;
            entry.standing = Standing::Duplicate;
            if tail {
                entry.score = rounded(entry.score - policy.tail.copy_held);
            }
        } else if tail && entry.score < policy.tail.cut {
            entry.standing = Standing::BelowCut;
        } else {
            let holding = Holding {
                listens: entry.listens,
                kept: false,
            };
            holdings.insert(entry.recording, holding);
        }
    }
    holdings
}

#[cfg(test)]
pub(crate) mod tests {
    use {
        super::*,
        longplay_model::{Access, Digest},
    };

    /// An unpopular row of its own recording, 200 s long.
    pub(crate) fn candidate(rank: u64) -> Candidate {
        let track = TrackId::of_blob(&Digest::of(&rank.to_be_bytes()), 1);
        Candidate {
            track,
            recording: RecordingId::of_track(&track),
            rank,
            popularity: 0.0,
            is_rated: true,
            listens: 1.0,
            duration_ms: Some(200_000),
            artist_popularity: 0.0,
            release_popularity: 0.0,
            followers: 0,
            has_isrc: false,
            file: None,
            access: Access::Dark,
        }
    }

    #[test]
    fn an_entry_is_as_small_as_promised() {
        assert_eq!(size_of::<Entry>(), 72);
    }

    #[test]
    fn candidates_out_of_order_are_brought_into_order() {
        let budget = Budget {
            bytes: 0,
            k: 20,
            m: 4,
        };
        let rows = [0.0, 3.0, 50.0, 3.0].into_iter().zip(0..);
        let candidates = rows.map(|(popularity, rank)| Candidate {
            popularity,
            ..candidate(rank)
        });
        let ordered = order(candidates, &Policy::reference(), &budget);
        let ranks: Vec<u64> = ordered.entries.iter().map(|entry| entry.rank).collect();
        assert_eq!(ranks, [2, 1, 3, 0]);
    }

    #[test]
    fn rows_of_one_recording_share_its_largest_file() {
        let file = |bytes| {
            Some(longplay_model::CandidateFile {
                codec: longplay_model::Codec::Wav,
                bytes,
            })
        };
        let listened = Candidate {
            popularity: 9.0,
            ..candidate(0)
        };
        let of_folder = |rank, bytes| Candidate {
            recording: listened.recording,
            file: file(bytes),
            ..candidate(rank)
        };
        let rows = [listened.clone(), of_folder(1, 9_000_000), of_folder(2, 7)];
        let budget = Budget {
            bytes: 0,
            k: 1,
            m: 0,
        };
        let ordered = order(rows.into_iter(), &Policy::reference(), &budget);
        let first = &ordered.entries[0];
        assert_eq!((first.rank, first.form), (0, Form::Original));
        assert_eq!(first.bytes, 9_000_000u64.next_multiple_of(512) + 2_176);
    }
}
