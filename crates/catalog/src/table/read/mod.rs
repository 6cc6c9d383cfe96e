//! Reading a table: through, by row number, or by a number that it is sorted
//! by.
//!
//! ```text
//!   footer: row groups, least and greatest of a column   read when opened
//!     └► places and limits of a group's pages            read at its first use
//!          └► one page of each column                    unpacked, values picked
//! ```
//!
//! A table of a large catalog has thousands of row groups, with over a hundred
//! pages for each column: what a lookup does not touch is not read,
//! and neither is a column of which the footer tells that all rows are alike.

mod chunks;
mod limits;
mod lookup;
mod part;
mod pick;
mod positioned;
mod told;

pub(crate) use lookup::ReadBefore;

use {
    self::{
        chunks::{Chunks, Group},
        part::{Part, Projections},
        positioned::Positioned,
    },
    super::{
        Line,
        consecutive::Consecutive,
        follows::{self, Follows},
    },
    crate::error::Error,
    arrow_array::{Array, RecordBatch},
    parquet::arrow::{
        ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    },
    rayon::prelude::*,
    std::{
        ops::Range,
        path::{Path, PathBuf},
        sync::{Arc, OnceLock},
    },
};

/// Rows that are decoded at once.
const BATCH: usize = 8192;

type Batches<'a> = Box<dyn Iterator<Item = Result<RecordBatch, Error>> + 'a>;

/// An open table. Many threads may read it at once.
#[derive(Debug)]
pub(crate) struct Table {
    path: PathBuf,
    file: Arc<Positioned>,
    footer: ArrowReaderMetadata,
    /// Number of the first row of each row group, and of all rows.
    starts: Vec<u64>,
    /// Each row group with the places of its pages.
    groups: Vec<OnceLock<Arc<Group>>>,
    /// Of each column that was looked up by: limits of all row groups.
    limits: Vec<OnceLock<Vec<(u64, u64)>>>,
    projections: Projections,
    pub(in crate::table) consecutive: Consecutive,
    follows: Option<Arc<dyn Follows>>,
}

impl Table {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let file = Positioned::open(path).map_err(Error::read(path))?;
        let footer = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
            .map_err(Error::read_table(path))?;
        let groups = footer.metadata().row_groups();
        let columns = footer.parquet_schema().columns();
        let mut starts = vec![0];
        starts.extend(groups.iter().scan(0, |rows, group| {
            *rows += u64::try_from(group.num_rows()).unwrap_or(0);
            Some(*rows)
        }));
        Ok(Self {
            path: path.into(),
            file: Arc::new(file),
            groups: groups.iter().map(|_| OnceLock::new()).collect(),
            limits: columns.iter().map(|_| OnceLock::new()).collect(),
            starts,
            consecutive: Consecutive::told(footer.metadata().file_metadata()),
            footer,
            projections: Projections::default(),
            follows: None,
        })
    }

    /// The same table with the ids that it leaves out.
    pub(crate) fn with(self, follows: Arc<dyn Follows>) -> Self {
        Self {
            follows: Some(follows),
            ..self
        }
    }

    pub(crate) fn rows(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// All row groups.
    pub(crate) fn groups(&self) -> Range<usize> {
        0..self.groups.len()
    }

    /// The row numbers of a row group.
    pub(crate) fn rows_of(&self, group: usize) -> Range<u64> {
        self.starts[group]..self.starts[group + 1]
    }

    /// All rows in order, read as they are asked for.
    pub(crate) fn lines<L: Line>(
        &self,
    ) -> Result<impl Iterator<Item = Result<L, Error>> + use<L>, Error> {
        self.lines_of(self.groups())
    }

    /// The rows of these row groups in order, read as they are asked for.
    pub(crate) fn lines_of<L: Line>(
        &self,
        groups: Range<usize>,
    ) -> Result<impl Iterator<Item = Result<L, Error>> + use<L>, Error> {
        let (file, footer) = (self.file.as_ref().clone(), self.footer.clone());
        let columns = self.columns(L::COLUMNS);
        let columns = ProjectionMask::columns(self.footer.parquet_schema(), columns);
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer)
            .with_projection(columns)
            .with_batch_size(BATCH)
            .with_row_groups(groups.collect())
            .build()
            .map_err(Error::read_table(&self.path))?;
        let path = self.path.clone();
        let follows = self.follows.clone();
        Ok(batches.flat_map(move |batch| {
            let lines = batch
                .map_err(Error::read_table(&path))
                .and_then(|batch| whole(&path, follows.as_deref(), batch))
                .and_then(|batch| read_lines(&path, &batch));
            match lines {
                Ok(lines) => lines.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            }
        }))
    }

    /// What these columns hold in the rows of these numbers, in batches.
    pub(crate) fn batches_at(
        &self,
        rows: Range<u64>,
        columns: &[&str],
    ) -> Result<Vec<RecordBatch>, Error> {
        let rows = rows.start..rows.end.min(self.rows());
        let mut batches = Vec::new();
        for group in self.groups() {
            let held = self.rows_of(group);
            let from = rows.start.clamp(held.start, held.end) - held.start;
            let to = rows.end.clamp(held.start, held.end) - held.start;
            if from < to {
                let part = from as usize..to as usize;
                batches.extend(self.batches(group, columns, vec![part])?);
            }
        }
        Ok(batches)
    }

    /// What these columns hold in the rows of `groups` whose number in
    /// `column` is one of `keys`, in batches; and in other rows of the same
    /// pages. Those groups are sorted by it.
    pub(crate) fn batches_with(
        &self,
        groups: Range<usize>,
        column: &'static str,
        keys: Range<u64>,
        columns: &[&str],
    ) -> Result<Vec<RecordBatch>, Error> {
        let leaf = self.leaf(column)?;
        let may_hold = |least, greatest| least < keys.end && greatest >= keys.start;
        let mut batches = Vec::new();
        let limits = self.limits(leaf);
        for group in groups {
            let (least, greatest) = limits[group];
            if may_hold(least, greatest) {
                let wanted = keys.start..=keys.end.saturating_sub(1);
                let alone = self.group(group)?.alone();
                let pages = limits::pages_where(alone, leaf, wanted, may_hold);
                batches.extend(self.batches(group, columns, pages)?);
            }
        }
        Ok(batches)
    }

    /// How many rows of a row group hold something in a column, which is no list.
    pub(crate) fn present(&self, group: usize, column: &'static str) -> Result<u64, Error> {
        let rows = self.rows_of(group);
        let leaf = self.leaf(column)?;
        let held = self.footer.metadata().row_group(group);
        if let Some(nulls) = limits::nulls(held, leaf) {
            return Ok((rows.end - rows.start).saturating_sub(nulls));
        }
        let batches = self.batches_at(rows, &[column])?;
        let columns = batches.iter().flat_map(RecordBatch::columns);
        let held = columns.map(|column| column.len() - column.null_count());
        Ok(held.sum::<usize>() as u64)
    }

    /// Tells each text of a column of a row group with how often it stands
    /// there, once or several times: the sum counts.
    pub(crate) fn tally(
        &self,
        group: usize,
        column: &'static str,
        tell: impl FnMut(&str, u64),
    ) -> Result<(), Error> {
        let failed = || Error::read_table(&self.path);
        let part = Part::coded(&self.footer, group, column).map_err(failed())?;
        let rows = self.rows_of(group);
        part.tally(
            &self.chunks(group)?,
            (rows.end - rows.start) as usize,
            BATCH,
            tell,
        )
        .map_err(failed())
    }

    /// Does `read` for each row group, some side by side, and hands what it
    /// gives to `take` in the order of the groups.
    pub(crate) fn scan<T: Send>(
        &self,
        read: impl Fn(usize) -> Result<T, Error> + Sync + Send,
        mut take: impl FnMut(usize, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let groups: Vec<usize> = self.groups().collect();
        for window in groups.chunks(2 * rayon::current_num_threads()) {
            let read: Result<Vec<T>, Error> = window.par_iter().map(|group| read(*group)).collect();
            for (group, read) in window.iter().zip(read?) {
                take(*group, read)?;
            }
        }
        Ok(())
    }

    /// The one text that a column has in all rows of a row group.
    ///
    /// # Errors
    /// When it has several there.
    pub(crate) fn text_of(&self, group: usize, column: &'static str) -> Result<&str, Error> {
        let leaf = self.leaf(column)?;
        limits::one_text(self.footer.metadata().row_group(group), leaf)
            .ok_or_else(|| self.shape("row groups of one kind each"))
    }

    /// The one number that a column has in all rows of a row group.
    ///
    /// # Errors
    /// When it has several there.
    pub(crate) fn number_of(&self, group: usize, column: &'static str) -> Result<u64, Error> {
        let leaf = self.leaf(column)?;
        limits::of_group(self.footer.metadata().row_group(group), leaf)
            .filter(|(least, greatest)| least == greatest)
            .map(|(number, _)| number)
            .ok_or_else(|| self.shape("row groups of one kind each"))
    }

    /// The least number of a column in each of these row groups.
    pub(crate) fn least_of(
        &self,
        groups: Range<usize>,
        column: &'static str,
    ) -> Result<Vec<u64>, Error> {
        let limits = &self.limits(self.leaf(column)?)[groups];
        Ok(limits.iter().map(|(least, _)| *least).collect())
    }

    /// The error of a table that does not hold `what`.
    pub(crate) fn shape(&self, what: &'static str) -> Error {
        Error::TableShape {
            path: self.path.clone(),
            what,
        }
    }

    /// The row group of a row that is there, and its place inside.
    fn place_of(&self, row: u64) -> (usize, usize) {
        let group = self.starts.partition_point(|start| *start <= row) - 1;
        (group, (row - self.starts[group]) as usize)
    }

    /// Least and greatest number of a column in each row group; where the
    /// footer does not tell all of them, any.
    fn limits(&self, leaf: usize) -> &[(u64, u64)] {
        self.limits[leaf].get_or_init(|| {
            let groups = self.footer.metadata().row_groups().iter();
            let limits: Option<_> = groups.map(|group| limits::of_group(group, leaf)).collect();
            limits.unwrap_or_else(|| vec![(0, u64::MAX); self.groups.len()])
        })
    }

    fn chunks(&self, group: usize) -> Result<Chunks, Error> {
        Ok(Chunks {
            file: self.file.clone(),
            group: self.group(group)?.clone(),
        })
    }

    fn batches(
        &self,
        group: usize,
        columns: &[&str],
        places: Vec<Range<usize>>,
    ) -> Result<Vec<RecordBatch>, Error> {
        let rows = places.iter().map(Range::len).sum();
        self.select(group, columns, places, rows)?.collect()
    }

    /// These columns, and those that they follow from.
    fn columns<'a>(&self, names: &[&'a str]) -> Vec<&'a str> {
        let mut names = names.to_vec();
        let follows = self.follows.as_ref();
        if let Some(follows) = follows.filter(|follows| names.contains(&follows.column())) {
            let beside = follows.from().iter().copied();
            let beside: Vec<&str> = beside.filter(|name| !names.contains(name)).collect();
            names.extend(beside);
        }
        names
    }

    /// Reads these columns at `places` of a row group, `rows` in all.
    fn select<'a>(
        &'a self,
        group: usize,
        columns: &[&str],
        places: Vec<Range<usize>>,
        rows: usize,
    ) -> Result<Batches<'a>, Error> {
        let failed = || Error::read_table(&self.path);
        let columns = self.columns(columns);
        let part = Part::new(&self.footer, &self.projections, group, &columns).map_err(failed())?;
        let batches = if part.is_told() {
            part.told(rows, BATCH)
        } else {
            part.read(&self.chunks(group)?, places.into_iter(), rows.min(BATCH))
        };
        let batches = batches.map_err(failed())?;
        Ok(Box::new(batches.map(move |batch| {
            let batch = batch.map_err(Error::read_table(&self.path))?;
            whole(&self.path, self.follows.as_deref(), batch)
        })))
    }

    fn leaf(&self, column: &'static str) -> Result<usize, Error> {
        let columns = self.footer.parquet_schema().columns();
        let found = columns.iter().position(|leaf| leaf.name() == column);
        found.ok_or_else(|| self.shape(column))
    }

    /// A row group with the places of its pages.
    fn group(&self, number: usize) -> Result<&Arc<Group>, Error> {
        let slot = &self.groups[number];
        if let Some(known) = slot.get() {
            return Ok(known);
        }
        let read = Group::read(&self.file, self.footer.metadata(), number)
            .map_err(Error::read_table(&self.path))?;
        Ok(slot.get_or_init(|| Arc::new(read)))
    }
}

/// The batch with the ids that the file leaves out.
fn whole(
    path: &Path,
    follows: Option<&dyn Follows>,
    batch: RecordBatch,
) -> Result<RecordBatch, Error> {
    match follows {
        Some(follows) => follows::filled(follows, batch).map_err(|what| Error::TableShape {
            path: path.into(),
            what,
        }),
        None => Ok(batch),
    }
}

fn read_lines<L: Line>(path: &Path, batch: &RecordBatch) -> Result<Vec<L>, Error> {
    L::read(batch).map_err(|what| Error::TableShape {
        path: path.into(),
        what,
    })
}
