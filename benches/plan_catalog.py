#!/usr/bin/env python3
"""The reference policy over a whole catalog: `longplay plan` beside DuckDB.

DuckDB reads the tables of the snapshot, makes the candidates of them by the
words of docs/format/catalog.md (one source), and plans them by those of
docs/policy.md. Both plans are compared row by row, once for all that reaches
the cut and once for 300 TB, scaled to the number of tracks.
"""

import argparse
import json
import pathlib
import sys

import common
import plan_reference

CANDIDATES = """CREATE VIEW candidates AS
WITH figures AS (SELECT kind, metric, row, value FROM read_parquet('{0}/popularity.parquet')),
shares AS (SELECT row, value FROM figures WHERE kind = 'track' AND metric = 'popularity'),
of_releases AS (SELECT row, value FROM figures WHERE kind = 'release' AND metric = 'popularity'),
of_artists AS (
    SELECT credits.row, max(value) FILTER (metric = 'popularity') AS share, max(value) FILTER (metric = 'followers') AS followers
    FROM read_parquet('{0}/track_artists.parquet') credits
    JOIN figures ON kind = 'artist' AND figures.row = credits.artist GROUP BY credits.row
)
SELECT t.file_row_number AS row, t.recording, shares.value AS popularity, t.duration_ms,
    of_artists.share::FLOAT AS artist_popularity, of_releases.value::FLOAT AS release_popularity,
    coalesce(of_artists.followers, 0)::UBIGINT AS followers, files.codec, files.bytes AS file_bytes
FROM read_parquet('{0}/tracks.parquet', file_row_number=true) t
LEFT JOIN shares ON shares.row = t.file_row_number
LEFT JOIN of_releases ON of_releases.row = t.release
LEFT JOIN of_artists ON of_artists.row = t.file_row_number
LEFT JOIN read_parquet('{0}/files.parquet') files ON files.row = t.file_row_number"""


def answer(chosen, snapshot, budget, out):
    connection = common.duckdb(memory=chosen.memory)
    connection.execute(f"SET preserve_insertion_order=false; SET temp_directory='{out.parent}/duckdb-spill'")
    connection.execute(CANDIDATES.format(snapshot))
    connection.execute(plan_reference.QUERY.format(budget=budget))
    connection.execute(f"COPY answer TO '{out}' (FORMAT parquet, COMPRESSION zstd)")


def one(chosen, snapshot, name, budget):
    before = set(chosen.archive.glob("plans/*.json"))
    words = ["--policy", "reference", "--budget", str(budget), "--clock", f"2026-01-01T00:00:{len(before) % 60:02}Z"]
    ours = common.longplay(chosen, chosen.archive, "plan", *words)
    made = set(chosen.archive.glob("plans/*.json")) - before
    common.need(len(made) == 1, "a plan that was not there before")
    plan = made.pop().with_suffix(".parquet")
    out = chosen.dir / f"answer-{name}.parquet"
    theirs = common.apart(lambda: answer(chosen, snapshot, budget, out))
    print(f"\n{name}: budget {budget:,} bytes")
    common.heading("DuckDB")
    common.compare("seconds, candidates read and plan written", ours.seconds, theirs.seconds, "s")
    common.compare("seconds of processors", ours.cpu, theirs.cpu, "s")
    common.compare("peak of memory", ours.memory / 1e6, theirs.memory / 1e6, "MB")
    rows, *differ = plan_reference.differences(plan, out, chosen.memory)
    print(f"rows compared {rows:,}; that differ: " + ", ".join(f"{field} {count:,}" for field, count in zip(plan_reference.FIELDS, differ)))
    out.unlink()
    return not any(differ)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=pathlib.Path, help="an archive whose catalog has one source")
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="folder for what is made")
    parser.add_argument("--binary", type=pathlib.Path, default=common.ROOT / "target/release/longplay")
    parser.add_argument("--memory", default="8GB", help="what DuckDB may hold")
    chosen = parser.parse_args()
    chosen.dir.mkdir(parents=True, exist_ok=True)
    snapshot = common.snapshot(chosen.archive)
    tracks = json.loads((snapshot / "snapshot.json").read_text())["counts"]["tracks"]
    budgets = {"cut": 2**63 - 1, "300TB": 300 * 10**12 * tracks // plan_reference.PUBLISHED}
    equal = [one(chosen, snapshot, name, budget) for name, budget in budgets.items()]
    print("\nboth plans are equal" if all(equal) else "\nTHE PLANS DIFFER")
    sys.exit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
