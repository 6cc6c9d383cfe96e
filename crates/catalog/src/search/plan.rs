//! One way to understand a query: a document has to hold a term of each slot.

use {
    super::{
        collect::{Collector, weight},
        expand::Slot,
        files::Files,
        lengths,
        limits::Limits,
        pages::Place,
        union::Union,
    },
    crate::error::Error,
};

#[derive(Debug, Clone)]
pub(super) struct Plan<'a> {
    pub(super) slots: Vec<Slot<'a>>,
    /// No document costs fewer typos.
    pub(super) floor: u8,
}

impl Plan<'_> {
    /// Whether something stands for each word.
    pub(super) fn is_possible(&self) -> bool {
        let mut slots = self.slots.iter();
        slots.all(|slot| !slot.alternatives.is_empty())
    }
}

/// How much work is left, and what came of it.
#[derive(Debug)]
pub(super) struct Work {
    /// Steps in lists.
    pub(super) left: u64,
    /// Documents that were compared.
    pub(super) looked_at: u64,
    pub(super) is_exhaustive: bool,
}

/// Offers the documents of a plan to the collector, the most popular first,
/// until none to come can be among the best or the work is done.
///
/// A search that takes long goes on with two halves of the rows that are left,
/// side by side. What it finds does not depend on which of them is faster.
pub(super) fn evaluate<'a>(
    plan: &Plan<'a>,
    files: &'a Files,
    limits: &Limits,
    collector: &mut Collector,
    work: &mut Work,
) -> Result<(), Error> {
    let settles = limits.shortcuts.then_some(plan.floor);
    let mut matching = Matching::open(plan, files, limits)?;
    let steps = limits.alone_steps;
    let mut alone = work.part(steps.min(work.left));
    let end = matching.through(u64::MAX, settles, collector, &mut alone, &mut |_| ())?;
    work.give_back(&alone);
    work.is_exhaustive &= alone.is_exhaustive;
    let (End::OutOfWork, Some(row)) = (end, matching.row()) else {
        return Ok(());
    };
    if work.left == 0 {
        work.is_exhaustive = false;
        return Ok(());
    }
    let middle = middle(row.into(), steps, work.left, files.documents);
    in_halves(matching, middle, settles, collector, work)
}

/// Goes on with the rows below `middle` and those from there on, side by side.
fn in_halves(
    mut matching: Matching,
    middle: u64,
    settles: Option<u8>,
    collector: &mut Collector,
    work: &mut Work,
) -> Result<(), Error> {
    let mut later = matching.clone();
    let mut collected = collector.clone();
    let (mut far, mut near) = (work.part(work.left / 2), work.part(work.left));
    let mut offers = Vec::new();
    let (first, second) = rayon::join(
        || matching.through(middle, settles, collector, &mut near, &mut |_| ()),
        || {
            later.seek(middle)?;
            let note = &mut |offer| offers.push(offer);
            later.through(u64::MAX, settles, &mut collected, &mut far, note)
        },
    );
    let (mut first, mut second) = (first?, second?);
    // What one of them did not need is for the other.
    if first == End::OutOfWork && far.left > 0 {
        near.left = std::mem::take(&mut far.left);
        first = matching.through(middle, settles, collector, &mut near, &mut |_| ())?;
    } else if first == End::Rows && second == End::OutOfWork && near.left > 0 {
        far.left = std::mem::take(&mut near.left);
        let note = &mut |offer| offers.push(offer);
        second = later.through(u64::MAX, settles, &mut collected, &mut far, note)?;
    }
    work.give_back(&near);
    work.give_back(&far);
    work.is_exhaustive &= near.is_exhaustive && first != End::OutOfWork;
    if first == End::Settled {
        return Ok(());
    }
    for Offer { typos, weight, row } in offers {
        if settles.is_some_and(|floor| collector.is_settled(floor, row)) {
            return Ok(());
        }
        collector.offer(typos, weight, row);
    }
    work.is_exhaustive &= far.is_exhaustive && second != End::OutOfWork;
    Ok(())
}

/// Where half of the steps that are left lead to, if rows go on to take as many
/// as those before `row` took; half of the rows that are left at most.
fn middle(row: u64, steps: u64, left: u64, documents: u64) -> u64 {
    let rows = u128::from(row) * u128::from(left / 2) / u128::from(steps.max(1));
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    row.saturating_add(rows.max(1)).min(row.midpoint(documents))
}

/// Why no more rows were gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// There are no more.
    Rows,
    /// None to come can be among the best.
    Settled,
    OutOfWork,
}

/// A document as it is offered to a collector.
struct Offer {
    typos: u8,
    weight: u64,
    row: u32,
}

/// Whether a plan leads to a document that the collector has not seen, or may
/// do so as far as a short look tells.
pub(super) fn leads_on<'a>(
    plan: &Plan<'a>,
    files: &'a Files,
    limits: &Limits,
    collector: &Collector,
    work: &mut Work,
) -> Result<bool, Error> {
    let mut look = work.part(limits.short_look.min(work.left));
    let mut matching = Matching::open(plan, files, limits)?;
    let mut found = matching.next(&mut look)?;
    while found.is_some_and(|row| collector.has_seen(row)) {
        matching.unions[0].step()?;
        found = matching.next(&mut look)?;
    }
    work.give_back(&look);
    Ok(found.is_some() || look.left == 0 || matching.sound_to.is_some())
}

/// Lists that are gone through together, the shortest leading.
#[derive(Clone)]
struct Matching<'a> {
    unions: Vec<Union<'a>>,
    lengths: Place<'a>,
    /// Rows from here on may be missing.
    sound_to: Option<u32>,
}

impl<'a> Matching<'a> {
    fn open(plan: &Plan<'a>, files: &'a Files, limits: &Limits) -> Result<Self, Error> {
        let mut slots: Vec<&Slot<'a>> = plan.slots.iter().collect();
        slots.sort_by_key(|slot| slot.rows());
        let mut unions: Vec<Union<'a>> = Vec::new();
        let mut sound_to = None;
        for slot in slots {
            let (union, end) = follow(slot, unions.first(), files, limits)?;
            sound_to = [sound_to, end].into_iter().flatten().min();
            unions.push(union);
        }
        unions.sort_by_key(Union::rows);
        Ok(Self {
            unions,
            lengths: Place::new(&files.lengths),
            sound_to,
        })
    }

    /// The row at which the search goes on.
    fn row(&self) -> Option<u32> {
        self.unions.first()?.row()
    }

    /// Goes on with the rows from `row` on.
    fn seek(&mut self, row: u64) -> Result<(), Error> {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        self.unions
            .first_mut()
            .map_or(Ok(()), |leader| leader.seek(row))
    }

    /// Offers the documents below `end`; with `settles`, which says how many
    /// typos they have at the least, until none to come can be among the best.
    fn through(
        &mut self,
        end: u64,
        settles: Option<u8>,
        collector: &mut Collector,
        work: &mut Work,
        note: &mut dyn FnMut(Offer),
    ) -> Result<End, Error> {
        loop {
            let found = self.next(work)?;
            if found.is_none() && work.left == 0 {
                return Ok(End::OutOfWork);
            }
            self.note_cuts(found, work);
            let Some(row) = found.filter(|row| u64::from(*row) < end) else {
                return Ok(End::Rows);
            };
            if settles.is_some_and(|floor| collector.is_settled(floor, row)) {
                return Ok(End::Settled);
            }
            let (typos, weight) = self.judge(row)?;
            collector.offer(typos, weight, row);
            note(Offer { typos, weight, row });
            self.unions[0].step()?;
        }
    }

    /// The next row that all lists hold, from where the first one stands.
    fn next(&mut self, work: &mut Work) -> Result<Option<u32>, Error> {
        let Some((leader, others)) = self.unions.split_first_mut() else {
            return Ok(None);
        };
        'rows: while let Some(row) = leader.row() {
            work.looked_at += 1;
            let mut steps = leader.spent();
            for other in &mut *others {
                other.seek(row)?;
                steps += other.spent();
                match other.row() {
                    None => return Ok(None),
                    Some(found) if found > row => {
                        leader.seek(found)?;
                        if !work.spend(steps) {
                            return Ok(None);
                        }
                        continue 'rows;
                    }
                    Some(_) => {}
                }
            }
            let is_allowed = work.spend(steps);
            return Ok(is_allowed.then_some(row));
        }
        Ok(None)
    }

    /// Rows that were passed may be missing where lists were left out.
    fn note_cuts(&self, found: Option<u32>, work: &mut Work) {
        let is_passed = |sound_to: u32| found.is_none_or(|row| row > sound_to);
        if self.sound_to.is_some_and(is_passed) {
            work.is_exhaustive = false;
        }
    }

    /// Typos and weight of a row that all lists stand at.
    fn judge(&mut self, row: u32) -> Result<(u8, u64), Error> {
        let costs = || self.unions.iter().map(Union::cost);
        let typos = costs().map(|cost| cost.typos()).sum();
        let is_begun = costs().any(|cost| cost.is_begun());
        let mut byte = [0];
        self.lengths.read(u64::from(row) / 2, &mut byte)?;
        let length = usize::from(lengths::of(byte[0], row));
        let further = length.saturating_sub(self.unions.len());
        Ok((typos, weight(row, further, is_begun)))
    }
}

/// The lists of a slot, and the row that they are sound to. When the rarest
/// word leaves few documents, only what they hold of the slot.
fn follow<'a>(
    slot: &Slot<'a>,
    rarest: Option<&Union<'_>>,
    files: &'a Files,
    limits: &Limits,
) -> Result<(Union<'a>, Option<u32>), Error> {
    let few = rarest.filter(|rarest| rarest.rows() <= limits.probed);
    if let (Some(rows), 2..) = (few.and_then(Union::all), slot.alternatives.len()) {
        return match &slot.all[..] {
            [] => Ok((
                Union::among(&rows, &slot.alternatives, files)?,
                slot.sound_to,
            )),
            all => Ok((Union::among(&rows, all, files)?, None)),
        };
    }
    let union = Union::new(&slot.lists(files)?, files, limits)?;
    Ok((union, slot.sound_to))
}

impl Work {
    /// False when no work is left.
    const fn spend(&mut self, steps: u64) -> bool {
        self.left = self.left.saturating_sub(steps);
        self.left > 0
    }

    /// Takes so many of the steps that are left.
    const fn part(&mut self, steps: u64) -> Self {
        self.left -= steps;
        Self {
            left: steps,
            looked_at: 0,
            is_exhaustive: true,
        }
    }

    /// Takes back what was not used of a part.
    const fn give_back(&mut self, part: &Self) {
        self.left += part.left;
        self.looked_at += part.looked_at;
    }
}

#[cfg(test)]
mod tests {
    use {
        super::{
            super::{
                collect::Hit,
                fixture::{files, some_lists},
                limits,
                union::Alternative,
            },
            *,
        },
        proptest::prelude::*,
    };

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn halves_side_by_side_find_what_one_after_another_finds(
            lists in some_lists(),
            common in prop::collection::btree_set(20_000..20_400u32, 1..200),
            limit in 1..30usize,
            alone in prop_oneof![Just(0u64), 1..3_000u64],
            steps in 1..6_000u64,
            probed in prop_oneof![Just(0u64), Just(200)],
        ) {
            let lists = [vec![common], lists].concat();
            let (_dir, files, alternatives) = files(&lists);
            // Every list is of one slot or the other, the first of both.
            let one = |it: &Alternative| Slot::of(it.value, it.cost);
            let slot = |part: usize| {
                let others = alternatives[1..].iter().skip(part).step_by(2);
                others.fold(one(&alternatives[0]), |slot, it| slot.and(&one(it)))
            };
            let plan = Plan { slots: vec![slot(0), slot(1)], floor: 0 };
            let asked = |alone_steps, left| -> (Vec<Hit>, bool) {
                let limits = Limits { alone_steps, probed, ..limits::USUAL };
                let mut collector = Collector::new(limit);
                let mut work = Work { left, looked_at: 0, is_exhaustive: true };
                evaluate(&plan, &files, &limits, &mut collector, &mut work).unwrap();
                assert!(work.left <= left);
                collector.end_tier(0);
                (collector.into_hits(), work.is_exhaustive)
            };
            let expected = asked(u64::MAX, 1 << 40);
            prop_assert!(expected.1);
            prop_assert_eq!(&asked(alone, 1 << 40), &expected);
            // With less work it says so where it finds less, and finds it again.
            let less = asked(alone, steps);
            prop_assert!(!less.1 || less == expected);
            prop_assert_eq!(asked(alone, steps), less);
        }
    }
}
