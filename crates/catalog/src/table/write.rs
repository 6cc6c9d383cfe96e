use {
    super::Line,
    crate::error::Error,
    arrow_array::RecordBatch,
    arrow_schema::{Schema, SchemaRef},
    longplay_model::Digest,
    parquet::{
        arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
        basic::{Compression, Encoding, ZstdLevel},
        file::properties::WriterProperties,
        schema::types::ColumnPath,
    },
    serde::{Deserialize, Serialize},
    sha2::{Digest as _, Sha256},
    std::{
        fs::File,
        io::{self, BufWriter, Write},
        path::{Path, PathBuf},
        sync::Arc,
    },
};

/// Rows that are handed to the Parquet writer at once.
const BATCH: usize = 4096;

/// How a table lies on disk.
pub(crate) struct Layout {
    /// Rows of a page at most: what one lookup decodes.
    pub(crate) page_rows: usize,
    /// Rows of a row group at most.
    pub(crate) group_rows: usize,
    /// Columns that a dictionary does not suit, with their encoding.
    pub(crate) encodings: &'static [(&'static str, Encoding)],
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
pub(crate) struct TableWriter<L: Line> {
    path: PathBuf,
    schema: SchemaRef,
    writer: ArrowWriter<BufWriter<Hashing>>,
    builders: L::Builders,
    pending: usize,
    rows: u64,
}

impl<L: Line> TableWriter<L> {
    pub(crate) fn create(path: &Path, layout: &Layout) -> Result<Self, Error> {
        let schema: SchemaRef = Arc::new(Schema::new(L::fields()));
        let file = File::create(path).map_err(Error::write(path))?;
        let out = BufWriter::with_capacity(1 << 16, Hashing::new(file));
        let writer = arrow_writer(out, &schema, layout).map_err(Error::write_table(path))?;
        Ok(Self {
            path: path.into(),
            schema,
            writer,
            builders: L::builders(),
            pending: 0,
            rows: 0,
        })
    }

    pub(crate) fn push(&mut self, line: L) -> Result<(), Error> {
        line.append(&mut self.builders);
        self.pending += 1;
        self.rows += 1;
        if self.pending == BATCH {
            self.write_batch()?;
        }
        Ok(())
    }

    /// Number of rows so far: the number of the row that comes next.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the row group here.
    pub(crate) fn end_group(&mut self) -> Result<(), Error> {
        self.write_batch()?;
        self.writer.flush().map_err(Error::write_table(&self.path))
    }

    /// The table is durable then.
    pub(crate) fn finish(mut self) -> Result<TableFile, Error> {
        self.write_batch()?;
        let Self {
            path, writer, rows, ..
        } = self;
        let out = writer.into_inner().map_err(Error::write_table(&path))?;
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

    fn write_batch(&mut self) -> Result<(), Error> {
        if self.pending == 0 {
            return Ok(());
        }
        self.pending = 0;
        let columns = L::finish(&mut self.builders);
        RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(parquet::errors::ParquetError::from)
            .and_then(|batch| self.writer.write(&batch))
            .map_err(Error::write_table(&self.path))
    }
}

fn arrow_writer<W: Write + Send>(
    out: W,
    schema: &SchemaRef,
    layout: &Layout,
) -> Result<ArrowWriter<W>, parquet::errors::ParquetError> {
    let options = ArrowWriterOptions::new()
        .with_properties(properties(layout)?)
        .with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(out, schema.clone(), options)
}

fn properties(layout: &Layout) -> Result<WriterProperties, parquet::errors::ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_created_by("longplay".into())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_data_page_row_count_limit(layout.page_rows)
        .set_write_batch_size(layout.page_rows.min(1024))
        .set_max_row_group_row_count(Some(layout.group_rows));
    for (column, encoding) in layout.encodings {
        let path = || ColumnPath::new(column.split('.').map(str::to_owned).collect());
        properties = properties
            .set_column_dictionary_enabled(path(), false)
            .set_column_encoding(path(), *encoding);
    }
    Ok(properties.build())
}

/// A file that knows the digest of what was written to it.
struct Hashing {
    file: File,
    hasher: Sha256,
    bytes: u64,
}

impl Hashing {
    fn new(file: File) -> Self {
        Self {
            file,
            hasher: Sha256::new(),
            bytes: 0,
        }
    }

    fn finish(self) -> io::Result<(u64, Digest)> {
        self.file.sync_all()?;
        Ok((self.bytes, self.hasher.into()))
    }
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
