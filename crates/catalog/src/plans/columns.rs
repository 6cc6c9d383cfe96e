//! Parquet tables written by columns: row groups are encoded on all threads and
//! appended in order, so the bytes do not depend on how many there are.

use {
    super::words,
    crate::{
        error::Error,
        table::{Hashing, PackedChunk, TableFile},
    },
    arrow_array::{ArrayRef, RecordBatch},
    arrow_schema::SchemaRef,
    parquet::{
        arrow::{
            ArrowSchemaConverter, ProjectionMask,
            arrow_reader::{
                ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
                ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
            },
            arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves},
        },
        basic::{Compression, Encoding, ZstdLevel},
        errors::ParquetError,
        file::{
            metadata::PageIndexPolicy, properties::WriterProperties, writer::SerializedFileWriter,
        },
        schema::types::{ColumnDescPtr, ColumnPath},
    },
    rayon::prelude::*,
    std::{
        fs::File,
        io::{BufWriter, Write},
        ops::Range,
        path::{Path, PathBuf},
        sync::Arc,
    },
};

/// Rows of a page: what one question reads.
const PAGE_ROWS: usize = 4096;
/// Rows of a row group: what one thread encodes in one go.
pub(super) const GROUP_ROWS: u32 = 1 << 20;

/// Writes a table of `rows` rows; `columns` gives the columns of a range of
/// them, and those named in `delta` are coded by their differences.
pub(super) fn write(
    path: &Path,
    schema: &SchemaRef,
    delta: &[&str],
    rows: u32,
    columns: &(dyn Fn(Range<u32>) -> Vec<ArrayRef> + Sync),
) -> Result<TableFile, Error> {
    let file = File::create(path).map_err(Error::write(path))?;
    let out = BufWriter::with_capacity(1 << 20, Hashing::new(file));
    let out = write_to(out, schema, delta, rows, columns).map_err(Error::write_table(path))?;
    let out = out
        .into_inner()
        .map_err(|error| Error::write(path)(error.into_error()))?;
    let (bytes, sha256) = out.finish().map_err(Error::write(path))?;
    let name = path.file_name().unwrap_or_default();
    Ok(TableFile {
        name: name.to_string_lossy().into_owned(),
        rows: u64::from(rows),
        bytes,
        sha256,
    })
}

fn write_to<W: Write + Send>(
    out: W,
    schema: &SchemaRef,
    delta: &[&str],
    rows: u32,
    columns: &(dyn Fn(Range<u32>) -> Vec<ArrayRef> + Sync),
) -> Result<W, ParquetError> {
    let parquet_schema = ArrowSchemaConverter::new().convert(schema)?;
    let properties = Arc::new(properties(delta)?);
    let root = parquet_schema.root_schema_ptr();
    let mut writer = SerializedFileWriter::new(out, root, properties)?;
    let factory = ArrowRowGroupWriterFactory::new(&writer, schema.clone());
    let groups = rows.div_ceil(GROUP_ROWS);
    let at_once = u32::try_from(rayon::current_num_threads()).unwrap_or(1);
    let described = parquet_schema.columns();
    let encode = |first: u32| -> Result<Vec<Vec<Chunk>>, ParquetError> {
        let window = first..groups.min(first + at_once);
        let encoded = window.into_par_iter().map(|group| {
            let from = group * GROUP_ROWS;
            let to = from.saturating_add(GROUP_ROWS).min(rows);
            encode(
                &factory,
                group as usize,
                schema,
                described,
                &columns(from..to),
            )
        });
        encoded.collect()
    };
    let mut encoded = Vec::new();
    // While some groups are appended and hashed, the next ones are encoded.
    for first in (0..groups).step_by(at_once as usize) {
        let before = std::mem::take(&mut encoded);
        let (appended, next) = rayon::join(|| append(&mut writer, before), || encode(first));
        appended?;
        encoded = next?;
    }
    append(&mut writer, encoded)?;
    writer.into_inner()
}

/// An encoded column of a row group.
enum Chunk {
    Arrow(ArrowColumnChunk),
    Words(PackedChunk),
}

fn append<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    groups: Vec<Vec<Chunk>>,
) -> Result<(), ParquetError> {
    for chunks in groups {
        let mut group = writer.next_row_group()?;
        for chunk in chunks {
            match chunk {
                Chunk::Arrow(chunk) => chunk.append_to_row_group(&mut group)?,
                Chunk::Words(PackedChunk { bytes, close }) => group.append_column(&bytes, close)?,
            }
        }
        group.close()?;
    }
    Ok(())
}

fn encode(
    factory: &ArrowRowGroupWriterFactory,
    group: usize,
    schema: &SchemaRef,
    described: &[ColumnDescPtr],
    columns: &[ArrayRef],
) -> Result<Vec<Chunk>, ParquetError> {
    let writers = factory.create_column_writers(group)?;
    let fields = schema.fields().iter().zip(columns).zip(described);
    let encoded = writers.into_iter().zip(fields);
    encoded
        .map(|(mut writer, ((field, column), described))| {
            if let Some(words) = column.as_any().downcast_ref() {
                return Ok(Chunk::Words(words::encode(
                    described,
                    zstd_level()?,
                    PAGE_ROWS,
                    words,
                )?));
            }
            for leaf in compute_leaves(field, column)? {
                writer.write(&leaf)?;
            }
            Ok(Chunk::Arrow(writer.close()?))
        })
        .collect()
}

fn zstd_level() -> Result<ZstdLevel, ParquetError> {
    ZstdLevel::try_new(1)
}

fn properties(delta: &[&str]) -> Result<WriterProperties, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_created_by("longplay".into())
        .set_compression(Compression::ZSTD(zstd_level()?))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS);
    for column in delta {
        let path = || ColumnPath::from(*column);
        properties = properties
            .set_column_dictionary_enabled(path(), false)
            .set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED);
    }
    Ok(properties.build())
}

/// An open table, read by row numbers.
#[derive(Debug)]
pub(super) struct Columns {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

impl Columns {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::read(path))?;
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata =
            ArrowReaderMetadata::load(&file, options).map_err(Error::read_table(path))?;
        Ok(Self {
            path: path.into(),
            metadata,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn rows(&self) -> u64 {
        let rows = self.metadata.metadata().file_metadata().num_rows();
        u64::try_from(rows).unwrap_or(0)
    }

    /// The named columns of all rows, batch by batch.
    pub(super) fn all(&self, columns: &[&str]) -> Result<ParquetRecordBatchReader, Error> {
        let builder = self.builder(columns)?.with_batch_size(8192);
        builder.build().map_err(Error::read_table(&self.path))
    }

    /// The named columns of some rows; only their pages are read.
    pub(super) fn range(
        &self,
        columns: &[&str],
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, Error> {
        let mut before = 0u64;
        let mut found = Vec::new();
        for (number, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let count = u64::try_from(group.num_rows()).unwrap_or(0);
            let from = rows.start.clamp(before, before + count) - before;
            let to = rows.end.clamp(before, before + count) - before;
            before += count;
            if from < to {
                found.extend(self.selected(columns, number, from as usize..to as usize)?);
            }
        }
        Ok(found)
    }

    fn selected(
        &self,
        columns: &[&str],
        group: usize,
        rows: Range<usize>,
    ) -> Result<Vec<RecordBatch>, Error> {
        let selection = RowSelection::from(vec![
            RowSelector::skip(rows.start),
            RowSelector::select(rows.len()),
        ]);
        let builder = self.builder(columns)?.with_row_groups(vec![group]);
        let reader = builder.with_row_selection(selection).build();
        let reader = reader.map_err(Error::read_table(&self.path))?;
        reader
            .map(|batch| batch.map_err(Error::read_table(&self.path)))
            .collect()
    }

    fn builder(&self, columns: &[&str]) -> Result<ParquetRecordBatchReaderBuilder<File>, Error> {
        let file = File::open(&self.path).map_err(Error::read(&self.path))?;
        let metadata = self.metadata.clone();
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        Ok(builder.with_projection(mask))
    }
}
