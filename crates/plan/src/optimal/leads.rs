use {
    crate::{
        bits::Bits,
        estimate::{Budget, Sound},
        files::Files,
        listed::counted,
        order::{Judged, Level, judge},
        policy::Policy,
    },
    longplay_model::{CandidateBatch, CandidateColumns, Candidates, Form},
};

/// One row a recording: the first in the order of the reference. All by
/// number in that order but for `numbers` and `is_lead`.
pub(crate) struct Leads {
    pub(crate) rows: Vec<u32>,
    /// Listens of all rows of the recording.
    pub(crate) listens: Vec<f32>,
    duration_ms: Vec<u32>,
    /// Recordings with a file, ascending, and which these are.
    files: Vec<(u32, Sound)>,
    has_file: Bits,
    /// Where the head, the unrated and the wanted end.
    ends: [u32; 3],
    /// The forms that the levels want.
    forms: [Form; 3],
    /// Number of the lead, by the row that stands for its recording.
    pub(crate) numbers: Vec<u32>,
    /// Rows that are leads.
    pub(crate) is_lead: Bits,
    pub(crate) listens_all: f64,
}

impl Leads {
    /// Reads all candidates twice.
    pub(crate) fn read<C: Candidates + ?Sized>(
        source: &C,
        policy: &Policy,
    ) -> Result<Self, C::Error> {
        let mut leads = Self::of(judge(source, policy)?, policy);
        let mut files = Files::default();
        let rows = source.rows();
        source.each(CandidateColumns::Size, &mut |batch| {
            leads.take(batch);
            files.take(batch, rows);
        })?;
        leads.settle_files(files);
        Ok(leads)
    }

    fn of(mut judged: Judged, policy: &Policy) -> Self {
        let rows: Vec<u32> = {
            let count = judged.leads.count();
            let mut rows = Vec::with_capacity(count as usize);
            rows.extend(judged.rows().filter(|row| judged.leads.get(*row)));
            rows
        };
        judged.forget_order();
        let count =
            |is_so: &dyn Fn(u32) -> bool| rows.iter().filter(|row| is_so(**row)).count() as u32;
        let head = count(&|row| judged.head.get(row));
        let unrated = head + count(&|row| judged.unrated.get(row));
        let below = count(&|row| judged.below_cut.get(row));
        let mut numbers = vec![0; judged.links.len()];
        for (number, row) in (0u32..).zip(&rows) {
            if let Some(lead) = numbers.get_mut(judged.recording(*row) as usize) {
                *lead = number;
            }
        }
        let form = |level: Level| level.form(policy);
        Self {
            listens: vec![0.0; rows.len()],
            duration_ms: vec![0; rows.len()],
            files: Vec::new(),
            has_file: Bits::new(rows.len() as u32),
            ends: [head, unrated, rows.len() as u32 - below],
            forms: [form(Level::Head), form(Level::Unrated), form(Level::Tail)],
            numbers,
            is_lead: judged.leads,
            listens_all: 0.0,
            rows,
        }
    }

    fn take(&mut self, batch: &CandidateBatch) {
        let columns = batch.recording.iter().zip(&batch.duration_ms);
        let columns = (batch.first_row..).zip(columns.zip(&batch.listens));
        for (row, ((recording, duration_ms), listens)) in columns {
            let listens = counted(*listens);
            self.listens_all += listens;
            let Some(number) = self.number(row, *recording) else {
                continue;
            };
            let sum = &mut self.listens[number as usize];
            *sum = (*sum + listens as f32).min(f32::MAX);
            if self.rows[number as usize] == row {
                self.duration_ms[number as usize] = *duration_ms;
            }
        }
    }

    fn settle_files(&mut self, files: Files) {
        let numbers = &self.numbers;
        let known = files.finish().map(|(recording, sound)| {
            let number = numbers[recording as usize];
            (number, sound)
        });
        self.files = known.collect();
        self.files.sort_unstable_by_key(|(number, _)| *number);
        for (number, _) in &self.files {
            self.has_file.set(*number);
        }
    }

    /// The lead of a row; a recording that is no row of the catalog is none.
    fn number(&self, row: u32, recording: u32) -> Option<u32> {
        let told = self.numbers.get(recording as usize);
        told.or_else(|| self.numbers.get(row as usize)).copied()
    }

    pub(crate) fn len(&self) -> u32 {
        self.rows.len() as u32
    }

    pub(crate) fn level(&self, number: u32) -> Level {
        match number {
            _ if number < self.ends[0] => Level::Head,
            _ if number < self.ends[1] => Level::Unrated,
            _ => Level::Tail,
        }
    }

    /// How many the reference wants; they come first.
    pub(crate) fn wanted(&self) -> u32 {
        self.ends[2]
    }

    pub(crate) fn sound(&self, number: u32) -> Sound {
        if self.has_file.get(number)
            && let Ok(at) = self.files.binary_search_by_key(&number, |it| it.0)
        {
            return self.files[at].1;
        }
        Sound {
            duration_ms: self.duration_ms[number as usize],
            file: None,
        }
    }

    /// The form that the reference makes of this recording.
    pub(crate) fn least(&self, number: u32, sound: Sound) -> Form {
        sound.choose_form(self.forms[self.level(number) as usize])
    }

    /// Bytes of the reference's copy.
    pub(crate) fn reference_bytes(&self, number: u32, budget: &Budget) -> u64 {
        let sound = self.sound(number);
        budget.bytes_of(sound.blocks(self.least(number, sound)))
    }
}
