//! The order of the reference: head, unrated, tail; and one row a recording.

use {
    crate::{
        bits::Bits,
        policy::{Policy, Unrated},
        score::{Scorer, points},
        sort::by_key_descending,
    },
    longplay_model::{Candidate, CandidateBatch, CandidateColumns, Candidates, Form},
    rayon::prelude::*,
    std::hint::black_box,
};

/// The parts of the order, first to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Head,
    /// Files of a collection of which no source tells how popular they are.
    Unrated,
    Tail,
}

impl Level {
    pub(crate) fn of(candidate: &Candidate, policy: &Policy) -> Self {
        if points(candidate.popularity) > f64::from(policy.head.above_popularity) {
            Self::Head
        } else if unrated(candidate, policy).is_some() {
            Self::Unrated
        } else {
            Self::Tail
        }
    }

    /// The form that the policy wants at this level.
    pub(crate) fn form(self, policy: &Policy) -> Form {
        match self {
            Self::Head => policy.head.form,
            Self::Unrated => policy.unrated.map_or(policy.tail.form, |it| it.form),
            Self::Tail => policy.tail.form,
        }
    }
}

/// What the policy says of files whose popularity nobody knows, if this is one.
fn unrated(candidate: &Candidate, policy: &Policy) -> Option<Unrated> {
    let is_unrated = candidate.file.is_some() && !candidate.is_rated;
    policy.unrated.filter(|_| is_unrated)
}

/// Every row judged by the policy, whatever the budget.
///
/// It holds 4 bytes a row, 4 more for each of the tail, and some bits.
pub(crate) struct Judged {
    /// Of a row that stands for its recording, the lead; of any other, the row
    /// that stands for it.
    pub(crate) links: Vec<u32>,
    /// Rows that stand for their recordings.
    pub(crate) own: Bits,
    pub(crate) head: Bits,
    pub(crate) unrated: Bits,
    /// Rows of which an earlier one of the recording is wanted.
    pub(crate) copies: Bits,
    /// Rows of the tail that no budget keeps.
    pub(crate) below_cut: Bits,
    /// As [`Ranks::leads`].
    pub(crate) leads: Bits,
    /// Rows of the tail by score, as if none were a copy.
    tail: Vec<u32>,
    /// Scores by row, where copies do not all come last.
    scores: Vec<u32>,
    /// What a copy loses.
    copy_held: i64,
}

/// No row.
pub(crate) const NONE: u32 = u32::MAX;

/// Reads all candidates once and puts them in order.
pub(crate) fn judge<C: Candidates + ?Sized>(
    source: &C,
    policy: &Policy,
) -> Result<Judged, C::Error> {
    Ok(Ranks::read(source, policy)?.judge())
}

impl Judged {
    /// All rows in order: the head and the unrated by row, the tail by score
    /// and row, copies with what they lose.
    pub(crate) fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        let first = self.head.ones().chain(self.unrated.ones());
        first.chain(self.tail())
    }

    /// Gives back the memory of what [`Judged::rows`] needs.
    pub(crate) fn forget_order(&mut self) {
        self.tail = Vec::new();
        self.scores = Vec::new();
    }

    fn tail(&self) -> Box<dyn Iterator<Item = u32> + '_> {
        let part = |copies: bool| {
            let rows = self.tail.iter().copied();
            rows.filter(move |row| self.copies.get(*row) == copies)
        };
        if self.scores.is_empty() {
            return Box::new(part(false).chain(part(true)));
        }
        let (mut own, mut copies) = (part(false).peekable(), part(true).peekable());
        Box::new(std::iter::from_fn(move || {
            match (own.peek(), copies.peek()) {
                (Some(a), Some(b)) if !self.is_before(*b, *a) => own.next(),
                (_, Some(_)) => copies.next(),
                _ => own.next(),
            }
        }))
    }

    /// Whether a copy comes before a row that is none.
    fn is_before(&self, copy: u32, own: u32) -> bool {
        let score = |row: u32| i64::from(self.scores[row as usize]);
        let (lowered, full) = (score(copy) - self.copy_held, score(own));
        lowered > full || (lowered == full && copy < own)
    }
}

/// What the first reading collects: 8 bytes a row, and some bits.
pub(crate) struct Ranks<'a> {
    policy: &'a Policy,
    pub(crate) scorer: Scorer<'a>,
    /// As [`Judged::links`].
    pub(crate) links: Vec<u32>,
    /// Rows that stand for their recordings.
    pub(crate) own: Bits,
    /// The first row of each recording in the order.
    pub(crate) leads: Bits,
    pub(crate) scores: Vec<u32>,
    pub(crate) head: Bits,
    pub(crate) unrated: Bits,
}

/// Rows that are linked after what they point at was brought near.
const AT_ONCE: usize = 512;

/// Rows whose scores are computed by one thread at a time.
const STRETCH: usize = 1 << 14;

impl<'a> Ranks<'a> {
    /// Reads all candidates once.
    pub(crate) fn read<C: Candidates + ?Sized>(
        source: &C,
        policy: &'a Policy,
    ) -> Result<Self, C::Error> {
        let mut ranks = Self::new(source.rows(), policy);
        source.each(CandidateColumns::Order, &mut |batch| ranks.take(batch))?;
        Ok(ranks)
    }

    fn new(rows: u32, policy: &'a Policy) -> Self {
        Self {
            policy,
            scorer: Scorer::new(&policy.tail),
            // Memory is cleared by all threads.
            links: (0..rows).into_par_iter().map(|_| NONE).collect(),
            own: Bits::new(rows),
            leads: Bits::new(rows),
            scores: vec![0; rows as usize],
            head: Bits::new(rows),
            unrated: Bits::new(rows),
        }
    }

    fn take(&mut self, batch: &CandidateBatch) {
        let rows = self.links.len();
        let first = (batch.first_row as usize).min(rows);
        let above = f64::from(self.policy.head.above_popularity);
        let popular = (batch.first_row..)
            .zip(&batch.popularity)
            .take(rows - first);
        for (row, _) in popular.filter(|(_, it)| points(**it) > above) {
            self.head.set(row);
        }
        if self.policy.unrated.is_some() {
            self.note_unrated(batch);
        }
        self.score(first, batch);
        let told = &batch.recording[..batch.recording.len().min(rows - first)];
        for (told, first) in told
            .chunks(AT_ONCE)
            .zip((batch.first_row..).step_by(AT_ONCE))
        {
            self.fetch(first, told);
            for (row, told) in (first..).zip(told) {
                let recording = if (*told as usize) < rows { *told } else { row };
                self.link(row, recording);
            }
        }
    }

    /// Brings near what [`Ranks::link`] will look at, which is all over memory where a
    /// recording has several rows: here no look-up waits for what another finds out, and
    /// many are under way at a time.
    fn fetch(&self, first: u32, recordings: &[u32]) {
        let last = self.links.len() as u32 - 1;
        let (mut copies, mut leads) = ([0; AT_ONCE], [0; AT_ONCE]);
        let (mut count_copies, mut count) = (0, 0);
        for (row, recording) in (first..).zip(recordings) {
            let is_own = *recording == row;
            copies[count_copies] = *recording;
            count_copies += usize::from(!is_own);
            let lead = self.links[row as usize];
            leads[count] = lead;
            count += usize::from(is_own && lead != NONE);
        }
        for (lead, recording) in leads[count..].iter_mut().zip(&copies[..count_copies]) {
            *lead = self.links[last.min(*recording) as usize];
        }
        let leads = leads[..count + count_copies].iter();
        let found = leads.fold(0, |found, lead| {
            let lead = last.min(*lead);
            let levels = u32::from(self.head.get(lead)) ^ u32::from(self.unrated.get(lead));
            found ^ self.scores[lead as usize] ^ levels
        });
        black_box(found);
    }

    /// Notes whether the row comes before those of its recording that were
    /// read, which is so only where its level or score is better.
    fn link(&mut self, row: u32, recording: u32) {
        if recording == row {
            self.own.set(row);
        } else {
            self.links[row as usize] = recording;
        }
        let lead = self.links[recording as usize];
        if lead != NONE && !self.is_better(row, lead) {
            return;
        }
        if lead != NONE {
            self.leads.clear(lead);
        }
        self.links[recording as usize] = row;
        self.leads.set(row);
    }

    pub(crate) fn level(&self, row: u32) -> Level {
        match () {
            () if self.head.get(row) => Level::Head,
            () if self.unrated.get(row) => Level::Unrated,
            () => Level::Tail,
        }
    }

    fn is_better(&self, row: u32, lead: u32) -> bool {
        let score = |row: u32| self.scores[row as usize];
        let (of_row, of_lead) = (self.level(row), self.level(lead));
        let is_higher = of_row == Level::Tail && score(row) > score(lead);
        of_row < of_lead || (of_row == of_lead && is_higher)
    }

    fn note_unrated(&mut self, batch: &CandidateBatch) {
        let rated = |row: u32| {
            let at = row.checked_sub(batch.first_row);
            at.and_then(|at| batch.is_rated.get(at as usize))
        };
        for (row, _) in &batch.files {
            let is_row = (*row as usize) < self.links.len();
            if is_row && rated(*row) == Some(&false) && !self.head.get(*row) {
                self.unrated.set(*row);
            }
        }
    }

    fn score(&mut self, first: usize, batch: &CandidateBatch) {
        let scorer = self.scorer;
        let columns = batch
            .artist_popularity
            .par_chunks(STRETCH)
            .zip(batch.release_popularity.par_chunks(STRETCH))
            .zip(batch.followers.par_chunks(STRETCH));
        let scores = self.scores[first..].par_chunks_mut(STRETCH);
        scores
            .zip(columns)
            .for_each(|(scores, ((artists, releases), followers))| {
                let columns = artists.iter().zip(releases).zip(followers);
                for (score, ((artist, release), followers)) in scores.iter_mut().zip(columns) {
                    *score = scorer.units(*artist, *release, *followers);
                }
            });
    }

    fn judge(self) -> Judged {
        let rows = u32::try_from(self.links.len()).expect("made for so many rows");
        let copies = Bits::of(rows, |row| {
            !self.leads.get(row) && self.lead_of(row).is_some_and(|lead| self.is_wanted(lead))
        });
        let below_cut = Bits::of(rows, |row| !copies.get(row) && !self.is_wanted(row));
        let score = |row: u32| self.scores[row as usize];
        let is_tail = |row| !self.head.get(row) && !self.unrated.get(row);
        let tail = by_key_descending(rows, score, is_tail);
        let highest = tail.first().map_or(0, |row| score(*row));
        let copy_held = i64::try_from(self.scorer.copy_held()).unwrap_or(i64::MAX);
        let copies_come_last = copy_held > i64::from(highest);
        Judged {
            scores: if copies_come_last {
                Vec::new()
            } else {
                self.scores
            },
            links: self.links,
            own: self.own,
            head: self.head,
            unrated: self.unrated,
            copies,
            below_cut,
            leads: self.leads,
            tail,
            copy_held: copy_held.min(1 << 40),
        }
    }

    fn lead_of(&self, row: u32) -> Option<u32> {
        let recording = recording_of(row, &self.own, &self.links);
        let lead = self.links.get(recording as usize).copied();
        lead.filter(|lead| *lead != NONE)
    }

    /// Whether the row would be kept with any budget, were it the only one of
    /// its recording.
    fn is_wanted(&self, row: u32) -> bool {
        let is_popular = self.head.get(row) || self.unrated.get(row);
        is_popular || self.scorer.reaches_cut(self.scores[row as usize])
    }
}

/// The row that stands for the recording of `row`.
pub(crate) fn recording_of(row: u32, own: &Bits, links: &[u32]) -> u32 {
    if own.get(row) {
        row
    } else {
        links[row as usize]
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::listed::{Listed, tests::candidate},
    };

    fn ordered(policy: &Policy, rows: Vec<Candidate>) -> Vec<u32> {
        let Ok(judged) = judge(&Listed::new(rows), policy);
        judged.rows().collect()
    }

    #[test]
    fn copies_go_behind_or_between_as_the_policy_says() {
        let with = |rank, followers, recording: u64| Candidate {
            followers,
            recording: candidate(recording).recording,
            ..candidate(rank)
        };
        // Scores of 1, 0.75, 0.5 and 0; the second row is a copy of the first.
        let rows = vec![
            with(0, 99_999_999, 0),
            with(1, 999_999, 0),
            with(2, 9_999, 2),
            with(3, 0, 3),
        ];
        let mut policy = Policy::reference();
        assert_eq!(ordered(&policy, rows.clone()), [0, 2, 3, 1]);
        policy.tail.copy_held = 0.5;
        assert_eq!(ordered(&policy, rows.clone()), [0, 2, 1, 3]);
        policy.tail.copy_held = 0.0;
        assert_eq!(ordered(&policy, rows), [0, 1, 2, 3]);
    }
}
