//! How journal entries become rows of the state cache.

use {
    crate::journal::Position,
    longplay_model::{Digest, Event, JournalEntry, Receipt, Timestamp},
    rusqlite::{Connection, OptionalExtension, Transaction, params},
};

/// Version of the tables; another one makes the cache unreadable, and it is
/// made again.
pub(crate) const SCHEMA_VERSION: i32 = 1;

pub(crate) const SCHEMA: &str = "
    CREATE TABLE position (
        segment INTEGER NOT NULL, at INTEGER NOT NULL,
        seq INTEGER NOT NULL, line_check TEXT NOT NULL
    );
    CREATE TABLE receipts (
        seq INTEGER PRIMARY KEY,
        track BLOB NOT NULL, recording BLOB NOT NULL, source BLOB NOT NULL,
        blob BLOB NOT NULL, bytes INTEGER NOT NULL,
        cover BLOB, cover_bytes INTEGER,
        plan_order INTEGER NOT NULL,
        current INTEGER NOT NULL DEFAULT 1,
        emptied INTEGER NOT NULL DEFAULT 0,
        cover_emptied INTEGER NOT NULL DEFAULT 0,
        json TEXT NOT NULL, json_digest BLOB NOT NULL
    );
    CREATE INDEX receipts_track ON receipts (track);
    CREATE INDEX receipts_recording ON receipts (recording);
    CREATE INDEX receipts_source ON receipts (source);
    CREATE INDEX receipts_blob ON receipts (blob);
    CREATE INDEX receipts_cover ON receipts (cover);
    CREATE INDEX receipts_order ON receipts (plan_order, track)
        WHERE current AND NOT emptied;
    CREATE TABLE isrcs (isrc TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (isrc, seq)) WITHOUT ROWID;
    CREATE TABLE refusals (
        source_path TEXT PRIMARY KEY, source BLOB, track BLOB, reason TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, json TEXT NOT NULL
    );
    CREATE INDEX events_kind ON events (kind, subject);
    CREATE TABLE hints (
        path BLOB PRIMARY KEY, bytes INTEGER NOT NULL, modified INTEGER NOT NULL,
        digest BLOB NOT NULL
    ) WITHOUT ROWID;
";

/// Applies one entry, which stands at `seq` in the journal.
pub(crate) fn apply(
    tables: &Transaction,
    seq: u64,
    entry: &JournalEntry,
) -> Result<(), rusqlite::Error> {
    match &entry.event {
        Event::Ingestion { receipt } => apply_receipt(tables, seq, receipt),
        Event::Refusal {
            source_path,
            source,
            track,
            reason,
        } => tables
            .prepare_cached("INSERT OR REPLACE INTO refusals VALUES (?, ?, ?, ?)")?
            .execute(params![
                source_path,
                source.map(|digest| *digest.as_bytes()),
                track.map(|id| *id.as_bytes()),
                reason
            ])
            .map(|_| ()),
        Event::StagingEmptied { blobs } => blobs.iter().try_for_each(|blob| empty(tables, blob)),
        event => apply_other(tables, seq, entry, event),
    }
}

/// The newest receipt of a track is the one that counts.
fn apply_receipt(tables: &Transaction, seq: u64, receipt: &Receipt) -> Result<(), rusqlite::Error> {
    let json = to_json(receipt)?;
    let cover = receipt.cover.as_ref();
    tables
        .prepare_cached("UPDATE receipts SET current = 0 WHERE track = ?")?
        .execute([receipt.track.as_bytes()])?;
    tables
        .prepare_cached(
            "INSERT INTO receipts (seq, track, recording, source, blob, bytes, cover, \
             cover_bytes, plan_order, json, json_digest) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        )?
        .execute(params![
            as_sql(seq),
            receipt.track.as_bytes(),
            receipt.recording.as_bytes(),
            receipt.source.as_bytes(),
            receipt.blob.as_bytes(),
            as_sql(receipt.bytes),
            cover.map(|cover| *cover.blob.as_bytes()),
            cover.map(|cover| as_sql(cover.bytes)),
            as_sql(receipt.order),
            json,
            digest_of(&json),
        ])?;
    let mut insert = tables.prepare_cached("INSERT OR IGNORE INTO isrcs VALUES (?, ?)")?;
    receipt.isrcs.iter().try_for_each(|isrc| {
        insert
            .execute(params![isrc.as_str(), as_sql(seq)])
            .map(|_| ())
    })?;
    tables
        .prepare_cached("DELETE FROM refusals WHERE source_path = ?")?
        .execute([&receipt.source_path])
        .map(|_| ())
}

fn empty(tables: &Transaction, blob: &Digest) -> Result<(), rusqlite::Error> {
    for sql in [
        "UPDATE receipts SET emptied = 1 WHERE blob = ?",
        "UPDATE receipts SET cover_emptied = 1 WHERE cover = ?",
    ] {
        tables.prepare_cached(sql)?.execute([blob.as_bytes()])?;
    }
    Ok(())
}

/// Entries that are few are kept as they are, under kind and subject.
fn apply_other(
    tables: &Transaction,
    seq: u64,
    entry: &JournalEntry,
    event: &Event,
) -> Result<(), rusqlite::Error> {
    let no_subject = String::new();
    let (kind, subject) = match event {
        Event::Creation { name } => ("creation", name),
        Event::Import { snapshot, .. } => ("import", snapshot),
        Event::Plan { plan, .. } => ("plan", plan),
        Event::Sealing { tranche, .. } => ("sealing", tranche),
        Event::FixityCheck { tranche, .. } => ("fixity-check", tranche),
        Event::Repair { tranche, .. } => ("repair", tranche),
        Event::Release { tranche, .. } => ("release", tranche),
        Event::Reconciliation { .. } => ("reconciliation", &no_subject),
        Event::Ingestion { .. } | Event::Refusal { .. } | Event::StagingEmptied { .. } => {
            return Ok(());
        }
    };
    tables
        .prepare_cached("INSERT INTO events VALUES (?, ?, ?, ?)")?
        .execute(params![as_sql(seq), kind, subject, to_json(entry)?])
        .map(|_| ())
}

fn to_json(value: &impl serde::Serialize) -> Result<String, rusqlite::Error> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// Short, to find a row that rotted inside an otherwise sound file.
pub(crate) fn digest_of(json: &str) -> Vec<u8> {
    Digest::of(json.as_bytes()).as_bytes()[..8].to_vec()
}

/// SQLite's integers are signed; sizes and numbers stay far below 2^63.
pub(crate) fn as_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn set_position(
    tables: &Transaction,
    position: &Position,
) -> Result<(), rusqlite::Error> {
    tables.execute("DELETE FROM position", [])?;
    tables
        .prepare_cached("INSERT INTO position VALUES (?, ?, ?, ?)")?
        .execute(params![
            position.segment,
            as_sql(position.offset),
            as_sql(position.seq),
            position.check
        ])
        .map(|_| ())
}

pub(crate) fn position(tables: &Connection) -> Result<Position, rusqlite::Error> {
    tables
        .query_row(
            "SELECT segment, at, seq, line_check FROM position",
            [],
            |row| {
                Ok(Position {
                    segment: row.get(0)?,
                    offset: unsigned(row.get(1)?),
                    seq: unsigned(row.get(2)?),
                    check: row.get(3)?,
                })
            },
        )
        .optional()
        .map(|position| position.unwrap_or_else(Position::start))
}

pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// When the entry was written, beside what it says.
pub(crate) fn entry_of(json: &str) -> Result<(Timestamp, Event), serde_json::Error> {
    let JournalEntry { at, event, .. } = serde_json::from_str(json)?;
    Ok((at, event))
}
