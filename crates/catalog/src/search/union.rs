//! Several lists as one: a row is there when one of them holds it.
//!
//! Lists are read side by side, window of rows by window of rows: a search
//! mostly ends in the first few, and whatever is passed over is not read.

use {
    super::{
        cursor::ListCursor,
        files::Files,
        limits::Limits,
        value::{Place, Value},
    },
    crate::error::Error,
    rayon::prelude::*,
    std::{
        cmp::{Ordering, Reverse},
        collections::BinaryHeap,
        sync::Arc,
    },
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

/// An open list, and how its term stands for the word.
type List<'a> = (ListCursor<'a>, Cost);

/// What stands for a word, at its beginning.
#[derive(Debug, Default)]
pub(super) struct Lists<'a> {
    open: Vec<List<'a>>,
    /// Rows of terms that have but one, in order: half of all terms are such.
    alone: Vec<Found>,
}

impl Lists<'_> {
    /// Rows of all lists, some counted twice.
    fn rows(&self) -> u64 {
        let open = self.open.iter().map(|(list, _)| list.count());
        open.sum::<u64>() + self.alone.len() as u64
    }
}

/// A row of a list, and how its term stands for the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found(u64);

impl Found {
    const fn new(row: u32, cost: Cost) -> Self {
        Self((row as u64) << 8 | cost.0 as u64)
    }

    const fn row(self) -> u32 {
        (self.0 >> 8) as u32
    }

    const fn cost(self) -> Cost {
        Cost(self.0 as u8)
    }
}

/// Stands at a row that one of the lists holds.
#[derive(Debug, Clone)]
pub(super) enum Union<'a> {
    /// A list alone is followed.
    One(Box<List<'a>>),
    Many(Windows<'a>),
}

/// Lists that are read window by window.
#[derive(Debug, Clone, Default)]
pub(super) struct Windows<'a> {
    /// Rows of the window, each once with its best cost.
    found: Vec<Found>,
    at: usize,
    /// Rows below this were read.
    end: u64,
    /// Rows, read or passed over, that the next window reaches over.
    span: u64,
    widest: u64,
    /// The lists at their beginnings, and each that was read from.
    lists: Arc<Lists<'a>>,
    read: Vec<Option<Box<List<'a>>>>,
    /// Where each list that goes on stands, the first on top; which of the rows that are
    /// alone comes next.
    next: BinaryHeap<Reverse<(u32, usize)>>,
    alone: usize,
    /// Rows of all lists, some counted twice.
    rows: u64,
    spent: u64,
}

/// Rows of a window in the beginning, and at most; as many again for each
/// list, which is worth about as much work as so many of its rows.
const FIRST_ROWS: u64 = 256;
const MOST_ROWS: u64 = 4096;
const ROWS_OF_LIST: u64 = 32;

/// Steps that a list costs in a window.
const LIST_STEPS: u64 = 8;

/// Opens the lists of these terms.
pub(super) fn open<'a>(alternatives: &[Alternative], files: &'a Files) -> Result<Lists<'a>, Error> {
    let (mut alone, mut others) = (Vec::new(), Vec::new());
    for term in alternatives {
        match term.value.place() {
            Place::Row(row) if u64::from(row) < files.documents => {
                alone.push(Found::new(row, term.cost));
            }
            _ => others.push(*term),
        }
    }
    alone.sort_unstable();
    let open = side_by_side(&others, |list| {
        let cursor = ListCursor::open(&files.postings, list.value, files.documents)?;
        Ok(vec![(cursor, list.cost)])
    });
    Ok(Lists { open: open?, alone })
}

impl<'a> Union<'a> {
    pub(super) fn new(
        lists: &Arc<Lists<'a>>,
        files: &Files,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let rows = lists.rows();
        match (&lists.open[..], &lists.alone[..]) {
            ([only], []) if rows > limits.probed => Ok(Self::One(Box::new(only.clone()))),
            _ => {
                let is_short = rows <= limits.probed;
                let windows = Windows::new(lists.clone(), rows, files.documents, is_short);
                windows.map(Self::Many)
            }
        }
    }

    /// The part of the lists that `rows`, in ascending order, hold too.
    pub(super) fn among(
        rows: &[u32],
        alternatives: &[Alternative],
        files: &Files,
    ) -> Result<Self, Error> {
        let mut windows = Windows {
            found: side_by_side(alternatives, |list| held(rows, list, files))?,
            end: u64::MAX,
            ..Windows::default()
        };
        windows.found.sort_unstable();
        windows.found.dedup_by_key(|found| found.row());
        windows.rows = windows.found.len() as u64;
        Ok(Self::Many(windows))
    }

    /// All its rows, when they are read.
    pub(super) fn all(&self) -> Option<Vec<u32>> {
        match self {
            Self::Many(windows) if windows.next_row().is_none() => {
                Some(windows.found.iter().map(|found| found.row()).collect())
            }
            _ => None,
        }
    }

    /// Rows of all lists, some counted twice.
    pub(super) fn rows(&self) -> u64 {
        match self {
            Self::One(list) => list.0.count(),
            Self::Many(windows) => windows.rows,
        }
    }

    pub(super) fn row(&self) -> Option<u32> {
        match self {
            Self::One(list) => list.0.row(),
            Self::Many(windows) => windows.standing().map(Found::row),
        }
    }

    /// The best cost of the row that it stands at.
    pub(super) fn cost(&self) -> Cost {
        match self {
            Self::One(list) => list.1,
            Self::Many(windows) => windows.standing().map(Found::cost).unwrap_or_default(),
        }
    }

    /// The work since it was last asked for, in steps.
    pub(super) fn spent(&mut self) -> u64 {
        match self {
            Self::One(_) => 1,
            Self::Many(windows) => 1 + std::mem::take(&mut windows.spent),
        }
    }

    /// Goes to the next row.
    pub(super) fn step(&mut self) -> Result<(), Error> {
        match self {
            Self::One(list) => list.0.step(),
            Self::Many(windows) => windows.step(),
        }
    }

    /// Goes to the first row from `target` on, never back.
    pub(super) fn seek(&mut self, target: u32) -> Result<(), Error> {
        match self {
            Self::One(list) => list.0.seek(target),
            Self::Many(windows) => windows.seek(target),
        }
    }
}

impl<'a> Windows<'a> {
    /// With `is_short` all rows at once.
    fn new(
        lists: Arc<Lists<'a>>,
        rows: u64,
        documents: u64,
        is_short: bool,
    ) -> Result<Self, Error> {
        let count = (lists.open.len() + lists.alone.len()) as u64;
        let over = |wanted: u64| {
            let span = u128::from(wanted) * u128::from(documents) / u128::from(rows.max(1));
            (span as u64).clamp(1, documents.max(1))
        };
        let next = lists.open.iter().enumerate();
        let next = next.filter_map(|(at, (list, _))| Some(Reverse((list.row()?, at))));
        let mut windows = Self {
            next: next.collect(),
            span: match is_short {
                true => documents.max(1),
                false => over(FIRST_ROWS + count),
            },
            widest: over(MOST_ROWS + count * ROWS_OF_LIST),
            read: lists.open.iter().map(|_| None).collect(),
            lists,
            rows,
            spent: count * LIST_STEPS,
            ..Self::default()
        };
        windows.settle()?;
        Ok(windows)
    }

    fn standing(&self) -> Option<Found> {
        self.found.get(self.at).copied()
    }

    fn step(&mut self) -> Result<(), Error> {
        self.at += 1;
        self.settle()
    }

    fn seek(&mut self, target: u32) -> Result<(), Error> {
        if self.standing().is_none_or(|found| found.row() >= target) {
            return Ok(());
        }
        if u64::from(target) < self.end {
            let rest = &self.found[self.at..];
            self.at += leap(rest, target, |found| found.row());
            return self.settle();
        }
        self.read_from(target)?;
        self.settle()
    }

    /// The first row that is not read.
    fn next_row(&self) -> Option<u32> {
        let open = self.next.peek().map(|Reverse((row, _))| *row);
        let alone = self.lists.alone.get(self.alone).map(|found| found.row());
        [open, alone].into_iter().flatten().min()
    }

    /// Stands at a row, or at the end of all lists.
    fn settle(&mut self) -> Result<(), Error> {
        while self.at >= self.found.len()
            && let Some(row) = self.next_row()
        {
            self.read_from(row)?;
        }
        Ok(())
    }

    /// Reads the window that begins with `start`.
    fn read_from(&mut self, start: u32) -> Result<(), Error> {
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        self.at = 0;
        let span = self.span;
        self.end = u64::from(start) + span;
        self.span = (self.span * 2).min(self.widest.max(self.span));
        while let Some(mut top) = self.next.peek_mut() {
            let Reverse((row, at)) = *top;
            if u64::from(row) >= self.end {
                break;
            }
            let list = self.read[at].get_or_insert_with(|| Box::new(self.lists.open[at].clone()));
            let (list, cost) = &mut **list;
            list.seek(start)?;
            self.spent += LIST_STEPS;
            list.through(self.end, |row| found.push(Found::new(row, *cost)))?;
            match list.row() {
                Some(row) => *top = Reverse((row, at)),
                None => _ = std::collections::binary_heap::PeekMut::pop(top),
            }
        }
        let alone = &self.lists.alone[self.alone..];
        let passed = alone.partition_point(|found| found.row() < start);
        let within = alone.partition_point(|found| u64::from(found.row()) < self.end);
        found.extend(&alone[passed..within]);
        self.alone += within;
        self.spent += found.len() as u64;
        self.found = in_order(found, start, span);
        Ok(())
    }
}

/// As many rows are sorted at once; more are parted first.
const SORTED: usize = 64;

/// Each row once, with its best cost. They lie in `span` rows from `start` on, about
/// evenly: they are dealt out to as many parts as there are rows, which hold one or two
/// each.
fn in_order(found: Vec<Found>, start: u32, span: u64) -> Vec<Found> {
    let mut sorted = match found.len() > SORTED {
        true => parted(&found, start, span),
        false => found,
    };
    if sorted.len() <= SORTED {
        sorted.sort_unstable();
    }
    sorted.dedup_by_key(|found| found.row());
    sorted
}

fn parted(found: &[Found], start: u32, span: u64) -> Vec<Found> {
    let parts = found.len().next_power_of_two();
    let wide = u64::BITS - span.leading_zeros();
    let shift = wide.saturating_sub(parts.ilog2());
    let part = |found: &Found| (found.row().saturating_sub(start) >> shift) as usize;
    let most = (span >> shift) as usize + 1;
    let mut ends = vec![0u32; most + 1];
    for found in found {
        ends[part(found) + 1] += 1;
    }
    for at in 1..ends.len() {
        ends[at] += ends[at - 1];
    }
    let mut sorted = vec![Found(0); found.len()];
    for found in found {
        let place = &mut ends[part(found)];
        sorted[*place as usize] = *found;
        *place += 1;
    }
    // Each part ends where the next one began.
    let mut from = 0;
    for end in ends {
        let part = &mut sorted[from..end as usize];
        if part.len() > 1 {
            part.sort_unstable();
        }
        from = end as usize;
    }
    sorted
}

/// So many lists are read by each core at once.
const LISTS: usize = 32;

/// What is read of each list, in their order.
fn side_by_side<T: Sync, U: Send>(
    lists: &[T],
    read: impl Fn(&T) -> Result<Vec<U>, Error> + Sync,
) -> Result<Vec<U>, Error> {
    let read_all = |lists: &[T]| {
        let mut all = Vec::with_capacity(lists.len());
        for list in lists {
            all.extend(read(list)?);
        }
        Ok(all)
    };
    if lists.len() <= LISTS {
        return read_all(lists);
    }
    let parts: Result<Vec<Vec<U>>, Error> = lists.par_chunks(LISTS).map(read_all).collect();
    Ok(parts?.into_iter().flatten().collect())
}

/// The rows that a list holds too.
fn held(rows: &[u32], list: &Alternative, files: &Files) -> Result<Vec<Found>, Error> {
    let Alternative { value, cost } = *list;
    if let Place::Row(row) = value.place() {
        let is_held = rows.binary_search(&row).is_ok();
        return Ok(is_held.then(|| Found::new(row, cost)).into_iter().collect());
    }
    let mut found = Vec::new();
    let mut list = ListCursor::open(&files.postings, value, files.documents)?;
    let mut rest = rows;
    while let (Some(held), Some(row)) = (list.row(), rest.first()) {
        match held.cmp(row) {
            Ordering::Less => list.seek(*row)?,
            Ordering::Greater => rest = &rest[leap(rest, held, |row| *row)..],
            Ordering::Equal => {
                found.push(Found::new(held, cost));
                rest = &rest[1..];
            }
        }
    }
    Ok(found)
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

#[cfg(test)]
mod tests {
    use {
        super::{
            super::{
                fixture::{DOCUMENTS, files, some_lists},
                limits,
            },
            *,
        },
        proptest::prelude::*,
        std::collections::{BTreeMap, BTreeSet},
    };

    /// Each row with its best cost.
    fn told(lists: &[BTreeSet<u32>]) -> BTreeMap<u32, Cost> {
        let mut told = BTreeMap::new();
        for (at, rows) in lists.iter().enumerate() {
            for row in rows {
                let best = told.entry(*row).or_insert(Cost(9));
                *best = (*best).min(Cost(at as u8 % 5));
            }
        }
        told
    }

    fn standing(union: &Union) -> Option<(u32, Cost)> {
        union.row().map(|row| (row, union.cost()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn steps_and_leaps_meet_every_row_of_every_list(
            lists in some_lists(),
            leaps in prop::collection::vec(prop_oneof![0..3u32, 0..9_000u32], 1..60),
            probed in prop_oneof![Just(0u64), Just(1_000), Just(1 << 20)],
        ) {
            let (_dir, files, alternatives) = files(&lists);
            let told = told(&lists);
            let limits = Limits { probed, ..limits::USUAL };
            let open = Arc::new(open(&alternatives, &files).unwrap());
            let new = || Union::new(&open, &files, &limits).unwrap();
            let mut union = new();
            prop_assert_eq!(union.rows(), lists.iter().map(|rows| rows.len() as u64).sum::<u64>());
            if let Some(all) = union.all() {
                prop_assert!(all.iter().eq(told.keys()));
            }
            prop_assert!(union.all().is_some() || union.rows() > probed);
            for (row, cost) in &told {
                prop_assert_eq!(standing(&union), Some((*row, *cost)));
                union.step().unwrap();
            }
            prop_assert_eq!(standing(&union), None);
            let mut union = new();
            let mut target = 0;
            for leap in leaps {
                // Steps of a leap of nothing, as an intersection takes them.
                match leap {
                    0 if union.row().is_some() => {
                        target = union.row().unwrap() + 1;
                        union.step().unwrap();
                    }
                    _ => {
                        target += leap;
                        union.seek(target).unwrap();
                    }
                }
                let expected = told.range(target..).next().map(|(row, cost)| (*row, *cost));
                prop_assert_eq!(standing(&union), expected);
            }
        }

        #[test]
        fn of_a_few_rows_all_are_found_that_lists_hold(
            lists in some_lists(),
            rows in prop::collection::btree_set(0..DOCUMENTS, 0..300),
            near in prop::collection::btree_set(20_000..21_000u32, 0..300),
        ) {
            let (_dir, files, alternatives) = files(&lists);
            let rows: Vec<u32> = rows.union(&near).copied().collect();
            let expected = told(&lists).into_iter().filter(|(row, _)| rows.binary_search(row).is_ok());
            let expected: Vec<(u32, Cost)> = expected.collect();
            let mut union = Union::among(&rows, &alternatives, &files).unwrap();
            prop_assert_eq!(union.all().unwrap().len(), expected.len());
            for found in &expected {
                union.seek(found.0).unwrap();
                prop_assert_eq!(standing(&union), Some(*found));
            }
            union.seek(DOCUMENTS).unwrap();
            prop_assert_eq!(standing(&union), None);
        }
    }
}
