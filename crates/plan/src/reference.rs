//! Two levels and a strict cut: the plan of a policy without `[optimal]`.

use {
    crate::{
        bits::Bits,
        curve::Curve,
        estimate::{Budget, Sound},
        files::Files,
        listed::counted,
        marks::Marks,
        order::{Judged, Level, NONE, judge, recording_of},
        planned::{Blocks, Planned, Said},
        policy::Policy,
        totals::{FormTotal, Totals},
    },
    longplay_model::{CandidateBatch, CandidateColumns, Candidates, Form, Reason},
    rayon::prelude::*,
};

/// Orders all candidates, chooses a form for each, and cuts at the budget.
///
/// At most 13 bytes are held for a candidate at a time, and some bits.
pub(crate) fn reference<C: Candidates + ?Sized>(
    source: &C,
    policy: &Policy,
    budget: &Budget,
    seed: u64,
) -> Result<Planned, C::Error> {
    let mut draft = Draft::new(judge(source, policy)?, policy);
    source.each(CandidateColumns::Lengths, &mut |batch| draft.size(batch))?;
    draft.settle_files();
    let mut totals = Totals {
        budget_bytes: budget.bytes,
        seed,
        ..Totals::default()
    };
    draft.spend(budget, &mut totals);
    source.each(CandidateColumns::Listens, &mut |batch| {
        draft.listen(batch, &mut totals)
    })?;
    Ok(draft.finish(*budget, totals))
}

/// The plan while it is made. What is told of rows stands by row, so that
/// reading the catalog goes through memory in order.
struct Draft<'a> {
    policy: &'a Policy,
    /// In the order of the plan.
    rows: Vec<u32>,
    /// Of a row that stands for its recording, the place of the wanted row; of
    /// any other, the row that stands for it.
    links: Vec<u32>,
    own: Bits,
    head: Bits,
    unrated: Bits,
    /// Rows that are kept with a budget that is large enough.
    wanted: Bits,
    /// Rows of which the original is kept, whatever their level wants.
    as_original: Bits,
    /// Tar blocks of each wanted row.
    blocks: Vec<u32>,
    /// The place of the first wanted row that does not fit.
    cut: u32,
    marks: Marks,
    files: Files,
}

impl<'a> Draft<'a> {
    fn new(mut judged: Judged, policy: &'a Policy) -> Self {
        let count = u32::try_from(judged.links.len()).expect("rows are counted so");
        let mut rows = Vec::with_capacity(count as usize);
        rows.extend(judged.rows());
        judged.forget_order();
        let wanted = Bits::of(count, |row| {
            judged.leads.get(row) && !judged.below_cut.get(row)
        });
        let links = places_of(&wanted, &rows, &judged.own, judged.links);
        Self {
            policy,
            rows,
            links,
            own: judged.own,
            head: judged.head,
            unrated: judged.unrated,
            wanted,
            as_original: Bits::new(count),
            blocks: vec![0; count as usize],
            cut: NONE,
            marks: Marks::new(count),
            files: Files::default(),
        }
    }

    fn level(&self, row: u32) -> Level {
        match () {
            () if self.head.get(row) => Level::Head,
            () if self.unrated.get(row) => Level::Unrated,
            () => Level::Tail,
        }
    }

    fn form(&self, row: u32) -> Form {
        match self.as_original.get(row) {
            true => Form::Original,
            false => self.level(row).form(self.policy),
        }
    }

    fn size(&mut self, batch: &CandidateBatch) {
        for (row, duration_ms) in (batch.first_row..).zip(&batch.duration_ms) {
            if (row as usize) < self.rows.len() && self.wanted.get(row) {
                let sound = Sound {
                    duration_ms: *duration_ms,
                    file: None,
                };
                let form = self.level(row).form(self.policy);
                self.blocks[row as usize] = sound.blocks(form);
            }
        }
        let rows = self.rows.len() as u32;
        self.files.take(batch, rows);
    }

    fn settle_files(&mut self) {
        for (recording, sound) in std::mem::take(&mut self.files).finish() {
            let place = self.links[recording as usize];
            let Some(row) = self.rows.get(place as usize).copied() else {
                continue;
            };
            let form = sound.choose_form(self.level(row).form(self.policy));
            if form == Form::Original {
                self.as_original.set(row);
            }
            self.blocks[row as usize] = sound.blocks(form);
        }
    }

    /// Goes down the plan and spends the budget.
    fn spend(&mut self, budget: &Budget, totals: &mut Totals) {
        let mut kept = [FormTotal::default(); Form::ALL.len()];
        for (place, row) in (0u32..).zip(&self.rows) {
            if !self.wanted.get(*row) {
                continue;
            }
            let bytes = budget.bytes_of(self.blocks[*row as usize]);
            let so_far = totals.wanted_bytes.saturating_add(bytes);
            if self.cut == NONE && so_far > budget.bytes {
                self.cut = place;
            }
            self.marks.add_bytes(place, bytes);
            totals.wanted += 1;
            totals.wanted_bytes = so_far;
            if self.cut == NONE {
                let kept = &mut kept[self.form(*row) as usize];
                kept.rows += 1;
                kept.bytes += bytes;
            }
        }
        for (form, kept) in Form::ALL.into_iter().zip(kept) {
            totals.keep(form, kept);
        }
    }

    /// Counts the listens that copies serve.
    fn listen(&mut self, batch: &CandidateBatch, totals: &mut Totals) {
        let columns = batch.recording.iter().zip(&batch.listens);
        for (row, (recording, listens)) in (batch.first_row..).zip(columns) {
            let listens = counted(*listens);
            totals.listens_all += listens;
            let own = self.links.get(*recording as usize);
            let place = own.or_else(|| self.links.get(row as usize)).copied();
            if let Some(place) = place.filter(|place| *place != NONE) {
                self.marks.add_listens(place, listens);
                if place < self.cut {
                    totals.listens_kept += listens;
                }
            }
        }
    }

    fn said(&self, place: u32, row: u32) -> Said {
        if self.wanted.get(row) {
            let reason = match self.level(row) {
                _ if place >= self.cut => Reason::OverBudget,
                Level::Head => Reason::Popular,
                Level::Unrated => Reason::Unrated,
                Level::Tail => Reason::Tail,
            };
            return Said::new(reason).in_form(self.form(row));
        }
        let recording = recording_of(row, &self.own, &self.links);
        let copy = self.links.get(recording as usize).copied();
        Said::new(match copy.unwrap_or(NONE) {
            NONE => Reason::BelowCut,
            place if place < self.cut => Reason::DuplicateRecording,
            _ => Reason::OverBudget,
        })
    }

    fn finish(self, budget: Budget, mut totals: Totals) -> Planned {
        let rows = self.rows.par_iter().enumerate();
        let said: Vec<Said> = rows
            .map(|(place, row)| self.said(place as u32, *row))
            .collect();
        totals.candidates = self.rows.len() as u64;
        totals.count_reasons(&Said::count_reasons(&said));
        let kept = (totals.bytes, totals.listens_kept);
        totals.curve = Curve::through(&self.marks.sums(), kept, totals.listens_all);
        Planned {
            rows: self.rows,
            blocks: Blocks::ByRow(self.blocks),
            said,
            marks: self.marks,
            budget,
            totals,
        }
    }
}

/// In the place of leads, the places of those that are wanted.
fn places_of(wanted: &Bits, rows: &[u32], own: &Bits, mut links: Vec<u32>) -> Vec<u32> {
    let slots = links.par_iter_mut().enumerate();
    slots
        .filter(|(row, _)| own.get(*row as u32))
        .for_each(|(_, slot)| *slot = NONE);
    for (place, row) in (0u32..).zip(rows) {
        if wanted.get(*row) {
            let recording = recording_of(*row, own, &links);
            if let Some(slot) = links.get_mut(recording as usize) {
                *slot = place;
            }
        }
    }
    links
}
