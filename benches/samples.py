#!/usr/bin/env python3
"""Imports the real samples into one archive, as docs/samples.md tells, and
prints what each gave and how often each kind of finding was made.

`--samples` is the folder with the samples; benches/README.md says whose.
"""

import collections
import json
import pathlib
import shutil
import subprocess

import common

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
CC_BY = "https://creativecommons.org/licenses/by/4.0/"
LISTENBRAINZ = "listenbrainz/listenbrainz"

# (name of the source, path below the samples, mapping, rights)
SAMPLES = [
    ("musicbrainz", "musicbrainz-ws-json/scripts/eval_matching/corpus", None, CC0),
    ("musicbrainz", "musicbrainz-ws-json/test/data/ws_data", None, CC0),
    *(("discogs", f"discogs-samples/tests/samples/discogs_20200806_{kind}.xml.gz", None, CC0) for kind in ("artists", "labels", "masters", "releases")),
    ("harmonix", "harmonix/dataset/metadata.csv", "harmonix", None),
    ("salami", "salami/metadata/metadata.csv", "salami", CC0),
    ("salami-ia", "salami/metadata/id_index_internetarchive.csv", "salami-internet-archive", CC0),
    ("classic-rock", "fivethirtyeight-classic-rock/classic-rock/classic-rock-song-list.csv", "classic-rock", CC_BY),
    *(("listens", f"{LISTENBRAINZ}/testdata/listenbrainz_{kind}.jsonl", None, CC0) for kind in ("listens", "mixed_validity", "all_invalid")),
    ("spark", f"{LISTENBRAINZ}_spark/testdata/full-dump-1", None, CC0),
    *(("spark", f"{LISTENBRAINZ}_spark/testdata/incremental-dump-{number}", None, CC0) for number in (2, 3, 4, 5)),
    ("nyphil", "nyphil-performance-history/Programs/json/2024-25_TO_NOW.json", None, CC0),
    ("nyphil", "nyphil-performance-history/Programs/xml/2024-25_TO_NOW.xml", None, CC0),
]


def take(chosen, archive, name, path, mapping, rights):
    """What the import said: findings, and the summary or why it refused."""
    command = [chosen.binary, "--archive", archive, "--json", "import", chosen.samples / path, "--name", name]
    command += ["--mapping", common.ROOT / f"docs/mappings/{mapping}.toml"] if mapping else []
    command += ["--rights", rights] if rights else []
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    if ran.returncode not in (0, 1):
        return [], ran.stderr.strip()
    return [line["finding"] for line in told[:-1]], told[-1]["summary"]


def kind_of(finding):
    """Findings of one field are of one kind, wherever it stands."""
    field = finding.get("place", "").split(", ")[-1].strip("0123456789[] ")
    return f"{finding['code']} {'' if field.startswith('line') else field}".strip()


def main():
    chosen = common.arguments(__doc__.splitlines()[0], samples=("samples", "folder with the samples"))
    chosen.samples = pathlib.Path(chosen.samples)
    common.need(chosen.samples.is_dir(), "the folder of samples, --samples")
    archive = chosen.dir / "archive-samples"
    shutil.rmtree(archive, ignore_errors=True)
    common.longplay(chosen, archive, "init", "--name", "samples")
    for name, path, mapping, rights in SAMPLES:
        findings, summary = take(chosen, archive, name, path, mapping, rights)
        if isinstance(summary, str):
            print(f"{name:13} {pathlib.Path(path).name:34} refused: {summary}", flush=True)
            continue
        counts = [summary[key] for key in ("records", "tracks", "rejected", "catalog_tracks", "catalog_recordings")]
        print(f"{name:13} {pathlib.Path(path).name:34} {summary['format']:28}" + "".join(f"{count:>8,}" for count in counts), flush=True)
        for kind, count in sorted(collections.Counter(map(kind_of, findings)).items()):
            print(f"{'':13} {count:>6} x {kind}")
            for finding in [it for it in findings if kind_of(it) == kind][: chosen.runs]:
                print(f"{'':24} {finding['subject']}, {finding.get('place', '')}: {finding.get('seen', '')}"[:170])
    print(common.process([chosen.binary, "--archive", archive, "status"]).output.decode())


if __name__ == "__main__":
    main()
