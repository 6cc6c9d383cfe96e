//! From forms by recording to a plan: its order, its reasons, its sums.

use {
    super::{
        choose::Choice,
        ladder::{Ladder, Step},
        leads::Leads,
    },
    crate::{
        bits::Bits,
        curve::Curve,
        estimate::Budget,
        listed::counted,
        marks::Marks,
        order::Level,
        planned::{Blocks, Planned, Said},
        policy::Optimal,
        sort::by_key_descending,
        totals::{FormTotal, Totals},
    },
    longplay_model::{CandidateBatch, CandidateColumns, Candidates, Form, Reason},
    rayon::prelude::*,
};

/// Kept recordings come first, then the others, each by the value of listens
/// that they serve for a byte; then the other rows of recordings, by row.
pub(super) fn settle<C: Candidates + ?Sized>(
    source: &C,
    mut leads: Leads,
    choice: &Choice,
    values: &Optimal,
    budget: &Budget,
    mut totals: Totals,
) -> Result<Planned, C::Error> {
    let slopes = slopes(&mut leads, values, budget);
    let mut rest = Rest::new(&leads, choice, &slopes);
    leads.numbers = Vec::new();
    let mut order = in_order(choice, &slopes);
    let telling = Telling {
        leads: &leads,
        slopes,
        choice,
        values,
        budget,
    };
    let mut marks = Marks::new(source.rows());
    let said = telling.say(&order, &mut marks, &mut totals);
    drop(telling);
    rest.begin(&order, &leads.rows, said);
    leads.rows = Vec::new();
    order.par_iter_mut().zip(&rest.said).for_each(|(it, said)| {
        let sound = leads.sound(*it);
        *it = said.form().map_or(0, |form| sound.blocks(form));
    });
    totals.listens_all = leads.listens_all;
    drop(leads);
    source.each(CandidateColumns::Listens, &mut |batch| rest.take(batch))?;
    Ok(rest.finish(order, marks, *budget, totals))
}

/// In the place of listens, the slope of each recording's first step from
/// nothing; 0 where there is none.
fn slopes(leads: &mut Leads, values: &Optimal, budget: &Budget) -> Vec<f32> {
    let mut slopes = std::mem::take(&mut leads.listens);
    let leads = &*leads;
    slopes.par_iter_mut().enumerate().for_each(|(number, it)| {
        let first = entry(leads, number as u32, f64::from(*it), values, budget);
        *it = first.map_or(0.0, |step| f32::from_bits(step.slope));
    });
    slopes
}

/// The first step from nothing.
fn entry(
    leads: &Leads,
    number: u32,
    listens: f64,
    values: &Optimal,
    budget: &Budget,
) -> Option<Step> {
    let sound = leads.sound(number);
    let least = leads.least(number, sound);
    let ladder = Ladder::new(sound, least, listens, false, values, budget);
    ladder.steps().next()
}

fn in_order(choice: &Choice, slopes: &[f32]) -> Vec<u32> {
    let count = slopes.len() as u32;
    let slope = |number: u32| slopes[number as usize].to_bits();
    let is_kept = |number: u32| choice.form(number).is_some();
    let mut order = by_key_descending(count, slope, is_kept);
    order.extend(by_key_descending(count, slope, |number| !is_kept(number)));
    order
}

struct Telling<'a> {
    leads: &'a Leads,
    slopes: Vec<f32>,
    choice: &'a Choice,
    values: &'a Optimal,
    budget: &'a Budget,
}

/// The sums of a stretch of the order.
#[derive(Default)]
struct Sums {
    said: Vec<Said>,
    bytes: u64,
    listens: f64,
    wanted: u64,
    kept: [FormTotal; 3],
}

impl Telling<'_> {
    /// What is said of the leads in `order`, and their sums.
    fn say(&self, order: &[u32], marks: &mut Marks, totals: &mut Totals) -> Vec<Said> {
        let stretch = marks.stretch();
        let stretches = order.par_chunks(stretch).map(|numbers| self.sums(numbers));
        let mut said = Vec::with_capacity(order.len());
        for (number, sums) in stretches.collect::<Vec<_>>().into_iter().enumerate() {
            let place = (number * stretch) as u32;
            marks.add_bytes(place, sums.bytes);
            marks.add_listens(place, sums.listens);
            totals.wanted += sums.wanted;
            totals.wanted_bytes = totals.wanted_bytes.saturating_add(sums.bytes);
            for (form, kept) in Form::ALL.into_iter().zip(sums.kept) {
                totals.keep(form, kept);
            }
            said.extend(sums.said);
        }
        said
    }

    fn sums(&self, numbers: &[u32]) -> Sums {
        let mut sums = Sums::default();
        for number in numbers {
            let said = self.said(*number);
            sums.said.push(said);
            let Some(form) = said.form() else { continue };
            let blocks = self.leads.sound(*number).blocks(form);
            let bytes = self.budget.bytes_of(blocks);
            sums.wanted += 1;
            sums.bytes = sums.bytes.saturating_add(bytes);
            sums.listens += self.listens(*number);
            if said.reason().is_kept() {
                let kept = &mut sums.kept[form as usize];
                kept.rows += 1;
                kept.bytes += bytes;
            }
        }
        sums
    }

    fn said(&self, number: u32) -> Said {
        if let Some(form) = self.choice.form(number) {
            return Said::new(self.reason(number)).in_form(form);
        }
        match self.entry(number) {
            Some(step) => Said::new(Reason::OverBudget).in_form(step.form),
            None => Said::new(Reason::NoListens),
        }
    }

    fn reason(&self, number: u32) -> Reason {
        if number >= self.choice.floor {
            return Reason::Worth;
        }
        match self.leads.level(number) {
            Level::Head => Reason::Popular,
            Level::Unrated => Reason::Unrated,
            Level::Tail => Reason::Tail,
        }
    }

    /// The first step that the slope is of.
    fn entry(&self, number: u32) -> Option<Step> {
        let is_worth = self.slopes[number as usize] > 0.0;
        let step = entry(self.leads, number, 1.0, self.values, self.budget);
        step.filter(|_| is_worth)
    }

    /// Listens again, from the slope: as exact as that.
    fn listens(&self, number: u32) -> f64 {
        self.entry(number).map_or(0.0, |step| {
            let value = self.values.value(step.form);
            f64::from(self.slopes[number as usize]) * step.more as f64 / value
        })
    }
}

/// The rows that are no leads, found in a last reading.
struct Rest {
    /// By the row that stands for the recording.
    kept: Bits,
    worthless: Bits,
    is_lead: Bits,
    rows: Vec<u32>,
    said: Vec<Said>,
    count: u32,
    listens_kept: f64,
}

impl Rest {
    fn new(leads: &Leads, choice: &Choice, slopes: &[f32]) -> Self {
        let count = leads.numbers.len() as u32;
        let mut kept = Bits::new(count);
        let mut worthless = Bits::new(count);
        for (recording, number) in (0u32..).zip(&leads.numbers) {
            if choice.form(*number).is_some() {
                kept.set(recording);
            } else if slopes[*number as usize] <= 0.0 {
                worthless.set(recording);
            }
        }
        Self {
            kept,
            worthless,
            is_lead: leads.is_lead.clone(),
            rows: Vec::new(),
            said: Vec::new(),
            count,
            listens_kept: 0.0,
        }
    }

    fn begin(&mut self, order: &[u32], rows: &[u32], said: Vec<Said>) {
        self.rows = Vec::with_capacity(self.count as usize);
        let leads = order.iter().map(|number| rows[*number as usize]);
        self.rows.extend(leads);
        self.said = said;
    }

    fn take(&mut self, batch: &CandidateBatch) {
        let columns = batch.recording.iter().zip(&batch.listens);
        for (row, (recording, listens)) in (batch.first_row..).zip(columns) {
            if row >= self.count {
                break;
            }
            let told = *recording;
            let recording = if told < self.count { told } else { row };
            let is_kept = self.kept.get(recording);
            if is_kept {
                self.listens_kept += counted(*listens);
            }
            if !self.is_lead.get(row) {
                self.rows.push(row);
                self.said.push(Said::new(match () {
                    () if is_kept => Reason::DuplicateRecording,
                    () if self.worthless.get(recording) => Reason::NoListens,
                    () => Reason::OverBudget,
                }));
            }
        }
    }

    fn finish(self, mut blocks: Vec<u32>, marks: Marks, budget: Budget, totals: Totals) -> Planned {
        let Self { rows, said, .. } = self;
        blocks.resize(rows.len(), 0);
        let mut totals = Totals {
            candidates: rows.len() as u64,
            listens_kept: self.listens_kept,
            ..totals
        };
        totals.count_reasons(said.iter().map(|said| said.reason()));
        let kept = (totals.bytes, totals.listens_kept);
        totals.curve = Curve::through(&marks.sums(), kept, totals.listens_all);
        Planned {
            rows,
            blocks: Blocks::ByPlace(blocks),
            said,
            marks,
            budget,
            totals,
        }
    }
}
