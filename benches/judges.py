#!/usr/bin/env python3
"""Do strangers read the same from a snapshot as `snapshot.json` promises?

DuckDB reads the Parquet tables: rows, digests, what rows point to, the order.
The program sqlite3 reads what `longplay export` writes as SQLite. Ends with 1
where anything differs.
"""

import hashlib
import json
import shutil

import common

# (what must be zero, the query that counts it)
ZERO = {
    "tracks whose release is missing": "SELECT count(*) FROM tracks WHERE release >= (SELECT count(*) FROM releases)",
    "tracks whose recording is missing": "SELECT count(*) FROM tracks WHERE recording >= (SELECT count(*) FROM tracks)",
    "track artists without an artist": "SELECT count(*) FROM track_artists WHERE artist >= (SELECT count(*) FROM artists)",
    "track artists without a track": "SELECT count(*) FROM track_artists WHERE row >= (SELECT count(*) FROM tracks)",
    "release artists without an artist": "SELECT count(*) FROM release_artists WHERE artist >= (SELECT count(*) FROM artists)",
    "genres without a track": "SELECT count(*) FROM genres WHERE row >= (SELECT count(*) FROM tracks)",
    "ids that are there twice": "SELECT count(*) - count(DISTINCT (track_id, source, CASE WHEN track_id IS NULL THEN coalesce(source_id, record::VARCHAR) END)) FROM tracks",
    "releases out of order": "SELECT count(*) FROM (SELECT first_row - lag(first_row) OVER (ORDER BY file_row_number) AS step FROM read_parquet('{folder}/releases.parquet', file_row_number=true)) WHERE step <= 0",
    "representatives that are not their own": "SELECT count(*) FROM {tracks} a JOIN {tracks} b ON a.recording = b.number WHERE b.recording <> b.number",
    "tracks on a release that are counted wrongly": "SELECT count(*) FROM (SELECT release, count(*) AS n FROM tracks GROUP BY release) t JOIN {releases} r ON r.number = t.release WHERE n <> r.tracks",
    "tracks above a more popular one": """SELECT count(*) FROM (SELECT value - lag(value) OVER (ORDER BY row) AS step FROM popularity
 WHERE kind = 'track' AND metric = 'popularity' AND source = 0) WHERE step > 0""",
}


def judge_parquet(snapshot, meta):
    """Yields (what, wanted, found)."""
    connection = common.duckdb(snapshot)
    for table in meta["tables"]:
        path = snapshot / table["name"]
        rows = connection.execute(f"SELECT count(*) FROM read_parquet('{path}')").fetchone()[0]
        yield f"rows of {table['name']}", table["rows"], rows
        with open(path, "rb") as file:
            yield f"digest of {table['name']}", table["sha256"], hashlib.file_digest(file, "sha256").hexdigest()
    counts = common.figures(snapshot)
    for what in ("tracks", "recordings", "releases", "artists"):
        yield f"{what} in counts", meta["counts"][what], counts[what]
    numbered = "(SELECT *, file_row_number AS number FROM read_parquet('{0}/{1}.parquet', file_row_number=true))"
    names = {table: numbered.format(snapshot, table) for table in ("tracks", "releases")}
    for what, query in ZERO.items():
        yield what, 0, connection.execute(query.format(folder=snapshot, **names)).fetchone()[0]


def judge_sqlite(chosen, archive, snapshot):
    """The same figures out of the exported database, by the program sqlite3."""
    database = chosen.dir / "export.sqlite"
    database.unlink(missing_ok=True)
    common.longplay(chosen, archive, "export", str(database))

    def ask(query):
        return common.process(["sqlite3", database, query]).output.decode().strip()

    yield "sqlite3's own check", "ok", ask("PRAGMA integrity_check")
    yield "rows that point to nothing", "", ask("PRAGMA foreign_key_check")
    wanted = common.figures(snapshot)
    for what, query in {
        "tracks": "SELECT count(*) FROM tracks",
        "milliseconds": "SELECT sum(duration_ms) FROM tracks",
        "explicit": "SELECT count(*) FROM tracks WHERE explicit",
        "bytes of titles": "SELECT sum(length(CAST(title AS BLOB))) FROM tracks",
        "track artists": "SELECT count(*) FROM track_artists",
        "releases": "SELECT count(*) FROM releases",
        "artists": "SELECT count(*) FROM artists",
        "genres": "SELECT count(*) FROM genres",
        "listens": "SELECT sum(listens) FROM tracks",
        "popularity": "SELECT CAST(sum(popularity) AS INTEGER) FROM tracks",
        "followers": "SELECT sum(followers) FROM artists",
        "ISRCs": "SELECT count(DISTINCT isrc) FROM isrcs",
        "recordings": "SELECT count(DISTINCT recording_id) FROM tracks",
        "release artists": "SELECT count(*) FROM release_artists",
    }.items():
        yield f"{what} in SQLite", str(wanted[what]), ask(query)


def main():
    chosen = common.arguments(__doc__.splitlines()[0], tracks=200_000)
    common.need(shutil.which("sqlite3"), "the program sqlite3")
    archive = common.archive(chosen)
    snapshot = common.snapshot(archive)
    meta = json.loads((snapshot / "snapshot.json").read_text())
    wrong = 0
    for judge in (judge_parquet(snapshot, meta), judge_sqlite(chosen, archive, snapshot)):
        for what, wanted, found in judge:
            good = wanted == found
            wrong += not good
            print(f"{'ok   ' if good else 'WRONG'} {what}: {found}{'' if good else f', not {wanted}'}", flush=True)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
