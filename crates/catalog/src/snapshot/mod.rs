//! Reading a snapshot: `catalog/<snapshot>/`.
//!
//! ```text
//!   id, code ─► identifiers ─► spans ─► rows ─► details   a page of each table
//!                                ├──► matching
//!                                └──► merges: why tracks are one recording
//!   all rows ──► candidates ─► plan              row groups side by side
//!            └─► open ─► metadata tranche
//! ```

mod artists;
mod candidates;
mod credits;
mod details;
mod figures;
#[cfg(test)]
mod fixture;
mod matching;
mod merges;
mod open;
mod raw;
mod recording;
mod regrouped;
mod releases;
mod rows;
mod searching;
mod spans;
mod tables;
#[cfg(test)]
mod tests;
mod words;

pub use {
    artists::ArtistDetails,
    candidates::SnapshotCandidates,
    details::{ArtworkDetails, RightsDetails, TrackDetails},
    matching::SnapshotMatcher,
    merges::{Apart, Evidence, Joint, Merge, Objection},
    raw::{DocumentId, RawRecords},
    releases::ReleaseDetails,
    searching::{Found, Searcher},
};

use {
    self::{spans::Spans, tables::Tables},
    crate::{
        error::Error,
        identifiers::{Kind, Lookup, blob_key, gtin_key, isrc_key, mbid_key},
        origin::Origin,
        own_ids::{artist_id, release_id},
        snapshot_meta::{Counts, SnapshotMeta, SourceEntry},
        table::{Id, TableFile, table},
        tables::IDENTIFIERS,
    },
    longplay_model::{
        Candidate, Digest, Isrc, Mbid, Monitor, RecordingId, RightsStatement, TrackId,
    },
    std::{
        collections::{BTreeSet, HashMap},
        path::{Path, PathBuf},
    },
};

/// An open snapshot. It is immutable, so nothing that it says changes.
#[derive(Debug)]
pub struct Snapshot {
    dir: PathBuf,
    meta: SnapshotMeta,
    tables: Tables,
    identifiers: Lookup,
}

table! {
    /// What says to which recording a track belongs.
    Member {
        recording: u32,
        recording_mbid: Option<Id>,
    }
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

impl SourceInfo {
    fn of(source: &SourceEntry) -> Self {
        Self {
            number: source.number,
            digest: source.digest,
            name: source.name.clone(),
            format: source.format.name(),
            file: source.file.clone(),
            records_rights: source.records_rights.clone(),
            records: source.records,
            tracks: source.tracks,
            rejected: source.rejected,
        }
    }
}

/// The sources of the snapshot in the folder `dir`, also where its tables are
/// damaged or gone.
///
/// # Errors
/// When it has no `snapshot.json` that can be read, or one of a newer format.
pub fn sources_of(dir: &Path) -> Result<Vec<SourceInfo>, Error> {
    let meta = SnapshotMeta::read(dir)?;
    Ok(meta.sources.iter().map(SourceInfo::of).collect())
}

impl Snapshot {
    /// Opens the snapshot in the folder `dir`.
    ///
    /// # Errors
    /// When there is none, when it is of a newer format, or when a table
    /// cannot be read.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let meta = SnapshotMeta::read(dir)?.current(dir)?;
        Ok(Self {
            dir: dir.into(),
            tables: Tables::open(dir, &meta.sources)?,
            identifiers: Lookup::open(&dir.join(IDENTIFIERS), meta.id_bits)?,
            meta,
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
        self.meta.sources.iter().map(SourceInfo::of).collect()
    }

    /// Every track as the plan sees it, the most popular first; read anew each
    /// time that they are asked for.
    pub fn candidates<'a>(&'a self, monitor: &'a dyn Monitor) -> SnapshotCandidates<'a> {
        SnapshotCandidates::new(&self.tables, monitor)
    }

    /// One track as the plan sees it, without the others; nothing beyond the
    /// last row.
    ///
    /// # Errors
    /// When a table cannot be read.
    pub fn candidate_at(&self, row: u32) -> Result<Option<Candidate>, Error> {
        let found = self.tracks_at(&[row.into()])?.pop();
        Ok(found.map(|track| track.candidate()))
    }

    /// The row of a track.
    pub fn row_of(&self, track: &TrackId) -> Result<Option<u32>, Error> {
        let found = self.track(track)?;
        Ok(found.and_then(|track| u32::try_from(track.rank).ok()))
    }

    /// The rows of a recording, ascending.
    pub fn rows_of_recording(&self, recording: &RecordingId) -> Result<Vec<u32>, Error> {
        let Some(representative) = self.representative(recording)? else {
            return Ok(Vec::new());
        };
        let rows = self.identifiers.members(&[representative])?;
        Ok(rows
            .into_iter()
            .filter_map(|row| u32::try_from(row).ok())
            .collect())
    }

    /// All that is known of a track.
    pub fn track(&self, track: &TrackId) -> Result<Option<TrackDetails>, Error> {
        let row = self.spans().of_track(&Id(*track.as_bytes()))?;
        row.map(|row| self.track_at(row)).transpose()
    }

    /// The track that this source calls `id`.
    pub fn track_by_source_id(
        &self,
        source_name: &str,
        id: &str,
    ) -> Result<Option<TrackDetails>, Error> {
        self.track(&TrackId::of_source(source_name, id))
    }

    /// The release with this id.
    pub fn release(&self, id: [u8; 16]) -> Result<Option<ReleaseDetails>, Error> {
        let row = self.spans().of_release(&Id(id))?;
        let found = releases::releases(&self.tables, row.into_iter().collect())?;
        Ok(found.into_values().next())
    }

    /// The release that this source calls `id`.
    pub fn release_by_source_id(
        &self,
        source_name: &str,
        id: &str,
    ) -> Result<Option<ReleaseDetails>, Error> {
        self.release(release_id(source_name, id))
    }

    /// The artist with this id.
    pub fn artist(&self, id: [u8; 16]) -> Result<Option<ArtistDetails>, Error> {
        match self.spans().of_artist(&Id(id))? {
            Some(row) => artists::artist(&self.tables, row),
            None => Ok(None),
        }
    }

    /// The artist that this source calls `id`.
    pub fn artist_by_source_id(
        &self,
        source_name: &str,
        id: &str,
    ) -> Result<Option<ArtistDetails>, Error> {
        self.artist(artist_id(source_name, id))
    }

    /// The tracks that carry this code, the most popular first.
    pub fn by_isrc(&self, isrc: &Isrc) -> Result<Vec<TrackDetails>, Error> {
        let found = self.by_isrcs(std::slice::from_ref(isrc))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The same for many codes at once: what stands on the same pages is read
    /// once. As many lists as codes, in their order.
    pub fn by_isrcs(&self, isrcs: &[Isrc]) -> Result<Vec<Vec<TrackDetails>>, Error> {
        let keys: BTreeSet<u64> = isrcs.iter().map(isrc_key).collect();
        let keys: Vec<u64> = keys.into_iter().collect();
        let carriers = self.spans().of_isrcs(&keys)?;
        let codes = Some(carriers.codes());
        let tracks = details::details(&self.tables, &self.meta.sources, &carriers.rows(), codes)?;
        let hits = &carriers.hits;
        let tracks: HashMap<u64, TrackDetails> = tracks
            .into_iter()
            .map(|track| (track.rank, track))
            .collect();
        let of_code = |isrc: &Isrc| {
            let key = isrc_key(isrc);
            let from = hits.partition_point(|hit| hit.0 < key);
            let hits = hits[from..].iter().take_while(|hit| hit.0 == key);
            hits.filter_map(|(_, row)| tracks.get(row).cloned())
                .collect()
        };
        Ok(isrcs.iter().map(of_code).collect())
    }

    /// The tracks that carry this id of a MusicBrainz recording, the most
    /// popular first.
    pub fn by_mbid(&self, mbid: &Mbid) -> Result<Vec<TrackDetails>, Error> {
        let mut found = self.tracks_by(Kind::Mbid, mbid_key(mbid))?;
        // One that was merged into another is found under its old id too.
        found.retain(|track| {
            track
                .recording_mbid
                .is_some_and(|found| found == *mbid || mbid_key(&found) != mbid_key(mbid))
        });
        Ok(found)
    }

    /// The tracks of a recording, the most popular first.
    pub fn by_recording(&self, recording: &RecordingId) -> Result<Vec<TrackDetails>, Error> {
        let Some(representative) = self.representative(recording)? else {
            return Ok(Vec::new());
        };
        self.tracks_at(&self.identifiers.members(&[representative])?)
    }

    /// The row of the track that stands for a recording.
    fn representative(&self, recording: &RecordingId) -> Result<Option<u64>, Error> {
        let id = Id(*recording.as_bytes());
        // Of tracks only the one that stands for it names a recording.
        if let Some(row) = self.spans().of_track(&id)? {
            let member = self.tables.tracks.line_at::<Member>(row)?;
            let stands = member.map(|member| u64::from(member.recording));
            return match stands {
                Some(row) if recording::name(&self.tables.tracks, row)? == *recording => {
                    Ok(Some(row))
                }
                _ => Ok(None),
            };
        }
        // Of MusicBrainz any id does.
        let key = mbid_key(&Mbid::from_bytes(id.0));
        let rows = self.identifiers.rows(Kind::Mbid, key)?;
        let members: Vec<Member> = self.tables.tracks.lines_at(&rows)?;
        let member = members.into_iter().find(|it| it.recording_mbid == Some(id));
        Ok(member.map(|member| member.recording.into()))
    }

    /// The track that was read from a file with this digest.
    pub fn by_blob(&self, blob: &Digest) -> Result<Option<TrackDetails>, Error> {
        let found = self.tracks_by(Kind::Blob, blob_key(blob))?;
        let is_of_blob = |track: &TrackDetails| {
            let file = track.file.as_ref();
            file.is_some_and(|file| file.sha256 == *blob)
        };
        Ok(found.into_iter().find(is_of_blob))
    }

    /// The releases that carry this code, whatever zeros stand before it.
    pub fn by_gtin(&self, gtin: &str) -> Result<Vec<ReleaseDetails>, Error> {
        let Some(key) = gtin_key(gtin) else {
            return Ok(Vec::new());
        };
        let rows = self.spans().of_gtin(key)?;
        let found = releases::releases(&self.tables, rows.into_iter().collect())?;
        let mut found: Vec<ReleaseDetails> = found.into_values().collect();
        found.sort_by_key(|release| release.row);
        Ok(found)
    }

    fn spans(&self) -> Spans<'_> {
        Spans {
            tables: &self.tables,
            identifiers: &self.identifiers,
        }
    }

    fn tracks_by(&self, kind: Kind, key: u64) -> Result<Vec<TrackDetails>, Error> {
        self.tracks_at(&self.identifiers.rows(kind, key)?)
    }

    /// The track at this rank, counted from 0.
    ///
    /// # Errors
    /// Also when the snapshot has fewer tracks.
    pub fn track_at(&self, rank: u64) -> Result<TrackDetails, Error> {
        let track = self.tracks_at(&[rank])?.pop();
        track.ok_or_else(|| self.tables.tracks.shape("a track of this rank"))
    }

    /// The tracks at these ranks, which ascend and do not repeat. What stands
    /// on the same pages is read once.
    ///
    /// # Errors
    /// Also when the snapshot has fewer tracks.
    pub fn tracks_at(&self, ranks: &[u64]) -> Result<Vec<TrackDetails>, Error> {
        details::details(&self.tables, &self.meta.sources, ranks, None)
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
        let missing = || self.tables.tracks.shape("sources that its snapshot names");
        let entry = entry.ok_or_else(missing)?;
        Origin::open(sources, entry)?.record(track.source_record, entry)
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
