//! Several lists as one: a row is there when one of them holds it.

use {
    super::{cursor::ListCursor, pages::Pages, value::Value},
    crate::error::Error,
};

/// How a term stands for a word; smaller is better.
///
/// Twice the typos, and one more when only the beginning was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Cost(pub(super) u8);

impl Cost {
    pub(super) const fn new(typos: u8, is_begun: bool) -> Self {
        Self(typos * 2 + is_begun as u8)
    }

    pub(super) const fn typos(self) -> u8 {
        self.0 / 2
    }

    pub(super) const fn is_begun(self) -> bool {
        self.0 % 2 == 1
    }
}

/// A term that stands for a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alternative {
    pub(super) value: Value,
    pub(super) cost: Cost,
}

/// Rows of small lists that are read at once, all lists of a word together.
const GATHERED: u64 = 1 << 15;
/// Lists that are followed row by row.
const FOLLOWED: usize = 96;

/// Stands at a row that one of the lists holds.
#[derive(Debug)]
pub(super) struct Union<'a> {
    /// Rows of small lists, each once with its best cost.
    gathered: Vec<(u32, Cost)>,
    at: usize,
    followed: Vec<(ListCursor<'a>, Cost)>,
    /// Rows of all lists, some counted twice.
    rows: u64,
    row: Option<u32>,
    /// Lists were left out, as there were too many.
    pub(super) is_cut: bool,
}

impl<'a> Union<'a> {
    pub(super) fn open(
        pages: &'a Pages,
        alternatives: &[Alternative],
        documents: u64,
    ) -> Result<Self, Error> {
        let mut union = Self {
            gathered: Vec::new(),
            at: 0,
            followed: Vec::new(),
            rows: 0,
            row: None,
            is_cut: false,
        };
        let mut sorted = alternatives.to_vec();
        sorted.sort_unstable_by_key(|alternative| (alternative.value.rows(), alternative.cost));
        for alternative in sorted {
            let cursor = ListCursor::open(pages, alternative.value, documents)?;
            union.followed.push((cursor, alternative.cost));
        }
        union.gather()?;
        union.settle();
        Ok(union)
    }

    /// Reads the small lists; of the others the longest are followed.
    fn gather(&mut self) -> Result<(), Error> {
        if self.followed.len() > 1 {
            let mut left = GATHERED;
            let small = self.followed.partition_point(|(list, _)| {
                let fits = list.count() <= left;
                left = left.saturating_sub(list.count());
                fits
            });
            for (mut list, cost) in self.followed.drain(..small) {
                while let Some(row) = list.row() {
                    self.gathered.push((row, cost));
                    list.step()?;
                }
            }
            self.gathered.sort_unstable();
            self.gathered.dedup_by_key(|(row, _)| *row);
        }
        if let Some(many) = self.followed.len().checked_sub(FOLLOWED) {
            self.is_cut = many > 0;
            self.followed.drain(..many);
        }
        let followed: u64 = self.followed.iter().map(|(list, _)| list.count()).sum();
        self.rows = self.gathered.len() as u64 + followed;
        Ok(())
    }

    fn settle(&mut self) {
        let gathered = self.gathered.get(self.at).map(|(row, _)| *row);
        let followed = self.followed.iter().filter_map(|(list, _)| list.row());
        self.row = followed.chain(gathered).min();
    }

    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) const fn row(&self) -> Option<u32> {
        self.row
    }

    /// Work of one step, in lists.
    pub(super) fn width(&self) -> u64 {
        self.followed.len() as u64 + 1
    }

    /// Goes to the next row.
    pub(super) fn step(&mut self) -> Result<(), Error> {
        if let ([(list, _)], true) = (&mut self.followed[..], self.gathered.is_empty()) {
            list.step()?;
            self.row = list.row();
            return Ok(());
        }
        match self.row.and_then(|row| row.checked_add(1)) {
            Some(next) => self.seek(next),
            None => {
                self.row = None;
                Ok(())
            }
        }
    }

    /// Goes to the first row from `target` on, never back.
    pub(super) fn seek(&mut self, target: u32) -> Result<(), Error> {
        if self.row.is_none_or(|row| row >= target) {
            return Ok(());
        }
        if let ([(list, _)], true) = (&mut self.followed[..], self.gathered.is_empty()) {
            list.seek(target)?;
            self.row = list.row();
            return Ok(());
        }
        let rest = &self.gathered[self.at..];
        self.at += leap(rest, target);
        for (list, _) in &mut self.followed {
            list.seek(target)?;
        }
        self.settle();
        Ok(())
    }

    /// The best cost of the row that it stands at.
    pub(super) fn cost(&self) -> Cost {
        let gathered = self.gathered.get(self.at);
        let gathered = gathered.filter(|found| Some(found.0) == self.row);
        let followed = self.followed.iter();
        let followed = followed.filter(|(list, _)| list.row() == self.row);
        let costs = followed.map(|(_, cost)| *cost);
        costs
            .chain(gathered.map(|found| found.1))
            .min()
            .unwrap_or_default()
    }
}

/// How many of these rows are below `target`: near ones are found first.
fn leap(rows: &[(u32, Cost)], target: u32) -> usize {
    let mut end = 1;
    while end < rows.len() && rows[end].0 < target {
        end *= 2;
    }
    let end = end.min(rows.len());
    let start = (end / 2).min(rows.len());
    start + rows[start..end].partition_point(|(row, _)| *row < target)
}
