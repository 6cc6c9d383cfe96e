use {
    super::{
        Line,
        consecutive::{Consecutive, are_consecutive},
        follows::{self, Follows},
        hashing::Hashing,
        packing::{PackedChunk, Plain, Stores, packed},
    },
    crate::error::Error,
    arrow_array::RecordBatch,
    arrow_schema::{ArrowError, Schema, SchemaRef},
    arrow_select::concat::concat_batches,
    longplay_model::Digest,
    parquet::{
        arrow::{
            ArrowSchemaConverter,
            arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves},
        },
        basic::{Compression, Encoding, ZstdLevel},
        errors::ParquetError,
        file::{
            properties::{EnabledStatistics, WriterProperties},
            writer::SerializedFileWriter,
        },
        schema::types::ColumnPath,
    },
    rayon::prelude::*,
    serde::{Deserialize, Serialize},
    std::{
        fs::File,
        io::{BufWriter, Write},
        path::{Path, PathBuf},
        sync::Arc,
    },
};

/// Rows that become one record batch, counted from the beginning of a row
/// group.
const BATCH: usize = 8192;

/// Row groups that are encoded side by side.
const GROUPS_AT_ONCE: usize = 2;

/// The level of zstd of most columns.
const LEVEL: i32 = 3;

/// How a table lies on disk.
pub(crate) struct Layout {
    /// Rows of a page at most: what one lookup decodes.
    pub(crate) page_rows: usize,
    /// Columns with pages of other lengths: shorter where a row takes long to
    /// decode, longer where a page takes more bytes than what it holds.
    pub(crate) pages: &'static [(&'static str, usize)],
    /// Rows of a row group at most.
    pub(crate) group_rows: usize,
    /// Columns of which each page tells the limits.
    pub(crate) page_limits: &'static [&'static str],
    /// Columns that a dictionary does not suit, with their encoding.
    pub(crate) encodings: &'static [(&'static str, Encoding)],
    /// Columns that another level of zstd suits than [`LEVEL`].
    pub(crate) levels: &'static [(&'static str, i32)],
}

impl Layout {
    fn rows_of_page(&self, column: &str) -> usize {
        let other = self.pages.iter().find(|(name, _)| *name == column);
        other.map_or(self.page_rows, |(_, rows)| *rows)
    }

    fn level_of(&self, column: &str) -> i32 {
        let other = self.levels.iter().find(|(name, _)| *name == column);
        other.map_or(LEVEL, |(_, level)| *level)
    }
}

/// A finished table file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFile {
    /// File name.
    pub name: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: Digest,
}

/// Writes a table; the same rows always become the same bytes.
///
/// Rows are gathered into row groups, whose columns are encoded in parallel.
pub(crate) struct TableWriter<L: Line> {
    path: PathBuf,
    schema: SchemaRef,
    file: SerializedFileWriter<BufWriter<Hashing>>,
    encoders: Encoders,
    builders: L::Builders,
    pending: usize,
    rows: u64,
    group_rows: usize,
    /// Row groups that are full but for the last.
    groups: Vec<Group>,
    written: usize,
    consecutive: Consecutive,
    follows: Option<Arc<dyn Follows>>,
}

#[derive(Default)]
struct Group {
    batches: Vec<RecordBatch>,
    rows: usize,
}

impl Group {
    /// The same rows in batches of [`BATCH`], however they came: where pages
    /// and dictionaries end depends on what is written at once.
    fn evened(&self) -> Result<Self, ArrowError> {
        let (mut batches, mut open, mut held) = (Vec::new(), Vec::new(), 0);
        for batch in &self.batches {
            let mut from = 0;
            while from < batch.num_rows() {
                let rows = (BATCH - held).min(batch.num_rows() - from);
                open.push(batch.slice(from, rows));
                from += rows;
                held = (held + rows) % BATCH;
                if held == 0 {
                    batches.push(joined(&std::mem::take(&mut open))?);
                }
            }
        }
        if !open.is_empty() {
            batches.push(joined(&open)?);
        }
        Ok(Self {
            batches,
            rows: self.rows,
        })
    }
}

fn joined(batches: &[RecordBatch]) -> Result<RecordBatch, ArrowError> {
    match batches {
        [one] => Ok(one.clone()),
        several => concat_batches(several[0].schema_ref(), several),
    }
}

impl<L: Line> TableWriter<L> {
    pub(crate) fn create(path: &Path, layout: &Layout) -> Result<Self, Error> {
        Self::new(path, layout, None)
    }

    /// A table without the ids that follow from their rows.
    pub(crate) fn without(
        follows: Arc<dyn Follows>,
        path: &Path,
        layout: &Layout,
    ) -> Result<Self, Error> {
        Self::new(path, layout, Some(follows))
    }

    fn new(path: &Path, layout: &Layout, follows: Option<Arc<dyn Follows>>) -> Result<Self, Error> {
        let fields = L::fields().into_iter().map(|field| match &follows {
            Some(follows) => follows::field(follows.as_ref(), field),
            None => field,
        });
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let out = File::create(path).map_err(Error::write(path))?;
        let out = BufWriter::with_capacity(1 << 16, Hashing::new(out));
        let (file, encoders) = open(out, &schema, layout).map_err(Error::write_table(path))?;
        Ok(Self {
            path: path.into(),
            schema,
            file,
            encoders,
            builders: L::builders(),
            pending: 0,
            rows: 0,
            group_rows: layout.group_rows,
            groups: vec![Group::default()],
            written: 0,
            consecutive: Consecutive::default(),
            follows,
        })
    }

    pub(crate) fn push(&mut self, line: L) -> Result<(), Error> {
        line.append(&mut self.builders);
        self.pending += 1;
        self.rows += 1;
        if self.pending == BATCH {
            self.take_pending()?;
        }
        Ok(())
    }

    /// Adds many rows at once; made by [`batch`].
    pub(crate) fn push_batch(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.take_pending()?;
        self.rows += batch.num_rows() as u64;
        self.gather(batch)
    }

    /// Number of rows so far: the number of the row that comes next.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the row group here.
    pub(crate) fn end_group(&mut self) -> Result<(), Error> {
        self.take_pending()?;
        if self.groups.last().is_some_and(|group| group.rows > 0) {
            self.next_group()?;
        }
        Ok(())
    }

    /// The table is durable then.
    pub(crate) fn finish(mut self) -> Result<TableFile, Error> {
        self.take_pending()?;
        self.encode()?;
        let Self {
            path,
            mut file,
            rows,
            consecutive,
            ..
        } = self;
        let metadata = consecutive.metadata().into_iter();
        metadata.for_each(|told| file.append_key_value_metadata(told));
        let out = file.into_inner().map_err(Error::write_table(&path))?;
        let out = out
            .into_inner()
            .map_err(|error| Error::write(&path)(error.into_error()))?;
        let (bytes, sha256) = out.finish().map_err(Error::write(&path))?;
        let name = path.file_name().unwrap_or_default();
        Ok(TableFile {
            name: name.to_string_lossy().into_owned(),
            rows,
            bytes,
            sha256,
        })
    }

    fn take_pending(&mut self) -> Result<(), Error> {
        if self.pending == 0 {
            return Ok(());
        }
        self.pending = 0;
        let columns = L::finish(&mut self.builders);
        let batch = RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(Error::write_table(&self.path))?;
        self.gather(&batch)
    }

    fn gather(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let mut from = 0;
        while from < batch.num_rows() {
            let group = self.groups.last_mut().expect("there is always one");
            let rows = (batch.num_rows() - from).min(self.group_rows - group.rows);
            group.batches.push(batch.slice(from, rows));
            group.rows += rows;
            from += rows;
            if group.rows == self.group_rows {
                self.next_group()?;
            }
        }
        Ok(())
    }

    fn next_group(&mut self) -> Result<(), Error> {
        if self.groups.len() == GROUPS_AT_ONCE {
            self.encode()?;
        }
        self.groups.push(Group::default());
        Ok(())
    }

    /// Writes all gathered row groups.
    fn encode(&mut self) -> Result<(), Error> {
        let groups = std::mem::take(&mut self.groups);
        self.encode_groups(&groups)
            .map_err(Error::write_table(&self.path))
    }

    fn encode_groups(&mut self, groups: &[Group]) -> Result<(), ParquetError> {
        let groups: Result<Vec<Group>, ArrowError> = groups
            .par_iter()
            .filter(|group| group.rows > 0)
            .map(Group::evened)
            .collect();
        let groups = &groups?;
        let mut tasks: Vec<(&Group, usize, ColumnWriter)> = Vec::new();
        for (group, number) in groups.iter().zip(self.written..) {
            let writers = self.encoders.of_group(number)?;
            let columns = writers.into_iter().enumerate();
            tasks.extend(columns.map(|(column, writer)| (group, column, writer)));
        }
        let schema = &self.schema;
        let follows = self.follows.as_deref();
        let chunks: Vec<PackedChunk> = tasks
            .into_par_iter()
            .map(|(group, column, writer)| encode_column(schema, follows, group, column, writer))
            .collect::<Result<_, _>>()?;
        let mut chunks = chunks.into_iter();
        for held in groups {
            let mut group = self.file.next_row_group()?;
            for chunk in chunks.by_ref().take(schema.fields().len()) {
                group.append_column(&chunk.bytes, chunk.close)?;
            }
            group.close()?;
            if are_consecutive(&held.batches) {
                self.consecutive.add(self.written);
            }
            self.written += 1;
        }
        Ok(())
    }
}

/// Many rows as one batch for [`TableWriter::push_batch`].
pub(crate) fn batch<L: Line>(lines: impl Iterator<Item = L>) -> RecordBatch {
    let mut builder = BatchBuilder::default();
    lines.for_each(|line| builder.push(line));
    builder.finish()
}

/// The same, row by row.
pub(crate) struct BatchBuilder<L: Line>(L::Builders);

impl<L: Line> Default for BatchBuilder<L> {
    fn default() -> Self {
        Self(L::builders())
    }
}

impl<L: Line> BatchBuilder<L> {
    pub(crate) fn push(&mut self, line: L) {
        line.append(&mut self.0);
    }

    pub(crate) fn finish(mut self) -> RecordBatch {
        let schema = Arc::new(Schema::new(L::fields()));
        RecordBatch::try_new(schema, L::finish(&mut self.0)).expect("a line has all columns")
    }
}

/// Each column of our tables has one leaf.
fn encode_column(
    schema: &Schema,
    follows: Option<&dyn Follows>,
    group: &Group,
    column: usize,
    writer: ColumnWriter,
) -> Result<PackedChunk, ParquetError> {
    let field = schema.field(column);
    let follows = follows.filter(|follows| field.name() == follows.column());
    let ColumnWriter {
        mut encoder,
        plain,
        level,
    } = writer;
    for batch in &group.batches {
        let thin = follows.and_then(|follows| follows::thinned(follows, batch, column));
        let told = thin.as_ref().unwrap_or_else(|| batch.column(column));
        for leaf in compute_leaves(field, told)? {
            encoder.write(&leaf)?;
        }
    }
    packed(&encoder.close()?, &plain, level)
}

/// Encodes a column and compresses its pages.
struct ColumnWriter {
    encoder: ArrowColumnWriter,
    /// Where it puts them.
    plain: Plain,
    level: ZstdLevel,
}

/// What encodes the columns of a row group.
struct Encoders {
    /// One for each length of pages: the crate knows one for all columns.
    factories: Vec<(ArrowRowGroupWriterFactory, Arc<Stores>)>,
    /// Which of them each column takes.
    of_columns: Vec<usize>,
    levels: Vec<ZstdLevel>,
}

impl Encoders {
    fn new(schema: &SchemaRef, layout: &Layout) -> Result<Self, ParquetError> {
        let rows = schema
            .fields()
            .iter()
            .map(|field| layout.rows_of_page(field.name()));
        let rows: Vec<usize> = rows.collect();
        let mut lengths = rows.clone();
        lengths.sort_unstable();
        lengths.dedup();
        let of_columns = rows
            .iter()
            .map(|rows| lengths.partition_point(|it| it < rows));
        let of_columns = of_columns.collect();
        let factories = lengths.iter().map(|rows| {
            let file = file(std::io::sink(), schema, properties(layout, *rows))?;
            let stores = Arc::new(Stores::default());
            let factory = ArrowRowGroupWriterFactory::new(&file, schema.clone());
            Ok((factory.with_page_store_factory(stores.clone()), stores))
        });
        let fields = schema.fields().iter();
        let levels = fields.map(|field| ZstdLevel::try_new(layout.level_of(field.name())));
        Ok(Self {
            factories: factories.collect::<Result<_, ParquetError>>()?,
            of_columns,
            levels: levels.collect::<Result<_, ParquetError>>()?,
        })
    }

    /// One for each column, which has one leaf.
    fn of_group(&self, number: usize) -> Result<Vec<ColumnWriter>, ParquetError> {
        let all = self.factories.iter().map(|(factory, stores)| {
            let encoders = factory.create_column_writers(number)?;
            Ok(encoders.into_iter().zip(stores.handed()))
        });
        let mut all: Vec<_> = all.collect::<Result<_, ParquetError>>()?;
        let mut chosen = Vec::with_capacity(self.of_columns.len());
        for (of_column, level) in self.of_columns.iter().zip(&self.levels) {
            let mut writers = all.iter_mut().map(Iterator::next).collect::<Vec<_>>();
            let writer = writers.swap_remove(*of_column);
            chosen.extend(writer.map(|(encoder, plain)| ColumnWriter {
                encoder,
                plain,
                level: *level,
            }));
        }
        Ok(chosen)
    }
}

fn open<W: Write + Send>(
    out: W,
    schema: &SchemaRef,
    layout: &Layout,
) -> Result<(SerializedFileWriter<W>, Encoders), ParquetError> {
    let file = file(out, schema, properties(layout, layout.page_rows))?;
    Ok((file, Encoders::new(schema, layout)?))
}

fn file<W: Write + Send>(
    out: W,
    schema: &SchemaRef,
    properties: WriterProperties,
) -> Result<SerializedFileWriter<W>, ParquetError> {
    let columns = ArrowSchemaConverter::new().convert(schema)?;
    SerializedFileWriter::new(out, columns.root_schema_ptr(), Arc::new(properties))
}

/// Pages are compressed when they are encoded.
fn properties(layout: &Layout, page_rows: usize) -> WriterProperties {
    let path = |column: &str| ColumnPath::new(column.split('.').map(str::to_owned).collect());
    let mut properties = WriterProperties::builder()
        .set_created_by("longplay".into())
        .set_compression(Compression::UNCOMPRESSED)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_data_page_row_count_limit(page_rows)
        .set_write_batch_size(page_rows.min(1024));
    for column in layout.page_limits {
        properties =
            properties.set_column_statistics_enabled(path(column), EnabledStatistics::Page);
    }
    for (column, encoding) in layout.encodings {
        properties = properties
            .set_column_dictionary_enabled(path(column), false)
            .set_column_encoding(path(column), *encoding);
    }
    properties.build()
}
