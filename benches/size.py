#!/usr/bin/env python3
"""Bytes a track: the tables of a snapshot beside the same rows in SQLite.

SQLite has the tables and indexes of `reference.py`, without free pages. The
tables of longplay hold more: names as credited, joins, all ISRCs, times and sources
of figures, and identifiers that SQLite has no index for. What those take is told
apart, and what SQLite takes that finds the same.
"""

import json

import common
import reference


def main():
    chosen = common.arguments(__doc__.splitlines()[0])
    snapshot = common.snapshot(common.archive(chosen))
    meta = json.loads((snapshot / "snapshot.json").read_text())
    tracks = meta["counts"]["tracks"]
    print(f"{tracks:,} tracks; snapshot {meta['snapshot']}\n\n{'':24} {'rows':>14} {'bytes':>16} {'a track':>9}")
    for table in sorted(meta["tables"], key=lambda table: -table["bytes"]):
        line(table["name"], table["rows"], table["bytes"], tracks)
    tables = sum(table["bytes"] for table in meta["tables"])
    line("all tables", sum(table["rows"] for table in meta["tables"]), tables, tracks)
    rest = common.folder_bytes(snapshot) - tables
    line("what else is there", 0, rest, tracks)
    path = chosen.dir / f"reference-{chosen.tracks}-{chosen.seed}.sqlite"
    reference.build(snapshot, path)
    common.heading("SQLite")
    theirs = path.stat().st_size / tracks
    common.compare("bytes a track, all tables and identifiers", tables / tracks, theirs, "B")
    more = sum(size for kind, size in identifiers(snapshot).items() if kind not in INDEXED)
    common.compare("without identifiers that SQLite has no index for", (tables - more) / tracks, theirs, "B")
    whole = path.with_suffix(".whole.sqlite")
    reference.build_with_all_identifiers(snapshot, path, whole)
    found = whole.stat().st_size / tracks
    common.compare("all tables and identifiers, where SQLite finds as much", tables / tracks, found, "B")
    common.compare("with everything in the snapshot's folder", (tables + rest) / tracks, theirs, "B")


# Kinds of identifiers that the indexes of SQLite find rows by.
INDEXED = {"track", "release", "artist", "isrc"}


def identifiers(snapshot):
    """Bytes of the identifiers of each kind; a row group holds one kind."""
    query = f"""SELECT kind, sum(bytes) FROM (
      SELECT row_group_id, max(stats_min_value) FILTER (path_in_schema = 'kind') AS kind, sum(total_compressed_size) AS bytes
      FROM parquet_metadata('{snapshot}/identifiers.parquet') GROUP BY row_group_id) GROUP BY kind"""
    return {kind: int(size) for kind, size in common.duckdb().execute(query).fetchall()}


def line(name, rows, size, tracks):
    print(f"{name:24} {rows:>14,} {size:>16,} {size / tracks:>9.2f}")


if __name__ == "__main__":
    main()
