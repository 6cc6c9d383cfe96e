//! How many listens many budgets cover, without a plan for each.

use {
    super::{
        choose::{Climb, STRETCH, part_of},
        ladder::Ladder,
    },
    rayon::prelude::*,
};

/// Bytes and listens by the upper half of slopes.
#[derive(Clone)]
struct Slopes {
    bytes: Vec<u64>,
    listens: Vec<f64>,
}

impl Slopes {
    fn new() -> Self {
        Self {
            bytes: vec![0; 1 << 16],
            listens: vec![0.0; 1 << 16],
        }
    }

    fn add_ladder(&mut self, ladder: &Ladder, mut listens: f64) {
        if ladder.base.is_some() {
            listens = 0.0;
        }
        // A recording is served from its first step on.
        for step in ladder.steps() {
            let place = (step.slope >> 16) as usize;
            self.bytes[place] = self.bytes[place].saturating_add(step.more);
            self.listens[place] += std::mem::take(&mut listens);
        }
    }

    fn add(&mut self, other: &Self) {
        for (sum, more) in self.bytes.iter_mut().zip(&other.bytes) {
            *sum = sum.saturating_add(*more);
        }
        for (sum, more) in self.listens.iter_mut().zip(&other.listens) {
            *sum += more;
        }
    }

    fn take_away(&mut self, other: &Self) {
        for (sum, less) in self.bytes.iter_mut().zip(&other.bytes) {
            *sum = sum.saturating_sub(*less);
        }
        for (sum, less) in self.listens.iter_mut().zip(&other.listens) {
            *sum -= less;
        }
    }

    /// Listens that the steepest steps within `room` serve; of the last ones a
    /// part.
    fn within(&self, mut room: u64, of_floor: &Self) -> f64 {
        let mut served = 0.0;
        for place in (0..self.bytes.len()).rev() {
            let asked = self.bytes[place].saturating_add(of_floor.bytes[place]);
            if asked > room {
                return served + self.listens[place] * room as f64 / asked as f64;
            }
            room -= asked;
            served += self.listens[place];
        }
        served
    }
}

/// What the leads of a range come to, as floor and free.
struct Reach {
    free: Slopes,
    upgrades: Slopes,
    base_bytes: u64,
    listens: f64,
}

/// Leads that are counted by one thread, with 2 MB of sums each.
const PART: u32 = STRETCH * 64;

impl Climb<'_> {
    /// Bytes of all that the reference wants.
    pub(crate) fn wanted_bytes(&self) -> u64 {
        let numbers = self.leads.wanted.par_iter();
        let bytes = numbers.map(|number| self.leads.reference_bytes(*number, self.budget));
        bytes.reduce(|| 0, u64::saturating_add)
    }

    /// Listens that the reference covers within each of some budgets, which
    /// ascend.
    pub(crate) fn reference_listens(&self, budgets: &[u64]) -> Vec<f64> {
        let (mut listens, mut before) = (0.0, 0);
        let ends = self.reference_ends(budgets).into_iter();
        let sums = ends.map(|end| {
            for number in &self.leads.wanted[before..end] {
                listens += self.leads.listens[*number as usize].get();
            }
            before = end;
            listens
        });
        sums.collect()
    }

    /// How many of the wanted leads the reference keeps within each budget.
    fn reference_ends(&self, budgets: &[u64]) -> Vec<usize> {
        let (mut so_far, mut at) = (0u64, 0);
        let mut end = |budget: &u64| {
            while let Some(number) = self.leads.wanted.get(at) {
                let bytes = self.leads.reference_bytes(*number, self.budget);
                if so_far.saturating_add(bytes) > *budget {
                    break;
                }
                so_far += bytes;
                at += 1;
            }
            at
        };
        budgets.iter().map(&mut end).collect()
    }

    /// Listens that the optimal policy covers within each of some budgets,
    /// which ascend.
    pub(crate) fn optimal_listens(&self, budgets: &[u64]) -> Vec<f64> {
        let parts: Vec<u64> = budgets
            .iter()
            .map(|bytes| part_of(*bytes, self.values))
            .collect();
        let floors = self.reference_ends(&parts);
        let mut free = Reach::sum(self.all()).free;
        let (mut upgrades, mut base_bytes, mut base_listens) = (Slopes::new(), 0u64, 0.0);
        let mut before = 0;
        let mut covered = Vec::new();
        for (budget, floor) in budgets.iter().zip(floors) {
            let joins = Reach::sum(self.of(&self.leads.wanted[before..floor]));
            before = floor;
            free.take_away(&joins.free);
            upgrades.add(&joins.upgrades);
            base_bytes += joins.base_bytes;
            base_listens += joins.listens;
            let room = budget.saturating_sub(base_bytes);
            covered.push(base_listens + free.within(room, &upgrades));
        }
        covered
    }

    /// What all leads come to, part by part.
    fn all(&self) -> Vec<Reach> {
        let count = self.leads.len();
        let parts = (0..count.div_ceil(PART)).into_par_iter().map(|part| {
            let from = part * PART;
            self.reach(from..from.saturating_add(PART).min(count))
        });
        parts.collect()
    }

    /// The same of some of them.
    fn of(&self, numbers: &[u32]) -> Vec<Reach> {
        let parts = numbers.par_chunks(PART as usize);
        parts.map(|part| self.reach(part.iter().copied())).collect()
    }

    fn reach(&self, numbers: impl Iterator<Item = u32>) -> Reach {
        let mut reach = Reach::new();
        for number in numbers {
            let ladder =
                |is_floor| Ladder::of(self.leads, number, is_floor, self.values, self.budget);
            let listens = self.leads.listens[number as usize].get();
            reach.free.add_ladder(&ladder(false), listens);
            let floor = ladder(true);
            reach.upgrades.add_ladder(&floor, listens);
            reach.base_bytes += floor.base.map_or(0, |(_, bytes)| bytes);
            reach.listens += listens;
        }
        reach
    }
}

impl Reach {
    fn new() -> Self {
        Self {
            free: Slopes::new(),
            upgrades: Slopes::new(),
            base_bytes: 0,
            listens: 0.0,
        }
    }

    fn sum(parts: Vec<Self>) -> Self {
        let mut all = Self::new();
        for part in parts {
            all.free.add(&part.free);
            all.upgrades.add(&part.upgrades);
            all.base_bytes += part.base_bytes;
            all.listens += part.listens;
        }
        all
    }
}
