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
pub(super) fn evaluate<'a>(
    plan: &Plan<'a>,
    files: &'a Files,
    limits: &Limits,
    collector: &mut Collector,
    work: &mut Work,
) -> Result<(), Error> {
    let mut matching = Matching::open(plan, files, limits)?;
    loop {
        let found = matching.next(work)?;
        matching.note_cuts(found, work);
        let Some(row) = found else { return Ok(()) };
        if limits.shortcuts && collector.is_settled(plan.floor, row) {
            return Ok(());
        }
        let (typos, weight) = matching.judge(row)?;
        collector.offer(typos, weight, row);
        matching.unions[0].step()?;
    }
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
    let left = work.left.min(limits.short_look);
    let mut look = Work {
        left,
        looked_at: 0,
        is_exhaustive: true,
    };
    let mut matching = Matching::open(plan, files, limits)?;
    let mut found = matching.next(&mut look)?;
    while found.is_some_and(|row| collector.has_seen(row)) {
        matching.unions[0].step()?;
        found = matching.next(&mut look)?;
    }
    work.left -= left - look.left;
    work.looked_at += look.looked_at;
    Ok(found.is_some() || look.left == 0 || matching.sound_to.is_some())
}

/// Lists that are gone through together, the shortest leading.
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
        match self.left.checked_sub(steps) {
            Some(left) => self.left = left,
            None => {
                self.left = 0;
                self.is_exhaustive = false;
            }
        }
        self.left > 0
    }
}
