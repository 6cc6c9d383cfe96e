//! From forms by recording to a plan: its order, its reasons, its sums.

use {
    super::{
        choose::{Choice, STRETCH},
        ladder::{Ladder, Step},
        leads::Leads,
    },
    crate::{
        curve::Curve,
        estimate::Budget,
        marks::Marks,
        order::Level,
        planned::{Blocks, Planned, Said},
        policy::Optimal,
        sort::by_key_descending_with_room,
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
    leads.wanted = Vec::new();
    let mut lead_sums = Sums::default();
    let told = tell(&mut leads, &choice, values, budget, &mut lead_sums);
    let copies = tell_copies(&leads, &choice);
    leads.links = Vec::new();
    drop(choice);
    lead_sums.add_to(&mut totals);
    totals.candidates = u64::from(leads.len()) + copies.len() as u64;

    let slope = |number: u32| leads.listens[number as usize].to_bits();
    // Slopes are not negative, so that the highest bit is free.
    let is_kept = |number: u32| told[number as usize].reason().is_kept();
    let key = |number: u32| u32::from(is_kept(number)) << 31 | slope(number);
    let mut rows = by_key_descending_with_room(leads.len(), key, |_| true, copies.len());
    let mut marks = Marks::new(totals.candidates as u32);
    let Laid { blocks, mut said } = Laid::out(&rows, &leads, &told, values, budget, &mut marks);
    drop(told);
    tell_rows(&mut rows, leads, totals.candidates as u32);
    said.extend(copies);
    totals.count_reasons(said.iter().map(|said| said.reason()));
    let kept = (totals.bytes, totals.listens_kept);
    totals.curve = Curve::through(&marks.sums(), kept, totals.listens_all);
    Planned {
        rows,
        blocks: Blocks::ByPlace(blocks),
        said,
        marks,
        budget: *budget,
        totals,
    }
}

/// Puts rows in the place of the numbers of leads, and adds the other rows.
fn tell_rows(order: &mut Vec<u32>, leads: Leads, count: u32) {
    let (leads, slopes) = leads.into_rows();
    // In the memory of the slopes.
    let mut row_of: Vec<u32> = slopes.into_iter().map(f32::to_bits).collect();
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
/// slope of its first step from nothing; 0 where there is none.
fn tell(
    leads: &mut Leads,
    choice: &Choice,
    values: &Optimal,
    budget: &Budget,
    sums: &mut Sums,
) -> Vec<Said> {
    let mut slopes = std::mem::take(&mut leads.listens);
    let mut all = vec![Said::default(); slopes.len()];
    let stretches = all
        .par_chunks_mut(STRETCH as usize)
        .zip(slopes.par_chunks_mut(STRETCH as usize));
    let leads_read = &*leads;
    let of_stretches = stretches.enumerate().map(|(stretch, (all, slopes))| {
        let mut sums = Sums::default();
        let numbers = stretch as u32 * STRETCH..;
        for (number, (told, slope)) in numbers.zip(all.iter_mut().zip(slopes)) {
            let listens = f64::from(*slope);
            let first = first_step(leads_read, number, listens, values, budget);
            *slope = first.map_or(0.0, |step| f32::from_bits(step.slope));
            let form = choice.form(number);
            *told = said(leads_read, choice, number, first);
            let bytes = match (form, first) {
                (Some(form), _) => budget.bytes_of(leads_read.sound(number).blocks(form)),
                (None, first) => first.map_or(0, |step| step.more),
            };
            sums.add(*told, bytes, listens);
        }
        sums
    });
    // Added up in their order, so that threads change no last digit.
    for of_stretch in of_stretches.collect::<Vec<Sums>>() {
        sums.merge(&of_stretch);
    }
    leads.listens = slopes;
    all
}

fn first_step(
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

fn said(leads: &Leads, choice: &Choice, number: u32, first: Option<Step>) -> Said {
    let Some(form) = choice.form(number) else {
        return match first {
            Some(step) => Said::new(Reason::OverBudget).in_form(step.form),
            None => Said::new(Reason::NoListens),
        };
    };
    let reason = match leads.level(number) {
        _ if !choice.floor.get(number) => Reason::Worth,
        Level::Head => Reason::Popular,
        Level::Unrated => Reason::Unrated,
        Level::Tail => Reason::Tail,
    };
    Said::new(reason).in_form(form)
}

/// What is said of the rows that are no leads, by row.
fn tell_copies(leads: &Leads, choice: &Choice) -> Vec<Said> {
    let rows = leads.links.len() as u32;
    let reason = |row: u32| match leads.number(row) {
        Some(number) if choice.form(number).is_some() => Reason::DuplicateRecording,
        Some(number) if leads.listens[number as usize] <= 0.0 => Reason::NoListens,
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

/// What leads take and what is said of them, in the order of the plan.
struct Laid {
    blocks: Vec<u32>,
    said: Vec<Said>,
}

impl Laid {
    fn out(
        order: &[u32],
        leads: &Leads,
        told: &[Said],
        values: &Optimal,
        budget: &Budget,
        marks: &mut Marks,
    ) -> Self {
        let mut blocks = vec![0u32; order.len()];
        // Of the other rows as well.
        let mut said = Vec::with_capacity(marks.rows() as usize);
        said.resize(order.len(), Said::default());
        let stretch = marks.stretch();
        let columns = blocks
            .par_chunks_mut(stretch)
            .zip(said.par_chunks_mut(stretch));
        let sums = order.par_chunks(stretch).zip(columns);
        let sums = sums.map(|(numbers, (blocks, said))| {
            let (mut bytes, mut listens) = (0u64, 0.0);
            for (number, (blocks, said)) in numbers.iter().zip(blocks.iter_mut().zip(said)) {
                *said = told[*number as usize];
                let Some(form) = said.form() else { continue };
                let sound = leads.sound(*number);
                *blocks = sound.blocks(form);
                let taken = budget.bytes_of(*blocks);
                bytes = bytes.saturating_add(taken);
                // Listens again, from the slope of the first step: as exact as that.
                let is_first = match said.reason() {
                    Reason::OverBudget => true,
                    Reason::Worth => form == leads.least(*number, sound),
                    _ => false,
                };
                let first = match is_first {
                    true => Some((form, taken)),
                    false => first_step(leads, *number, 1.0, values, budget)
                        .map(|step| (step.form, step.more)),
                };
                if let Some((form, more)) = first {
                    let slope = f64::from(leads.listens[*number as usize]);
                    listens += slope * more as f64 / values.value(form);
                }
            }
            (bytes, listens)
        });
        for (place, (bytes, listens)) in sums.collect::<Vec<_>>().into_iter().enumerate() {
            let place = (place * stretch) as u32;
            marks.add_bytes(place, bytes);
            marks.add_listens(place, listens);
        }
        Self { blocks, said }
    }
}
