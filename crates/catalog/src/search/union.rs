//! Several lists as one: a row is there when one of them holds it.

use {
    super::{
        cursor::ListCursor,
        files::Files,
        limits::Limits,
        value::{Place, Value},
    },
    crate::error::Error,
    std::cmp::Ordering,
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
        alternatives: &[Alternative],
        files: &'a Files,
        limits: &Limits,
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
            let cursor = ListCursor::open(&files.postings, alternative.value, files.documents)?;
            union.followed.push((cursor, alternative.cost));
        }
        union.gather(limits)?;
        union.settle();
        Ok(union)
    }

    /// The part of the lists that `rows`, in ascending order, hold too.
    pub(super) fn among(
        rows: &[u32],
        alternatives: &[Alternative],
        files: &'a Files,
    ) -> Result<Self, Error> {
        let mut gathered = Vec::new();
        for Alternative { value, cost } in alternatives {
            if let Place::Row(row) = value.place() {
                let found = rows.binary_search(&row);
                gathered.extend(found.map(|_| (row, *cost)));
                continue;
            }
            let mut list = ListCursor::open(&files.postings, *value, files.documents)?;
            let mut rest = rows;
            while let (Some(found), Some(row)) = (list.row(), rest.first()) {
                match found.cmp(row) {
                    Ordering::Less => list.seek(*row)?,
                    Ordering::Greater => rest = &rest[leap(rest, found, |row| *row)..],
                    Ordering::Equal => {
                        gathered.push((found, *cost));
                        rest = &rest[1..];
                    }
                }
            }
        }
        Ok(Self::gathered(gathered))
    }

    fn gathered(mut gathered: Vec<(u32, Cost)>) -> Self {
        gathered.sort_unstable();
        gathered.dedup_by_key(|(row, _)| *row);
        let mut union = Self {
            rows: gathered.len() as u64,
            gathered,
            at: 0,
            followed: Vec::new(),
            row: None,
            is_cut: false,
        };
        union.settle();
        union
    }

    /// All its rows, when they are gathered.
    pub(super) fn all(&self) -> Option<Vec<u32>> {
        let rows = self.gathered.iter().map(|(row, _)| *row);
        self.followed.is_empty().then(|| rows.collect())
    }

    /// Reads the small lists; of the others the longest are followed.
    fn gather(&mut self, limits: &Limits) -> Result<(), Error> {
        let only = self.followed.first().map(|(list, _)| list.count());
        if self.followed.len() > 1 || only.is_some_and(|rows| rows <= limits.probed) {
            let mut left = limits.gathered;
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
        if let Some(many) = self.followed.len().checked_sub(limits.followed) {
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
        self.at += leap(rest, target, |found| found.0);
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
fn leap<T>(rows: &[T], target: u32, row_of: impl Fn(&T) -> u32) -> usize {
    let mut end = 1;
    while end < rows.len() && row_of(&rows[end]) < target {
        end *= 2;
    }
    let end = end.min(rows.len());
    let start = (end / 2).min(rows.len());
    start + rows[start..end].partition_point(|found| row_of(found) < target)
}
