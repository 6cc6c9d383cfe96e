//! The plan again, from the text of `docs/policy.md` and nothing else: no
//! map, no early end, every question asked anew of the whole list.

use longplay_model::{Candidate, CandidateFile, Form, Reason, TrackId};

#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub track: TrackId,
    pub form: Option<Form>,
    pub reason: Reason,
}

/// The reference policy or, where `unrated`, the standard one.
pub fn plan(all: &[Candidate], unrated: bool, budget: u64, k: u64, m: u64) -> Vec<Expected> {
    let level = |c: &Candidate| match () {
        () if c.popularity > 0.0 => Reason::Popular,
        () if unrated && c.file.is_some() && !c.is_rated => Reason::Unrated,
        () => Reason::Tail,
    };
    let of = |wanted: Reason| all.iter().filter(move |c| level(c) == wanted);
    let mut head: Vec<&Candidate> = of(Reason::Popular).collect();
    head.sort_by(|a, b| {
        b.popularity
            .partial_cmp(&a.popularity)
            .unwrap()
            .then(b.listens.partial_cmp(&a.listens).unwrap())
            .then(a.rank.cmp(&b.rank))
    });
    let mut middle: Vec<&Candidate> = of(Reason::Unrated).collect();
    middle.sort_by(|a, b| {
        let listens = b.listens.partial_cmp(&a.listens).unwrap();
        listens.then(a.rank.cmp(&b.rank))
    });
    let mut tail: Vec<&Candidate> = of(Reason::Tail).collect();
    tail.sort_by(|a, b| by_score(score(a), a, score(b), b));
    let ahead: Vec<&Candidate> = head.iter().chain(&middle).chain(&tail).copied().collect();

    let is_copy = |row: &Candidate| {
        ahead
            .iter()
            .take_while(|other| other.track != row.track)
            .any(|other| other.recording == row.recording && is_wanted(other, level(other)))
    };
    let lowered = |row: &Candidate| score(row) - if is_copy(row) { 10.0 } else { 0.0 };
    tail.sort_by(|a, b| by_score(lowered(a), a, lowered(b), b));

    let rows: Vec<&Candidate> = head.into_iter().chain(middle).chain(tail).collect();
    let spent_at = |at: usize| -> u64 {
        rows[..=at]
            .iter()
            .filter(|row| is_wanted(row, level(row)) && !is_copy(row))
            .map(|row| form_and_bytes(row, level(row), all, k, m).1)
            .sum()
    };
    let kept: Vec<bool> = (0..rows.len())
        .map(|at| {
            is_wanted(rows[at], level(rows[at])) && !is_copy(rows[at]) && spent_at(at) <= budget
        })
        .collect();
    let reason = |at: usize| {
        let row = rows[at];
        let copy_kept = (0..at).any(|other| kept[other] && rows[other].recording == row.recording);
        match () {
            () if kept[at] => level(row),
            () if copy_kept => Reason::DuplicateRecording,
            () if is_copy(row) || is_wanted(row, level(row)) => Reason::OverBudget,
            () => Reason::BelowCut,
        }
    };
    (0..rows.len())
        .map(|at| Expected {
            track: rows[at].track,
            form: kept[at].then(|| form_and_bytes(rows[at], level(rows[at]), all, k, m).0),
            reason: reason(at),
        })
        .collect()
}

fn by_score(of_a: f64, a: &Candidate, of_b: f64, b: &Candidate) -> std::cmp::Ordering {
    let nanos = |score: f64| (score * 1e9).round() as i64;
    nanos(of_b).cmp(&nanos(of_a)).then(a.rank.cmp(&b.rank))
}

fn score(row: &Candidate) -> f64 {
    f64::from(row.artist_popularity) / 100.0
        + f64::from(row.release_popularity) / 100.0
        + (row.followers as f64 + 1.0).min(1e8).log10() / 8.0
}

fn is_wanted(row: &Candidate, level: Reason) -> bool {
    level != Reason::Tail || (score(row) * 1e9).round() >= 0.351e9
}

fn form_and_bytes(
    row: &Candidate,
    level: Reason,
    all: &[Candidate],
    k: u64,
    m: u64,
) -> (Form, u64) {
    let received = level != Reason::Tail;
    let files = all
        .iter()
        .filter(|other| other.recording == row.recording && other.file.is_some());
    let source = files
        .max_by_key(|c| (c.file.map(|f| (f.bytes, f.codec)), c.duration_ms, c.track))
        .unwrap_or(row);
    let ms = u64::from(source.duration_ms.filter(|ms| *ms > 0).unwrap_or(200_000));
    let access = (ms * 9_375).div_ceil(1000) + 2_048;
    let (form, file) = match source.file {
        None if received => (Form::Original, (ms * 20_000).div_ceil(1000)),
        Some(CandidateFile { bytes, .. }) if received || bytes <= access => (Form::Original, bytes),
        _ => (Form::Access, access),
    };
    let packed = file.next_multiple_of(512) + 1_536 + 640;
    (form, (packed * (k + m)).div_ceil(k))
}
