#!/usr/bin/env python3
"""Questions in SQL: `longplay sql` beside DuckDB on the same files.

Each question is asked in a process of its own on both sides, the start of the
process included, and the answers are compared as text.
"""

import csv
import io

import common

QUERIES = {
    "count": "SELECT count(*) AS n FROM tracks",
    "one row": "SELECT title FROM tracks WHERE row = 12345",
    "some rows": "SELECT row, title FROM tracks WHERE row BETWEEN 100000 AND 100019 ORDER BY row",
    "first rows": "SELECT row, title FROM tracks ORDER BY row LIMIT 10",
    "longest": "SELECT row, duration_ms FROM tracks ORDER BY duration_ms DESC NULLS LAST, row LIMIT 10",
    "durations": "SELECT duration_ms // 30000 AS half_minute, count(*) AS n FROM tracks GROUP BY 1 ORDER BY 1 NULLS LAST",
    "genres": "SELECT genre, count(*) AS n FROM genres GROUP BY genre ORDER BY n DESC, genre",
    "titles": "SELECT count(*) AS n FROM tracks WHERE title LIKE '%love%'",
    "years": "SELECT left(date, 4) AS year, count(*) AS n, sum(tracks) AS tracks FROM releases GROUP BY 1 ORDER BY 1 NULLS LAST",
    "artists": "SELECT a.name, count(*) AS n FROM track_artists t JOIN artists a ON a.row = t.artist GROUP BY a.row, a.name ORDER BY n DESC, a.name LIMIT 20",
    "tracks of labels": "SELECT r.label, count(*) AS n FROM tracks t JOIN releases r ON r.row = t.release GROUP BY r.label ORDER BY n DESC, r.label LIMIT 20",
    "listens of genres": "SELECT g.genre, round(sum(p.value)) AS listens FROM genres g JOIN popularity p ON p.row = g.row AND p.kind = 'track' AND p.metric = 'listens' GROUP BY g.genre ORDER BY listens DESC, g.genre",
    "ISRCs": "SELECT n, count(*) AS isrcs FROM (SELECT count(*) AS n FROM (SELECT unnest(isrcs) AS isrc FROM tracks) GROUP BY isrc) GROUP BY n ORDER BY n",
}

NUMBERED = ("tracks", "releases", "artists")


def peer(snapshot, query):
    connection = common.duckdb()
    for table in sorted(snapshot.glob("*.parquet")):
        columns = "* EXCLUDE file_row_number, file_row_number AS row" if table.stem in NUMBERED else "*"
        numbered = ", file_row_number=true" if table.stem in NUMBERED else ""
        connection.execute(f"CREATE VIEW {table.stem} AS SELECT {columns} FROM read_parquet('{table}'{numbered})")
    return connection.execute(query).fetchall()


def ours(query):
    """DataFusion divides whole numbers by `/`."""
    return query.replace("//", "/")


def differs(output, rows):
    """Whether two answers differ, numbers compared as numbers."""
    told = list(csv.reader(io.StringIO(output.decode())))[1:]
    expected = [["" if value is None else str(value) for value in row] for row in rows]
    return len(told) != len(expected) or any(not same(*pair) for one, other in zip(told, expected) for pair in zip(one, other))


def same(one, other):
    try:
        return one == other or abs(float(one) - float(other)) <= 1e-9 * abs(float(other))
    except ValueError:
        return False


def main():
    chosen = common.arguments(__doc__.splitlines()[0])
    archive = common.archive(chosen)
    snapshot = common.snapshot(archive)
    print(f"{chosen.tracks:,} tracks, {common.folder_bytes(snapshot, '*.parquet'):,} bytes of tables, {chosen.runs} runs each")
    common.heading("DuckDB")
    memory = [0, 0]
    for name, query in QUERIES.items():
        here, there = [], []
        for _ in range(chosen.runs):
            here.append(common.longplay(chosen, archive, "sql", ours(query), "--csv"))
            there.append(common.apart(lambda: peer(snapshot, query)))
        common.compare(name, *[common.median([cost.seconds for cost in side]) for side in (here, there)], "s")
        memory = [max(memory[at], *(cost.memory for cost in side)) for at, side in enumerate((here, there))]
        if differs(here[-1].output, peer(snapshot, query)):
            print(f"  the answers to {name!r} differ")
    common.compare("peak of memory", *[peak / 1e6 for peak in memory], "MB")


if __name__ == "__main__":
    main()
