//! From forms by recording to a plan: its order, its reasons, its sums.

use {
    super::{
        choose::{Choice, STRETCH},
        ladder::Ladder,
        leads::Leads,
        listens::Listens,
        told::Told,
    },
    crate::{
        bits::{Bits, Numbered},
        curve::Curve,
        estimate::{Budget, Sound},
        marks::Marks,
        order::{Level, NONE},
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
    leads: Leads,
    choice: Choice,
    values: &Optimal,
    budget: &Budget,
    mut totals: Totals,
) -> Planned {
    let (mut settled, sums) = tell(leads, choice, values, budget);
    sums.add_to(&mut totals);
    let candidates = settled.links.len();
    totals.candidates = candidates as u64;
    let mut said = vec![Said::default(); candidates];
    let (said_of_leads, said_of_copies) = said.split_at_mut(settled.slopes.len());
    settled.tell_copies(said_of_copies);

    // What takes memory here takes that of something else: what is given back is in
    // use for a while. Links have a place for each row, and are not needed any more.
    let memory = std::mem::take(&mut settled.links);
    let key = |number: u32| settled.slopes[number as usize];
    let mut rows = by_key_descending_in(memory, settled.rows.count(), key, |_| true);
    let mut marks = Marks::new(candidates as u32);
    settled.say(&rows, said_of_leads, &mut marks, values, budget);
    let blocks = settled.take_blocks(&rows);
    settled.put_rows(&mut rows, candidates);
    totals.count_reasons(&Said::count_reasons(&said));
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
    fn add(&mut self, told: Told, bytes: u64, listens: f64) {
        self.listens_all += listens;
        let Some(form) = told.form() else { return };
        self.wanted += 1;
        self.wanted_bytes = self.wanted_bytes.saturating_add(bytes);
        if told.is_kept() {
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

/// The sign of a slope.
const IS_KEPT: u32 = 1 << 31;

/// Leads of which it is known what becomes of them, by number but for `links`.
struct Settled {
    rows: Numbered,
    /// The bits of the slope of the first step from nothing, 0 where there is none;
    /// negative where a copy is kept, so that these are the largest.
    slopes: Vec<u32>,
    /// Bits of [`Told`].
    told: Vec<u32>,
    /// Ascending, those that [`Told`] has no room for.
    aside: Vec<(u32, Sound)>,
    /// As [`Leads::links`].
    links: Vec<u32>,
}

/// Says what becomes of each lead, in the memory of listens and durations.
fn tell(leads: Leads, choice: Choice, values: &Optimal, budget: &Budget) -> (Settled, Sums) {
    let mut leads = leads;
    let listens = std::mem::take(&mut leads.listens).into_iter();
    let mut slopes: Vec<u32> = listens.map(Listens::bits).collect();
    let mut told = std::mem::take(&mut leads.duration_ms);
    let stretches = told
        .par_chunks_mut(STRETCH as usize)
        .zip(slopes.par_chunks_mut(STRETCH as usize))
        .zip(choice.forms.par_chunks(STRETCH as usize))
        .enumerate();
    let of_stretches = stretches.map(|(stretch, ((told, slopes), forms))| {
        let (mut sums, mut aside) = (Sums::default(), Vec::new());
        let numbers = stretch as u32 * STRETCH..;
        for (number, ((told, slope), form)) in numbers.zip(told.iter_mut().zip(slopes).zip(forms)) {
            let listens = Listens::from_bits(*slope).get();
            let sound = leads.sound_lasting(number, *told);
            let least = leads.least(number, sound);
            let ladder = Ladder::new(sound, least, listens, false, values, budget);
            let first = ladder.steps().next();
            *slope = first.map_or(0, |step| step.slope);
            let first = first.map(|step| step.form);
            let kept = form.checked_sub(1).map(|form| Form::ALL[usize::from(form)]);
            let reason = match kept {
                Some(_) => reason_to_keep(&leads, &choice.floor, number),
                None if first.is_some() => Reason::OverBudget,
                None => Reason::NoListens,
            };
            if kept.is_some() {
                *slope |= IS_KEPT;
            }
            let form = kept.or(first);
            let blocks = form.map_or(0, |form| sound.blocks(form));
            let said = Told::new(reason, form, first, sound);
            sums.add(said, budget.bytes_of(blocks), listens);
            if !Told::has_room(sound) {
                aside.push((number, sound));
            }
            *told = said.bits();
        }
        (sums, aside)
    });
    // Added up in their order, so that threads change no last digit.
    let (mut sums, mut aside) = (Sums::default(), Vec::new());
    for (of_stretch, more) in of_stretches.collect::<Vec<(Sums, Vec<(u32, Sound)>)>>() {
        sums.merge(&of_stretch);
        aside.extend(more);
    }
    let Leads { rows, links, .. } = leads;
    let settled = Settled {
        rows,
        slopes,
        told,
        aside,
        links,
    };
    (settled, sums)
}

fn reason_to_keep(leads: &Leads, floor: &Bits, number: u32) -> Reason {
    match leads.level(number) {
        _ if !floor.get(number) => Reason::Worth,
        Level::Head => Reason::Popular,
        Level::Unrated => Reason::Unrated,
        Level::Tail => Reason::Tail,
    }
}

/// Places that are looked at together. What is said of them is all over memory: where
/// it is fetched no look-up waits for what another finds out, and many are under way at
/// a time.
const AT_ONCE: usize = 512;

impl Settled {
    /// Says what becomes of the rows that are no leads, by row.
    fn tell_copies(&self, said: &mut [Said]) {
        self.rows.put_zeros(said, |row| {
            let number = self.links[row as usize];
            let told = self.told.get(number as usize).copied();
            told.map_or(Said::new(Reason::OverBudget), |told| {
                Told::from_bits(told).said_of_copy()
            })
        });
    }

    /// Says what becomes of leads, in the order of the plan, and adds up at its marks.
    fn say(
        &self,
        order: &[u32],
        said: &mut [Said],
        marks: &mut Marks,
        values: &Optimal,
        budget: &Budget,
    ) {
        let stretch = marks.stretch();
        let stretches = order.par_chunks(stretch).zip(said.par_chunks_mut(stretch));
        let sums = stretches.map(|(numbers, said)| {
            let (mut bytes, mut served) = (0u64, 0.0);
            let (mut told, mut slopes) = ([0; AT_ONCE], [0; AT_ONCE]);
            for (numbers, said) in numbers.chunks(AT_ONCE).zip(said.chunks_mut(AT_ONCE)) {
                fetch(&mut told, &self.told, numbers);
                fetch(&mut slopes, &self.slopes, numbers);
                let fetched = told.iter().zip(&slopes);
                for ((number, said), (told, slope)) in numbers.iter().zip(said).zip(fetched) {
                    let told = Told::from_bits(*told);
                    *said = told.said();
                    let Some(form) = told.form() else { continue };
                    let sound = self.sound(*number, told);
                    bytes = bytes.saturating_add(budget.bytes_of(sound.blocks(form)));
                    served += listens_of(sound, told, *slope, values, budget);
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

    fn sound(&self, number: u32, told: Told) -> Sound {
        told.sound().unwrap_or_else(|| {
            let at = self.aside.binary_search_by_key(&number, |it| it.0);
            self.aside[at.expect("what there is no room for is here")].1
        })
    }

    /// Tar blocks of the copy, kept or wanted, at each place, in the memory of slopes.
    fn take_blocks(&mut self, order: &[u32]) -> Vec<u32> {
        let mut blocks = std::mem::take(&mut self.slopes);
        let places = blocks
            .par_chunks_mut(AT_ONCE)
            .zip(order.par_chunks(AT_ONCE));
        places.for_each(|(blocks, numbers)| {
            fetch(blocks, &self.told, numbers);
            for (slot, number) in blocks.iter_mut().zip(numbers) {
                let told = Told::from_bits(*slot);
                let form = told.form();
                *slot = form.map_or(0, |form| self.sound(*number, told).blocks(form));
            }
        });
        blocks
    }

    /// Puts rows in the place of the numbers of leads, and adds the other rows.
    fn put_rows(self, order: &mut Vec<u32>, candidates: usize) {
        let mut row_of = self.told;
        self.rows.put_ones(&mut row_of, |row| row);
        order.par_chunks_mut(AT_ONCE).for_each(|slots| {
            for slot in slots {
                *slot = row_of[*slot as usize];
            }
        });
        let leading = order.len();
        order.resize(candidates, NONE);
        self.rows.put_zeros(&mut order[leading..], |row| row);
    }
}

/// What stands in `by_number` at these numbers.
fn fetch<T: Copy>(out: &mut [T], by_number: &[T], numbers: &[u32]) {
    for (slot, number) in out.iter_mut().zip(numbers) {
        *slot = by_number[*number as usize];
    }
}

/// The listens that a copy serves, from the slope of the first step: as exact as that.
fn listens_of(sound: Sound, told: Told, slope: u32, values: &Optimal, budget: &Budget) -> f64 {
    told.first().map_or(0.0, |first| {
        let more = budget.bytes_of(sound.blocks(first));
        let value = f64::from(f32::from_bits(slope & !IS_KEPT)) * more as f64;
        f64::from((value / values.value(first)) as f32)
    })
}
