//! The rows of Parquet files as documents: the files are kept as they came,
//! and each row is read as JSON.

use {
    super::{
        cutting::Fall,
        documents::{Batch, Content, Document},
        row_json::put_row,
        stretches::{Stretch, Stretches},
        window::Window,
    },
    crate::{error::Error, seekable::SeekableReader},
    arrow_array::RecordBatch,
    parquet::{
        arrow::{
            ProjectionMask,
            arrow_reader::{
                ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
                ParquetRecordBatchReaderBuilder,
            },
        },
        basic::LogicalType,
        errors::ParquetError,
        schema::types::SchemaDescriptor,
    },
    rayon::prelude::*,
    std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::Arc,
    },
};

/// Rows that are decoded at once.
const AT_ONCE: usize = 4096;

/// Rows that one thread writes as JSON.
const PART: usize = 512;

/// What a row group may claim to hold, so that numbers of rows can be added.
const MOST_ROWS: u64 = 1 << 40;

/// All rows of a source, a batch at a time.
pub(super) struct ParquetRows {
    records: Arc<SeekableReader>,
    stretches: Stretches,
    columns: Option<&'static [&'static str]>,
    limit: u64,
    /// Number of the last document.
    number: u64,
    open: Option<Open>,
}

/// One file of a source.
pub(super) struct ParquetFile {
    window: Window,
    metadata: ArrowReaderMetadata,
    /// Rows of each row group, as the file says.
    groups: Vec<u64>,
}

/// A file that is being read.
struct Open {
    file: ParquetFile,
    stretch: Stretch,
    /// The row group, and how many of its rows were handed out.
    group: usize,
    done: u64,
    /// Rows of the groups before.
    before: u64,
    reader: Option<ParquetRecordBatchReader>,
}

impl ParquetFile {
    pub(super) fn open(
        records: Arc<SeekableReader>,
        stretch: &Stretch,
    ) -> Result<Self, ParquetError> {
        let window = Window::new(records, stretch.range.clone());
        // What a writer says of its own types beside the schema is no part of
        // the format; so one file gives the same documents whoever reads it.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = guarded(|| ArrowReaderMetadata::load(&window, options))?;
        let groups = metadata.metadata().row_groups().iter();
        let groups =
            groups.map(|group| u64::try_from(group.num_rows()).unwrap_or(0).min(MOST_ROWS));
        Ok(Self {
            groups: groups.collect(),
            window,
            metadata,
        })
    }

    /// The names of the columns.
    pub(super) fn columns(&self) -> Vec<String> {
        let fields = self.metadata.schema().fields().iter();
        fields.map(|field| field.name().clone()).collect()
    }

    /// Rows of each row group, as the file says.
    pub(super) fn groups(&self) -> &[u64] {
        &self.groups
    }

    pub(super) fn rows(&self) -> u64 {
        self.groups
            .iter()
            .fold(0, |sum, rows| sum.saturating_add(*rows))
    }

    pub(super) fn builder(&self, group: usize) -> ParquetRecordBatchReaderBuilder<Window> {
        let (window, metadata) = (self.window.clone(), self.metadata.clone());
        ParquetRecordBatchReaderBuilder::new_with_metadata(window, metadata)
            .with_row_groups(vec![group])
            .with_batch_size(AT_ONCE)
    }

    pub(super) fn schema(&self) -> &SchemaDescriptor {
        self.metadata.parquet_schema()
    }
}

/// Runs the decoder, which meets some damage with a panic; what it was reading
/// is not used any more then.
pub(super) fn guarded<T>(
    decode: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, ParquetError> {
    let gave_up = |_| ParquetError::General("the decoder gave up on damaged bytes".into());
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|panic| Err(gave_up(panic)))
}

/// Which columns of a batch are UUIDs by the file's schema.
pub(super) fn uuids(schema: &SchemaDescriptor, batch: &RecordBatch) -> Vec<bool> {
    let fields = schema.root_schema().get_fields();
    let is_uuid = |name: &str| {
        let field = fields.iter().find(|field| field.name() == name);
        field.is_some_and(|field| {
            field.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid)
        })
    };
    let columns = batch.schema_ref().fields().iter();
    columns.map(|column| is_uuid(column.name())).collect()
}

impl ParquetRows {
    /// Of `columns` only, where they are named.
    pub(super) fn new(
        records: Arc<SeekableReader>,
        stretches: Stretches,
        columns: Option<&'static [&'static str]>,
        limit: u64,
    ) -> Self {
        Self {
            records,
            stretches,
            columns,
            limit,
            number: 0,
            open: None,
        }
    }

    fn begin(&mut self, stretch: Stretch) -> Result<Option<Batch>, Error> {
        if matches!(stretch.fall, Fall::Aside) {
            return self.aside(&stretch).map(Some);
        }
        match ParquetFile::open(Arc::clone(&self.records), &stretch) {
            Ok(file) => {
                self.open = Some(Open::new(file, stretch));
                Ok(None)
            }
            Err(error) => {
                self.number += 1;
                Ok(Some(damaged(self.number, &stretch, &error.to_string())))
            }
        }
    }

    /// A small file beside the data.
    fn aside(&mut self, stretch: &Stretch) -> Result<Batch, Error> {
        self.number += 1;
        let length = stretch.range.end - stretch.range.start;
        let is_long = length > self.limit;
        let bytes = match is_long {
            true => Vec::new(),
            false => self.records.range(stretch.range.start, length)?,
        };
        let content = match is_long {
            true => Content::TooLong,
            false => Content::Aside(0..bytes.len()),
        };
        let document = Document {
            number: self.number,
            nth: None,
            offset: stretch.range.start,
            length,
            member: stretch.member.clone(),
            content,
        };
        Ok(Batch {
            bytes,
            documents: vec![document],
        })
    }
}

impl Iterator for ParquetRows {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(open) = &mut self.open {
                match open.next(self.number, self.columns, self.limit) {
                    Some(batch) => return Some(Ok(batch)),
                    None => {
                        self.number += open.file.rows();
                        self.open = None;
                    }
                }
            }
            let stretch = self.stretches.next()?;
            match self.begin(stretch).transpose() {
                None => {}
                Some(batch) => return Some(batch),
            }
        }
    }
}

impl Open {
    fn new(file: ParquetFile, stretch: Stretch) -> Self {
        Self {
            file,
            stretch,
            group: 0,
            done: 0,
            before: 0,
            reader: None,
        }
    }

    /// The next rows; `first` documents came before the file.
    fn next(&mut self, first: u64, columns: Option<&[&str]>, limit: u64) -> Option<Batch> {
        while let Some(&rows) = self.file.groups.get(self.group) {
            let read = match &mut self.reader {
                Some(reader) => {
                    guarded(|| Ok(reader.next().transpose()?)).map_err(|error| error.to_string())
                }
                None => match self.reader_of(columns) {
                    Ok(reader) => {
                        self.reader = Some(reader);
                        continue;
                    }
                    Err(error) => Err(error.to_string()),
                },
            };
            let number = first + self.before + self.done + 1;
            let problem = match read {
                Ok(Some(batch)) if self.done < rows => {
                    let most = usize::try_from(rows - self.done).unwrap_or(usize::MAX);
                    let batch = batch.slice(0, batch.num_rows().min(most));
                    let nth = self.before + self.done + 1;
                    self.done += batch.num_rows() as u64;
                    return Some(self.rendered(&batch, number, nth, limit));
                }
                Ok(None) if self.done < rows => {
                    format!(
                        "row group {} ends after {} of {rows} rows",
                        self.group, self.done
                    )
                }
                Ok(_) => {
                    self.skip_group(rows);
                    continue;
                }
                Err(error) => error,
            };
            self.skip_group(rows);
            return Some(damaged(number, &self.stretch, &problem));
        }
        None
    }

    fn skip_group(&mut self, rows: u64) {
        self.before += rows;
        (self.group, self.done, self.reader) = (self.group + 1, 0, None);
    }

    fn reader_of(
        &self,
        columns: Option<&[&str]>,
    ) -> Result<ParquetRecordBatchReader, ParquetError> {
        let builder = self.file.builder(self.group);
        let mask = match columns {
            None => ProjectionMask::all(),
            Some(columns) => ProjectionMask::columns(self.file.schema(), columns.iter().copied()),
        };
        guarded(|| builder.with_projection(mask).build())
    }

    /// The rows of `batch` as JSON, written by several threads.
    fn rendered(&self, batch: &RecordBatch, number: u64, nth: u64, limit: u64) -> Batch {
        let uuids = uuids(self.file.schema(), batch);
        let parts = (0..batch.num_rows()).step_by(PART).collect::<Vec<_>>();
        let parts: Vec<(Vec<u8>, Vec<usize>)> = parts
            .into_par_iter()
            .map(|start| {
                let (mut bytes, mut ends) = (Vec::new(), Vec::new());
                for row in start..batch.num_rows().min(start + PART) {
                    put_row(batch, row, &uuids, &mut bytes);
                    ends.push(bytes.len());
                }
                (bytes, ends)
            })
            .collect();
        let mut all = Batch {
            bytes: Vec::new(),
            documents: Vec::with_capacity(batch.num_rows()),
        };
        for (bytes, ends) in parts {
            let base = all.bytes.len();
            let mut start = base;
            for end in ends {
                let at = all.documents.len() as u64;
                let document = self.document(number + at, nth + at, start..base + end, limit);
                all.documents.push(document);
                start = base + end;
            }
            all.bytes.extend(bytes);
        }
        all
    }

    fn document(
        &self,
        number: u64,
        nth: u64,
        range: std::ops::Range<usize>,
        limit: u64,
    ) -> Document {
        let length = range.len() as u64;
        let is_long = length > limit;
        Document {
            number,
            nth: Some(nth),
            offset: self.stretch.range.start,
            length: if is_long { length } else { self.share(nth) },
            member: self.stretch.member.clone(),
            content: match is_long {
                true => Content::TooLong,
                false => Content::Within(range),
            },
        }
    }

    /// The bytes of the file that fall to its `nth` row when all have the
    /// same, so that those of all rows are those of the file.
    fn share(&self, nth: u64) -> u64 {
        let bytes = u128::from(self.stretch.range.end - self.stretch.range.start);
        let rows = u128::from(self.file.rows().max(1));
        let up_to = |row: u64| u128::from(row) * bytes / rows;
        (up_to(nth) - up_to(nth - 1)) as u64
    }
}

/// The document that stands for what cannot be read: its text is why.
fn damaged(number: u64, stretch: &Stretch, problem: &str) -> Batch {
    let document = Document {
        number,
        nth: None,
        offset: stretch.range.start,
        length: 0,
        member: stretch.member.clone(),
        content: Content::Within(0..problem.len()),
    };
    Batch {
        bytes: problem.into(),
        documents: vec![document],
    }
}
