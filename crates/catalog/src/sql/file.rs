//! An answer as a file, whole or absent.

use {
    super::answer::Answer,
    crate::{durable, error::Error},
    longplay_model::{Monitor, Unit},
    parquet::{
        arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
        basic::{Compression, ZstdLevel},
        errors::ParquetError,
        file::properties::WriterProperties,
    },
    std::{
        fs::File,
        io::{BufWriter, Write},
        path::Path,
        sync::Arc,
    },
};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlFormat {
    Parquet,
    Csv,
    Jsonl,
}

/// A file that holds an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqlFile {
    pub rows: u64,
    pub bytes: u64,
}

/// Rows that are encoded together.
const GROUP_ROWS: usize = 1 << 17;

impl SqlFormat {
    /// By the ending of a file's name.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "parquet" => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::Jsonl),
            _ => None,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

impl Answer<'_> {
    /// Writes every row to the file `out`, which is there when all is written.
    ///
    /// # Errors
    /// When there is a file already and `force` is not set, when the disk is
    /// full, and as [`Self::head`].
    pub fn write_file(
        &mut self,
        out: &Path,
        format: SqlFormat,
        force: bool,
        monitor: &dyn Monitor,
    ) -> Result<SqlFile, Error> {
        monitor.begin("writing", None, Unit::Items);
        let (rows, bytes) = durable::write_whole(out, force, |partial| {
            let file = File::create(partial).map_err(Error::write(partial))?;
            let mut file = BufWriter::with_capacity(1 << 20, file);
            let rows = match format {
                SqlFormat::Parquet => self.write_parquet(&mut file, partial, monitor)?,
                SqlFormat::Csv => self.write_csv(&mut file, monitor)?,
                SqlFormat::Jsonl => self.write_jsonl(&mut file, monitor)?,
            };
            file.flush().map_err(Error::write(partial))?;
            Ok(rows)
        })?;
        Ok(SqlFile { rows, bytes })
    }

    fn write_parquet(
        &mut self,
        out: &mut (dyn Write + Send),
        path: &Path,
        monitor: &dyn Monitor,
    ) -> Result<u64, Error> {
        let failed = || Error::write_table::<ParquetError>(path);
        let level = ZstdLevel::try_new(3).map_err(failed())?;
        let properties = WriterProperties::builder()
            .set_created_by("longplay".into())
            .set_compression(Compression::ZSTD(level))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true);
        let schema = Arc::clone(self.schema());
        let mut table = ArrowWriter::try_new_with_options(out, schema, options).map_err(failed())?;
        let mut rows = 0;
        while let Some(batch) = self.next(monitor)? {
            table.write(&batch).map_err(failed())?;
            rows += batch.num_rows() as u64;
            monitor.advance(batch.num_rows() as u64);
        }
        table.close().map_err(failed())?;
        Ok(rows)
    }
}
