#!/usr/bin/env python3
"""Ids and ISRCs to tracks: `longplay lookup` beside SQLite's own index.

Whole processes of both programs are timed, as a tagger would start them: one
id, one ISRC, a batch of 400 ISRCs. What an id costs in a warm process is the
difference between a batch of many and a batch of one. SQLite's rows are those
of `reference.py`, and its answers name title, release and artists as ours do.
"""

import json
import random
import sqlite3
import time

import common
import reference

BATCH = 400
ONE = ("lookup", "--json")  # and the id
MANY = ("lookup", "--batch")  # ids on standard input, a line each

ANSWER = """SELECT t.id, t.name, t.isrc, t.duration_ms, t.popularity, t.listens, a.name, a.release_date, a.label, a.upc,
 (SELECT group_concat(n.name, '; ') FROM track_artists ta JOIN artists n ON n.rowid = ta.artist_rowid WHERE ta.track_rowid = t.rowid)
 FROM tracks t LEFT JOIN albums a ON a.rowid = t.album_rowid WHERE """


def main():
    chosen = common.arguments(__doc__.splitlines()[0], queries=(200, "lookups of each kind"))
    archive = common.archive(chosen)
    snapshot = common.snapshot(archive)
    path = chosen.dir / f"reference-{chosen.tracks}-{chosen.seed}.sqlite"
    reference.build(snapshot, path)
    isrcs, ids = sample(snapshot, max(chosen.queries, BATCH * chosen.runs))
    print(f"{chosen.tracks:,} tracks, {chosen.queries} lookups of each kind, {chosen.runs} batches of {BATCH}")
    common.heading("SQLite")
    one(chosen, archive, path, "track id", [hexes for hexes, _ in ids], "t.id = ", [short for _, short in ids])
    one(chosen, archive, path, "ISRC", isrcs, "t.isrc = ", isrcs)
    batch(chosen, archive, path, isrcs)
    agree(chosen, archive, path, isrcs[:BATCH])


def sample(snapshot, count):
    """ISRCs, and ids in both spellings, of tracks at random places."""
    connection = common.duckdb(snapshot)
    total = connection.execute("SELECT count(*) FROM tracks").fetchone()[0]
    places = sorted(random.Random(1).sample(range(total), min(count, total)))
    rows = connection.execute(
        f"""SELECT isrcs[1], lower(hex({common.own_id('track')})), left(base64({common.own_id('track')}), 22) FROM
        read_parquet('{snapshot}/tracks.parquet', file_row_number=true)
        WHERE file_row_number IN (SELECT unnest({places}))""").fetchall()
    random.Random(2).shuffle(rows)
    return [row[0] for row in rows if row[0]], [row[1:] for row in rows]


def one(chosen, archive, path, what, ours, where, theirs):
    ours = [common.longplay(chosen, archive, *ONE, text).seconds for text in ours[: chosen.queries]]
    sql = [f"{ANSWER}{where}'{text}'" for text in theirs[: chosen.queries]]
    theirs = [common.process(["sqlite3", "-json", path, query]).seconds for query in sql]
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        sides = [common.percentile(side, share) * 1e3 for side in (ours, theirs)]
        common.compare(f"one {what}, a process, {name}", *sides, "ms")


def batch(chosen, archive, path, isrcs):
    batches = [isrcs[at * BATCH : (at + 1) * BATCH] for at in range(chosen.runs)]
    ours = [many(chosen, archive, texts).seconds for texts in batches]
    single = [many(chosen, archive, texts[:1]).seconds for texts in batches]
    theirs = [sqlite_batch(path, texts) for texts in batches]
    sides = [common.median(side) * 1e3 for side in (ours, theirs)]
    common.compare(f"{BATCH} ISRCs, a process", *sides, "ms")
    warm = (common.median(ours) - common.median(single)) / (BATCH - 1) * 1e3
    common.compare("one of them, warm", max(warm, 1e-4), in_process(path, isrcs), "ms")


def many(chosen, archive, texts):
    return common.longplay(chosen, archive, *MANY, stdin="\n".join(texts).encode() + b"\n")


def sqlite_batch(path, texts):
    listed = ", ".join(f"'{text}'" for text in texts)
    return common.process(["sqlite3", "-json", path, f"{ANSWER}t.isrc IN ({listed})"]).seconds


def in_process(path, isrcs):
    """Median milliseconds of a lookup in a connection that stays open."""
    database = sqlite3.connect(path)
    times = []
    for isrc in isrcs[:2_000]:
        start = time.perf_counter()
        database.execute(f"{ANSWER}t.isrc = ?", (isrc,)).fetchall()
        times.append(time.perf_counter() - start)
    return common.median(times) * 1e3


def agree(chosen, archive, path, isrcs):
    """Both find the same titles for a batch."""
    output = many(chosen, archive, isrcs).output.decode()
    database = sqlite3.connect(path)
    marks = ", ".join("?" * len(isrcs))
    titles = database.execute(f"SELECT name FROM tracks WHERE isrc IN ({marks})", isrcs).fetchall()
    missing = [title for (title,) in titles if json.dumps(title, ensure_ascii=False)[1:-1] not in output]
    print(f"{len(titles) - len(missing)} of {len(titles)} tracks that SQLite finds stand in our answer")
    raise SystemExit(1 if missing else 0)


if __name__ == "__main__":
    main()
