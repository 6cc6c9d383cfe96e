#!/usr/bin/env python3
"""JSON lines to sorted, normalised tables: longplay beside DuckDB.

Both read the same records and write tracks, releases, artists, their credits,
popularity, genres and identifiers as Parquet with zstd, tracks in order of
popularity, listens and id. longplay keeps the source as well, finds recordings,
checks every field, and writes rights and keys of folded texts; DuckDB joins
recordings by ISRC alone and keeps nothing. longplay also makes the search index,
which DuckDB does not: how long without it stands in a line of its own.
"""

import re
import shutil

import common

COLUMNS = """{
 id: 'VARCHAR', title: 'VARCHAR', isrcs: 'VARCHAR[]', duration_ms: 'UINTEGER', release_id: 'VARCHAR',
 release: 'VARCHAR', release_date: 'VARCHAR', gtin: 'VARCHAR', label: 'VARCHAR', disc: 'UINTEGER',
 position: 'UINTEGER', genres: 'VARCHAR[]', language: 'VARCHAR', explicit: 'BOOLEAN', popularity: 'FLOAT',
 listens: 'UBIGINT', popularity_at: 'TIMESTAMP', release_popularity: 'FLOAT', synthetic: 'BOOLEAN',
 artists: 'STRUCT(name VARCHAR, id VARCHAR, "join" VARCHAR, popularity FLOAT, followers UBIGINT)[]',
 release_artists: 'STRUCT(name VARCHAR, id VARCHAR, "join" VARCHAR, popularity FLOAT, followers UBIGINT)[]'
}"""

KEYS = """CREATE MACRO key_of(id) AS ('0x' || hex(id)[:8])::UBIGINT;
CREATE MACRO digit(c) AS (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', c) - 1)::UBIGINT;
CREATE MACRO isrc_key(c) AS ((((digit(c[1]) * 36 + digit(c[2])) * 36 + digit(c[3])) * 36 + digit(c[4])) * 36 + digit(c[5]))
 * 10000000 + c[6:]::UBIGINT"""
# The id of a release or artist: what it is, and by what it is named.
ENTITY = f"id_of(part('{{}}') || part('{common.SOURCE}') || part({{}}) || part({{}}))"
ARTIST = ENTITY.format("artist", "CASE WHEN c.id IS NULL THEN 'name' ELSE 'id' END", "coalesce(c.id, c.name)")

# Who is credited: by the source's id, or by name where there is none.
KEY = "CASE WHEN c.id IS NULL THEN 'name' || c.name ELSE 'id' || c.id END"

STEPS = f"""
CREATE TABLE ranked AS SELECT *, (row_number() OVER (ORDER BY popularity DESC, listens DESC, track_id) - 1)::UINTEGER AS row
 FROM (SELECT *, id_of(part('{common.SOURCE}') || part(id)) AS track_id FROM raw);
DROP TABLE raw;
CREATE TABLE first_releases AS SELECT *, (row_number() OVER (ORDER BY first_row) - 1)::UINTEGER AS release_row FROM (
 SELECT release_id AS source_id, min(row) AS first_row, count(*)::UINTEGER AS tracks, arg_min(release, row) AS title,
  arg_min(release_date, row) AS date, arg_min(gtin, row) AS gtin, arg_min(label, row) AS label,
  arg_min(release_artists, row) AS credit, arg_min(release_popularity, row) AS popularity
 FROM ranked GROUP BY release_id);
CREATE TABLE recordings AS SELECT isrcs[1] AS isrc, arg_min(row, track_id) AS recording, count(*) AS n FROM ranked GROUP BY isrc;
CREATE TABLE credits AS SELECT row, place, c, {KEY} AS key FROM (
 SELECT row, generate_subscripts(artists, 1) - 1 AS place, unnest(artists) AS c FROM ranked);
CREATE TABLE release_credits AS SELECT release_row, first_row, place, c, {KEY} AS key FROM (
 SELECT release_row, first_row, generate_subscripts(credit, 1) - 1 AS place, unnest(credit) AS c FROM first_releases);
CREATE TABLE first_artists AS SELECT *, (row_number() OVER (ORDER BY place, key) - 1)::UINTEGER AS artist_row FROM (
 SELECT key, min(row) AS place, min(row) FILTER (own) AS first_row, count(DISTINCT row) FILTER (own)::UINTEGER AS tracks, arg_min(c, row) AS c FROM (
  SELECT key, row, c, true AS own FROM credits UNION ALL SELECT key, first_row, c, false FROM release_credits) GROUP BY key)
"""

TABLES = {
    "tracks": """SELECT track_id, recording, 0::USMALLINT AS source, split_part(id, '-', 2)::UBIGINT AS record, r.title,
  release_row AS release, disc, position, duration_ms, language, explicit, synthetic, isrcs
  FROM ranked r JOIN recordings ON isrc = isrcs[1] JOIN first_releases f ON f.source_id = release_id ORDER BY row""",
    "track_artists": """SELECT row, credits.place::UTINYINT AS place, artist_row AS artist,
  CASE WHEN credits.c.name <> a.c.name THEN credits.c.name END AS name, coalesce(credits.c.join, '') AS "join"
  FROM credits JOIN first_artists a USING (key) ORDER BY row, place""",
    "releases": f"""SELECT {ENTITY.format("release", "'id'", "source_id")} AS release_id, 0::USMALLINT AS source, source_id,
  title, date, gtin, label, tracks, first_row FROM first_releases ORDER BY release_row""",
    "release_artists": """SELECT release_row AS row, r.place::UTINYINT AS place, artist_row AS artist,
  CASE WHEN r.c.name <> a.c.name THEN r.c.name END AS name, coalesce(r.c.join, '') AS "join"
  FROM release_credits r JOIN first_artists a USING (key) ORDER BY row, place""",
    "artists": f"""SELECT {ARTIST} AS artist_id, 0::USMALLINT AS source, c.id AS source_id, c.name, tracks, first_row
  FROM first_artists ORDER BY artist_row""",
    "popularity": """SELECT kind, metric, 0::USMALLINT AS source, row, value, "at", false AS inherited FROM (
  SELECT 'track' AS kind, 'popularity' AS metric, row, popularity::DOUBLE AS value, popularity_at AS "at" FROM ranked
  UNION ALL SELECT 'track', 'listens', row, listens, popularity_at FROM ranked
  UNION ALL SELECT 'release', 'popularity', release_row, popularity, NULL FROM first_releases
  UNION ALL SELECT 'artist', 'popularity', artist_row, c.popularity, NULL FROM first_artists WHERE c.popularity IS NOT NULL
  UNION ALL SELECT 'artist', 'followers', artist_row, c.followers, NULL FROM first_artists WHERE c.followers IS NOT NULL)
  ORDER BY kind, metric, row""",
    "genres": "SELECT row, unnest(genres) AS genre FROM ranked ORDER BY row",
    "identifiers": f"""SELECT kind, key, row FROM (
  SELECT 'track' AS kind, key_of(track_id) AS key, row - row % 1024 AS row FROM ranked
  UNION ALL SELECT 'isrc', isrc_key(isrc), row - row % 256 FROM (SELECT unnest(isrcs) AS isrc, row FROM ranked)
  UNION ALL SELECT 'gtin', gtin::UBIGINT, release_row - release_row % 256 FROM first_releases WHERE gtin IS NOT NULL
  UNION ALL SELECT 'release', key_of({ENTITY.format("release", "'id'", "source_id")}), release_row - release_row % 1024 FROM first_releases
  UNION ALL SELECT 'artist', key_of({ARTIST}), artist_row - artist_row % 1024 FROM first_artists
  UNION ALL SELECT 'recording', recording, row FROM ranked JOIN recordings ON isrc = isrcs[1] WHERE recording <> row)
  ORDER BY kind, key, row""",
}


def peer(chosen, into):
    connection = common.duckdb(memory=chosen.memory)
    connection.execute(f"SET temp_directory='{into}/spill'")
    for macro in KEYS.split(";\n"):
        connection.execute(macro)
    connection.execute(f"CREATE TABLE raw AS SELECT * FROM read_json('{common.records(chosen)}', "
                       f"format='newline_delimited', columns={COLUMNS})")
    for step in STEPS.split(";\n"):
        connection.execute(step)
    for name, query in TABLES.items():
        connection.execute(f"COPY ({query}) TO '{into}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")


def main():
    chosen = common.arguments(__doc__.splitlines()[0], memory=("8GB", "what DuckDB may use"))
    lines = common.records(chosen).stat().st_size
    print(f"{chosen.tracks:,} records, {lines:,} bytes of JSON lines, {chosen.runs} runs each, {common.THREADS} threads")
    archive, folder = chosen.dir / f"archive-{chosen.tracks}-{chosen.seed}", chosen.dir / "duckdb"
    ours, theirs = [], []
    for _ in range(chosen.runs):
        common.warm(common.records(chosen))
        ours.append(common.import_records(chosen, archive))
        print(f"  longplay {ours[-1]}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        common.warm(common.records(chosen))
        theirs.append(common.apart(lambda: peer(chosen, folder)))
        print(f"  DuckDB   {theirs[-1]}")
    snapshot = common.snapshot(archive)
    common.heading("DuckDB")
    seconds = [common.median([cost.seconds for cost in side]) for side in (ours, theirs)]
    common.compare("seconds", *seconds, "s")
    without = [cost.seconds - index_seconds(cost.log) for cost in ours]
    common.compare("seconds, without the search index", common.median(without), seconds[1], "s")
    common.compare("tracks a second", *[chosen.tracks / s for s in seconds], "1/s", less_is_better=False)
    common.compare("seconds of processors", *[common.median([c.cpu for c in side]) for side in (ours, theirs)], "s")
    common.compare("peak of memory", *[max(c.memory for c in side) / 1e6 for side in (ours, theirs)], "MB")
    for name in TABLES:
        bytes_each = [(place / f"{name}.parquet").stat().st_size / chosen.tracks for place in (snapshot, folder)]
        common.compare(f"{name}, bytes a track", *bytes_each, "B")
    print(f"source records kept: {common.folder_bytes(archive / 'sources'):,} bytes")
    agree(common.figures(snapshot) | {"rows that differ": 0}, common.figures(folder) | {"rows that differ": differing(snapshot, folder)})


def index_seconds(log):
    """What the search index took, by the steps that the import tells of."""
    return sum(float(seconds) for seconds in re.findall(r"indexing words .*seconds=([0-9.]+)", log))


def differing(snapshot, folder):
    """Rows of tracks that stand elsewhere, or belong to another release or recording."""
    ours, theirs = (f"read_parquet('{place}/tracks.parquet', file_row_number=true)" for place in (snapshot, folder))
    query = f"""SELECT count(*) FROM {ours} a FULL JOIN {theirs} b ON a.file_row_number = b.file_row_number
     WHERE ({common.own_id('track', 'a.')}, a.release, a.recording, a.record, a.title) IS DISTINCT FROM (b.track_id, b.release, b.recording, b.record, b.title)"""
    return common.duckdb().execute(query).fetchone()[0]


def agree(ours, theirs):
    wrong = [f"{what}: {ours[what]} and {theirs[what]}" for what in ours if ours[what] != theirs[what]]
    print(f"{len(ours) - len(wrong)} of {len(ours)} counts and sums agree", *wrong, sep="\n  ")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
