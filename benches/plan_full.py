#!/usr/bin/env python3
"""The plans of a very large catalog, judged by DuckDB part by part.

As `plan_catalog.py`, for catalogs of which DuckDB cannot hold the candidates:
they are scored range by range of rows, recordings are looked at by a share of them
at a time, and one sort that spills puts all in order. Then both plans are read side
by side, in the order in which tracks are taken. No files may be in the catalog.
`--dir` takes about 60 bytes a track for a while.
"""

import json
import shutil
import sys

import common
import plan_catalog
import plan_reference

RANGE = 8_000_000  # rows that are scored at once
SHARES = 24  # parts of the recordings

# Figures of releases and artists, which tracks are scored by.
FIGURES = """
CREATE TABLE of_releases AS SELECT row AS release, value::FLOAT AS popularity FROM popularity WHERE kind = 'release' AND metric = 'popularity';
CREATE TABLE of_artists AS SELECT artist, max(popularity) AS popularity, max(followers) AS followers FROM (
  SELECT row AS artist, value::FLOAT AS popularity, NULL::UBIGINT AS followers FROM popularity WHERE kind = 'artist' AND metric = 'popularity'
  UNION ALL SELECT row, NULL, value::UBIGINT FROM popularity WHERE kind = 'artist' AND metric = 'followers') GROUP BY artist;
CREATE TABLE scored (row UINTEGER, recording UINTEGER, duration_ms UINTEGER, is_head BOOLEAN, score DOUBLE);
CREATE TABLE packed (row UINTEGER, recording UINTEGER, is_head BOOLEAN, score DOUBLE, is_wanted BOOLEAN, is_copy BOOLEAN, bytes UBIGINT)"""

# docs/policy.md, "Levels": of the rows of a range.
SCORED = """
INSERT INTO scored SELECT t.row, recording, duration_ms, coalesce(p.value, 0) > 0 AS is_head,
    CASE WHEN coalesce(p.value, 0) > 0 THEN 0 ELSE
        round(coalesce(told.popularity, 0)::DOUBLE * 0.01 + coalesce(r.popularity, 0)::DOUBLE * 0.01
            + log10(least(100000000, coalesce(told.followers, 0) + 1)::DOUBLE) * 0.125, 9) END
FROM (SELECT *, file_row_number::UINTEGER AS row FROM read_parquet('{snapshot}/tracks.parquet', file_row_number=true) WHERE file_row_number BETWEEN {first} AND {last}) t
LEFT JOIN (SELECT row, value::FLOAT AS value FROM popularity WHERE kind = 'track' AND metric = 'popularity' AND row BETWEEN {first} AND {last}) p USING (row)
LEFT JOIN of_releases r USING (release)
LEFT JOIN (SELECT row, max(popularity) AS popularity, max(followers) AS followers FROM track_artists LEFT JOIN of_artists USING (artist)
    WHERE row BETWEEN {first} AND {last} GROUP BY row) told USING (row)"""

# Which track stands for its recording, and what it takes; k = 20, m = 4, no files.
PACKED = """
INSERT INTO packed
WITH first AS (
    SELECT *, row_number() OVER (PARTITION BY recording ORDER BY is_head DESC, score DESC, row) = 1 AND (is_head OR score >= 0.351) AS is_wanted
    FROM scored WHERE recording % {shares} = {share}
), held AS (
    SELECT *, max(is_wanted) OVER (PARTITION BY recording) AND NOT is_wanted AS is_copy, coalesce(duration_ms, 200000)::BIGINT AS ms FROM first
)
SELECT row, recording, is_head, score, is_wanted, is_copy, CASE WHEN NOT is_wanted THEN 0 ELSE
    ((((CASE WHEN is_head THEN (ms * 20000 + 999) // 1000 ELSE (ms * 9375 + 999) // 1000 + 2048 END)::BIGINT + 511) // 512 * 512 + 2176) * 24 + 19) // 20 END
FROM held"""

SORTED = """
CREATE TABLE sorted AS SELECT row, recording, is_head, is_wanted, is_copy, bytes FROM packed
ORDER BY is_head DESC, CASE WHEN is_head THEN 0 ELSE score - CASE WHEN is_copy THEN 10 ELSE 0 END END DESC, row;
DROP TABLE packed;
CREATE TABLE wanted AS SELECT recording, place FROM (SELECT *, row_number() OVER () - 1 AS place FROM sorted) WHERE is_wanted"""

# Both plans row by row.
BOTH = """
FROM (SELECT *, row_number() OVER () - 1 AS place FROM sorted) t
POSITIONAL JOIN (SELECT row AS their_row, form AS their_form, bytes AS their_bytes, reason AS their_reason FROM '{plan}') p"""

CUT = """
SELECT coalesce(min(place) FILTER (is_wanted AND so_far > {budget}), 1::BIGINT << 40) FROM (
    SELECT is_wanted, row_number() OVER () - 1 AS place, sum(bytes) OVER (ROWS UNBOUNDED PRECEDING) AS so_far FROM sorted)"""

DIFFER = """
SELECT count(*), count(*) FILTER (row IS DISTINCT FROM their_row), count(*) FILTER (bytes IS DISTINCT FROM their_bytes),
    count(*) FILTER (their_form IS DISTINCT FROM CASE WHEN is_wanted AND place < {cut} THEN CASE WHEN is_head THEN 'original' ELSE 'access' END END),
    count(*) FILTER (NOT is_copy AND their_reason IS DISTINCT FROM CASE
        WHEN NOT is_wanted THEN 'below-cut' WHEN place >= {cut} THEN 'over-budget' WHEN is_head THEN 'popular' ELSE 'tail' END)"""

# A copy's reason is told by what became of its recording.
COPIES = """
SELECT count(*) FILTER (reason IS DISTINCT FROM CASE WHEN w.place < {cut} THEN 'duplicate-recording' ELSE 'over-budget' END)
FROM (SELECT recording, their_reason AS reason {both} WHERE is_copy) c LEFT JOIN wanted w USING (recording)"""


def prepare(chosen, snapshot, tracks):
    """DuckDB's own order of all candidates."""
    connection = common.duckdb(snapshot, memory=chosen.memory)
    connection.execute(f"SET temp_directory='{chosen.dir}/duckdb-spill'; ATTACH '{chosen.dir}/judge.duckdb' AS judge")
    for table in snapshot.glob("*.parquet"):
        connection.execute(f"CREATE VIEW judge.{table.stem} AS SELECT * FROM read_parquet('{table}')")
    connection.execute("USE judge")
    connection.execute(FIGURES)
    for first in range(0, tracks, RANGE):
        connection.execute(SCORED.format(snapshot=snapshot, first=first, last=min(tracks, first + RANGE) - 1))
    connection.execute("DROP TABLE of_releases; DROP TABLE of_artists")
    for share in range(SHARES):
        connection.execute(PACKED.format(shares=SHARES, share=share))
    connection.execute("DROP TABLE scored")
    connection.execute(SORTED)
    return connection


def is_equal(connection, plan, budget, tracks):
    (cut,) = connection.execute(CUT.format(budget=budget)).fetchone()
    both = BOTH.format(plan=plan.rows)
    rows, *differ = connection.execute(DIFFER.format(cut=cut) + both).fetchone()
    differ += connection.execute(COPIES.format(cut=cut, both=both)).fetchone()
    names = ("row at its place", "bytes", "form", "reason", "reason of a copy")
    print(f"rows compared {rows:,}; that differ: " + ", ".join(f"{name} {count:,}" for name, count in zip(names, differ)))
    return rows == tracks and not any(differ)


def main():
    chosen = plan_catalog.arguments(__doc__, "an archive with a catalog of one source that counts listens, without files", "12GB")
    snapshot = common.snapshot(chosen.archive)
    counts = json.loads((snapshot / "snapshot.json").read_text())["counts"]
    common.need(counts["files"] == 0, "a catalog without files")
    chosen.home = plan_catalog.home(chosen)
    scaled = {f"{size} TB, scaled": size * 10**12 * counts["tracks"] // plan_reference.PUBLISHED for size in (300, 100)}
    budgets = {"all that reaches the cut": 2**63 - 1} | scaled
    plans = {}
    for name, budget in budgets.items():
        plans[name] = plan_catalog.Planned(chosen, "reference", budget)
        totals = plans[name].totals
        print(f"{name}: budget {budget:,} bytes; kept {totals['kept']:,} of {totals['candidates']:,}; longplay {plans[name].cost}", flush=True)
    (chosen.dir / "judge.duckdb").unlink(missing_ok=True)
    connection = prepare(chosen, snapshot, counts["tracks"])
    equal = [is_equal(connection, plans[name], budget, counts["tracks"]) for name, budget in budgets.items()]
    connection.close()
    (chosen.dir / "judge.duckdb").unlink()
    shutil.rmtree(chosen.home)
    print("\nall plans are equal" if all(equal) else "\nTHE PLANS DIFFER")
    sys.exit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
