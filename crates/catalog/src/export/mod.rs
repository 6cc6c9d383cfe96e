//! A part of the catalog to take along, in a format that others read.
//!
//! ```text
//!   filter ─► rows ─ some at a time ─► with what they point at ─► one file
//! ```
//!
//! Rows go out in the order of rank. The file is written beside, synced, and
//! renamed when it is whole.

mod csv;
mod filter;
mod flat;
mod gather;
mod jsonl;
mod options;
mod parquet;
mod record;
mod sink;
mod sources;
mod sqlite;
mod track_rows;

pub use {
    options::{ExportFilter, ExportFormat, ExportOptions, WantedRights},
    track_rows::TrackRows,
};

use {
    self::{
        csv::CsvFile, gather::Gather, jsonl::JsonlFile, parquet::ParquetFile, sink::Sink,
        sources::Sources, sqlite::SqliteFile,
    },
    crate::{durable, error::Error, scan::Tables, snapshot::Snapshot, snapshot_meta::SnapshotMeta},
    longplay_model::{Monitor, Unit},
    std::path::Path,
};

/// Tracks that are in memory at once.
const CHUNK: usize = 1 << 17;

/// What an export did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportSummary {
    pub tracks: u64,
    /// Tracks whose records may not leave the archive.
    pub dark: u64,
    pub bytes: u64,
}

/// Writes the tracks that the filter lets through, with their releases and
/// artists, to the file `out`.
///
/// # Errors
/// When there is a file already and `force` is not set, when a table cannot be
/// read or the file not be written, or when the user stops.
pub fn export(
    snapshot: &Snapshot,
    out: &Path,
    options: &ExportOptions,
    monitor: &dyn Monitor,
) -> Result<ExportSummary, Error> {
    let ((tracks, dark), bytes) = durable::write_whole(out, options.force, |partial| {
        write(snapshot, partial, options, monitor)
    })?;
    Ok(ExportSummary {
        tracks,
        dark,
        bytes,
    })
}

/// Writes all rows; how many there were, and how many of them are dark.
fn write(
    snapshot: &Snapshot,
    partial: &Path,
    options: &ExportOptions,
    monitor: &dyn Monitor,
) -> Result<(u64, u64), Error> {
    let tables = Tables::open(snapshot.dir())?;
    let sources = Sources {
        entries: SnapshotMeta::read(snapshot.dir())?.sources,
    };
    let mut sink: Box<dyn Sink> = match options.format {
        ExportFormat::Parquet => Box::new(ParquetFile::create(partial)?),
        ExportFormat::Csv => Box::new(CsvFile::create(partial)?),
        ExportFormat::Jsonl => Box::new(JsonlFile::create(partial)?),
        ExportFormat::Sqlite => Box::new(SqliteFile::create(partial)?),
    };
    let gather = Gather::new(&tables, &sources, options.open_only);
    let (mut tracks, mut dark) = (0, 0);
    monitor.begin("exporting", Some(tables.tracks.rows()), Unit::Items);
    filter::chosen(&tables, &sources, options, CHUNK, monitor, &mut |rows| {
        let chunk = gather.chunk(rows)?;
        let of_dark = |track: &&gather::Track| !sources.is_open(track.line.source);
        dark += chunk.tracks.iter().filter(of_dark).count() as u64;
        tracks += chunk.tracks.len() as u64;
        sink.write(&chunk, &sources)
    })?;
    sink.finish()?;
    Ok((tracks, dark))
}
