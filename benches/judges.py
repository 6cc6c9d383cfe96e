#!/usr/bin/env python3
"""Do strangers read the same from a snapshot as `snapshot.json` promises?

DuckDB reads the Parquet tables: rows, digests, what rows point to, the order.
The program sqlite3 reads what `longplay export` writes as SQLite. Ends with 1
where anything differs.
"""

import hashlib
import json
import pathlib
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
        "artists that are credited": "SELECT count(*) FROM artists",
        "genres": "SELECT count(*) FROM genres",
        "listens": "SELECT sum(listens) FROM tracks",
        "popularity": "SELECT CAST(sum(popularity) AS INTEGER) FROM tracks",
        "followers": "SELECT sum(followers) FROM artists",
        "ISRCs": "SELECT count(DISTINCT isrc) FROM isrcs",
        "recordings": "SELECT count(DISTINCT recording_id) FROM tracks",
        "release artists": "SELECT count(*) FROM release_artists",
    }.items():
        yield f"{what} in SQLite", "" if wanted[what] is None else str(wanted[what]), ask(query)


# What a filter of `export` keeps, as DuckDB says it about the tables; the value
# is one that many tracks have.
FILTERS = {
    "genre": ("SELECT genre FROM genres GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1", "number IN (SELECT row FROM genres WHERE lower(genre) = lower($1))"),
    "language": ("SELECT language FROM tracks WHERE language IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1", "lower(language) = lower($1)"),
    "label": ("SELECT label FROM releases WHERE label IS NOT NULL GROUP BY 1 ORDER BY sum(tracks) DESC, 1 LIMIT 1", "release IN (SELECT number FROM {releases} WHERE lower(label) = lower($1))"),
    "year": ("SELECT left(date, 4) || '-' || (left(date, 4)::INT + 5) FROM releases WHERE date IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1", "release IN (SELECT number FROM {releases} WHERE left(date, 4)::INT BETWEEN left($1, 4)::INT AND right($1, 4)::INT)"),
    "popularity": ("SELECT '10'", "number IN (SELECT row FROM popularity WHERE kind = 'track' AND metric = 'popularity' AND value >= $1::DOUBLE)"),
    "rights": ("SELECT coalesce(min(uri), 'open') FROM rights", "number IN (SELECT row FROM rights WHERE uri = $1)"),
}

SUMS = "SELECT count(*), sum(duration_ms)::BIGINT, sum({length})::BIGINT FROM {table}"

READ = {"parquet": "read_parquet('{0}')", "csv": "read_csv('{0}', types={{'duration_ms': 'BIGINT', 'title': 'VARCHAR'}}, max_line_size=10000000)", "jsonl": "read_json('{0}', format='newline_delimited', columns={{title: 'VARCHAR', duration_ms: 'BIGINT'}}, maximum_object_size=100000000)"}


def judge_exports(chosen, archive, snapshot):
    """Tracks, milliseconds and bytes of titles of what every filter leaves, in
    every format, beside those of a query about the tables."""
    connection = common.duckdb(snapshot)
    numbered = "(SELECT *, file_row_number AS number FROM read_parquet('{0}/{1}.parquet', file_row_number=true))"
    tracks, releases = (numbered.format(snapshot, table) for table in ("tracks", "releases"))
    for name, (pick, condition) in FILTERS.items():
        value = connection.execute(pick).fetchone()
        if value is None:
            continue
        query = SUMS.format(length="strlen(title)", table=f"{tracks} WHERE {condition.format(releases=releases)}")
        wanted = connection.execute(query, [value[0]]).fetchone()
        for ending in ("parquet", "csv", "jsonl", "sqlite"):
            out = chosen.dir / f"filtered.{ending}"
            common.longplay(chosen, archive, "export", out, f"--{name}", value[0], "--force")
            if ending == "sqlite":
                query = "SELECT count(*), sum(duration_ms), sum(length(CAST(title AS BLOB))) FROM tracks"
                found = common.process(["sqlite3", "-separator", " ", out, query]).output.decode().split()
                found = tuple(int(figure) for figure in found) + (None,) * (3 - len(found))
            else:
                query = SUMS.format(length="strlen(title)", table=READ[ending].format(out))
                found = connection.execute(query).fetchone() if out.stat().st_size else (0, None, None)
            yield f"{name} {value[0]} as {ending}", wanted, found
            out.unlink()


def main():
    chosen = common.arguments(__doc__.splitlines()[0], tracks=200_000, archive=("", "an archive to judge; one of synthetic tracks when not given"))
    common.need(shutil.which("sqlite3"), "the program sqlite3")
    archive = pathlib.Path(chosen.archive) if chosen.archive else common.archive(chosen)
    snapshot = common.snapshot(archive)
    meta = json.loads((snapshot / "snapshot.json").read_text())
    wrong = 0
    for judge in (judge_parquet(snapshot, meta), judge_sqlite(chosen, archive, snapshot), judge_exports(chosen, archive, snapshot)):
        for what, wanted, found in judge:
            good = wanted == found
            wrong += not good
            print(f"{'ok   ' if good else 'WRONG'} {what}: {found}{'' if good else f', not {wanted}'}", flush=True)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
