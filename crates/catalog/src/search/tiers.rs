//! A query becomes plans, tier after tier: all words as they were written;
//! with one typo; with more; then without the commonest words.

use {
    super::{
        collect::Collector,
        expand::{Lexicon, Slot},
        files::Files,
        limits::Limits,
        plan::{Plan, Work, evaluate, leads_on},
        typos::allowed,
        union::Cost,
    },
    crate::error::Error,
    rayon::prelude::*,
};

/// Further words of a query are not looked at.
const MAX_WORDS: usize = 24;
/// Letters of a beginning that may have a typo.
const LONG_BEGINNING: usize = 6;
/// Ways to part one word in two, and to leave so many words out.
const PARTS: usize = 3;
const OMISSIONS: usize = 16;

/// One search while it goes on.
pub(super) struct Search<'a> {
    lexicon: &'a Lexicon,
    files: &'a Files,
    limits: Limits,
    words: Vec<Word<'a>>,
    collector: Collector,
    pub(super) work: Work,
}

struct Word<'a> {
    text: String,
    is_prefix: bool,
    /// The word as written, and with `is_prefix` what begins with it.
    exact: Slot<'a>,
    /// Terms with one typo, and with one or two, once they were looked for.
    near: [Option<Slot<'a>>; 2],
}

impl<'a> Word<'a> {
    fn letters(&self) -> usize {
        self.text.chars().count()
    }

    /// Terms near the word; with two typos only where it is long enough.
    fn near(&mut self, lexicon: &Lexicon, typos: u8, limits: &Limits) -> Slot<'a> {
        let typos = allowed(self.letters()).min(typos);
        let Some(level) = usize::from(typos).checked_sub(1) else {
            return Slot::default();
        };
        let is_prefix = self.is_prefix && self.letters() >= LONG_BEGINNING;
        let found = || lexicon.near(&self.text, typos, is_prefix, limits);
        self.near[level].get_or_insert_with(found).clone()
    }
}

impl<'a> Search<'a> {
    /// `terms` in the order of the query; the last may be a beginning.
    pub(super) fn new(
        lexicon: &'a Lexicon,
        files: &'a Files,
        limits: Limits,
        (terms, is_prefix): (Vec<String>, bool),
        limit: usize,
    ) -> Result<Self, Error> {
        let mut search = Self {
            lexicon,
            files,
            limits,
            words: Vec::new(),
            collector: Collector::new(limit),
            work: Work {
                left: 0,
                looked_at: 0,
                is_exhaustive: terms.len() <= MAX_WORDS,
            },
        };
        let last = terms.len().wrapping_sub(1);
        for (at, term) in terms.into_iter().enumerate().take(MAX_WORDS) {
            search.add(term, is_prefix && at == last)?;
        }
        Ok(search)
    }

    fn add(&mut self, text: String, is_prefix: bool) -> Result<(), Error> {
        if self.words.iter().any(|word| word.text == text) {
            return Ok(());
        }
        let exact = self.lexicon.exact(&text);
        let mut exact = exact.map_or_else(Slot::default, |value| Slot::of(value, Cost::default()));
        if is_prefix {
            let begun =
                self.lexicon
                    .begun(&text, self.words.is_empty(), self.files, &self.limits)?;
            exact = exact.and(&begun);
        }
        self.words.push(Word {
            text,
            is_prefix,
            exact,
            near: [None, None],
        });
        Ok(())
    }

    /// Goes through the tiers until there are hits enough.
    pub(super) fn run(mut self, with_typos: bool) -> Result<(Collector, Work), Error> {
        if !self.words.is_empty() {
            self.as_written()?;
            self.work.left += self.limits.all_steps - self.limits.first_steps;
            if with_typos {
                self.with_one_typo()?;
                self.with_more_typos()?;
            }
            self.without_some(with_typos)?;
        }
        Ok((self.collector, self.work))
    }

    /// Evaluates the plans of one tier; each may do its share of the work.
    fn tier(&mut self, plans: &[Plan<'a>], missing: usize) -> Result<(), Error> {
        let plans: Vec<&Plan<'a>> = plans.iter().filter(|plan| plan.is_possible()).collect();
        let mut left = std::mem::take(&mut self.work.left);
        for (done, plan) in plans.iter().enumerate() {
            let share = left / (plans.len() - done) as u64;
            self.work.left = share;
            let (files, limits) = (self.files, &self.limits);
            evaluate(plan, files, limits, &mut self.collector, &mut self.work)?;
            left -= share - self.work.left;
        }
        self.work.left = left;
        self.collector.end_tier(missing as u8);
        Ok(())
    }

    fn exact_slots(&self) -> Vec<Slot<'a>> {
        self.words.iter().map(|word| word.exact.clone()).collect()
    }

    fn as_written(&mut self) -> Result<(), Error> {
        self.work.left = self.limits.first_steps;
        let slots = self.exact_slots();
        self.tier(&[Plan { slots, floor: 0 }], 0)
    }

    /// One word with a typo, or two that were one, or one that was two.
    fn with_one_typo(&mut self) -> Result<(), Error> {
        if self.collector.is_full() {
            return Ok(());
        }
        let slots = self.exact_slots();
        let mut leading = vec![false; slots.len()];
        for (at, leads) in leading.iter_mut().enumerate() {
            *leads = self.leads_on(&slots, at)?;
        }
        self.look_near(1, &leading);
        let mut plans = Vec::new();
        for (at, leads) in leading.into_iter().enumerate() {
            if leads {
                let near = self.near(at, 1);
                plans.push(replaced(&slots, at, vec![near]));
                plans.extend(self.parted(&slots, at));
            }
        }
        plans.extend(self.joined(&slots));
        self.tier(&plans, 0)
    }

    /// Whether the other words are in documents that were not found yet: only
    /// then is it worth the time to look for what is near this one.
    fn leads_on(&mut self, slots: &[Slot<'a>], at: usize) -> Result<bool, Error> {
        let others = replaced(slots, at, Vec::new());
        if others.slots.is_empty() || !others.is_possible() {
            return Ok(others.slots.is_empty());
        }
        let (files, limits) = (self.files, &self.limits);
        leads_on(&others, files, limits, &self.collector, &mut self.work)
    }

    fn parted(&self, slots: &[Slot<'a>], at: usize) -> Vec<Plan<'a>> {
        let parts = self.lexicon.parts(&self.words[at].text);
        let plan = |(left, right)| {
            let left = Slot::of(left, Cost::new(1, false));
            replaced(slots, at, vec![left, Slot::of(right, Cost::default())])
        };
        parts.into_iter().take(PARTS).map(plan).collect()
    }

    fn joined(&self, slots: &[Slot<'a>]) -> Vec<Plan<'a>> {
        let pairs = self.words.windows(2).enumerate();
        let plan = |(at, pair): (usize, &[Word<'_>])| {
            let joined = format!("{}{}", pair[0].text, pair[1].text);
            let value = self.lexicon.exact(&joined)?;
            let mut slots = slots.to_vec();
            slots.splice(at..at + 2, [Slot::of(value, Cost::new(1, false))]);
            Some(Plan { slots, floor: 1 })
        };
        pairs.filter_map(plan).collect()
    }

    /// Looks for the terms near these words, on all cores.
    fn look_near(&mut self, typos: u8, is_asked: &[bool]) {
        let (lexicon, limits) = (self.lexicon, &self.limits);
        let words = self.words.par_iter_mut().zip(is_asked);
        words
            .filter(|(_, is_asked)| **is_asked)
            .for_each(|(word, _)| {
                word.near(lexicon, typos, limits);
            });
    }

    fn near(&mut self, at: usize, typos: u8) -> Slot<'a> {
        self.words[at].near(self.lexicon, typos, &self.limits)
    }

    /// The word in whatever way it may be understood.
    fn lenient(&mut self, at: usize, typos: u8) -> Slot<'a> {
        let exact = self.words[at].exact.clone();
        if typos == 0 {
            return exact;
        }
        let near = self.near(at, typos);
        exact.and(&near)
    }

    /// Looking for more typos takes long: only when there was nothing so far.
    fn with_more_typos(&mut self) -> Result<(), Error> {
        let is_hopeless =
            |word: &Word<'_>| word.exact.alternatives.is_empty() && allowed(word.letters()) == 0;
        if !self.collector.is_empty() || self.words.iter().any(is_hopeless) {
            return Ok(());
        }
        self.look_near(2, &vec![true; self.words.len()]);
        let slots = (0..self.words.len())
            .map(|at| self.lenient(at, 2))
            .collect();
        self.tier(&[Plan { slots, floor: 2 }], 0)
    }

    /// When no document holds all words: those with the most of them.
    fn without_some(&mut self, with_typos: bool) -> Result<(), Error> {
        if !self.collector.is_empty() {
            return Ok(());
        }
        let words = self.words.len();
        let typos = u8::from(with_typos);
        self.look_near(typos, &vec![with_typos; words]);
        let slots = (0..words).map(|at| self.lenient(at, typos));
        let mut slots: Vec<Slot<'a>> = slots.collect();
        slots.retain(|slot| !slot.alternatives.is_empty());
        // The commonest word tells the least: it is the first to be left out.
        slots.sort_by_key(|slot| std::cmp::Reverse(slot.rows()));
        let fewest = (words - slots.len()).max(1);
        for missing in fewest..words {
            for kept in omissions(slots.len(), missing - (words - slots.len())) {
                let slots = kept.iter().map(|at| slots[*at].clone()).collect();
                self.tier(&[Plan { slots, floor: 0 }], missing)?;
                if self.collector.is_full() {
                    return Ok(());
                }
            }
            if !self.collector.is_empty() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The slots with others in the place of one of them.
fn replaced<'a>(slots: &[Slot<'a>], at: usize, by: Vec<Slot<'a>>) -> Plan<'a> {
    let mut slots = slots.to_vec();
    slots.splice(at..=at, by);
    Plan { slots, floor: 1 }
}

/// The ways to keep all but `left_out` of `count`, first without the first
/// ones; at most [`OMISSIONS`].
fn omissions(count: usize, left_out: usize) -> Vec<Vec<usize>> {
    let mut out: Vec<usize> = (0..left_out).collect();
    let mut ways = Vec::new();
    while ways.len() < OMISSIONS {
        ways.push((0..count).filter(|at| !out.contains(at)).collect());
        // The next combination in order: the last number that can grow does.
        let Some(at) = (0..left_out).rfind(|at| out[*at] < count - left_out + at) else {
            break;
        };
        let first = out[at] + 1;
        for (step, place) in out[at..].iter_mut().enumerate() {
            *place = first + step;
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_to_leave_words_out_come_in_order() {
        assert_eq!(omissions(3, 1), [[1, 2], [0, 2], [0, 1]]);
        assert_eq!(omissions(3, 2), [[2], [1], [0]]);
        assert_eq!(omissions(2, 0), [[0, 1]]);
        assert_eq!(omissions(4, 2).len(), 6);
        assert_eq!(omissions(24, 12).len(), OMISSIONS);
    }
}
