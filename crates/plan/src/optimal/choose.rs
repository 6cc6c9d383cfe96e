use {
    super::{
        ladder::{Ladder, Step},
        leads::Leads,
    },
    crate::{estimate::Budget, policy::Optimal},
    longplay_model::Form,
    rayon::prelude::*,
    std::ops::Range,
};

/// What is kept of each recording.
pub(crate) struct Choice {
    /// By number of the lead: 0 for nothing, otherwise 1 and the form.
    forms: Vec<u8>,
    /// Steps steeper than this are taken, and some that are as steep.
    slope: u32,
    /// Leads before this number are the floor.
    pub(crate) floor: u32,
}

impl Choice {
    pub(crate) fn form(&self, number: u32) -> Option<Form> {
        let form = self.forms[number as usize].checked_sub(1);
        form.map(|form| Form::ALL[usize::from(form)])
    }

    /// Value of listens for each byte at which the budget ended.
    pub(crate) fn price(&self) -> f32 {
        f32::from_bits(self.slope)
    }
}

/// Leads that one thread looks at in one go.
pub(super) const STRETCH: u32 = 1 << 16;

/// Climbs the ladders, the steepest step first, until one does not fit.
///
/// Steps are not sorted: two counts over the halves of their slopes find where
/// the budget ends. Of equally steep steps those of lower numbers come first.
pub(crate) fn choose(leads: &Leads, values: &Optimal, budget: &Budget) -> Choice {
    let (floor, spent) = floor_end(leads, values, budget);
    let climb = Climb {
        floor,
        ..Climb::new(leads, values, budget)
    };
    let room = budget.bytes - spent;
    let (slope, room) = climb.limit(room);
    let allowances = climb.allowances(slope, room);
    let mut forms = vec![0u8; leads.len() as usize];
    let spent: Vec<u64> = forms
        .par_chunks_mut(STRETCH as usize)
        .zip(climb.stretches())
        .zip(allowances)
        .map(|((forms, stretch), room)| climb.take(stretch, slope, room, forms))
        .collect();
    // A floor has given up that plans lie in one another; what one large step
    // leaves is then spent on smaller ones.
    let rest = room - spent.into_iter().sum::<u64>();
    if floor > 0 && slope > 0 {
        climb.fill(rest, &mut forms);
    }
    Choice {
        forms,
        slope,
        floor,
    }
}

/// How many leads the reference keeps within its part of the budget, and the
/// bytes that they take here. Each takes no more than in the reference.
fn floor_end(leads: &Leads, values: &Optimal, budget: &Budget) -> (u32, u64) {
    let end = reference_end(leads, budget, part_of(budget.bytes, values));
    let base = |number| Ladder::of(leads, number, true, values, budget).base;
    let base = |number| base(number).map_or(0, |(_, bytes)| bytes);
    (
        end,
        sums(end, base).into_iter().fold(0, u64::saturating_add),
    )
}

/// How many leads the reference keeps within so many bytes.
fn reference_end(leads: &Leads, budget: &Budget, bytes: u64) -> u32 {
    let end = leads.wanted();
    let asked = |number| leads.reference_bytes(number, budget);
    let (mut from, mut spent) = (0u32, 0u64);
    for sum in sums(end, asked) {
        let with_it = spent.saturating_add(sum);
        if with_it > bytes {
            break;
        }
        spent = with_it;
        from = from.saturating_add(STRETCH).min(end);
    }
    let within = |number: &u32| {
        spent = spent.saturating_add(asked(*number));
        spent <= bytes
    };
    from + (from..end).take_while(within).count() as u32
}

/// The sums of what each lead before `end` takes, stretch by stretch.
fn sums(end: u32, bytes: impl Fn(u32) -> u64 + Sync) -> Vec<u64> {
    let sum = |stretch: Range<u32>| stretch.map(&bytes).fold(0, u64::saturating_add);
    stretches(end).map(sum).collect()
}

/// The leads before `end` in stretches.
fn stretches(end: u32) -> impl IndexedParallelIterator<Item = Range<u32>> {
    (0..end.div_ceil(STRETCH))
        .into_par_iter()
        .map(move |number| {
            let from = number * STRETCH;
            from..from.saturating_add(STRETCH).min(end)
        })
}

/// The part of a budget that the floor is laid with.
pub(super) fn part_of(bytes: u64, values: &Optimal) -> u64 {
    if values.floor >= 1.0 {
        bytes
    } else {
        ((bytes as f64 * values.floor) as u64).min(bytes)
    }
}

/// All recordings and their ladders.
pub(crate) struct Climb<'a> {
    pub(super) leads: &'a Leads,
    pub(super) values: &'a Optimal,
    pub(super) budget: &'a Budget,
    floor: u32,
}

impl<'a> Climb<'a> {
    /// Without a floor.
    pub(crate) fn new(leads: &'a Leads, values: &'a Optimal, budget: &'a Budget) -> Self {
        Self {
            leads,
            values,
            budget,
            floor: 0,
        }
    }

    fn ladder(&self, number: u32) -> Ladder {
        let is_floor = number < self.floor;
        Ladder::of(self.leads, number, is_floor, self.values, self.budget)
    }

    fn stretches(&self) -> impl IndexedParallelIterator<Item = Range<u32>> + use<> {
        stretches(self.leads.len())
    }

    /// The slope at which the budget ends, and what is left for steps that are
    /// just as steep; a slope of 0 when all steps fit.
    fn limit(&self, room: u64) -> (u32, u64) {
        let (high, room) = ended(&self.count(|slope| Some(slope >> 16)), room);
        let Some(high) = high else {
            return (0, room);
        };
        let within = |slope: u32| (slope >> 16 == high).then_some(slope & 0xffff);
        let (low, room) = ended(&self.count(within), room);
        (high << 16 | low.unwrap_or(0), room)
    }

    /// Bytes of all steps, by a number of 16 bits that their slopes give.
    fn count(&self, place: impl Fn(u32) -> Option<u32> + Sync) -> Vec<u64> {
        let empty = || vec![0u64; 1 << 16];
        let counted = self.stretches().fold(empty, |mut sums, stretch| {
            for step in stretch.flat_map(|number| self.steps(number)) {
                if let Some(place) = place(step.slope) {
                    let sum = &mut sums[place as usize];
                    *sum = sum.saturating_add(step.more);
                }
            }
            sums
        });
        counted.reduce(empty, |mut sums, more| {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum = sum.saturating_add(more);
            }
            sums
        })
    }

    fn steps(&self, number: u32) -> impl Iterator<Item = Step> + use<> {
        self.ladder(number).steps()
    }

    /// What each stretch may spend on steps of the last slope: the first
    /// stretches all that they ask for.
    fn allowances(&self, slope: u32, mut room: u64) -> Vec<u64> {
        let asked: Vec<u64> = self
            .stretches()
            .map(|stretch| {
                let steps = stretch.flat_map(|number| self.steps(number));
                let last = steps.filter(|step| step.slope == slope);
                last.fold(0u64, |sum, step| sum.saturating_add(step.more))
            })
            .collect();
        let mut is_over = false;
        let allowances = asked.into_iter().map(|asked| {
            let allowance = if is_over { 0 } else { room };
            is_over |= asked > room;
            room = room.saturating_sub(asked);
            allowance
        });
        allowances.collect()
    }

    /// Climbs the ladders of a stretch; what steps of the last slope took of its
    /// room.
    fn take(&self, stretch: Range<u32>, slope: u32, mut room: u64, forms: &mut [u8]) -> u64 {
        let (all, mut is_over) = (room, false);
        for (number, kept) in stretch.zip(forms) {
            let ladder = self.ladder(number);
            let base = ladder.base.map(|(form, _)| form);
            let mut form = base;
            for step in ladder.steps() {
                if step.slope == slope {
                    is_over |= step.more > room;
                    if is_over {
                        break;
                    }
                    room -= step.more;
                } else if step.slope < slope {
                    break;
                }
                form = Some(step.form);
            }
            *kept = form.map_or(0, |form| form as u8 + 1);
        }
        all - room
    }

    /// Spends what is left on the steepest steps that fit.
    fn fill(&self, mut room: u64, forms: &mut [u8]) {
        let found: Vec<Vec<(u32, u32, Step)>> = self
            .stretches()
            .map(|stretch| {
                let steps = stretch.filter_map(|number| {
                    let step = self.next_step(number, forms[number as usize])?;
                    (step.more <= room).then_some((step.slope, number, step))
                });
                steepest(steps.collect())
            })
            .collect();
        for (_, number, step) in steepest(found.concat()) {
            if step.more <= room {
                room -= step.more;
                forms[number as usize] = step.form as u8 + 1;
            }
        }
    }

    fn next_step(&self, number: u32, kept: u8) -> Option<Step> {
        let ladder = self.ladder(number);
        ladder.steps().find(|step| step.form as u8 + 1 > kept)
    }
}

/// How many steps are looked at to spend the rest.
const MOST_FILLED: usize = 64;

fn steepest(mut steps: Vec<(u32, u32, Step)>) -> Vec<(u32, u32, Step)> {
    steps.sort_unstable_by_key(|(slope, number, _)| (std::cmp::Reverse(*slope), *number));
    steps.truncate(MOST_FILLED);
    steps
}

/// Goes down from the highest place: the one whose bytes do not all fit, and
/// the room that is left before it.
fn ended(sums: &[u64], mut room: u64) -> (Option<u32>, u64) {
    for (place, sum) in sums.iter().enumerate().rev() {
        if *sum > room {
            return (Some(place as u32), room);
        }
        room -= sum;
    }
    (None, room)
}
