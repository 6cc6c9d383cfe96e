//! A database of tables that point at each other, with indexes.
//!
//! Rows keep the numbers that they have in the snapshot.

use {
    super::{
        gather::{Artist, Chunk, Part, Release, Track},
        sink::Sink,
        sources::Sources,
    },
    crate::{error::Error, table::Id},
    longplay_model::{Mbid, TrackId},
    rusqlite::{Connection, Statement, ToSql, Transaction},
    std::path::{Path, PathBuf},
};

/// What is written first. Nothing is durable until the file is renamed, so
/// that SQLite need not care.
const SCHEMA: &str = "
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA locking_mode = EXCLUSIVE;
    CREATE TABLE releases (
        id INTEGER PRIMARY KEY, release_id TEXT NOT NULL, source TEXT NOT NULL, source_id TEXT,
        title TEXT NOT NULL, date TEXT, gtin TEXT, label TEXT, popularity REAL);
    CREATE TABLE artists (
        id INTEGER PRIMARY KEY, artist_id TEXT NOT NULL, source TEXT NOT NULL, source_id TEXT,
        name TEXT NOT NULL, popularity REAL, followers INTEGER);
    CREATE TABLE tracks (
        rank INTEGER PRIMARY KEY, track_id TEXT NOT NULL, recording_id TEXT NOT NULL,
        source TEXT NOT NULL, source_id TEXT NOT NULL, title TEXT NOT NULL,
        release INTEGER REFERENCES releases, disc INTEGER, position INTEGER,
        duration_ms INTEGER, recording_mbid TEXT, language TEXT, explicit INTEGER,
        popularity REAL, listens INTEGER, popularity_at TEXT,
        rights TEXT, rights_basis TEXT, access TEXT NOT NULL, synthetic INTEGER NOT NULL);
    CREATE TABLE track_artists (
        track INTEGER NOT NULL REFERENCES tracks, place INTEGER NOT NULL,
        artist INTEGER NOT NULL REFERENCES artists, name TEXT NOT NULL, join_phrase TEXT NOT NULL,
        PRIMARY KEY (track, place)) WITHOUT ROWID;
    CREATE TABLE release_artists (
        release INTEGER NOT NULL REFERENCES releases, place INTEGER NOT NULL,
        artist INTEGER NOT NULL REFERENCES artists, name TEXT NOT NULL, join_phrase TEXT NOT NULL,
        PRIMARY KEY (release, place)) WITHOUT ROWID;
    CREATE TABLE isrcs (
        track INTEGER NOT NULL REFERENCES tracks, isrc TEXT NOT NULL);
    CREATE TABLE genres (
        track INTEGER NOT NULL REFERENCES tracks, genre TEXT NOT NULL);
";

/// What is written last: sorting once is quicker than keeping sorted.
const INDEXES: &str = "
    CREATE UNIQUE INDEX tracks_by_id ON tracks (track_id);
    CREATE INDEX tracks_by_recording ON tracks (recording_id);
    CREATE INDEX tracks_by_release ON tracks (release);
    CREATE INDEX tracks_by_title ON tracks (title);
    CREATE INDEX releases_by_title ON releases (title);
    CREATE INDEX releases_by_gtin ON releases (gtin);
    CREATE INDEX artists_by_name ON artists (name);
    CREATE INDEX track_artists_by_artist ON track_artists (artist);
    CREATE INDEX release_artists_by_artist ON release_artists (artist);
    CREATE INDEX isrcs_by_isrc ON isrcs (isrc);
    CREATE INDEX isrcs_by_track ON isrcs (track);
    CREATE INDEX genres_by_genre ON genres (genre);
    CREATE INDEX genres_by_track ON genres (track);
";

pub(super) struct SqliteFile {
    path: PathBuf,
    database: Connection,
}

impl SqliteFile {
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let database = Connection::open(path).map_err(Error::write_database(path))?;
        let file = Self {
            path: path.into(),
            database,
        };
        file.run(SCHEMA)?;
        Ok(file)
    }

    fn run(&self, sql: &str) -> Result<(), Error> {
        self.database
            .execute_batch(sql)
            .map_err(Error::write_database(&self.path))
    }
}

impl Sink for SqliteFile {
    fn write(&mut self, chunk: &Chunk, sources: &Sources) -> Result<(), Error> {
        let path = &self.path;
        let write = |transaction: Transaction| {
            Writer::new(&transaction)?.chunk(chunk, sources)?;
            transaction.commit()
        };
        self.database
            .transaction()
            .and_then(write)
            .map_err(Error::write_database(path))
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        self.run(INDEXES)?;
        let Self { path, database } = *self;
        database
            .close()
            .map_err(|(_, error)| Error::write_database(&path)(error))
    }
}

struct Writer<'a> {
    track: Statement<'a>,
    release: Statement<'a>,
    artist: Statement<'a>,
    track_artist: Statement<'a>,
    release_artist: Statement<'a>,
    isrc: Statement<'a>,
    genre: Statement<'a>,
}

impl<'a> Writer<'a> {
    fn new(database: &'a Connection) -> rusqlite::Result<Self> {
        let insert = |table: &str, columns: usize| {
            let places = vec!["?"; columns].join(",");
            database.prepare(&format!("INSERT OR IGNORE INTO {table} VALUES ({places})"))
        };
        Ok(Self {
            track: insert("tracks", 20)?,
            release: insert("releases", 9)?,
            artist: insert("artists", 7)?,
            track_artist: insert("track_artists", 5)?,
            release_artist: insert("release_artists", 5)?,
            isrc: insert("isrcs", 2)?,
            genre: insert("genres", 2)?,
        })
    }

    fn chunk(&mut self, chunk: &Chunk, sources: &Sources) -> rusqlite::Result<()> {
        for (row, artist) in &chunk.artists {
            self.artist(*row, artist, sources)?;
        }
        for (row, release) in &chunk.releases {
            self.release(*row, release, sources)?;
            credit(&mut self.release_artist, *row, &release.credit, chunk)?;
        }
        for track in &chunk.tracks {
            self.track(track, sources)?;
            credit(&mut self.track_artist, track.row, &track.credit, chunk)?;
            for isrc in &track.line.isrcs {
                self.isrc.execute((track.row, isrc))?;
            }
            for genre in &track.genres {
                self.genre.execute((track.row, genre))?;
            }
        }
        Ok(())
    }

    fn artist(&mut self, row: u32, artist: &Artist, sources: &Sources) -> rusqlite::Result<()> {
        let Artist { line, told } = artist;
        let values: [&dyn ToSql; 7] = [
            &row,
            &hex(line.artist_id),
            &sources.name(line.source),
            &line.source_id,
            &line.name,
            &told.popularity.map(|told| told.value),
            &told.followers.map(|told| told.value as i64),
        ];
        self.artist.execute(&values[..]).map(drop)
    }

    fn release(&mut self, row: u32, release: &Release, sources: &Sources) -> rusqlite::Result<()> {
        let Release { line, told, .. } = release;
        let values: [&dyn ToSql; 9] = [
            &row,
            &hex(line.release_id),
            &sources.name(line.source),
            &line.source_id,
            &line.title,
            &line.date,
            &line.gtin,
            &line.label,
            &told.popularity.map(|told| told.value),
        ];
        self.release.execute(&values[..]).map(drop)
    }

    fn track(&mut self, track: &Track, sources: &Sources) -> rusqlite::Result<()> {
        let Track {
            row,
            line,
            recording,
            rights,
            told,
            ..
        } = track;
        let mbid = line.recording_mbid.map(|id| Mbid::from_bytes(id.0));
        let values: [&dyn ToSql; 20] = [
            row,
            &hex(line.track_id),
            &recording.to_string(),
            &sources.name(line.source),
            &sources.id_of(line.source, line.source_id.as_ref(), line.record),
            &line.title,
            &line.release,
            &line.disc,
            &line.position,
            &line.duration_ms,
            &mbid.map(|mbid| mbid.to_string()),
            &line.language,
            &line.explicit,
            &told.popularity.map(|told| told.value),
            &told.listens.map(|told| told.value as i64),
            &told.at().map(|at| at.to_string()),
            &rights.uri,
            &rights.basis,
            &rights.access,
            &line.synthetic,
        ];
        self.track.execute(&values[..]).map(drop)
    }
}

/// Writes the names of a credit; places count from 0.
fn credit(
    statement: &mut Statement,
    row: u32,
    parts: &[Part],
    chunk: &Chunk,
) -> rusqlite::Result<()> {
    for (place, part) in parts.iter().enumerate() {
        let artist = chunk.artists.get(&part.artist);
        let own = || artist.map(|artist| artist.line.name.as_str());
        let name = part.name.as_deref().or_else(own).unwrap_or_default();
        statement.execute((row, place as i64, part.artist, name, &part.join))?;
    }
    Ok(())
}

fn hex(id: Id) -> String {
    TrackId::from_bytes(id.0).to_string()
}
