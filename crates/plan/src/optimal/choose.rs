use {
    super::{
        ladder::{Ladder, Step},
        leads::Leads,
    },
    crate::{bits::Bits, estimate::Budget, policy::Optimal},
    rayon::prelude::*,
    std::ops::Range,
};

/// What is kept of each recording.
pub(super) struct Choice {
    /// By number of the lead: 0 for nothing, otherwise 1 and the form.
    pub(super) forms: Vec<u8>,
    /// Steps steeper than this are taken, and some that are as steep.
    slope: u32,
    pub(super) floor: Bits,
}

impl Choice {
    /// Value of listens for each byte at which the budget ended.
    pub(crate) fn price(&self) -> f32 {
        f32::from_bits(self.slope)
    }
}

/// Leads that one thread looks at in one go.
pub(super) const STRETCH: u32 = 1 << 16;

/// Climbs the ladders, the steepest step first, until one does not fit.
///
/// Steps are not sorted: a count by the upper halves of their slopes finds those
/// that are taken but for the ones of the last half, and a count of these, which
/// are few, finds where the budget ends. Of equally steep steps those of lower
/// numbers come first.
///
/// Gives back the memory of the order of the reference, which the floor alone needs.
pub(super) fn choose(leads: &mut Leads, values: &Optimal, budget: &Budget) -> Choice {
    let (floor, spent) = floor(leads, values, budget);
    let has_floor = floor.count() > 0;
    leads.wanted = Vec::new();
    let leads = &*leads;
    let mut climb = Climb::new(leads, values, budget);
    climb.floor = floor;
    let (last, room) = climb.last_upper_half(budget.bytes - spent);
    let mut forms = vec![0u8; leads.len() as usize];
    let edge = climb.take(last, &mut forms);
    let (slope, rest) = climb.take_edge(&edge, last, room, &mut forms);
    // A floor has given up that plans lie in one another; what one large step
    // leaves is then spent on smaller ones.
    if has_floor && slope > 0 {
        climb.fill(rest, last, &edge, &mut forms);
    }
    Choice {
        forms,
        slope,
        floor: climb.floor,
    }
}

/// The leads that the reference keeps within its part of the budget, and the
/// bytes that they take here. Each takes no more than in the reference.
fn floor(leads: &Leads, values: &Optimal, budget: &Budget) -> (Bits, u64) {
    let part = part_of(budget.bytes, values);
    let mut floor = Bits::new(leads.len());
    leads.wanted.iter().for_each(|number| floor.set(*number));
    // Bytes are added up by number, which goes through memory in order.
    let asked = |number: u32| leads.reference_bytes(number, budget);
    if sum_of(&floor, leads.len(), asked) > part {
        let end = reference_end(leads, budget, part);
        let beyond = leads.wanted[end..].iter();
        beyond.for_each(|number| floor.clear(*number));
    }
    let base = |number: u32| {
        let base = Ladder::of(leads, number, true, values, budget).base;
        base.map_or(0, |(_, bytes)| bytes)
    };
    let spent = sum_of(&floor, leads.len(), base);
    (floor, spent)
}

/// Bytes of those of `count` leads whose bits are set.
fn sum_of(asked: &Bits, count: u32, bytes: impl Fn(u32) -> u64 + Sync) -> u64 {
    let sums = stretches(count).map(|stretch| {
        let asked = stretch.filter(|number| asked.get(*number)).map(&bytes);
        asked.fold(0, u64::saturating_add)
    });
    sums.reduce(|| 0, u64::saturating_add)
}

/// So many leads, in the stretches that one thread looks at in one go.
fn stretches(count: u32) -> impl IndexedParallelIterator<Item = Range<u32>> {
    let numbers = (0..count.div_ceil(STRETCH)).into_par_iter();
    numbers.map(move |number| {
        let from = number * STRETCH;
        from..from.saturating_add(STRETCH).min(count)
    })
}

/// How many of the wanted leads the reference keeps within so many bytes.
fn reference_end(leads: &Leads, budget: &Budget, bytes: u64) -> usize {
    let asked = |number: &u32| leads.reference_bytes(*number, budget);
    let (mut end, mut spent) = (0, 0u64);
    for stretch in leads.wanted.chunks(STRETCH as usize * 16) {
        let with_it = stretch.par_iter().map(asked);
        let with_it = with_it.reduce(|| 0, u64::saturating_add);
        if spent.saturating_add(with_it) > bytes {
            break;
        }
        spent += with_it;
        end += stretch.len();
    }
    let within = |number: &&u32| {
        spent = spent.saturating_add(asked(number));
        spent <= bytes
    };
    end + leads.wanted[end..].iter().take_while(within).count()
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
    floor: Bits,
}

impl<'a> Climb<'a> {
    /// Without a floor.
    pub(crate) fn new(leads: &'a Leads, values: &'a Optimal, budget: &'a Budget) -> Self {
        Self {
            leads,
            values,
            budget,
            floor: Bits::new(leads.len()),
        }
    }

    fn ladder(&self, number: u32) -> Ladder {
        let is_floor = self.floor.get(number);
        Ladder::of(self.leads, number, is_floor, self.values, self.budget)
    }

    fn steps(&self, number: u32) -> impl Iterator<Item = Step> + use<> {
        self.ladder(number).steps()
    }

    fn stretches(&self) -> impl IndexedParallelIterator<Item = Range<u32>> + use<> {
        stretches(self.leads.len())
    }

    /// The upper half of the slope at which the budget ends, and what is left
    /// for the steps that have it; none when all steps fit.
    fn last_upper_half(&self, room: u64) -> (Option<u32>, u64) {
        let empty = || vec![0u64; 1 << 16];
        let counted = self.stretches().fold(empty, |mut sums, stretch| {
            for step in stretch.flat_map(|number| self.steps(number)) {
                let sum = &mut sums[(step.slope >> 16) as usize];
                *sum = sum.saturating_add(step.more);
            }
            sums
        });
        let sums = counted.reduce(empty, |mut sums, more| {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum = sum.saturating_add(more);
            }
            sums
        });
        ended(&sums, room)
    }

    /// Takes the floor and all steps above the last upper half; the leads that
    /// have steps of that one.
    fn take(&self, last: Option<u32>, forms: &mut [u8]) -> Vec<u32> {
        let edges: Vec<Vec<u32>> = forms
            .par_chunks_mut(STRETCH as usize)
            .zip(self.stretches())
            .map(|(forms, stretch)| {
                let mut edge = Vec::new();
                for (number, kept) in stretch.zip(forms) {
                    let ladder = self.ladder(number);
                    let mut form = ladder.base.map(|(form, _)| form);
                    for step in ladder.steps() {
                        let upper = Some(step.slope >> 16);
                        if upper == last {
                            edge.push(number);
                        }
                        if upper <= last {
                            break;
                        }
                        form = Some(step.form);
                    }
                    *kept = form.map_or(0, |form| form as u8 + 1);
                }
                edge
            })
            .collect();
        edges.concat()
    }

    /// Takes the steps of the last upper half, steeply first, until one does not
    /// fit: its slope, and what is left. The slope is 0 when all steps fit.
    fn take_edge(
        &self,
        edge: &[u32],
        last: Option<u32>,
        room: u64,
        forms: &mut [u8],
    ) -> (u32, u64) {
        let Some(last) = last else {
            return (0, room);
        };
        let steps = |number: u32| {
            let steps = self.steps(number);
            steps.skip_while(move |step| step.slope >> 16 > last)
        };
        let mut sums = vec![0u64; 1 << 16];
        for step in edge.iter().flat_map(|number| steps(*number)) {
            if step.slope >> 16 == last {
                let sum = &mut sums[(step.slope & 0xffff) as usize];
                *sum = sum.saturating_add(step.more);
            }
        }
        let (low, mut room) = ended(&sums, room);
        let slope = last << 16 | low.unwrap_or(0);
        let mut is_over = false;
        for number in edge {
            for step in steps(*number).take_while(|step| step.slope >= slope) {
                if step.slope == slope {
                    is_over |= step.more > room;
                    if is_over {
                        break;
                    }
                    room -= step.more;
                }
                forms[*number as usize] = step.form as u8 + 1;
            }
        }
        (slope, room)
    }

    /// Spends what is left on the steepest steps that fit.
    fn fill(&self, mut room: u64, last: Option<u32>, edge: &[u32], forms: &mut [u8]) {
        let next = |number: u32| {
            let kept = forms[number as usize];
            let step = self.steps(number).find(|step| step.form as u8 + 1 > kept)?;
            (step.more <= room).then_some((number, step))
        };
        // All other steps that are left are less steep than these.
        let at_edge = edge.iter().filter_map(|number| next(*number));
        let at_edge = at_edge.filter(|(_, step)| Some(step.slope >> 16) == last);
        let mut steps = steepest(at_edge.collect());
        if steps.len() < MOST_FILLED {
            let found = self
                .stretches()
                .map(|stretch| steepest(stretch.filter_map(next).collect()));
            steps = steepest(found.collect::<Vec<_>>().concat());
        }
        for (number, step) in steps {
            if step.more <= room {
                room -= step.more;
                forms[number as usize] = step.form as u8 + 1;
            }
        }
    }
}

/// How many steps are looked at to spend the rest.
const MOST_FILLED: usize = 64;

fn steepest(mut steps: Vec<(u32, Step)>) -> Vec<(u32, Step)> {
    steps.sort_unstable_by_key(|(number, step)| (std::cmp::Reverse(step.slope), *number));
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
