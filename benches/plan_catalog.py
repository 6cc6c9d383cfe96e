#!/usr/bin/env python3
"""The plans of a catalog, judged by DuckDB over the catalog's own tables.

DuckDB joins tracks, credits and figures into candidates and plans them by the
words of docs/policy.md: with all that reaches the cut of 0.351, and with 300 and
100 TB scaled to the number of tracks. Both plans are compared row by row. The
optimal policy is judged with the bytes that the reference takes, and with those
that its frontier names for the reference's share of listens: DuckDB counts what
each plan covers, and looks for recordings that are kept in a worse form.
"""

import argparse
import json
import pathlib
import shutil
import sys

import common
import plan_reference

CANDIDATES = """
CREATE VIEW figures AS SELECT kind, metric, row, value FROM '{snapshot}/popularity.parquet';
CREATE VIEW told AS
SELECT row, max(p.value)::FLOAT AS popularity, max(f.value)::UBIGINT AS followers FROM '{snapshot}/track_artists.parquet'
LEFT JOIN (SELECT row AS artist, value FROM figures WHERE kind = 'artist' AND metric = 'popularity') p USING (artist)
LEFT JOIN (SELECT row AS artist, value FROM figures WHERE kind = 'artist' AND metric = 'followers') f USING (artist)
GROUP BY row;
CREATE VIEW candidates AS
SELECT t.row, recording, p.value::FLOAT AS popularity, l.value AS listens, duration_ms, told.popularity AS artist_popularity,
    r.value::FLOAT AS release_popularity, coalesce(told.followers, 0) AS followers, codec, bytes AS file_bytes
FROM (SELECT *, file_row_number::UINTEGER AS row FROM read_parquet('{snapshot}/tracks.parquet', file_row_number=true)) t
LEFT JOIN (SELECT row, value FROM figures WHERE kind = 'track' AND metric = 'popularity') p USING (row)
LEFT JOIN (SELECT row, value FROM figures WHERE kind = 'track' AND metric = 'listens') l USING (row)
LEFT JOIN (SELECT row AS release, value FROM figures WHERE kind = 'release' AND metric = 'popularity') r USING (release)
LEFT JOIN told ON told.row = t.row
LEFT JOIN '{snapshot}/files.parquet' f ON f.row = t.row;
"""

# Kept rows with their recordings; a recording is served by its one kept row.
KEPT = """SELECT recording, coalesce(list_position(['access', 'original', 'lossless'], form), 0) AS form, bytes
    FROM '{plan}' JOIN t USING (row) WHERE form IS NOT NULL"""


class Planned:
    """A plan that longplay made, and what that cost."""

    def __init__(self, chosen, policy, budget):
        command = [chosen.binary, "plan", "--archive", chosen.home, "--policy", policy, "--budget", budget, "--json"]
        self.cost = common.process(command)
        name = max((chosen.home / "plans").glob("*.json"), key=lambda path: path.stat().st_mtime)
        self.rows, self.totals = name.with_suffix(".parquet"), json.loads(name.read_text())["totals"]
        self.share = self.totals["listens_kept"] / self.totals["listens_all"]


def home(chosen):
    """An archive of its own with the same catalog, so that the other is left alone."""
    path = chosen.dir / "home"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    for entry in chosen.archive.iterdir():
        if entry.name in ("catalog", "sources"):
            (path / entry.name).symlink_to(entry.resolve())
        elif entry.name in ("journal", "longplay.toml"):
            (shutil.copytree if entry.is_dir() else shutil.copy)(entry, path / entry.name)
        elif entry.is_dir():
            (path / entry.name).mkdir()
    return path


def tables(chosen, snapshot):
    connection = common.duckdb(memory=chosen.memory)
    connection.execute(f"SET preserve_insertion_order=false; SET temp_directory='{chosen.dir}/duckdb-spill'")
    connection.execute(CANDIDATES.format(snapshot=snapshot))
    return connection


def answer(chosen, snapshot, budget, out):
    connection = tables(chosen, snapshot)
    connection.execute(plan_reference.QUERY.format(budget=budget))
    connection.execute(f"COPY answer TO '{out}' (FORMAT parquet, COMPRESSION zstd)")


def reference(chosen, snapshot, name, budget):
    """The plan by the levels, and whether DuckDB's is the same."""
    out = chosen.dir / "answer.parquet"
    plan = Planned(chosen, "reference", budget)
    peer = common.apart(lambda: answer(chosen, snapshot, budget, out))
    print(f"\n{name}: budget {budget:,} bytes; kept {plan.totals['kept']:,} of {plan.totals['candidates']:,}")
    common.heading("DuckDB")
    common.compare("seconds from the catalog to the plan", plan.cost.seconds, peer.seconds, "s")
    common.compare("seconds of processors", plan.cost.cpu, peer.cpu, "s")
    common.compare("peak of memory", plan.cost.memory / 1e6, peer.memory / 1e6, "MB")
    rows, *differ = plan_reference.differences(plan.rows, out, chosen.memory)
    print(f"rows compared {rows:,}; that differ: " + ", ".join(f"{field} {count:,}" for field, count in zip(plan_reference.FIELDS, differ)))
    out.unlink()
    return plan, rows == plan.totals["candidates"] and not any(differ)


def covered(connection, plan):
    """Bytes, and the share of listens, that a plan keeps, as DuckDB counts them."""
    kept = KEPT.format(plan=plan.rows)
    query = f"""WITH kept AS ({kept}) SELECT (SELECT sum(bytes) FROM kept),
        (SELECT sum(listens) FROM t SEMI JOIN kept USING (recording)) / (SELECT sum(listens) FROM t)"""
    return connection.execute(query).fetchone()


def worse(connection, plan, than):
    """Recordings that both plans keep and the first in a worse form; and those that it does not keep."""
    both = [KEPT.format(plan=it.rows) for it in (plan, than)]
    query = f"""SELECT count(*) FILTER (a.form < b.form), count(*) FILTER (a.form IS NULL)
        FROM ({both[1]}) b LEFT JOIN ({both[0]}) a USING (recording)"""
    return connection.execute(query).fetchone()


def optimal(chosen, snapshot, by_levels):
    """The optimal policy with the bytes of the reference, and with its share of listens."""
    connection = tables(chosen, snapshot)
    connection.execute("CREATE TABLE t AS SELECT row, recording, coalesce(listens, 0) AS listens FROM candidates")
    bytes_of = by_levels.totals["bytes"]
    frontier = common.process([chosen.binary, "plan", "frontier", "--archive", chosen.home, "--budget", bytes_of, "--json"])
    rows = json.loads(frontier.output)["summary"]["rows"]
    asked = next(row for row in rows if row["budget"] == bytes_of)
    same_bytes = Planned(chosen, "optimal", bytes_of)
    same_share = Planned(chosen, "optimal", asked["optimal_bytes"])
    half = Planned(chosen, "reference", bytes_of // 2)
    print(f"frontier  {frontier}\noptimal   {same_bytes.cost}")
    print(f"{'':24} {'bytes':>22} {'share of listens':>18} {'worse form':>12} {'not kept':>12}")
    sound = True
    for name, plan in (("reference", by_levels), ("optimal, same bytes", same_bytes), ("optimal, same share", same_share)):
        spent, share = covered(connection, plan)
        forms, absent = worse(connection, plan, by_levels)
        print(f"{name:24} {int(spent):>22,} {share:>18.6%} {forms:>12,} {absent:>12,}")
        sound &= forms == 0 and abs(share - plan.share) < 1e-9 and spent == plan.totals["bytes"] <= bytes_of
    forms, absent = worse(connection, same_bytes, half)
    print(f"of what the reference keeps with half of these bytes: {forms:,} in a worse form, {absent:,} not kept")
    saved = 1 - same_share.totals["bytes"] / bytes_of
    print(f"for the reference's share of listens the optimal policy takes {saved:.1%} fewer bytes")
    return sound and forms == absent == 0


def arguments(about, archive="an archive with a catalog of one source that counts listens", memory="8GB"):
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("archive", type=pathlib.Path, help=archive)
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="folder for what is made")
    parser.add_argument("--binary", type=lambda path: pathlib.Path(path).resolve(), default=common.BUILT / "longplay")
    parser.add_argument("--memory", default=memory, help="what DuckDB may hold")
    chosen = parser.parse_args()
    common.need(chosen.binary.exists(), f"{chosen.binary}: build it with `cargo build --release`")
    chosen.dir.mkdir(parents=True, exist_ok=True)
    return chosen


def main():
    chosen = arguments(__doc__)
    snapshot = common.snapshot(chosen.archive)
    tracks = json.loads((snapshot / "snapshot.json").read_text())["counts"]["tracks"]
    chosen.home = home(chosen)
    scaled = {f"{size} TB, scaled": size * 10**12 * tracks // plan_reference.PUBLISHED for size in (300, 100)}
    good = True
    for name, budget in {"all that reaches the cut": 2**63 - 1, **scaled}.items():
        plan, is_equal = reference(chosen, snapshot, name, budget)
        good &= is_equal
        if name in scaled:
            good &= optimal(chosen, snapshot, plan)
    shutil.rmtree(chosen.home)
    print("\nall plans are equal, and no form is worse" if good else "\nTHE PLANS DIFFER")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
