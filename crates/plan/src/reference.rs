//! Two levels and a strict cut: the plan of a policy without `[optimal]`.

use {
    crate::{
        bits::Bits,
        curve::Curve,
        estimate::{Budget, Sound},
        files::Files,
        listed::counted,
        marks::Marks,
        order::{Judged, Level, judge},
        planned::{Planned, Said},
        policy::Policy,
        totals::{FormTotal, Totals},
    },
    longplay_model::{CandidateBatch, CandidateColumns, Candidates, Form, Reason},
};

/// No row of the recording is wanted.
const NONE: u32 = u32::MAX;

/// Orders all candidates, chooses a form for each, and cuts at the budget.
///
/// At most 14 bytes are held for a candidate at a time.
pub(crate) fn reference<C: Candidates + ?Sized>(
    source: &C,
    policy: &Policy,
    budget: &Budget,
    seed: u64,
) -> Result<Planned, C::Error> {
    let mut draft = Draft::new(judge(source, policy)?, policy);
    source.each(CandidateColumns::Size, &mut |batch| draft.size(batch))?;
    draft.settle_files();
    let mut totals = Totals {
        budget_bytes: budget.bytes,
        seed,
        ..Totals::default()
    };
    let cut = draft.spend(budget, &mut totals);
    let mut shared = Shared::new(&draft, cut);
    source.each(CandidateColumns::Listens, &mut |batch| shared.take(batch))?;
    let Shared { over, kept, .. } = shared;
    totals.listens_kept = kept;
    Ok(draft.finish(over, *budget, totals))
}

/// The plan while it is made; all by place but for `leads`.
struct Draft<'a> {
    policy: &'a Policy,
    rows: Vec<u32>,
    said: Vec<Said>,
    blocks: Vec<u32>,
    /// The places where the head and the unrated end.
    ends: [u32; 2],
    /// Place of the wanted row, by the row that stands for the recording.
    leads: Vec<u32>,
    marks: Marks,
    listens_all: f64,
    files: Files,
}

impl<'a> Draft<'a> {
    fn new(mut judged: Judged, policy: &'a Policy) -> Self {
        let count = judged.recording.len();
        let mut rows = Vec::with_capacity(count);
        rows.extend(judged.rows());
        let heads = judged.head.ones().count() as u32;
        let ends = [heads, heads + judged.unrated.ones().count() as u32];
        judged.forget_order();
        let Judged {
            recording,
            copies,
            below_cut,
            ..
        } = judged;
        let reason = |row: &u32| match () {
            () if copies.get(*row) => Reason::DuplicateRecording,
            () if below_cut.get(*row) => Reason::BelowCut,
            () => Reason::Popular,
        };
        let said: Vec<Said> = rows.iter().map(|row| Said::new(reason(row))).collect();
        let mut leads = vec![NONE; count];
        for ((place, row), said) in (0u32..).zip(&rows).zip(&said) {
            if said.reason() == Reason::Popular {
                leads[recording[*row as usize] as usize] = place;
            }
        }
        drop(recording);
        Self {
            policy,
            marks: Marks::new(u32::try_from(count).expect("rows are counted so")),
            blocks: vec![0; count],
            rows,
            said,
            ends,
            leads,
            listens_all: 0.0,
            files: Files::default(),
        }
    }

    fn level(&self, place: u32) -> Level {
        match place {
            _ if place < self.ends[0] => Level::Head,
            _ if place < self.ends[1] => Level::Unrated,
            _ => Level::Tail,
        }
    }

    fn size(&mut self, batch: &CandidateBatch) {
        let columns = batch.recording.iter().zip(&batch.duration_ms);
        let columns = (batch.first_row..).zip(columns.zip(&batch.listens));
        for (row, ((recording, duration_ms), listens)) in columns {
            let listens = counted(*listens);
            self.listens_all += listens;
            let Some(place) = place_of(&self.leads, row, *recording) else {
                continue;
            };
            self.marks.add_listens(place, listens);
            if self.rows[place as usize] == row {
                let duration_ms = *duration_ms;
                let file = None;
                self.set_size(place, Sound { duration_ms, file });
            }
        }
        let rows = self.rows.len() as u32;
        self.files.take(batch, rows);
    }

    fn set_size(&mut self, place: u32, sound: Sound) {
        let level = self.level(place);
        let form = sound.choose_form(level.form(self.policy));
        let reason = match level {
            Level::Head => Reason::Popular,
            Level::Unrated => Reason::Unrated,
            Level::Tail => Reason::Tail,
        };
        self.blocks[place as usize] = sound.blocks(form);
        self.said[place as usize] = Said::new(reason).in_form(form);
    }

    fn settle_files(&mut self) {
        for (recording, sound) in std::mem::take(&mut self.files).finish() {
            let place = self.leads[recording as usize];
            if place != NONE {
                self.set_size(place, sound);
            }
        }
    }

    /// Goes down the plan and spends the budget; the place of the first
    /// wanted row that does not fit.
    fn spend(&mut self, budget: &Budget, totals: &mut Totals) -> u32 {
        let mut cut = NONE;
        let mut kept = [FormTotal::default(); Form::ALL.len()];
        for place in 0..self.rows.len() {
            let Some(form) = self.said[place].form() else {
                continue;
            };
            let bytes = budget.bytes_of(self.blocks[place]);
            let at = place as u32;
            let so_far = totals.wanted_bytes.saturating_add(bytes);
            if cut == NONE && so_far > budget.bytes {
                cut = at;
            }
            self.marks.add_bytes(at, bytes);
            totals.wanted += 1;
            totals.wanted_bytes = so_far;
            if cut == NONE {
                kept[form as usize].rows += 1;
                kept[form as usize].bytes += bytes;
            } else {
                self.said[place] = self.said[place].because(Reason::OverBudget);
            }
        }
        for (form, kept) in Form::ALL.into_iter().zip(kept) {
            totals.keep(form, kept);
        }
        cut
    }

    fn finish(mut self, over: Bits, budget: Budget, mut totals: Totals) -> Planned {
        self.leads = Vec::new();
        for (said, row) in self.said.iter_mut().zip(&self.rows) {
            if said.reason() == Reason::DuplicateRecording && over.get(*row) {
                *said = Said::new(Reason::OverBudget);
            }
        }
        totals.candidates = self.rows.len() as u64;
        totals.listens_all = self.listens_all;
        totals.count_reasons(self.said.iter().map(|said| said.reason()));
        let kept = (totals.bytes, totals.listens_kept);
        totals.curve = Curve::through(&self.marks.sums(), kept, totals.listens_all);
        Planned {
            rows: self.rows,
            blocks: self.blocks,
            said: self.said,
            marks: self.marks,
            budget,
            totals,
        }
    }
}

/// The place of the copy that serves this row.
fn place_of(leads: &[u32], row: u32, recording: u32) -> Option<u32> {
    let recording = if (recording as usize) < leads.len() {
        recording
    } else {
        row
    };
    let place = leads.get(recording as usize).copied();
    place.filter(|place| *place != NONE)
}

/// What becomes of rows by the copy of their recording.
struct Shared<'a> {
    leads: &'a [u32],
    cut: u32,
    /// Rows whose copy is over the budget.
    over: Bits,
    /// Listens of rows whose copy is kept.
    kept: f64,
}

impl<'a> Shared<'a> {
    fn new(draft: &'a Draft, cut: u32) -> Self {
        Self {
            leads: &draft.leads,
            cut,
            over: Bits::new(draft.rows.len() as u32),
            kept: 0.0,
        }
    }

    fn take(&mut self, batch: &CandidateBatch) {
        let columns = batch.recording.iter().zip(&batch.listens);
        for (row, (recording, listens)) in (batch.first_row..).zip(columns) {
            match place_of(self.leads, row, *recording) {
                Some(place) if place < self.cut => self.kept += counted(*listens),
                Some(_) => {
                    self.over.set(row);
                }
                None => {}
            }
        }
    }
}
