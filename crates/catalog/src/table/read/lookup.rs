//! A few rows of a table, by their numbers or by a column that it is sorted by.

use {
    super::{Table, limits, part::Part, pick, read_lines, whole},
    crate::{
        error::Error,
        table::{Line, consecutive},
    },
    arrow_array::{
        Array, ArrayRef, RecordBatch, UInt32Array, UInt64Array,
        cast::AsArray,
        types::{UInt32Type, UInt64Type},
    },
    arrow_schema::DataType,
    arrow_select::concat::concat,
    rayon::prelude::*,
    std::{collections::BTreeMap, ops::Range, sync::Arc},
};

/// So many rows of a row group are picked out of their pages one by one.
const FEW: usize = 256;

/// What a column holds in some rows, as it was read before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadBefore<'a> {
    pub(crate) column: &'static str,
    /// Of each row an array of one value.
    pub(crate) values: &'a BTreeMap<u64, ArrayRef>,
}

impl ReadBefore<'_> {
    /// The column in these rows; `None` where one of them was not read.
    fn at(&self, rows: &[u64]) -> Option<ArrayRef> {
        let values = rows.iter().map(|row| self.values.get(row));
        let values: Vec<&dyn Array> = values
            .map(|value| value.map(AsRef::as_ref))
            .collect::<Option<_>>()?;
        concat(&values).ok()
    }
}

impl Table {
    /// The row of this number, counted from 0.
    pub(crate) fn line_at<L: Line>(&self, row: u64) -> Result<Option<L>, Error> {
        if row >= self.rows() {
            return Ok(None);
        }
        let (group, at) = self.place_of(row);
        let mut lines = self.selected(group, &[at], None)?;
        Ok(lines.pop())
    }

    /// The rows of these numbers, which ascend and do not repeat. Each page is
    /// decoded once.
    ///
    /// # Errors
    /// Also when the table has fewer rows: another table points at them.
    pub(crate) fn lines_at<L: Line + Send>(&self, rows: &[u64]) -> Result<Vec<L>, Error> {
        self.lines_beside(rows, None)
    }

    /// The same, where one of the columns was read before.
    pub(crate) fn lines_beside<L: Line + Send>(
        &self,
        rows: &[u64],
        before: Option<ReadBefore<'_>>,
    ) -> Result<Vec<L>, Error> {
        if rows.last().is_some_and(|last| *last >= self.rows()) {
            return Err(self.shape("all rows that other tables point at"));
        }
        let parts: Vec<&[u64]> = rows
            .chunk_by(|a, b| self.place_of(*a).0 == self.place_of(*b).0)
            .collect();
        each(&parts, |part| {
            let (group, _) = self.place_of(part[0]);
            let start = self.starts[group];
            let places: Vec<usize> = part.iter().map(|row| (row - start) as usize).collect();
            let known = before.and_then(|before| {
                // Each column has one leaf, whose own name is another where it holds lists.
                let (leaf, _) = self.footer.schema().column_with_name(before.column)?;
                Some((leaf, before.at(part)?))
            });
            self.selected(group, &places, known.as_ref())
        })
    }

    /// The rows of `groups` whose number in `column` is one of `keys`, which
    /// ascend and do not repeat; each with its key, in the order of the table.
    /// Those groups are sorted by it.
    pub(crate) fn lines_with<L: Line + Send>(
        &self,
        groups: Range<usize>,
        column: &'static str,
        keys: &[u64],
    ) -> Result<Vec<(u64, L)>, Error> {
        let leaf = self.leaf(column)?;
        let parts = parts_of(&self.limits(leaf)[groups.clone()], groups.start, keys);
        each(&parts, |(group, keys)| {
            let (keys, places): (Vec<u64>, Vec<usize>) =
                self.hits(*group, leaf, keys)?.into_iter().unzip();
            let known = self.column_of(leaf, &keys).map(|column| (leaf, column));
            let lines = self.selected(*group, &places, known.as_ref())?;
            Ok(keys.into_iter().zip(lines).collect())
        })
    }

    /// What a column holds in the rows of a span, a few rows at a time, each
    /// time with the number of the first; read as it is asked for. Rows that are
    /// not there are left out.
    pub(crate) fn column_at(
        &self,
        span: Range<u64>,
        column: &'static str,
    ) -> impl Iterator<Item = Result<(u64, ArrayRef), Error>> {
        let end = span.end.min(self.rows());
        let mut next = span.start;
        std::iter::from_fn(move || {
            let first = (next < end).then_some(next)?;
            let (group, at) = self.place_of(first);
            next = end.min(self.starts[group + 1]).min(first + FEW as u64);
            let places = at..at + (next - first) as usize;
            let found = self.few(group, column, places);
            Some(found.map(|found| (first, found)))
        })
    }

    /// A column in a few rows of a row group.
    fn few(
        &self,
        group: usize,
        column: &'static str,
        places: Range<usize>,
    ) -> Result<ArrayRef, Error> {
        let each: Vec<usize> = places.clone().collect();
        let batch = match self.picked(group, &[column], &each, None)? {
            Some(batch) => Some(batch),
            None => self.batches(group, &[column], vec![places])?.pop(),
        };
        let found = batch.and_then(|batch| batch.column_by_name(column).cloned());
        found
            .filter(|found| found.len() == each.len())
            .ok_or_else(|| self.shape("all rows of its pages"))
    }

    /// Whether these columns can be picked: tests ask.
    #[cfg(test)]
    pub(in crate::table) fn picks(&self, group: usize, column: &str, places: &[usize]) -> bool {
        let picked = self.picked(group, &[column], places, None);
        picked.unwrap().is_some()
    }

    /// Whether the dictionary of a column was kept: tests ask.
    #[cfg(test)]
    pub(in crate::table) fn keeps_dictionary(&self, group: usize, column: &'static str) -> bool {
        let chunks = self.chunks(group).unwrap();
        chunks.dictionary(self.leaf(column).unwrap()).is_some()
    }

    /// The places in a row group where a column holds one of `keys`.
    fn hits(&self, group: usize, leaf: usize, keys: &[u64]) -> Result<Vec<(u64, usize)>, Error> {
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
            return Ok(Vec::new());
        };
        if let Some(first) = self.counts_from(group, leaf) {
            let place = |key: &u64| (*key, (*key - first) as usize);
            return Ok(keys.iter().map(place).collect());
        }
        let may_hold = |least, greatest| !within(keys, least, greatest).is_empty();
        let alone = self.group(group)?.alone();
        let pages = limits::pages_where(alone, leaf, *first..=*last, may_hold);
        let rows = pages.iter().map(Range::len).sum();
        let picked = pick::numbers(&self.chunks(group)?, leaf, &pages, *last);
        let numbers = match picked {
            Some(numbers) => numbers,
            None => self.all_numbers(group, leaf, pages.clone(), rows)?,
        };
        let mut hits = Vec::new();
        for key in keys {
            let from = numbers.partition_point(|number| number < key);
            let found = (from..numbers.len()).take_while(|at| numbers[*at] == *key);
            hits.extend(found.filter_map(|at| Some((*key, place_of(&pages, at)?))));
        }
        Ok(hits)
    }

    /// The first number of a column that counts up one by one in a row group.
    fn counts_from(&self, group: usize, leaf: usize) -> Option<u64> {
        let is_it = self.footer.parquet_schema().column(leaf).name() == consecutive::COLUMN
            && self.consecutive.contains(group);
        let (least, greatest) = self.limits(leaf).get(group).filter(|_| is_it)?;
        let rows = self.rows_of(group);
        // A claim that the limits do not bear out is none.
        let last = least.checked_add((rows.end - rows.start).checked_sub(1)?)?;
        (last == *greatest).then_some(*least)
    }

    /// That of these columns which counts up one by one, at these places.
    fn counted(
        &self,
        group: usize,
        columns: &[&str],
        places: &[usize],
    ) -> Option<(usize, ArrayRef)> {
        if !columns.contains(&consecutive::COLUMN) {
            return None;
        }
        let leaf = self.leaf(consecutive::COLUMN).ok()?;
        let first = self.counts_from(group, leaf)?;
        let numbers: Vec<u64> = places.iter().map(|at| first + *at as u64).collect();
        Some((leaf, self.column_of(leaf, &numbers)?))
    }

    fn all_numbers(
        &self,
        group: usize,
        leaf: usize,
        pages: Vec<Range<usize>>,
        rows: usize,
    ) -> Result<Vec<u64>, Error> {
        let column = self.footer.parquet_schema().column(leaf);
        let mut all = Vec::with_capacity(rows);
        for batch in self.select(group, &[column.name()], pages, rows)? {
            all.extend(numbers(&batch?).ok_or_else(|| self.shape("numbers to look up"))?);
        }
        Ok(all)
    }

    /// Numbers of a column as it holds them.
    fn column_of(&self, leaf: usize, numbers: &[u64]) -> Option<ArrayRef> {
        let numbers = numbers.iter().copied();
        match self.footer.schema().field(leaf).data_type() {
            DataType::UInt32 => {
                let numbers = numbers.map(|number| number as u32);
                Some(Arc::new(UInt32Array::from_iter_values(numbers)))
            }
            DataType::UInt64 => Some(Arc::new(UInt64Array::from_iter_values(numbers))),
            _ => None,
        }
    }

    /// The rows at these places; `known` is a column of them that was read.
    fn selected<L: Line>(
        &self,
        group: usize,
        places: &[usize],
        known: Option<&(usize, ArrayRef)>,
    ) -> Result<Vec<L>, Error> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(batch) = self.picked(group, L::COLUMNS, places, known)? {
            return read_lines(&self.path, &batch);
        }
        let mut lines = Vec::with_capacity(places.len());
        let each = places.iter().map(|at| *at..*at + 1);
        for batch in self.select(group, L::COLUMNS, each.collect(), places.len())? {
            lines.extend(read_lines(&self.path, &batch?)?);
        }
        match lines.len() == places.len() {
            true => Ok(lines),
            false => Err(self.shape("all rows of its pages")),
        }
    }

    /// A few rows, where values can be picked from their pages.
    fn picked(
        &self,
        group: usize,
        columns: &[&str],
        places: &[usize],
        known: Option<&(usize, ArrayRef)>,
    ) -> Result<Option<RecordBatch>, Error> {
        if places.len() > FEW {
            return Ok(None);
        }
        let failed = || Error::read_table(&self.path);
        let columns = self.columns(columns);
        let part = Part::new(&self.footer, &self.projections, group, &columns).map_err(failed())?;
        let counted = match known {
            None => self.counted(group, &columns, places),
            Some(_) => None,
        };
        let known = known.or(counted.as_ref());
        let Some(batch) = part.picked(&self.chunks(group)?, places, known) else {
            return Ok(None);
        };
        let batch = batch.map_err(failed())?;
        whole(&self.path, self.follows.as_deref(), batch).map(Some)
    }
}

/// Reads the parts side by side where there are several; their order stays.
fn each<T: Sync, U: Send>(
    parts: &[T],
    read: impl Fn(&T) -> Result<Vec<U>, Error> + Sync + Send,
) -> Result<Vec<U>, Error> {
    if let [part] = parts {
        return read(part);
    }
    let read: Result<Vec<Vec<U>>, Error> = parts.par_iter().map(read).collect();
    Ok(read?.into_iter().flatten().collect())
}

/// The row groups that may hold some of ascending keys, with those keys. The
/// limits are those of the groups from `start` on, which are sorted.
fn parts_of<'a>(
    limits: &[(u64, u64)],
    start: usize,
    mut keys: &'a [u64],
) -> Vec<(usize, &'a [u64])> {
    let mut parts = Vec::new();
    let mut group = 0;
    while let Some(first) = keys.first() {
        group += limits[group..].partition_point(|(_, greatest)| greatest < first);
        let Some((least, greatest)) = limits.get(group).copied() else {
            break;
        };
        let held = within(keys, least, greatest);
        if !held.is_empty() {
            parts.push((start + group, held));
        }
        // What equals the greatest may go on in the next.
        keys = &keys[keys.partition_point(|key| *key < greatest)..];
        group += 1;
    }
    parts
}

/// Those of ascending keys that are neither less nor greater.
fn within(keys: &[u64], least: u64, greatest: u64) -> &[u64] {
    let from = keys.partition_point(|key| *key < least);
    let to = keys.partition_point(|key| *key <= greatest);
    &keys[from..to.max(from)]
}

/// The place in a row group of what these pages hold `at`-th.
fn place_of(pages: &[Range<usize>], mut at: usize) -> Option<usize> {
    for rows in pages {
        if at < rows.len() {
            return Some(rows.start + at);
        }
        at -= rows.len();
    }
    None
}

/// The numbers of the only column.
fn numbers(batch: &RecordBatch) -> Option<Vec<u64>> {
    let column = batch.columns().first()?;
    if let Some(column) = column.as_primitive_opt::<UInt64Type>() {
        return Some(column.values().to_vec());
    }
    let column = column.as_primitive_opt::<UInt32Type>()?;
    Some(column.values().iter().copied().map(u64::from).collect())
}
