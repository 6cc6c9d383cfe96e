//! The best hits so far.
//!
//! Hits come in tiers, best tier first; within a tier fewer typos come first,
//! then the smaller weight. The weight of a document grows with its rank, and
//! a document that holds nothing but the words asked for weighs less than its
//! equals: so a search may stop as soon as all rows to come weigh more.

use std::collections::{BinaryHeap, HashSet};

/// A document that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub row: u32,
    /// Typos in all words together.
    pub typos: u8,
    /// Words that the document does not hold.
    pub missing: u8,
}

/// Ranks this near to each other count as near, whatever their ratio.
const NEAR: u64 = 64;

/// The weight of a document with so many further words; `is_begun` when the
/// last word is only the beginning of one.
pub(super) fn weight(row: u32, further: usize, is_begun: bool) -> u64 {
    const FACTORS: [u64; 4] = [1, 4, 8, 16];
    let factor = FACTORS[further.min(3)] * if is_begun { 4 } else { 1 };
    (u64::from(row) + NEAR) * factor
}

#[derive(Debug, Clone)]
pub(super) struct Collector {
    limit: usize,
    hits: Vec<Hit>,
    /// Typos, weight, row; the worst on top.
    tier: BinaryHeap<(u8, u64, u32)>,
    seen: HashSet<u32>,
}

impl Collector {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            hits: Vec::new(),
            tier: BinaryHeap::new(),
            seen: HashSet::new(),
        }
    }

    const fn room(&self) -> usize {
        self.limit - self.hits.len()
    }

    /// Whether the document was offered, and found good enough then.
    pub(super) fn has_seen(&self, row: u32) -> bool {
        self.seen.contains(&row)
    }

    /// As many hits as asked for; tiers to come add nothing.
    pub(super) const fn is_full(&self) -> bool {
        self.room() == 0
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// Whether nothing of this tier with `typos` or more, from `row` on, can
    /// be among the best.
    pub(super) fn is_settled(&self, typos: u8, row: u32) -> bool {
        let worst = self.tier.peek();
        self.tier.len() == self.room()
            && worst.is_none_or(|worst| (worst.0, worst.1) <= (typos, weight(row, 0, false)))
    }

    /// Takes a document in when it is among the best of the tier.
    pub(super) fn offer(&mut self, typos: u8, weight: u64, row: u32) {
        let offered = (typos, weight, row);
        let is_worse = || self.tier.peek().is_some_and(|worst| *worst <= offered);
        if self.tier.len() == self.room() && is_worse() || !self.seen.insert(row) {
            return;
        }
        self.tier.push(offered);
        if self.tier.len() > self.room() {
            self.tier.pop();
        }
    }

    pub(super) fn end_tier(&mut self, missing: u8) {
        let tier = std::mem::take(&mut self.tier).into_sorted_vec();
        self.hits
            .extend(tier.into_iter().map(|(typos, _, row)| Hit {
                row,
                typos,
                missing,
            }));
    }

    pub(super) fn into_hits(self) -> Vec<Hit> {
        self.hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_stay_whatever_the_order() {
        let mut collector = Collector::new(2);
        for (typos, weight, row) in [(1, 5, 1), (0, 9, 2), (0, 7, 3), (0, 7, 3), (2, 1, 4)] {
            collector.offer(typos, weight, row);
        }
        assert!(collector.is_settled(0, 0));
        collector.end_tier(0);
        let rows: Vec<u32> = collector.into_hits().iter().map(|hit| hit.row).collect();
        assert_eq!(rows, [3, 2]);
    }

    #[test]
    fn a_tier_is_settled_when_all_that_follows_weighs_more() {
        let mut collector = Collector::new(1);
        collector.offer(0, weight(100, 1, false), 100);
        assert!(!collector.is_settled(0, 500));
        assert!(collector.is_settled(0, 700));
        assert!(collector.is_settled(1, 0));
    }
}
