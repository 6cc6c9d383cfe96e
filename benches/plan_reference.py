#!/usr/bin/env python3
"""The reference policy, planned by longplay and by an independent DuckDB query.

`plan_bench` makes synthetic candidates in the published shape, writes them as
Parquet, and plans them; DuckDB plans the same file by the words of
docs/policy.md. Both plans are compared row by row, once for all that reaches
the cut of 0.351 and once for 300 TB, scaled to the number of candidates.
"""

import argparse
import json
import pathlib
import shutil
import sys

import common

BENCH = common.BUILT / "examples/plan_bench"
PUBLISHED = 256_039_007
FIELDS = ("place", "form", "reason", "bytes")

# docs/policy.md, "Levels" to "The cut"; k = 20, m = 4.
QUERY = """
CREATE TABLE answer AS
WITH files AS (
    SELECT recording, arg_max(struct_pack(codec := codec, bytes := file_bytes, ms := duration_ms),
        struct_pack(a := file_bytes, b := list_position(['flac', 'vorbis', 'opus', 'mp3', 'wav', 'aiff'], codec), c := coalesce(duration_ms, 0))) AS file
    FROM candidates WHERE codec IS NOT NULL GROUP BY recording
), scored AS (
    SELECT row, recording, duration_ms, coalesce(popularity, 0) > 0 AS is_head,
        CASE WHEN coalesce(popularity, 0) > 0 THEN 0 ELSE
            round(coalesce(artist_popularity, 0)::DOUBLE * 0.01 + coalesce(release_popularity, 0)::DOUBLE * 0.01
                + log10(least(100000000, followers + 1)::DOUBLE) * 0.125, 9) END AS score
    FROM candidates
), first AS (
    SELECT *, row_number() OVER (PARTITION BY recording ORDER BY is_head DESC, score DESC, row) = 1
        AND (is_head OR score >= 0.351) AS is_wanted
    FROM scored
), held AS (
    SELECT *, max(is_wanted) OVER (PARTITION BY recording) AND NOT is_wanted AS is_copy FROM first
), sized AS (
    SELECT held.*, file, coalesce(CASE WHEN file IS NULL THEN duration_ms ELSE file.ms END, 200000)::BIGINT AS ms
    FROM held LEFT JOIN files USING (recording)
), formed AS (
    SELECT *, CASE WHEN is_head OR (file IS NOT NULL AND file.bytes <= (ms * 9375 + 999) // 1000 + 2048)
        THEN 'original' ELSE 'access' END AS made
    FROM sized
), packed AS (
    SELECT *, CASE WHEN NOT is_wanted THEN 0 ELSE
        ((((CASE WHEN made = 'access' THEN (ms * 9375 + 999) // 1000 + 2048
                 WHEN file IS NOT NULL THEN file.bytes
                 ELSE (ms * 20000 + 999) // 1000 END)::BIGINT + 511) // 512 * 512 + 2176) * 24 + 19) // 20 END AS bytes
    FROM formed
), placed AS (
    SELECT *, row_number() OVER walk - 1 AS place, sum(bytes) OVER (walk ROWS UNBOUNDED PRECEDING) AS so_far
    FROM packed
    WINDOW walk AS (ORDER BY is_head DESC, CASE WHEN is_head THEN 0 ELSE score - CASE WHEN is_copy THEN 10 ELSE 0 END END DESC, row)
), cut AS (
    SELECT coalesce(min(place) FILTER (is_wanted AND so_far > {budget}), 1::BIGINT << 40) AS cut_at FROM placed
), kept AS (
    SELECT *, is_wanted AND place < cut_at AS is_kept FROM placed, cut
)
SELECT row, place, CASE WHEN is_kept THEN made END AS form, bytes::UBIGINT AS bytes, CASE
    WHEN is_kept AND is_head THEN 'popular' WHEN is_kept THEN 'tail'
    WHEN is_copy AND max(is_kept) OVER (PARTITION BY recording) THEN 'duplicate-recording'
    WHEN is_wanted OR is_copy THEN 'over-budget' ELSE 'below-cut' END AS reason
FROM kept
"""


def answer(candidates, budget, out, memory):
    connection = common.duckdb(memory=memory)
    connection.execute(f"SET preserve_insertion_order=false; SET temp_directory='{out.parent}/duckdb-spill'")
    connection.execute(f"CREATE VIEW candidates AS SELECT * FROM read_parquet('{candidates}')")
    connection.execute(QUERY.format(budget=budget))
    connection.execute(f"COPY answer TO '{out}' (FORMAT parquet, COMPRESSION zstd)")


def differences(plan, out, memory):
    """How many rows of the two plans differ, by field."""
    connection = common.duckdb(memory=memory)
    connection.execute(f"SET temp_directory='{out.parent}/duckdb-spill'")
    rows = f"SELECT *, file_row_number AS place FROM read_parquet('{plan}', file_row_number=true)"
    differ = ", ".join(f"count(*) FILTER (ours.{field} IS DISTINCT FROM theirs.{field})" for field in FIELDS)
    query = f"SELECT count(*), {differ} FROM ({rows}) ours FULL JOIN '{out}' theirs USING (row)"
    return connection.execute(query).fetchone()


def places_agree(folder, memory):
    """Whether the table of places is the inverse of the plan."""
    connection = common.duckdb(memory=memory)
    query = f"""SELECT count(*) FROM read_parquet('{folder}/plan.parquet', file_row_number=true) p
        JOIN read_parquet('{folder}/plan.places.parquet', file_row_number=true) q ON q.file_row_number = p.row
        WHERE q."order" = p.file_row_number"""
    return connection.execute(query).fetchone()[0]


def one(chosen, name, budget):
    folder = chosen.dir / f"plan-{chosen.candidates}-{name}"
    out = chosen.dir / f"answer-{chosen.candidates}-{name}.parquet"
    ours, theirs = [], []
    command = [chosen.bench, chosen.candidates, "--budget", budget, "--out", folder]
    for _ in range(chosen.runs):
        ours.append(common.process(command))
        theirs.append(common.apart(lambda: answer(chosen.parquet, budget, out, chosen.memory)))
    told = [json.loads(cost.output) for cost in ours]
    seconds = [it["plan_seconds"] - it["of_these_making_candidates"] + it["write_seconds"] for it in told]
    print(f"\n{name}: budget {budget:,} bytes; kept {told[-1]['totals']['kept']:,} of {chosen.candidates:,}, {told[-1]['bytes_a_row']:.2f} bytes a row of plan")
    common.heading("DuckDB")
    common.compare("seconds, candidates read or made", *[common.median([c.seconds for c in side]) for side in (ours, theirs)], "s")
    print(f"{'seconds of plan and writing alone':44} {common.median(seconds):>14,.2f}")
    common.compare("peak of memory", max(it["peak_bytes"] for it in told) / 1e6, max(c.memory for c in theirs) / 1e6, "MB")
    rows, *differ = differences(folder / "plan.parquet", out, chosen.memory)
    print(f"rows compared {rows:,}; that differ: " + ", ".join(f"{field} {count:,}" for field, count in zip(FIELDS, differ)))
    agree = places_agree(folder, chosen.memory)
    print(f"places that are the inverse of the order: {agree:,}")
    shutil.rmtree(folder)
    out.unlink()
    return rows == agree == chosen.candidates and not any(differ)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("candidates", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="folder for what is made")
    parser.add_argument("--bench", type=pathlib.Path, default=BENCH)
    parser.add_argument("--runs", type=int, default=1, help="medians of so many")
    parser.add_argument("--memory", default="8GB", help="what DuckDB may hold")
    chosen = parser.parse_args()
    common.need(chosen.bench.exists(), f"{chosen.bench}: `cargo build --release -p longplay --example plan_bench`")
    chosen.dir.mkdir(parents=True, exist_ok=True)
    chosen.parquet = chosen.dir / f"candidates-{chosen.candidates}.parquet"
    if not chosen.parquet.exists():
        common.process([chosen.bench, chosen.candidates, "--export", chosen.parquet])
    budgets = {"cut": 2**63 - 1, "300TB": 300 * 10**12 * chosen.candidates // PUBLISHED}
    equal = [one(chosen, name, budget) for name, budget in budgets.items()]
    print("\nboth plans are equal" if all(equal) else "\nTHE PLANS DIFFER")
    sys.exit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
