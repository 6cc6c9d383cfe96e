//! `state.sqlite`: what the journal says, in tables that answer quickly.
//!
//! A cache and nothing else. It knows up to which line it has read the
//! journal, and is made again where it is absent, damaged or of another
//! history.

mod audit;

use {
    crate::{
        disk::{Kind, Location},
        error::Error,
        fold::{self, as_sql, unsigned},
        journal::Position,
    },
    longplay_model::{
        Digest, Event, FixityMethod, Isrc, JournalEntry, PathRange, Receipt, RecordingId,
        Timestamp, TrackId,
    },
    rusqlite::{Connection, OpenFlags, OptionalExtension, Params, Row, params},
    std::{
        collections::BTreeSet,
        path::{Path, PathBuf},
        sync::{Mutex, MutexGuard, PoisonError},
        time::Duration,
    },
};

/// The facts of an archive. May be asked by several threads at once.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    tables: Mutex<Connection>,
}

/// How much an archive holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Counts {
    /// Tracks with a receipt.
    pub receipts: u64,
    /// Tracks whose blob waits in staging.
    pub staged: u64,
    /// Bytes of the distinct blobs that wait in staging, covers included.
    pub staged_bytes: u64,
    /// Files that were looked at and left where they are.
    pub refusals: u64,
    pub tranches: u64,
    /// Bytes of all tranches, recovery not counted.
    pub tranche_bytes: u64,
    pub recovery_bytes: u64,
    /// Tranches that were released.
    pub released: u64,
}

/// A tranche as the journal knows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SealedTranche {
    pub name: String,
    pub tagmanifest: Digest,
    /// Digest of the recovery bag's `tagmanifest-sha256.txt`.
    pub recovery: Digest,
    pub bytes: u64,
    pub recovery_bytes: u64,
    pub at: Timestamp,
}

/// A tranche as it was published last.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ReleasedTranche {
    pub tranche: String,
    pub infohash_v1: String,
    pub infohash_v2: String,
    pub at: Timestamp,
}

/// A source as it was read into a catalog snapshot.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ImportedSource {
    pub source: String,
    pub digest: Digest,
    pub records: u64,
    pub snapshot: String,
    pub at: Timestamp,
}

/// The last time that a tranche was read and compared.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FixityChecked {
    pub tranche: String,
    pub findings: u64,
    pub bytes: u64,
    /// Some of its packs were left for another time.
    pub is_part: bool,
    pub at: Timestamp,
}

/// When the packs and recovery packs of a tranche were read, and how.
#[derive(Debug, Clone, Default)]
pub struct FileChecks {
    /// The newest first.
    checks: Vec<FileCheck>,
}

#[derive(Debug, Clone)]
struct FileCheck {
    at: Timestamp,
    how: FixityMethod,
    /// All files where it is empty.
    only: Vec<PathRange>,
}

impl FileChecks {
    /// When the file of this path was read last, and how.
    pub fn last(&self, path: &str) -> Option<(Timestamp, FixityMethod)> {
        let covers = |check: &&FileCheck| {
            check.only.is_empty() || check.only.iter().any(|range| range.contains(path))
        };
        let last = self.checks.iter().find(covers)?;
        Some((last.at, last.how))
    }
}

/// Why a file was left where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub source: Option<Digest>,
    pub track: Option<TrackId>,
    pub reason: String,
}

/// A cache up to this size is checked whole when it is opened.
const CHECKED_BYTES: u64 = 64 << 20;

impl State {
    /// Opens the cache at `path` if it is there and sound. `None` asks the
    /// caller to make it again.
    pub(crate) fn open(path: &Location, writable: bool) -> Option<Self> {
        let bytes = path.about().ok().filter(|it| it.kind == Kind::File)?.bytes;
        let local = path.local()?;
        let access = if writable {
            OpenFlags::SQLITE_OPEN_READ_WRITE
        } else {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        };
        let tables =
            Connection::open_with_flags(local, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).ok()?;
        is_sound(&tables, bytes <= CHECKED_BYTES).then_some(())?;
        if writable {
            make_durable(&tables).ok()?;
        }
        Some(Self::new(path, tables))
    }

    /// Makes an empty cache at `path`, in place of what stands there.
    pub(crate) fn create(path: &Location) -> Result<Self, Error> {
        for ending in ["", "-wal", "-shm", "-journal"] {
            crate::durable::remove_if_present(path.with_ending(ending))?;
        }
        Connection::open(path.to_local()?)
            .and_then(|tables| {
                make_durable(&tables)?;
                make_tables(&tables)?;
                Ok(Self::new(path, tables))
            })
            .map_err(|source| failed(path.path(), source))
    }

    /// A cache that lives as long as this value.
    pub(crate) fn in_memory(path: &Location) -> Result<Self, Error> {
        Connection::open_in_memory()
            .and_then(|tables| {
                make_tables(&tables)?;
                Ok(Self::new(path, tables))
            })
            .map_err(|source| failed(path.path(), source))
    }

    fn new(path: &Location, tables: Connection) -> Self {
        tables.set_prepared_statement_cache_capacity(32);
        Self {
            path: path.into(),
            tables: Mutex::new(tables),
        }
    }

    pub(crate) fn position(&self) -> Result<Position, Error> {
        fold::position(&self.tables()).map_err(|source| failed(&self.path, source))
    }

    /// Takes in entries that end at `end`, all or none.
    pub(crate) fn apply(
        &self,
        entries: &[(u64, JournalEntry)],
        end: &Position,
    ) -> Result<(), Error> {
        let mut tables = self.tables();
        tables
            .transaction()
            .and_then(|transaction| {
                entries
                    .iter()
                    .try_for_each(|(seq, entry)| fold::apply(&transaction, *seq, entry))?;
                fold::set_position(&transaction, end)?;
                transaction.commit()
            })
            .map_err(|source| failed(&self.path, source))
    }

    /// Receipts whose blobs wait in staging, in order of (place in the plan,
    /// track id).
    pub fn staged(&self) -> Result<Vec<Receipt>, Error> {
        self.receipts(
            "WHERE current AND NOT emptied ORDER BY plan_order, track",
            [],
        )
    }

    /// Receipts whose covers wait in staging, in the same order.
    pub fn staged_covers(&self) -> Result<Vec<Receipt>, Error> {
        self.receipts(
            "WHERE current AND cover IS NOT NULL AND NOT cover_emptied ORDER BY plan_order, track",
            [],
        )
    }

    /// The blobs, covers included, that staging must hold.
    pub fn needed_blobs(&self) -> Result<BTreeSet<Digest>, Error> {
        let blobs = self.rows(
            "SELECT blob FROM receipts WHERE current AND NOT emptied UNION \
             SELECT cover FROM receipts WHERE current AND cover IS NOT NULL AND NOT cover_emptied",
            [],
            |row| row.get(0).map(Digest::from_bytes),
        )?;
        Ok(blobs.into_iter().collect())
    }

    /// Whether staging must hold this blob for the receipt of `track`.
    pub fn is_staged(&self, track: &TrackId) -> Result<bool, Error> {
        let count = self.number(
            "SELECT count(*) FROM receipts WHERE track = ? AND current AND NOT emptied",
            [track.as_bytes()],
        )?;
        Ok(count > 0)
    }

    pub fn receipt_of_track(&self, track: &TrackId) -> Result<Option<Receipt>, Error> {
        self.receipt("WHERE current AND track = ?", [track.as_bytes()])
    }

    /// The first receipt of the recording.
    pub fn receipt_of_recording(&self, recording: &RecordingId) -> Result<Option<Receipt>, Error> {
        self.receipt("WHERE current AND recording = ?", [recording.as_bytes()])
    }

    /// The first receipt that was made from a file of this digest.
    pub fn receipt_of_source(&self, source: &Digest) -> Result<Option<Receipt>, Error> {
        self.receipt("WHERE current AND source = ?", [source.as_bytes()])
    }

    pub fn receipts_by_isrc(&self, isrc: &Isrc) -> Result<Vec<Receipt>, Error> {
        self.receipts(
            "WHERE current AND seq IN (SELECT seq FROM isrcs WHERE isrc = ?) \
             ORDER BY plan_order, track",
            [isrc.as_str()],
        )
    }

    /// Receipts of all tracks, sealed or not, in order of (place in the plan,
    /// track id).
    pub fn all_receipts(&self) -> Result<Vec<Receipt>, Error> {
        self.receipts("WHERE current ORDER BY plan_order, track", [])
    }

    /// Why the file of this path in its collection was refused last.
    pub fn refusal(&self, source_path: &str) -> Result<Option<Refused>, Error> {
        self.row(
            "SELECT source, track, reason FROM refusals WHERE source_path = ?",
            [source_path],
            |row| {
                Ok(Refused {
                    source: row.get::<_, Option<[u8; 32]>>(0)?.map(Digest::from_bytes),
                    track: row.get::<_, Option<[u8; 16]>>(1)?.map(TrackId::from_bytes),
                    reason: row.get(2)?,
                })
            },
        )
    }

    /// Tranches in the order of their sealing.
    pub fn sealed(&self) -> Result<Vec<SealedTranche>, Error> {
        self.newest_events("sealing", |at, event| match event {
            Event::Sealing {
                tranche,
                tagmanifest,
                recovery,
                bytes,
                recovery_bytes,
            } => Some(SealedTranche {
                name: tranche,
                tagmanifest,
                recovery,
                bytes,
                recovery_bytes,
                at,
            }),
            _ => None,
        })
    }

    /// Released tranches, each as it was released last.
    pub fn released(&self) -> Result<Vec<ReleasedTranche>, Error> {
        self.newest_events("release", |at, event| match event {
            Event::Release {
                tranche,
                infohash_v1,
                infohash_v2,
            } => Some(ReleasedTranche {
                tranche,
                infohash_v1,
                infohash_v2,
                at,
            }),
            _ => None,
        })
    }

    /// The last check of each tranche that was ever checked.
    pub fn fixity_checks(&self) -> Result<Vec<FixityChecked>, Error> {
        self.newest_events("fixity-check", |at, event| match event {
            Event::FixityCheck {
                tranche,
                findings,
                bytes,
                only,
                ..
            } => Some(FixityChecked {
                tranche,
                findings,
                bytes,
                is_part: !only.is_empty(),
                at,
            }),
            _ => None,
        })
    }

    /// When each pack and recovery pack of a tranche was read last.
    pub fn file_checks(&self, tranche: &str) -> Result<FileChecks, Error> {
        let checks = self.events(
            "SELECT json FROM events WHERE kind = 'fixity-check' AND subject = ? \
             ORDER BY seq DESC",
            [tranche],
            |at, event| match event {
                // Of a tranche that was not there nothing was read.
                Event::FixityCheck { bytes: 0, .. } => None,
                Event::FixityCheck { only, how, .. } => Some(FileCheck { at, how, only }),
                _ => None,
            },
        )?;
        Ok(FileChecks { checks })
    }

    /// Sources in the order of their import.
    pub fn imports(&self) -> Result<Vec<ImportedSource>, Error> {
        self.events(
            "SELECT json FROM events WHERE kind = 'import' ORDER BY seq",
            [],
            |at, event| match event {
                Event::Import {
                    source,
                    digest,
                    records,
                    snapshot,
                } => Some(ImportedSource {
                    source,
                    digest,
                    records,
                    snapshot,
                    at,
                }),
                _ => None,
            },
        )
    }

    /// The catalog snapshot that was written last.
    pub fn last_snapshot(&self) -> Result<Option<String>, Error> {
        self.last_subject("import")
    }

    /// The plan that was written last.
    pub fn last_plan(&self) -> Result<Option<String>, Error> {
        self.last_subject("plan")
    }

    pub fn counts(&self) -> Result<Counts, Error> {
        let (sealed, released) = (self.sealed()?, self.released()?);
        let count = |sql| self.number(sql, []);
        Ok(Counts {
            receipts: count("SELECT count(*) FROM receipts WHERE current")?,
            staged: count("SELECT count(*) FROM receipts WHERE current AND NOT emptied")?,
            staged_bytes: count(
                "SELECT coalesce(sum(bytes), 0) FROM ( \
                 SELECT blob, bytes FROM receipts WHERE current AND NOT emptied UNION \
                 SELECT cover, cover_bytes FROM receipts \
                 WHERE current AND cover IS NOT NULL AND NOT cover_emptied)",
            )?,
            refusals: count("SELECT count(*) FROM refusals")?,
            tranches: sealed.len() as u64,
            tranche_bytes: sealed.iter().map(|tranche| tranche.bytes).sum(),
            recovery_bytes: sealed.iter().map(|tranche| tranche.recovery_bytes).sum(),
            released: released.len() as u64,
        })
    }

    /// The digest that the file of this path had when it was last read, if
    /// its length and time of change (nanoseconds since 1970) are the same.
    /// A hint: it is lost with the cache, and then the file is read again.
    pub fn hint(&self, path: &Path, bytes: u64, modified: i64) -> Result<Option<Digest>, Error> {
        self.row(
            "SELECT digest FROM hints WHERE path = ? AND bytes = ? AND modified = ?",
            params![path.as_os_str().as_encoded_bytes(), as_sql(bytes), modified],
            |row| row.get(0).map(Digest::from_bytes),
        )
    }

    /// Remembers the digest of a file for [`Self::hint`].
    pub fn remember(
        &self,
        path: &Path,
        bytes: u64,
        modified: i64,
        digest: &Digest,
    ) -> Result<(), Error> {
        self.tables()
            .prepare_cached("INSERT OR REPLACE INTO hints VALUES (?, ?, ?, ?)")
            .and_then(|mut insert| {
                insert.execute(params![
                    path.as_os_str().as_encoded_bytes(),
                    as_sql(bytes),
                    modified,
                    digest.as_bytes()
                ])
            })
            .map(|_| ())
            .map_err(|source| failed(&self.path, source))
    }

    fn receipt(&self, tail: &str, values: impl Params) -> Result<Option<Receipt>, Error> {
        let tail = format!("{tail} ORDER BY seq LIMIT 1");
        Ok(self.receipts(&tail, values)?.pop())
    }

    fn receipts(&self, tail: &str, values: impl Params) -> Result<Vec<Receipt>, Error> {
        let sql = format!("SELECT json, json_digest FROM receipts {tail}");
        self.rows(&sql, values, |row| Ok((row.get(0)?, row.get(1)?)))?
            .iter()
            .map(|(json, digest): &(String, Vec<u8>)| self.parse_receipt(json, digest))
            .collect()
    }

    fn parse_receipt(&self, json: &str, digest: &[u8]) -> Result<Receipt, Error> {
        if fold::digest_of(json) != digest {
            return Err(Error::StateRow {
                path: self.path.clone(),
            });
        }
        serde_json::from_str(json).map_err(|source| Error::StateEntry { source })
    }

    /// The newest event of each subject, in the order of the first.
    fn newest_events<T>(
        &self,
        kind: &str,
        pick: impl Fn(Timestamp, Event) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        self.events(
            "SELECT json FROM events JOIN ( \
             SELECT max(seq) AS newest, min(seq) AS oldest FROM events \
             WHERE kind = ? GROUP BY subject) ON seq = newest ORDER BY oldest",
            [kind],
            pick,
        )
    }

    fn events<T>(
        &self,
        sql: &str,
        values: impl Params,
        pick: impl Fn(Timestamp, Event) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        let lines: Vec<String> = self.rows(sql, values, |row| row.get(0))?;
        let mut picked = Vec::new();
        for line in lines {
            let (at, event) =
                fold::entry_of(&line).map_err(|source| Error::StateEntry { source })?;
            picked.extend(pick(at, event));
        }
        Ok(picked)
    }

    fn last_subject(&self, kind: &str) -> Result<Option<String>, Error> {
        self.row(
            "SELECT subject FROM events WHERE kind = ? ORDER BY seq DESC LIMIT 1",
            [kind],
            |row| row.get(0),
        )
    }

    fn number(&self, sql: &str, values: impl Params) -> Result<u64, Error> {
        let number = self.row(sql, values, |row| row.get::<_, i64>(0))?;
        Ok(number.map_or(0, unsigned))
    }

    fn row<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row) -> Result<T, rusqlite::Error>,
    ) -> Result<Option<T>, Error> {
        self.tables()
            .prepare_cached(sql)
            .and_then(|mut query| query.query_row(values, read).optional())
            .map_err(|source| failed(&self.path, source))
    }

    fn rows<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row) -> Result<T, rusqlite::Error>,
    ) -> Result<Vec<T>, Error> {
        self.tables()
            .prepare_cached(sql)
            .and_then(|mut query| query.query_map(values, read)?.collect())
            .map_err(|source| failed(&self.path, source))
    }

    /// A thread that panicked has rolled its transaction back.
    fn tables(&self) -> MutexGuard<'_, Connection> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(path: &Path, source: rusqlite::Error) -> Error {
    if source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) {
        let source = std::io::Error::new(std::io::ErrorKind::StorageFull, source);
        return Error::write(path, source);
    }
    Error::State {
        path: path.into(),
        source,
    }
}

fn is_sound(tables: &Connection, check: bool) -> bool {
    let version = tables.query_row("PRAGMA user_version", [], |row| row.get(0));
    if version != Ok(fold::SCHEMA_VERSION) || tables.busy_timeout(PATIENCE).is_err() {
        return false;
    }
    let said: Result<String, _> = match check {
        true => tables.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)),
        false => Ok("ok".into()),
    };
    said.is_ok_and(|said| said == "ok") && fold::position(tables).is_ok()
}

/// How long to wait for another command that is reading the cache.
const PATIENCE: Duration = Duration::from_secs(30);

/// With a write-ahead log a commit survives a kill, and a power cut costs at
/// most the last commits, which the journal gives back. Where the file system
/// has no shared memory for it, each commit is synced.
fn make_durable(tables: &Connection) -> Result<(), rusqlite::Error> {
    tables.busy_timeout(PATIENCE)?;
    let mode: String = tables.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    let synchronous = if mode == "wal" { "NORMAL" } else { "FULL" };
    tables.pragma_update(None, "synchronous", synchronous)
}

/// The version is written last, in the same transaction.
fn make_tables(tables: &Connection) -> Result<(), rusqlite::Error> {
    tables.execute_batch(&format!(
        "BEGIN; {} PRAGMA user_version = {}; COMMIT;",
        fold::SCHEMA,
        fold::SCHEMA_VERSION
    ))
}
