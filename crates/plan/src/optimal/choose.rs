use {
    super::{
        ladder::{Ladder, Step},
        leads::Leads,
    },
    crate::{bits::Bits, estimate::Budget, policy::Optimal},
    longplay_model::Form,
    rayon::prelude::*,
    std::ops::{Range, RangeInclusive},
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

/// One lead of so many stands for all: a prime, so that no pattern of a catalog is met
/// again and again.
const SAMPLE: u32 = 61;

/// So few leads all stand for themselves.
const FEW: u32 = 1 << 16;

/// Upper halves to both sides of the one that the sample tells: each is 0.4 to 0.8 %
/// steeper than the one before.
const NEAR: u32 = 2;

/// Climbs the ladders, the steepest step first, until one does not fit.
///
/// Steps are not sorted: a count by the upper halves of their slopes finds those
/// that are taken but for the ones of the last half, and a count of these, which
/// are few, finds where the budget ends. A sample tells beforehand about where that
/// is, so that what is surely above it is taken while it is counted. Of equally steep
/// steps those of lower numbers come first.
///
/// Gives back the memory of the order of the reference, which the floor alone needs.
pub(super) fn choose(leads: &mut Leads, values: &Optimal, budget: &Budget) -> Choice {
    let floor = floor(leads, values, budget);
    let has_floor = floor.count() > 0;
    leads.wanted = Vec::new();
    let leads = &*leads;
    let mut climb = Climb::new(leads, values, budget);
    climb.floor = floor;
    let mut forms = vec![0u8; leads.len() as usize];
    let ended = climb.climb(&climb.about_last(), &mut forms);
    let (slope, rest) = climb.take_edge(&ended, &mut forms);
    // A floor has given up that plans lie in one another; what one large step
    // leaves is then spent on smaller ones.
    if has_floor && slope > 0 && rest >= ended.least {
        climb.fill(rest, &ended.near, &mut forms);
    }
    Choice {
        forms,
        slope,
        floor: climb.floor,
    }
}

/// The leads that the reference keeps within its part of the budget. Each takes
/// no more here than in the reference.
fn floor(leads: &Leads, values: &Optimal, budget: &Budget) -> Bits {
    let end = reference_end(leads, budget, part_of(budget.bytes, values));
    let mut floor = Bits::new(leads.len());
    let kept = leads.wanted[..end].iter();
    kept.for_each(|number| floor.set(*number));
    floor
}

/// So many leads, in the stretches that one thread looks at in one go.
fn stretches(count: u32) -> impl IndexedParallelIterator<Item = Range<u32>> {
    let numbers = (0..count.div_ceil(STRETCH)).into_par_iter();
    numbers.map(move |number| {
        let from = number * STRETCH;
        from..from.saturating_add(STRETCH).min(count)
    })
}

/// As [`Choice::forms`] has it.
#[inline]
const fn kept_as(form: Option<Form>) -> u8 {
    match form {
        Some(form) => form as u8 + 1,
        None => 0,
    }
}

/// Where the budget ends.
struct Ended {
    /// The upper half of the slope; none when all steps fit.
    last: Option<u32>,
    /// What is left for the steps that have it.
    room: u64,
    /// The leads that have such steps, ascending.
    edge: Vec<u32>,
    near: Near,
    /// The fewest bytes of a step.
    least: u64,
}

/// The leads, ascending, that have steps in a range of upper halves around the last.
struct Near {
    lowest: u32,
    leads: Vec<u32>,
}

/// Bytes of ladders.
struct Counted {
    /// Of steps, by the upper half of their slopes.
    sums: Vec<u64>,
    /// What the floor takes.
    base: u64,
    /// Leads with steps near the last upper half, ascending.
    near: Vec<u32>,
    /// The fewest bytes of a step.
    least: u64,
}

impl Counted {
    fn new() -> Self {
        Self {
            sums: vec![0; 1 << 16],
            base: 0,
            near: Vec::new(),
            least: u64::MAX,
        }
    }

    /// What is kept with the steps above `near`, and whether one is within.
    #[inline]
    fn count(&mut self, ladder: &Ladder, near: &RangeInclusive<u32>) -> (u8, bool) {
        let base = ladder.base.map_or(0, |(_, bytes)| bytes);
        self.base = self.base.saturating_add(base);
        let (mut kept, mut is_near) = (kept_as(ladder.base.map(|it| it.0)), false);
        for step in ladder.steps() {
            let upper = step.slope >> 16;
            let sum = &mut self.sums[upper as usize];
            *sum = sum.saturating_add(step.more);
            self.least = self.least.min(step.more);
            if upper > *near.end() {
                kept = kept_as(Some(step.form));
            }
            is_near |= near.contains(&upper);
        }
        (kept, is_near)
    }

    fn and(mut self, other: Self) -> Self {
        for (sum, more) in self.sums.iter_mut().zip(other.sums) {
            *sum = sum.saturating_add(more);
        }
        self.base = self.base.saturating_add(other.base);
        self.near.extend(other.near);
        self.least = self.least.min(other.least);
        self
    }
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

    /// Takes the floor and all steps above the upper half of the slope at which the
    /// budget ends, which is in all likelihood `near`.
    fn climb(&self, near: &RangeInclusive<u32>, forms: &mut [u8]) -> Ended {
        let stretches = forms
            .par_chunks_mut(STRETCH as usize)
            .zip(stretches(self.leads.len()));
        let counted = stretches.fold(Counted::new, |mut counted, (forms, stretch)| {
            for (number, kept) in stretch.zip(forms) {
                let is_near;
                (*kept, is_near) = counted.count(&self.ladder(number), near);
                if is_near {
                    counted.near.push(number);
                }
            }
            counted
        });
        let counted = counted.reduce(Counted::new, Counted::and);
        let room = self.budget.bytes.saturating_sub(counted.base);
        let (last, room) = end_of(&counted.sums, room);
        // Where all steps fit, none is below those that were looked at.
        let lowest = last.unwrap_or(0);
        let (edge, near) = if near.contains(&lowest) {
            let take = |number: &u32| self.take(*number, last, &mut forms[*number as usize]);
            let edge = counted.near.iter().copied().filter(take).collect();
            let lowest = *near.start();
            let leads = counted.near;
            (edge, Near { lowest, leads })
        } else {
            let edge = self.take_all(last, forms);
            let leads = edge.clone();
            (edge, Near { lowest, leads })
        };
        Ended {
            last,
            room,
            edge,
            near,
            least: counted.least,
        }
    }

    /// The same for all leads, once it is known where the budget ends.
    fn take_all(&self, last: Option<u32>, forms: &mut [u8]) -> Vec<u32> {
        let stretches = forms
            .par_chunks_mut(STRETCH as usize)
            .zip(stretches(self.leads.len()));
        let edges = stretches.map(|(forms, stretch)| {
            let kept = stretch.zip(forms);
            let edge =
                kept.filter_map(|(number, kept)| self.take(number, last, kept).then_some(number));
            edge.collect()
        });
        edges.collect::<Vec<Vec<u32>>>().concat()
    }

    /// Takes what the floor keeps and the steps above the last upper half; whether
    /// there is a step of that one.
    fn take(&self, number: u32, last: Option<u32>, kept: &mut u8) -> bool {
        let ladder = self.ladder(number);
        *kept = kept_as(ladder.base.map(|it| it.0));
        for step in ladder.steps() {
            let upper = Some(step.slope >> 16);
            if upper <= last {
                return upper == last;
            }
            *kept = kept_as(Some(step.form));
        }
        false
    }

    /// Upper halves among which the last one is in all likelihood, by the ladders
    /// of some leads that stand for all.
    fn about_last(&self) -> RangeInclusive<u32> {
        let leads = self.leads.len();
        let step = if leads > FEW { SAMPLE } else { 1 };
        let numbers = (0..leads.div_ceil(step)).into_par_iter();
        let counted = numbers.fold(Counted::new, |mut counted, number| {
            counted.count(&self.ladder(number * step), &(0..=0));
            counted
        });
        let mut counted = counted.reduce(Counted::new, Counted::and);
        let of_all = |sum: u64| sum.saturating_mul(u64::from(step));
        counted.sums.iter_mut().for_each(|sum| *sum = of_all(*sum));
        let room = self.budget.bytes.saturating_sub(of_all(counted.base));
        let last = end_of(&counted.sums, room).0.unwrap_or(0);
        last.saturating_sub(NEAR)..=last + NEAR
    }

    /// Takes the steps of the last upper half, steeply first, until one does not
    /// fit: its slope, and what is left. The slope is 0 when all steps fit.
    fn take_edge(&self, ended: &Ended, forms: &mut [u8]) -> (u32, u64) {
        let (edge, room) = (&ended.edge, ended.room);
        let Some(last) = ended.last else {
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
        let (low, mut room) = end_of(&sums, room);
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
                forms[*number as usize] = kept_as(Some(step.form));
            }
        }
        (slope, room)
    }

    /// Spends what is left on the steepest steps that fit.
    fn fill(&self, mut room: u64, near: &Near, forms: &mut [u8]) {
        let next = |number: u32| {
            let kept = forms[number as usize];
            let step = self
                .steps(number)
                .find(|step| kept_as(Some(step.form)) > kept)?;
            (step.more <= room).then_some((number, step))
        };
        // All other steps that are left are less steep than these.
        let found = near.leads.iter().filter_map(|number| next(*number));
        let found = found.filter(|(_, step)| step.slope >> 16 >= near.lowest);
        let mut steps = steepest(found.collect());
        if steps.len() < MOST_FILLED {
            let found = stretches(self.leads.len())
                .map(|stretch| steepest(stretch.filter_map(next).collect()));
            steps = steepest(found.collect::<Vec<_>>().concat());
        }
        for (number, step) in steps {
            if step.more <= room {
                room -= step.more;
                forms[number as usize] = kept_as(Some(step.form));
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
fn end_of(sums: &[u64], mut room: u64) -> (Option<u32>, u64) {
    for (place, sum) in sums.iter().enumerate().rev() {
        if *sum > room {
            return (Some(place as u32), room);
        }
        room -= sum;
    }
    (None, room)
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{
            listed::{Listed, tests::candidate},
            policy::Policy,
        },
        longplay_model::Candidate,
    };

    #[test]
    fn wherever_the_budget_is_thought_to_end_the_same_is_taken() {
        let policy = Policy::optimal();
        let values = policy.optimal.unwrap();
        let listed = Listed::new((0..400u64).map(|rank| Candidate {
            popularity: if rank < 40 { 60.0 } else { 0.0 },
            listens: (rank * 7_919 % 1_009) as f64 * 31.0,
            duration_ms: Some(30_000 + (rank * 104_729 % 400_000) as u32),
            followers: rank * 1_000,
            ..candidate(rank)
        }));
        let all = 400u64 * 40_000_000;
        for bytes in [0, 3_000_000, all / 40, all / 9, all / 4, all * 2] {
            let budget = Budget { bytes, k: 20, m: 4 };
            let Ok(leads) = Leads::read(&listed, &policy);
            let mut climb = Climb::new(&leads, &values, &budget);
            climb.floor = floor(&leads, &values, &budget);
            let ends = |near: RangeInclusive<u32>| {
                let mut forms = vec![0; leads.len() as usize];
                let ended = climb.climb(&near, &mut forms);
                let told = (ended.last, ended.room, ended.edge.clone(), ended.least);
                let taken = climb.take_edge(&ended, &mut forms);
                climb.fill(taken.1, &ended.near, &mut forms);
                (told, taken, forms)
            };
            let about = climb.about_last();
            let found = ends(about.clone());
            assert!(about.contains(&found.0.0.unwrap_or(0)), "all were sampled");
            for near in [0..=0, 0..=u32::MAX >> 16, 1..=2, 14_000..=14_001] {
                assert_eq!(ends(near.clone()), found, "{bytes} {near:?}");
            }
        }
    }
}
