#!/usr/bin/env python3
"""Are synthetic texts as long and as varied as real ones?

Measures real samples (MusicBrainz, Discogs, harmonix, SALAMI, classic rock) and
synthetic records side by side: bytes a title, name and ISRC, and how many
distinct terms so many titles, names and releases have. A term is a run of
letters and digits after folding (NFKD without marks, lower case); a Han or
kana character is one by itself. Ends with 1 where a ratio is off by more than
a tenth. Synthetic recordings count once: real samples hold few copies.

    cargo run --release -p longplay-catalog --example synthetic -- 400000 7 > records.jsonl
    python3 benches/calibrate.py FOLDER_OF_SAMPLES records.jsonl
"""

import argparse
import csv
import glob
import gzip
import json
import math
import random
import re
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree

TERM = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")


def terms(text):
    folded = unicodedata.normalize("NFKD", text)
    return TERM.findall("".join(c for c in folded if not unicodedata.combining(c)).lower())


class Texts:
    """What a set of records says: titles, names of credits, releases, ISRCs."""

    def __init__(self):
        self.titles, self.names, self.releases, self.isrcs = [], [], [], []

    def add(self, title, names, isrcs=()):
        self.titles.append(title)
        self.names += [name for name in names if name]
        self.isrcs += isrcs


def discogs(root, into):
    path = f"{root}/discogs-samples/tests/samples/discogs_20200806_releases.xml.gz"
    numbered = re.compile(r" \(\d+\)$")

    def names(element):
        artists = element.findall("artists/artist")
        return [numbered.sub("", a.findtext("anv") or a.findtext("name")) for a in artists]

    for _, element in ElementTree.iterparse(gzip.open(path)):
        if element.tag != "release":
            continue
        into.releases.append(element.findtext("title") or "")
        for track in element.iter("track"):
            if track.findtext("position") and track.findtext("title"):
                into.add(track.findtext("title"), names(track) or names(element))


def musicbrainz(root, into):
    seen = set()
    for path in sorted(glob.glob(f"{root}/musicbrainz-ws-json/**/*.json", recursive=True)):
        with open(path, encoding="utf-8") as file:
            release = json.load(file)
        media = release.get("media") if isinstance(release, dict) else None
        if not isinstance(media, list) or release["id"] in seen:
            continue
        seen.add(release["id"])
        into.releases.append(release["title"] or "")
        for medium in media:
            for track in medium.get("tracks") or []:
                credit = track.get("artist-credit") or release.get("artist-credit") or []
                isrcs = (track.get("recording") or {}).get("isrcs") or []
                into.add(track["title"] or "", [name["name"] for name in credit], isrcs)


def table(path, title, name, release=None):
    def read(root, into):
        with open(f"{root}/{path}", encoding="utf-8", errors="replace") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            if row[title]:
                into.add(row[title], [row[name]])
        into.releases += sorted({row[release] for row in rows if row[release]}) if release else []

    return read


SAMPLES = {
    "discogs": discogs,
    "musicbrainz": musicbrainz,
    "harmonix": table("harmonix/dataset/metadata.csv", "Title", "Artist"),
    "salami": table("salami/metadata/SALAMI_iTunes_library.csv", "Name", "Artist", "Album"),
    "classic rock": table(
        "fivethirtyeight-classic-rock/classic-rock/classic-rock-song-list.csv",
        "Song Clean",
        "ARTIST CLEAN",
    ),
}


def real(root):
    pool = Texts()
    for name, read in SAMPLES.items():
        one = Texts()
        read(root, one)
        print(f"  {name:13} {len(one.titles):>6} tracks, title {mean(one.titles):5.2f} bytes, "
              f"name {mean(one.names):5.2f}, release {mean(one.releases):5.2f}")
        for field in ("titles", "names", "releases", "isrcs"):
            getattr(pool, field).extend(getattr(one, field))
    return pool


def synthetic(path):
    """Titles of recordings, each once: real samples hold few copies."""
    texts, recordings, releases = Texts(), set(), {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            releases[record["release_id"]] = record["release"]
            isrc = record["isrcs"][0]
            if isrc not in recordings:
                recordings.add(isrc)
                texts.add(record["title"], [a["name"] for a in record["artists"]], [isrc])
    texts.releases = list(releases.values())
    return texts


def mean(texts):
    texts = [text for text in texts if text]
    return sum(len(text.encode()) for text in texts) / max(1, len(texts))


def distinct(texts, sizes):
    """Distinct terms of so many texts in any order, the mean of five orders."""
    lists = [terms(text) for text in texts if text]
    found = {size: 0 for size in sizes if size <= len(lists)}
    for order in range(5):
        random.Random(order).shuffle(lists)
        seen = set()
        for number, words in enumerate(lists[: max(found, default=0)], 1):
            seen.update(words)
            if number in found:
                found[number] += len(seen) / 5
    return found


def row(what, ours, theirs):
    ratio = ours / theirs
    print(f"  {what:44} {ours:>12,.2f} {theirs:>12,.2f} {ratio:>7.3f}{'' if abs(ratio - 1) <= 0.1 else '  OFF'}")
    return abs(ratio - 1) <= 0.1


def compare(ours, theirs, what, sizes):
    """Distinct terms at sizes that both have, and of all of ours by Heaps' law,
    its power taken from the last three sizes of real samples large enough."""
    found, wanted = distinct(ours, sizes + [len(ours)]), distinct(theirs, sizes)
    good = [row(f"distinct terms of {n:,} {what}", found[n], wanted[n]) for n in wanted if n in found]
    if len(theirs) < 3_000:
        return all(good)
    first, last = list(wanted)[-3], list(wanted)[-1]
    power = math.log(wanted[last] / wanted[first]) / math.log(last / first)
    scaled = wanted[last] * (len(ours) / last) ** power
    good.append(row(f"distinct terms of {len(ours):,} {what}, n^{power:.2f}", found[len(ours)], scaled))
    return all(good)


WHAT = (
    ("a title", "titles"),
    ("a name", "names"),
    ("an ISRC", "isrcs"),
    ("a title of a release", "releases"),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("samples", help="folder with the real samples")
    parser.add_argument("records", help="synthetic records: the output of the example `synthetic`")
    arguments = parser.parse_args()
    print("real samples:")
    theirs, ours = real(arguments.samples), synthetic(arguments.records)
    print(f"\n  {'':44} {'synthetic':>12} {'real':>12} {'ratio':>7}")
    good = [row(f"bytes {what}", mean(getattr(ours, field)), mean(getattr(theirs, field)))
            for what, field in WHAT]
    names = [sorted(set(side.names)) for side in (ours, theirs)]
    good.append(row("bytes a name, each name once", *map(mean, names)))
    good.append(compare(ours.titles, theirs.titles, "titles", [500, 1_000, 2_000, 4_000, 8_000, 13_000]))
    good.append(compare(*names, "names", [500, 1_000, 2_000, 3_600]))
    good.append(compare(ours.releases, theirs.releases, "releases", [250, 500, 1_000, 1_500]))
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
