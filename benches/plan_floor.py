#!/usr/bin/env python3
"""Is the optimal plan nowhere worse than the reference plan of the same budget?

Reads both plans and the recordings of their catalog by pyarrow, and compares the best
form of every recording. Takes about 9 bytes of memory a track. Ends with 1 where any
recording has a worse form, or the optimal plan takes more than the budget.

    longplay plan --policy reference --budget 302TB
    longplay plan --policy optimal --budget 302TB
    python3 benches/plan_floor.py ARCHIVE REFERENCE_PLAN OPTIMAL_PLAN
"""

import argparse
import json
import pathlib

import numpy
import pyarrow.parquet

FORMS = {None: 0, "access": 1, "original": 2, "lossless": 3}


def recordings(snapshot):
    """The recording of each row of the catalog."""
    file = pyarrow.parquet.ParquetFile(snapshot / "tracks.parquet")
    all_rows = numpy.empty(file.metadata.num_rows, dtype=numpy.uint32)
    at = 0
    for batch in file.iter_batches(1 << 20, columns=["recording"]):
        all_rows[at : at + len(batch)] = batch.column(0).to_numpy()
        at += len(batch)
    return all_rows


def best_forms(plan, recording):
    """The best form that a plan keeps of each recording, and the bytes that it keeps."""
    best = numpy.zeros(len(recording), dtype=numpy.uint8)
    kept = 0
    for batch in pyarrow.parquet.ParquetFile(plan).iter_batches(1 << 20, columns=["row", "form", "bytes"]):
        rows, sizes = batch.column(0).to_numpy(), batch.column(2).to_numpy()
        forms = batch.column(1).dictionary_encode()
        ranks = numpy.array([FORMS[form] for form in forms.dictionary.to_pylist()] + [0], dtype=numpy.uint8)
        forms = ranks[forms.indices.fill_null(len(ranks) - 1).to_numpy()]
        kept += int(sizes[forms > 0].sum())
        # One after the other, so that of several tracks of a recording the best stays.
        for form in (1, 2, 3):
            of = recording[rows[forms == form]]
            best[of] = numpy.maximum(best[of], form)
    return best, kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=pathlib.Path)
    parser.add_argument("plans", nargs=2, help="names of the reference and the optimal plan")
    chosen = parser.parse_args()
    paths = [chosen.archive / "plans" / f"{name}.parquet" for name in chosen.plans]
    metas = [json.loads(path.with_suffix(".json").read_text()) for path in paths]
    snapshots = {meta["catalog"] for meta in metas}
    assert len(snapshots) == 1, "the plans are of two catalogs"
    recording = recordings(chosen.archive / "catalog" / snapshots.pop())
    (reference, held), (optimal, bytes_kept) = (best_forms(path, recording) for path in paths)
    budget = metas[1]["budget"]["bytes"]
    worse = int((optimal < reference).sum())
    print(f"{len(recording):,} tracks, budget {budget:,} bytes")
    print(f"the reference plan keeps {held:,} bytes, {int((reference > 0).sum()):,} recordings")
    print(f"the optimal plan keeps   {bytes_kept:,} bytes, {int((optimal > 0).sum()):,} recordings")
    print(f"recordings with a better form: {int((optimal > reference).sum()):,}; with a worse one: {worse:,}")
    raise SystemExit(1 if worse or bytes_kept > budget else 0)


if __name__ == "__main__":
    main()
