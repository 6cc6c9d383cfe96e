//! From forms by recording to a plan: its order, its reasons, its sums.

use {
    super::{
        choose::{Choice, STRETCH},
        ladder::{Ladder, Step},
        leads::Leads,
    },
    crate::{
        bits::{Bits, Numbered},
        curve::Curve,
        estimate::Budget,
        marks::Marks,
        order::Level,
        planned::{Blocks, Planned, Said},
        policy::Optimal,
        sort::by_key_descending_in,
        totals::{FormTotal, Totals},
    },
    longplay_model::{Form, Reason},
    rayon::prelude::*,
};

/// Kept recordings come first, then the others, each by the value of listens
/// that they serve for a byte; then the other rows of recordings, by row.
pub(super) fn settle(
    mut leads: Leads,
    choice: Choice,
    values: &Optimal,
    budget: &Budget,
    mut totals: Totals,
) -> Planned {
    let mut lead_sums = Sums::default();
    let told = tell(&mut leads, choice, values, budget, &mut lead_sums);
    let copies = tell_copies(&leads, &told);
    lead_sums.add_to(&mut totals);
    totals.candidates = u64::from(leads.len()) + copies.len() as u64;

    // What takes memory here takes that of something else: what is given back is in
    // use for a while. Links have a place for each row, and are not needed any more.
    let memory = std::mem::take(&mut leads.links);
    let key = |number: u32| leads.listens[number as usize].to_bits();
    let mut rows = by_key_descending_in(memory, leads.len(), key, |_| true);
    let Measured { blocks, listens } = Measured::of(&mut leads, &told, values, budget);
    let mut said = Vec::with_capacity(totals.candidates as usize);
    let mut marks = Marks::new(totals.candidates as u32);
    lay_out(
        &rows, &told, &blocks, &listens, budget, &mut said, &mut marks,
    );
    drop(told);
    let blocks_by_place = gather(&rows, &blocks, into_bits(listens));
    tell_rows(&mut rows, &leads.rows, blocks, totals.candidates as u32);
    said.extend(copies);
    totals.count_reasons(said.iter().map(|said| said.reason()));
    let kept = (totals.bytes, totals.listens_kept);
    totals.curve = Curve::through(&marks.sums(), kept, totals.listens_all);
    Planned {
        rows,
        blocks: Blocks::ByPlace(blocks_by_place),
        said,
        marks,
        budget: *budget,
        totals,
    }
}

/// The same memory, for other numbers.
fn into_bits(numbers: Vec<f32>) -> Vec<u32> {
    numbers.into_iter().map(f32::to_bits).collect()
}

/// What stands in `by_number`, in the order of the plan, in the memory of `out`.
fn gather(order: &[u32], by_number: &[u32], mut out: Vec<u32>) -> Vec<u32> {
    let slots = out.par_iter_mut().zip(order);
    slots.for_each(|(slot, number)| *slot = by_number[*number as usize]);
    out
}

/// Puts rows in the place of the numbers of leads, and adds the other rows; takes
/// the memory of `row_of`, which has a place for each lead.
fn tell_rows(order: &mut Vec<u32>, leads: &Numbered, mut row_of: Vec<u32>, count: u32) {
    for (slot, row) in row_of.iter_mut().zip(leads.ones()) {
        *slot = row;
    }
    let slots = order.par_iter_mut();
    slots.for_each(|slot| *slot = row_of[*slot as usize]);
    drop(row_of);
    order.extend(leads.zeros(count));
}

/// Sums over leads.
#[derive(Default)]
struct Sums {
    wanted: u64,
    wanted_bytes: u64,
    listens_all: f64,
    listens_kept: f64,
    kept: [FormTotal; 3],
}

impl Sums {
    fn add(&mut self, said: Said, bytes: u64, listens: f64) {
        self.listens_all += listens;
        let Some(form) = said.form() else { return };
        self.wanted += 1;
        self.wanted_bytes = self.wanted_bytes.saturating_add(bytes);
        if said.reason().is_kept() {
            self.listens_kept += listens;
            let kept = &mut self.kept[form as usize];
            kept.rows += 1;
            kept.bytes += bytes;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.wanted += other.wanted;
        self.wanted_bytes = self.wanted_bytes.saturating_add(other.wanted_bytes);
        self.listens_all += other.listens_all;
        self.listens_kept += other.listens_kept;
        for (sum, more) in self.kept.iter_mut().zip(other.kept) {
            sum.rows += more.rows;
            sum.bytes += more.bytes;
        }
    }

    fn add_to(&self, totals: &mut Totals) {
        totals.wanted = self.wanted;
        totals.wanted_bytes = self.wanted_bytes;
        totals.listens_all = self.listens_all;
        totals.listens_kept = self.listens_kept;
        for (form, kept) in Form::ALL.into_iter().zip(self.kept) {
            totals.keep(form, kept);
        }
    }
}

/// Says what becomes of each lead, and puts in the place of its listens the
/// slope of its first step from nothing, 0 where there is none; negative where a
/// copy is kept, so that the bits of these are the largest.
fn tell(
    leads: &mut Leads,
    choice: Choice,
    values: &Optimal,
    budget: &Budget,
    sums: &mut Sums,
) -> Vec<Said> {
    let mut slopes = std::mem::take(&mut leads.listens);
    let Choice { forms, floor, .. } = choice;
    let mut told: Vec<Said> = forms.into_iter().map(Said::kept_as).collect();
    let stretches = told
        .par_chunks_mut(STRETCH as usize)
        .zip(slopes.par_chunks_mut(STRETCH as usize));
    let leads_read = &*leads;
    let of_stretches = stretches.enumerate().map(|(stretch, (told, slopes))| {
        let mut sums = Sums::default();
        let numbers = stretch as u32 * STRETCH..;
        for (number, (told, slope)) in numbers.zip(told.iter_mut().zip(slopes)) {
            let listens = f64::from(*slope);
            let sound = leads_read.sound(number);
            let least = leads_read.least(number, sound);
            let ladder = Ladder::new(sound, least, listens, false, values, budget);
            let first = ladder.steps().next();
            *slope = first.map_or(0.0, |step| f32::from_bits(step.slope));
            *told = match told.form() {
                Some(form) => {
                    *slope = -*slope;
                    said_of_kept(leads_read, &floor, number).in_form(form)
                }
                None => said_of_other(first),
            };
            let blocks = told.form().map_or(0, |form| sound.blocks(form));
            sums.add(*told, budget.bytes_of(blocks), listens);
        }
        sums
    });
    // Added up in their order, so that threads change no last digit.
    for of_stretch in of_stretches.collect::<Vec<Sums>>() {
        sums.merge(&of_stretch);
    }
    leads.listens = slopes;
    told
}

fn said_of_kept(leads: &Leads, floor: &Bits, number: u32) -> Said {
    Said::new(match leads.level(number) {
        _ if !floor.get(number) => Reason::Worth,
        Level::Head => Reason::Popular,
        Level::Unrated => Reason::Unrated,
        Level::Tail => Reason::Tail,
    })
}

/// Of a recording that is not kept, by its first step.
fn said_of_other(first: Option<Step>) -> Said {
    match first {
        Some(step) => Said::new(Reason::OverBudget).in_form(step.form),
        None => Said::new(Reason::NoListens),
    }
}

/// What is said of the rows that are no leads, by row.
fn tell_copies(leads: &Leads, told: &[Said]) -> Vec<Said> {
    let rows = leads.links.len() as u32;
    let reason = |row: u32| match leads.number(row) {
        Some(number) if told[number as usize].kept_form().is_some() => Reason::DuplicateRecording,
        Some(number) if leads.listens[number as usize] == 0.0 => Reason::NoListens,
        _ => Reason::OverBudget,
    };
    let stretches = (0..rows.div_ceil(STRETCH)).into_par_iter().map(|stretch| {
        let from = stretch * STRETCH;
        let copies =
            (from..from.saturating_add(STRETCH).min(rows)).filter(|it| !leads.rows.get(*it));
        copies.map(|row| Said::new(reason(row))).collect()
    });
    stretches.collect::<Vec<Vec<Said>>>().concat()
}

/// What leads take and serve, by number.
struct Measured {
    /// Tar blocks of the copy, kept or wanted.
    blocks: Vec<u32>,
    listens: Vec<f32>,
}

impl Measured {
    /// In the memory of durations and of slopes.
    fn of(leads: &mut Leads, told: &[Said], values: &Optimal, budget: &Budget) -> Self {
        let mut blocks = std::mem::take(&mut leads.duration_ms);
        let mut listens = std::mem::take(&mut leads.listens);
        let leads = &*leads;
        let columns = blocks.par_iter_mut().zip(&mut listens).zip(told);
        let numbered = columns.enumerate();
        numbered.for_each(|(number, ((blocks, listens), said))| {
            let sound = leads.sound_lasting(number as u32, *blocks);
            let least = leads.least(number as u32, sound);
            *blocks = said.form().map_or(0, |form| sound.blocks(form));
            // Listens again, from the slope of the first step: as exact as that.
            let ladder = Ladder::new(sound, least, 1.0, false, values, budget);
            *listens = ladder.steps().next().map_or(0.0, |step| {
                let value = f64::from(listens.abs()) * step.more as f64;
                (value / values.value(step.form)) as f32
            });
        });
        Self { blocks, listens }
    }
}

/// What is said of leads, in the order of the plan, and the sums at its marks.
fn lay_out(
    order: &[u32],
    told: &[Said],
    blocks: &[u32],
    listens: &[f32],
    budget: &Budget,
    said: &mut Vec<Said>,
    marks: &mut Marks,
) {
    said.resize(order.len(), Said::default());
    let stretch = marks.stretch();
    let stretches = order.par_chunks(stretch).zip(said.par_chunks_mut(stretch));
    let sums = stretches.map(|(numbers, said)| {
        let (mut bytes, mut served) = (0u64, 0.0);
        for (number, said) in numbers.iter().zip(said) {
            *said = told[*number as usize];
            if said.form().is_some() {
                bytes = bytes.saturating_add(budget.bytes_of(blocks[*number as usize]));
                served += f64::from(listens[*number as usize]);
            }
        }
        (bytes, served)
    });
    for (place, (bytes, served)) in sums.collect::<Vec<_>>().into_iter().enumerate() {
        let place = (place * stretch) as u32;
        marks.add_bytes(place, bytes);
        marks.add_listens(place, served);
    }
}
