#!/usr/bin/env python3
"""Is no recording worse off in an optimal plan than decision 6 says?

Reads three plans and the recordings of their catalog by pyarrow, and compares the best
form of every recording: what the optimal plan keeps beside the reference of the same
budget, and all that the reference keeps in the part of it that is the policy's floor.
Takes about 10 bytes of memory a track. Ends with 1 where any recording has a worse
form, or the optimal plan takes more than the budget.

    longplay plan --policy reference --budget 302TB
    longplay plan --policy reference --budget 151TB
    longplay plan --policy optimal --budget 302TB
    python3 benches/plan_floor.py ARCHIVE REFERENCE HALF_OF_IT OPTIMAL
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
    parser.add_argument("plans", nargs=3, help="names of the reference's plans and of the optimal one")
    chosen = parser.parse_args()
    paths = [chosen.archive / "plans" / f"{name}.parquet" for name in chosen.plans]
    metas = [json.loads(path.with_suffix(".json").read_text()) for path in paths]
    snapshots = {meta["catalog"] for meta in metas}
    assert len(snapshots) == 1, "the plans are of several catalogs"
    whole, part, budget = (meta["budget"]["bytes"] for meta in metas)
    assert whole == budget and part <= budget, "the budgets are not those that are compared"
    recording = recordings(chosen.archive / "catalog" / snapshots.pop())
    optimal, kept = best_forms(paths[2], recording)
    print(f"{len(recording):,} tracks; the optimal plan keeps {int((optimal > 0).sum()):,} recordings in {kept:,} of {budget:,} bytes")
    found = kept > budget
    for path, bytes_given, all_of_it in ((paths[0], whole, False), (paths[1], part, True)):
        reference, held = best_forms(path, recording)
        absent = int(((reference > 0) & (optimal == 0)).sum())
        worse = int(((optimal > 0) & (optimal < reference)).sum())
        better = int(((reference > 0) & (optimal > reference)).sum())
        print(f"the reference keeps {int((reference > 0).sum()):,} recordings in {held:,} of {bytes_given:,} bytes:")
        print(f"  in a better form in the optimal plan {better:,}, in a worse one {worse:,}, not there {absent:,}")
        found |= worse > 0 or (all_of_it and absent > 0)
    raise SystemExit(int(found))


if __name__ == "__main__":
    main()
