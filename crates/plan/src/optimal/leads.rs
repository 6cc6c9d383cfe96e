use {
    super::listens::Listens,
    crate::{
        bits::{Bits, Numbered},
        estimate::{Budget, Sound},
        files::Files,
        listed::counted,
        order::{Level, NONE, Ranks},
        policy::Policy,
        sort::by_key_descending,
    },
    longplay_model::{CandidateBatch, CandidateColumns, Candidates, Form},
    rayon::prelude::*,
    std::{
        hint::black_box,
        ops::Range,
        sync::atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// Rows whose listens are added up after the sums were brought near.
const AT_ONCE: usize = 512;

/// One row a recording: the first in the order of the reference. All by
/// number, in the order of the catalog, but for `links`.
pub(crate) struct Leads {
    /// Rows that are leads, with their numbers.
    pub(crate) rows: Numbered,
    /// Listens of all rows of the recording.
    pub(crate) listens: Vec<Listens>,
    pub(crate) duration_ms: Vec<u32>,
    /// Recordings with a file, ascending, and which these are.
    files: Vec<(u32, Sound)>,
    has_file: Bits,
    head: Bits,
    unrated: Bits,
    /// The forms that the levels want.
    forms: [Form; 3],
    /// Those that the reference wants, in its order.
    pub(crate) wanted: Vec<u32>,
    /// Of each row that is no lead, the number of its recording's lead.
    pub(crate) links: Vec<u32>,
}

impl Leads {
    /// Reads all candidates twice.
    pub(crate) fn read<C: Candidates + ?Sized>(
        source: &C,
        policy: &Policy,
    ) -> Result<Self, C::Error> {
        let mut leads = Self::of(Ranks::read(source, policy)?, policy);
        let mut files = Files::default();
        let rows = source.rows();
        source.each(CandidateColumns::Size, &mut |batch| {
            leads.take(batch);
            files.take(batch, rows);
        })?;
        leads.settle_files(files);
        Ok(leads)
    }

    fn of(mut ranks: Ranks, policy: &Policy) -> Self {
        let rows = Numbered::new(std::mem::replace(&mut ranks.leads, Bits::new(0)));
        let count = rows.count();
        let mut levels = vec![Level::Tail; count as usize];
        rows.put_ones(&mut levels, |row| ranks.level(row));
        let at = |level: Level| Bits::of(count, |number| levels[number as usize] == level);
        let (head, unrated) = (at(Level::Head), at(Level::Unrated));
        drop(levels);
        let mut scores = vec![0; count as usize];
        rows.put_ones(&mut scores, |row| ranks.scores[row as usize]);
        drop(ranks.scores);
        let is_wanted = |number: u32| {
            let is_tail = !head.get(number) && !unrated.get(number);
            is_tail && ranks.scorer.reaches_cut(scores[number as usize])
        };
        let tail = by_key_descending(count, |number| scores[number as usize], is_wanted);
        let count_wanted = (head.count() + unrated.count()) as usize + tail.len();
        let mut wanted = Vec::with_capacity(count_wanted);
        wanted.extend(head.ones().chain(unrated.ones()).chain(tail));
        let links = numbers_of(&rows, &ranks.own, ranks.links);
        let form = |level: Level| level.form(policy);
        Self {
            // In the memory of scores: what is given back is in use for a while.
            listens: scores.into_iter().map(|_| Listens::default()).collect(),
            duration_ms: vec![0; count as usize],
            files: Vec::new(),
            has_file: Bits::new(count),
            head,
            unrated,
            forms: [form(Level::Head), form(Level::Unrated), form(Level::Tail)],
            wanted,
            rows,
            links,
        }
    }

    fn take(&mut self, batch: &CandidateBatch) {
        let rows = self.links.len() as u32;
        if batch.first_row >= rows {
            return;
        }
        let mut next_lead = self.rows.number(batch.first_row);
        let count = batch.listens.len().min((rows - batch.first_row) as usize);
        let columns = batch.duration_ms.iter().zip(&batch.listens);
        let mut columns = columns.take(count);
        for first in (batch.first_row..)
            .step_by(AT_ONCE)
            .take(count.div_ceil(AT_ONCE))
        {
            let last = rows.min(first.saturating_add(AT_ONCE as u32));
            self.fetch(first..last);
            for (row, (duration_ms, listens)) in (first..last).zip(&mut columns) {
                let number = if self.rows.get(row) {
                    self.duration_ms[next_lead as usize] = *duration_ms;
                    next_lead += 1;
                    Some(next_lead - 1)
                } else {
                    Some(self.links[row as usize]).filter(|number| *number < self.len())
                };
                if let Some(number) = number {
                    let sum = &mut self.listens[number as usize];
                    *sum = sum.and(counted(*listens));
                }
            }
        }
    }

    /// Brings near the sums that the listens of these rows are added to, which are all
    /// over memory where a row is no lead: here none waits for another, and many are
    /// under way at a time.
    fn fetch(&self, rows: Range<u32>) {
        let Some(last) = self.listens.len().checked_sub(1) else {
            return;
        };
        let (mut copies, mut count) = ([0; AT_ONCE], 0);
        for row in rows {
            copies[count] = self.links[row as usize];
            count += usize::from(!self.rows.get(row));
        }
        let found = copies[..count].iter().fold(0, |found, number| {
            found ^ self.listens[last.min(*number as usize)].bits()
        });
        black_box(found);
    }

    fn settle_files(&mut self, files: Files) {
        let known = files.finish().filter_map(|(recording, sound)| {
            let number = self.number(recording)?;
            Some((number, sound))
        });
        let mut known: Vec<(u32, Sound)> = known.collect();
        known.sort_by_key(|(number, _)| *number);
        for (number, _) in &known {
            self.has_file.set(*number);
        }
        self.files = known;
    }

    /// The number of the lead of a row's recording; none where rows contradict
    /// each other.
    #[inline]
    pub(crate) fn number(&self, row: u32) -> Option<u32> {
        let number = match self.rows.get(row) {
            true => self.rows.number(row),
            false => self.links[row as usize],
        };
        (number < self.len()).then_some(number)
    }

    pub(crate) fn len(&self) -> u32 {
        self.rows.count()
    }

    /// Listens of all rows.
    pub(crate) fn listens_all(&self) -> f64 {
        self.listens.iter().map(|it| it.get()).sum()
    }

    #[inline]
    pub(crate) fn level(&self, number: u32) -> Level {
        match () {
            () if self.head.get(number) => Level::Head,
            () if self.unrated.get(number) => Level::Unrated,
            () => Level::Tail,
        }
    }

    #[inline]
    pub(crate) fn sound(&self, number: u32) -> Sound {
        self.sound_lasting(number, self.duration_ms[number as usize])
    }

    /// The same, by the duration of its row.
    #[inline]
    pub(crate) fn sound_lasting(&self, number: u32, duration_ms: u32) -> Sound {
        if self.has_file.get(number)
            && let Ok(at) = self.files.binary_search_by_key(&number, |it| it.0)
        {
            return self.files[at].1;
        }
        Sound {
            duration_ms,
            file: None,
        }
    }

    /// The form that the reference makes of this recording.
    #[inline]
    pub(crate) fn least(&self, number: u32, sound: Sound) -> Form {
        sound.choose_form(self.forms[self.level(number) as usize])
    }

    /// Bytes of the reference's copy.
    pub(crate) fn reference_bytes(&self, number: u32, budget: &Budget) -> u64 {
        let sound = self.sound(number);
        budget.bytes_of(sound.blocks(self.least(number, sound)))
    }
}

/// Of each row that is no lead, the number of its recording's lead, or [`NONE`], in the
/// memory of links as [`Ranks`] has them.
///
/// What is looked up is all over memory: none waits for what another finds out, and
/// many are under way at a time.
fn numbers_of(rows: &Numbered, own: &Bits, links: Vec<u32>) -> Vec<u32> {
    let links: Vec<AtomicU32> = links.into_iter().map(AtomicU32::new).collect();
    // Rows that stand for their recordings come last: others look at their links.
    for is_own in [false, true] {
        links
            .par_chunks(AT_ONCE)
            .enumerate()
            .for_each(|(chunk, slots)| {
                let first = (chunk * AT_ONCE) as u32;
                let (mut asked, mut count) = ([0; AT_ONCE], 0);
                for at in 0..slots.len() as u32 {
                    asked[count] = at;
                    let row = first + at;
                    count += usize::from(own.get(row) == is_own && !rows.get(row));
                }
                let asked = &asked[..count];
                let mut leads = [NONE; AT_ONCE];
                for (lead, at) in leads.iter_mut().zip(asked) {
                    let link = slots[*at as usize].load(Relaxed);
                    *lead = match is_own {
                        true => link,
                        false => match links.get(link as usize) {
                            Some(slot) if own.get(link) => slot.load(Relaxed),
                            _ => NONE,
                        },
                    };
                }
                for (lead, at) in leads.iter().zip(asked) {
                    let is_row = (*lead as usize) < links.len();
                    let number = is_row.then(|| rows.number(*lead));
                    slots[*at as usize].store(number.unwrap_or(NONE), Relaxed);
                }
            });
    }
    links.into_iter().map(AtomicU32::into_inner).collect()
}
