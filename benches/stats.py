#!/usr/bin/env python3
"""Statistics over all tracks: `longplay stats` beside DuckDB on the same files.

DuckDB answers what `stats` tells: counts, years, durations, genres, languages,
tracks an ISRC, popularity and listens.
"""

import common

QUERIES = {
    "counts": "SELECT (SELECT count(*) FROM tracks), (SELECT count(DISTINCT recording) FROM tracks), (SELECT count(*) FROM releases), (SELECT count(*) FROM artists)",
    "years": "SELECT left(date, 4) AS year, count(*), sum(tracks) FROM releases GROUP BY year ORDER BY year",
    "durations": "SELECT duration_ms // 30000 AS half_minute, count(*) FROM tracks GROUP BY half_minute ORDER BY half_minute",
    "whole": "SELECT sum(duration_ms), count(*) FILTER (duration_ms % 60000 = 0), count(*) FILTER (explicit), count(*) FILTER (synthetic) FROM tracks",
    "languages": "SELECT language, count(*) FROM tracks GROUP BY language ORDER BY 2 DESC",
    "genres": "SELECT genre, count(*) FROM genres GROUP BY genre ORDER BY 2 DESC",
    "tracks an ISRC": "SELECT n, count(*) FROM (SELECT count(*) AS n FROM (SELECT unnest(isrcs) AS isrc FROM tracks) GROUP BY isrc) GROUP BY n ORDER BY n",
    "popularity": "SELECT floor(value) AS score, count(*) FROM popularity WHERE kind = 'track' AND metric = 'popularity' GROUP BY score ORDER BY score",
    "listens": "SELECT floor(log10(value + 1)) AS digits, count(*), sum(value) FROM popularity WHERE kind = 'track' AND metric = 'listens' GROUP BY digits ORDER BY digits",
}


def peer(snapshot):
    connection = common.duckdb(snapshot)
    for query in QUERIES.values():
        connection.execute(query).fetchall()


def main():
    chosen = common.arguments(__doc__.splitlines()[0])
    archive = common.archive(chosen)
    snapshot = common.snapshot(archive)
    ours, theirs = [], []
    for _ in range(chosen.runs):
        ours.append(common.longplay(chosen, archive, "stats", "--json"))
        theirs.append(common.apart(lambda: peer(snapshot)))
    print(f"{chosen.tracks:,} tracks, {common.folder_bytes(snapshot):,} bytes of snapshot, {chosen.runs} runs each")
    common.heading("DuckDB")
    common.compare("seconds", *[common.median([c.seconds for c in side]) for side in (ours, theirs)], "s")
    common.compare("seconds of processors", *[common.median([c.cpu for c in side]) for side in (ours, theirs)], "s")
    common.compare("peak of memory", *[max(c.memory for c in side) / 1e6 for side in (ours, theirs)], "MB")
    print("\nwhat longplay told:", ours[-1].output.decode()[:2_000])
    connection = common.duckdb(snapshot)
    for what in ("counts", "whole"):
        print(f"what DuckDB told of {what}: {connection.execute(QUERIES[what]).fetchone()}")


if __name__ == "__main__":
    main()
