//! Reading a snapshot: `catalog/<snapshot>/`.

mod candidates;
mod details;
mod matching;
mod open;
mod searching;
mod tables;

pub use {
    details::{ArtworkDetails, ReleaseDetails, RightsDetails, TrackDetails},
    matching::SnapshotMatcher,
    searching::{Found, Searcher},
};

use {
    self::tables::Tables,
    crate::{
        error::Error,
        identifiers::{Kind, Lookup},
        kept::Kept,
        snapshot_meta::{Counts, SnapshotMeta},
        table::TableFile,
        tables::IDENTIFIERS,
    },
    longplay_model::{Candidate, Digest, Isrc, RecordingId, RightsStatement, TrackId},
    std::path::{Path, PathBuf},
};

/// An open snapshot. It is immutable, so nothing that it says changes.
#[derive(Debug)]
pub struct Snapshot {
    dir: PathBuf,
    meta: SnapshotMeta,
    tables: Tables,
    identifiers: Lookup,
}

/// A source of a snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceInfo {
    pub number: u16,
    pub digest: Digest,
    pub name: String,
    pub format: &'static str,
    /// Name of the file or folder that it came from.
    pub file: String,
    pub records_rights: Option<RightsStatement>,
    /// Records, the tracks that they told of, and records left out.
    pub records: u64,
    pub tracks: u64,
    pub rejected: u64,
}

impl Snapshot {
    /// Opens the snapshot in the folder `dir`.
    ///
    /// # Errors
    /// When there is none, when it is of a newer format, or when a table
    /// cannot be read.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let meta = SnapshotMeta::read(dir)?;
        Ok(Self {
            dir: dir.into(),
            meta,
            tables: Tables::open(dir)?,
            identifiers: Lookup::open(&dir.join(IDENTIFIERS))?,
        })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// 16 hexadecimal digits, made from the sources.
    pub fn id(&self) -> &str {
        &self.meta.snapshot
    }

    pub fn counts(&self) -> Counts {
        self.meta.counts
    }

    /// Name, rows, bytes and digest of each table.
    pub fn tables(&self) -> &[TableFile] {
        &self.meta.tables
    }

    pub fn sources(&self) -> Vec<SourceInfo> {
        let info = |source: &crate::snapshot_meta::SourceEntry| SourceInfo {
            number: source.number,
            digest: source.digest,
            name: source.name.clone(),
            format: source.format.name(),
            file: source.file.clone(),
            records_rights: source.records_rights.clone(),
            records: source.records,
            tracks: source.tracks,
            rejected: source.rejected,
        };
        self.meta.sources.iter().map(info).collect()
    }

    /// Every track as the plan sees it, the most popular first, read as they
    /// are asked for.
    ///
    /// # Errors
    /// When a table cannot be read; then also as the last item.
    pub fn candidates(
        &self,
    ) -> Result<impl Iterator<Item = Result<Candidate, Error>> + use<>, Error> {
        candidates::candidates(&self.tables)
    }

    /// One track as the plan sees it, without the others; nothing beyond the
    /// last row.
    ///
    /// # Errors
    /// When a table cannot be read.
    pub fn candidate_at(&self, row: u32) -> Result<Option<Candidate>, Error> {
        candidates::candidate_at(&self.tables, u64::from(row))
    }

    /// The row of a track.
    pub fn row_of(&self, track: &TrackId) -> Result<Option<u32>, Error> {
        let rows = self.identifiers.rows(Kind::Track, &track.to_string())?;
        Ok(rows.first().and_then(|row| u32::try_from(*row).ok()))
    }

    /// The rows of a recording, ascending.
    pub fn rows_of_recording(&self, recording: &RecordingId) -> Result<Vec<u32>, Error> {
        let rows = self.identifiers.rows(Kind::Recording, &recording.to_string())?;
        let rows = rows.into_iter().filter_map(|row| u32::try_from(row).ok());
        Ok(rows.collect())
    }

    /// All that is known of a track.
    pub fn track(&self, track: &TrackId) -> Result<Option<TrackDetails>, Error> {
        let rows = self.identifiers.rows(Kind::Track, &track.to_string())?;
        rows.first().map(|row| self.track_at(*row)).transpose()
    }

    /// The tracks that carry this code, the most popular first.
    pub fn by_isrc(&self, isrc: &Isrc) -> Result<Vec<TrackDetails>, Error> {
        self.tracks_by(Kind::Isrc, isrc.as_str())
    }

    /// The tracks of a recording, the most popular first.
    pub fn by_recording(&self, recording: &RecordingId) -> Result<Vec<TrackDetails>, Error> {
        self.tracks_by(Kind::Recording, &recording.to_string())
    }

    /// The track that was read from a file with this digest.
    pub fn by_blob(&self, blob: &Digest) -> Result<Option<TrackDetails>, Error> {
        let mut tracks = self.tracks_by(Kind::Blob, &blob.to_string())?;
        Ok(tracks.drain(..).next())
    }

    fn tracks_by(&self, kind: Kind, value: &str) -> Result<Vec<TrackDetails>, Error> {
        let rows = self.identifiers.rows(kind, value)?;
        rows.into_iter().map(|row| self.track_at(row)).collect()
    }

    /// The track at this rank, counted from 0.
    pub fn track_at(&self, rank: u64) -> Result<TrackDetails, Error> {
        details::details(&self.tables, &self.identifiers, rank)
    }

    /// Finds the tracks of files by looking into the tables.
    pub fn matcher(&self) -> SnapshotMatcher<'_> {
        SnapshotMatcher::new(&self.tables, &self.identifiers)
    }

    /// The record of a track in its source, byte for byte as it came.
    ///
    /// # Errors
    /// When the source in the folder `sources` cannot be read.
    pub fn raw_record(&self, sources: &Path, track: &TrackDetails) -> Result<Vec<u8>, Error> {
        let entry = self.meta.sources.get(usize::from(track.source));
        let entry = entry.ok_or_else(|| Error::TableShape {
            path: self.tables.tracks.path().into(),
            what: "sources that its snapshot names",
        })?;
        let kept = Kept::open(&sources.join(entry.digest.to_string()))?;
        kept.range(track.source_offset, track.source_length)
    }

    /// Writes the tables to the empty folder `out`, restricted to tracks whose
    /// records may leave the archive, with `catalog.json` beside them; for the
    /// metadata tranche. The files in the order of their names; none when no
    /// source is open. The same snapshot always gives the same bytes.
    ///
    /// # Errors
    /// When tables cannot be read or written.
    pub fn open_tables(&self, out: &Path) -> Result<Vec<PathBuf>, Error> {
        open::open_tables(&self.meta, &self.tables, &self.identifiers, out)
    }
}
