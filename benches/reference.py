"""The same rows in SQLite, with tables and indexes like those of the published
archive: text ids of 22 letters, unique indexes on ids, indexes on ISRC, on the
release of a track and on both sides of the credits. `tracks` has besides what the
rows tell and that archive did not hold: recording, source, its id and record, language.
"""

import shutil
import sqlite3

import common

SCHEMA = """
CREATE TABLE artists (rowid INTEGER PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, followers INTEGER, popularity INTEGER);
CREATE TABLE albums (rowid INTEGER PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, upc TEXT, label TEXT,
  popularity INTEGER, release_date TEXT, total_tracks INTEGER NOT NULL);
CREATE TABLE tracks (rowid INTEGER PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, album_rowid INTEGER, track_number INTEGER,
  isrc TEXT, popularity INTEGER, disc_number INTEGER, duration_ms INTEGER, explicit INTEGER, listens INTEGER,
  recording_rowid INTEGER, source INTEGER, source_id TEXT, record INTEGER, language TEXT);
CREATE TABLE track_artists (track_rowid INTEGER NOT NULL, artist_rowid INTEGER NOT NULL);
CREATE TABLE artist_albums (artist_rowid INTEGER NOT NULL, album_rowid INTEGER NOT NULL, index_in_album INTEGER);
CREATE TABLE track_genres (track_rowid INTEGER NOT NULL, genre TEXT NOT NULL);
"""

INDEXES = """
CREATE UNIQUE INDEX artists_id ON artists (id);
CREATE UNIQUE INDEX albums_id ON albums (id);
CREATE UNIQUE INDEX tracks_id ON tracks (id);
CREATE INDEX tracks_isrc ON tracks (isrc);
CREATE INDEX tracks_album ON tracks (album_rowid);
CREATE INDEX tracks_popularity ON tracks (popularity);
CREATE INDEX albums_popularity ON albums (popularity);
CREATE INDEX track_artists_track ON track_artists (track_rowid);
CREATE INDEX track_artists_artist ON track_artists (artist_rowid);
CREATE INDEX artist_albums_artist ON artist_albums (artist_rowid);
CREATE INDEX artist_albums_album ON artist_albums (album_rowid);
CREATE INDEX track_genres_track ON track_genres (track_rowid);
"""

# The rows of a table are numbered from 0 in the order of its file.
NUMBERED = "(SELECT *, file_row_number AS number FROM read_parquet('{folder}/{table}.parquet', file_row_number=true))"
FIGURE = "(SELECT row, any_value(value)::BIGINT AS value FROM popularity WHERE kind = '{0}' AND metric = '{1}' GROUP BY row)"

ROWS = {
    "artists": """SELECT number, left(base64({artist_id}), 22), name, f.value, p.value FROM {artists}
  LEFT JOIN {followers} f ON f.row = number LEFT JOIN {artist_popularity} p ON p.row = number ORDER BY number""",
    "albums": """SELECT number, left(base64({release_id}), 22), title, gtin, label, p.value, date, tracks FROM {releases}
  LEFT JOIN {release_popularity} p ON p.row = number ORDER BY number""",
    "tracks": """SELECT number, left(base64({track_id}), 22), title, release, position, isrcs[1], p.value, disc, duration_ms,
  explicit, l.value, recording, source, source_id, record, language FROM {tracks} LEFT JOIN {track_popularity} p ON p.row = number LEFT JOIN {listens} l ON l.row = number ORDER BY number""",
    "track_artists": "SELECT row, artist FROM track_artists ORDER BY row, place",
    "artist_albums": "SELECT artist, row, place FROM release_artists ORDER BY row, place",
    "track_genres": "SELECT row, genre FROM genres ORDER BY row",
}


def queries(folder):
    tables = {name: NUMBERED.format(folder=folder, table=name) for name in ("artists", "releases", "tracks")}
    metrics = {
        "followers": ("artist", "followers"),
        "artist_popularity": ("artist", "popularity"),
        "release_popularity": ("release", "popularity"),
        "track_popularity": ("track", "popularity"),
        "listens": ("track", "listens"),
    }
    figures = {name: FIGURE.format(*which) for name, which in metrics.items()}
    ids = {f"{entity}_id": common.own_id(entity) for entity in ("track", "release", "artist")}
    return {name: query.format(**tables, **figures, **ids) for name, query in ROWS.items()}


def build(folder, path):
    """Makes the database at `path` of the tables of a snapshot, where it is missing."""
    if path.exists():
        return
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    database = sqlite3.connect(part)
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;" + SCHEMA)
    source = common.duckdb(folder)
    for name, query in queries(folder).items():
        rows = source.execute(query)
        marks = ", ".join("?" * len(rows.description))
        while batch := rows.fetchmany(50_000):
            database.executemany(f"INSERT INTO {name} VALUES ({marks})", batch)
    database.executescript("BEGIN;" + INDEXES + "COMMIT; ANALYZE;")
    database.commit()
    database.close()
    part.rename(path)


# What the identifiers find that the indexes above do not: releases by GTIN, the
# tracks of a recording, recordings by the hash of their texts.
MORE = """
CREATE INDEX albums_upc ON albums (upc);
CREATE INDEX tracks_recording ON tracks (recording_rowid);
CREATE TABLE texts (hash INTEGER NOT NULL, recording_rowid INTEGER NOT NULL, PRIMARY KEY (hash, recording_rowid)) WITHOUT ROWID;
"""


def build_with_all_identifiers(folder, path, whole):
    """A copy at `whole` of the database at `path` that finds as much as the identifiers."""
    if whole.exists():
        return
    part = whole.with_suffix(".part")
    shutil.copyfile(path, part)
    database = sqlite3.connect(part)
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;" + MORE)
    query = f"SELECT key, row FROM read_parquet('{folder}/identifiers.parquet') WHERE kind = 'text' ORDER BY key, row"
    rows = common.duckdb(folder).execute(query)
    while batch := rows.fetchmany(50_000):
        database.executemany("INSERT INTO texts VALUES (?, ?)", batch)
    database.commit()
    database.close()
    part.rename(whole)
