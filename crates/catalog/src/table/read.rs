use {
    super::Line,
    crate::error::Error,
    parquet::{
        arrow::{
            ProjectionMask,
            arrow_reader::{
                ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
                ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
            },
        },
        file::{
            metadata::{PageIndexPolicy, ParquetMetaData},
            page_index::column_index::ColumnIndexMetaData,
        },
    },
    std::{
        fs::File,
        ops::Range,
        path::{Path, PathBuf},
    },
};

/// Rows that are decoded at once when a table is read through.
const BATCH: usize = 8192;

/// A table that can be read through, by row number, or by the value of a
/// column that it is sorted by.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

/// A value of the column that a table is sorted by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key<'a> {
    Number(u64),
    Text(&'a str),
}

impl Table {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::read(path))?;
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata =
            ArrowReaderMetadata::load(&file, options).map_err(Error::read_table(path))?;
        Ok(Self {
            path: path.into(),
            metadata,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn rows(&self) -> u64 {
        u64::try_from(self.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.metadata.metadata()
    }

    /// All rows in order, read as they are asked for.
    pub(crate) fn lines<L: Line>(
        &self,
    ) -> Result<impl Iterator<Item = Result<L, Error>> + use<L>, Error> {
        let reader = self.reader(L::COLUMNS, |builder| builder.with_batch_size(BATCH))?;
        let path = self.path.clone();
        Ok(reader.flat_map(move |batch| {
            let lines = batch
                .map_err(Error::read_table(&path))
                .and_then(|batch| read_lines(&path, &batch));
            match lines {
                Ok(lines) => lines.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            }
        }))
    }

    /// The row of this number, counted from 0.
    pub(crate) fn line_at<L: Line>(&self, row: u64) -> Result<Option<L>, Error> {
        let mut before = 0;
        for (group, metadata) in self.metadata().row_groups().iter().enumerate() {
            let rows = u64::try_from(metadata.num_rows()).unwrap_or(0);
            if row < before + rows {
                let at = (row - before) as usize;
                let mut lines = self.selected(group, std::iter::once(at..at + 1))?;
                return Ok(lines.pop());
            }
            before += rows;
        }
        Ok(None)
    }

    /// All rows with `key` in `column`, which the table is sorted by, and
    /// maybe others of the same pages.
    pub(crate) fn lines_with<L: Line>(
        &self,
        column: &'static str,
        key: Key<'_>,
    ) -> Result<Vec<L>, Error> {
        let mut found = Vec::new();
        for group in 0..self.metadata().num_row_groups() {
            found.extend(self.lines_of_group(group, column, key)?);
        }
        Ok(found)
    }

    /// The same, in one row group.
    pub(crate) fn lines_of_group<L: Line>(
        &self,
        group: usize,
        column: &'static str,
        key: Key<'_>,
    ) -> Result<Vec<L>, Error> {
        let leaf = self.leaf(column)?;
        let pages = pages_with(self.metadata(), group, leaf, key);
        let mut pages = pages.peekable();
        match pages.peek() {
            None => Ok(Vec::new()),
            Some(_) => self.selected(group, pages),
        }
    }

    pub(crate) fn num_groups(&self) -> usize {
        self.metadata().num_row_groups()
    }

    /// The least value of a text column in each row group, where it is told.
    pub(crate) fn group_minima(&self, column: &'static str) -> Result<Vec<Option<String>>, Error> {
        let leaf = self.leaf(column)?;
        let minimum = |group: usize| {
            let statistics = self.metadata().row_group(group).column(leaf).statistics()?;
            String::from_utf8(statistics.min_bytes_opt()?.to_vec()).ok()
        };
        Ok((0..self.num_groups()).map(minimum).collect())
    }

    fn leaf(&self, column: &'static str) -> Result<usize, Error> {
        let schema = self.metadata().file_metadata().schema_descr();
        let found = schema.columns().iter().position(|c| c.name() == column);
        found.ok_or_else(|| Error::TableShape {
            path: self.path.clone(),
            what: column,
        })
    }

    fn selected<L: Line>(
        &self,
        group: usize,
        ranges: impl Iterator<Item = Range<usize>>,
    ) -> Result<Vec<L>, Error> {
        let selection = selection_of(ranges);
        let reader = self.reader(L::COLUMNS, |builder| {
            builder
                .with_row_groups(vec![group])
                .with_row_selection(selection)
        })?;
        let mut lines = Vec::new();
        for batch in reader {
            let batch = batch.map_err(Error::read_table(&self.path))?;
            lines.extend(read_lines(&self.path, &batch)?);
        }
        Ok(lines)
    }

    fn reader(
        &self,
        columns: &'static [&'static str],
        narrow: impl FnOnce(
            ParquetRecordBatchReaderBuilder<File>,
        ) -> ParquetRecordBatchReaderBuilder<File>,
    ) -> Result<ParquetRecordBatchReader, Error> {
        let builder = self.builder()?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        narrow(builder.with_projection(mask))
            .build()
            .map_err(Error::read_table(&self.path))
    }

    /// Opens the file anew: handles that share a position would disturb each
    /// other across threads.
    fn builder(&self) -> Result<ParquetRecordBatchReaderBuilder<File>, Error> {
        let file = File::open(&self.path).map_err(Error::read(&self.path))?;
        let metadata = self.metadata.clone();
        Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(
            file, metadata,
        ))
    }
}

fn read_lines<L: Line>(path: &Path, batch: &arrow_array::RecordBatch) -> Result<Vec<L>, Error> {
    L::read(batch).map_err(|what| Error::TableShape {
        path: path.into(),
        what,
    })
}

/// Selects `ranges`, which are in order and do not overlap.
fn selection_of(ranges: impl Iterator<Item = Range<usize>>) -> RowSelection {
    let mut selectors = Vec::new();
    let mut at = 0;
    for range in ranges {
        selectors.push(RowSelector::skip(range.start - at));
        selectors.push(RowSelector::select(range.len()));
        at = range.end;
    }
    selectors.into()
}

/// The rows of the pages that may hold `key`; the whole row group where the
/// file has no page index.
fn pages_with<'a>(
    metadata: &'a ParquetMetaData,
    group: usize,
    leaf: usize,
    key: Key<'a>,
) -> Box<dyn Iterator<Item = Range<usize>> + 'a> {
    let rows = usize::try_from(metadata.row_group(group).num_rows()).unwrap_or(0);
    let pages = metadata.column_index().zip(metadata.offset_index());
    let pages = pages.and_then(|(limits, offsets)| {
        let offsets = offsets.get(group)?.get(leaf)?.page_locations();
        Some((limits.get(group)?.get(leaf)?, offsets))
    });
    let Some((index, offsets)) = pages else {
        return Box::new(std::iter::once(0..rows).filter(|range| !range.is_empty()));
    };
    let first = move |page: usize| {
        let location = offsets.get(page);
        location.map_or(rows, |page| {
            usize::try_from(page.first_row_index).unwrap_or(rows)
        })
    };
    let holds = move |page: &usize| !excludes(index, *page, key);
    let pages = (0..offsets.len()).filter(holds);
    Box::new(pages.map(move |page| first(page)..first(page + 1)))
}

/// Whether the limits of a page say that `key` is not in it.
fn excludes(index: &ColumnIndexMetaData, page: usize, key: Key<'_>) -> bool {
    if page as u64 >= index.num_pages() {
        return false;
    }
    match (index, key) {
        (ColumnIndexMetaData::INT64(index), Key::Number(key)) => {
            let limits = index.min_value(page).zip(index.max_value(page));
            limits.is_none_or(|(min, max)| key < *min as u64 || key > *max as u64)
        }
        (ColumnIndexMetaData::BYTE_ARRAY(index), Key::Text(key)) => {
            let limits = index.min_value(page).zip(index.max_value(page));
            limits.is_none_or(|(min, max)| key.as_bytes() < min || key.as_bytes() > max)
        }
        _ => false,
    }
}
