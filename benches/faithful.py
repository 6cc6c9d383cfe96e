#!/usr/bin/env python3
"""Does every record of every format come back byte for byte?

For each format it writes a source of nasty records (`nasty.py`), imports it and
asks `longplay raw --record --batch` for random ones, which must be the bytes
that were written. Ends with 1 where any differ.
"""

import json
import random
import shutil
import subprocess

import common
import nasty as n

MAPPING = "[track]\nid = 'id'\ntitle = 'title'\nartists = 'artist'\n"
MAX_LINE = "2MiB"


def sources(folder, count, seed):
    """Yields (format, path, options, documents), each when it is asked for."""
    nasty = n.Nasty(seed)
    numbers = iter(range(1, 1 << 40))

    def lines(record):
        return n.lines_of(nasty, count, lambda: nasty.json(record()))

    documents = lines(lambda: n.track(nasty, next(numbers)))
    yield "track-records", n.write_lines(folder / "tracks.jsonl", documents), [], documents

    for kind, record in (("release", n.release), ("recording", n.recording), ("artist", n.artist)):
        documents = lines(lambda record=record: record(nasty))
        yield f"musicbrainz-{kind}s", n.write_lines(folder / kind, documents), [], documents
        asides = [("COPYING", b"CC0\n"), ("JSON_DUMPS_SCHEMA_NUMBER", b"1\n")]
        files = [*asides, (f"mbdump/{kind}", b"\n".join(documents) + b"\n")]
        yield f"musicbrainz-{kind}s", n.pack(folder / f"{kind}.tar.xz", files), [], [content for _, content in asides] + documents

    whole = [nasty.json(n.release(nasty), lines=True) for _ in range(count)]
    files = [(f"releases/{number:07}.json", content) for number, content in enumerate(whole)]
    yield "musicbrainz-releases", n.pack(folder / "releases.tar", files), [], whole

    documents = lines(lambda: n.listen(nasty))
    yield "listenbrainz-listens", n.write_lines(folder / "1.listens", documents), [], documents
    tar = n.pack(folder / "listens.tar", [("dump/COPYING", b"CC0"), ("dump/listens/2026/1.listens", b"\n".join(documents))])
    subprocess.run(["zstd", "-q", "--rm", tar], check=True)
    yield "listenbrainz-listens", folder / "listens.tar.zst", [], [b"CC0", *documents]

    rows = n.popularity_rows(nasty, count)
    yield "listenbrainz-popularity-csv", n.write_lines(folder / "top_recording.csv", rows), [], rows

    text, documents = n.discogs(nasty, count)
    plain = folder / "discogs_20260101_releases.xml"
    plain.write_bytes(text)
    subprocess.run(["gzip", "-1", plain], check=True)
    yield "discogs", plain.with_suffix(".xml.gz"), [], documents

    messages = [(f"{number // 1000:04}/{number:07}.xml", n.ddex_message(nasty, number)) for number in range(count)]
    for name, content in messages:
        (folder / "ddex" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "ddex" / name).write_bytes(content)
    yield "ddex", folder / "ddex", [], [content for _, content in messages]

    items = [n.item(nasty, number) for number in range(count)]
    files = [(f"items/i{number:07}/i{number:07}{part}.xml", content) for number, pair in enumerate(items) for part, content in zip(("_files", "_meta"), pair)]
    yield "internet-archive-xml", n.pack(folder / "items.tar", files), [], [b"".join(pair) for pair in items]
    documents = lines(lambda: n.answer(nasty, next(numbers)))
    yield "internet-archive-json", n.write_lines(folder / "items.jsonl", documents), [], documents

    for kind, delimiter, rules in (("csv", ",", ""), ("tsv", "\t", "[file]\ndelimiter = \"\\t\"\n")):
        mapping = folder / f"{kind}.toml"
        mapping.write_text(rules + MAPPING)
        rows = n.table_rows(nasty, count, delimiter)
        yield f"mapped-{kind}", n.write_rows(nasty, folder / f"table.{kind}", rows), ["--mapping", mapping], rows

    yield from parquet(folder, count, nasty)


def parquet(folder, count, nasty):
    """Rows come as JSON; what is compared is what they mean, and that the file
    itself comes back byte for byte."""
    import pyarrow
    import pyarrow.parquet

    mapping = folder / "parquet.toml"
    mapping.write_text(MAPPING)
    text = lambda: None if nasty.chance(10) else nasty.words()
    rows = [{"id": number, "title": nasty.words(), "artist": text(), "more": {"of": [text(), "x"]}} for number in range(count)]
    path = folder / "table.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=30_000)
    yield "mapped-parquet", path, ["--mapping", mapping], rows
    rows = [{"listened_at": 1_500_000_000 + number, "user_id": number % 100, "recording_mbid": nasty.uuid(), "track_name": text()} for number in range(count)]
    schema = pyarrow.schema([("listened_at", pyarrow.timestamp("s", "UTC")), ("user_id", pyarrow.int64()), ("recording_mbid", pyarrow.string()), ("track_name", pyarrow.string())])
    path = folder / "0.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), path, row_group_size=30_000)
    yield "listenbrainz-listens-parquet", path, [], rows


def told(row):
    """What a row says: nulls are left out, times are text."""
    if isinstance(row, dict):
        return {key: told(value) for key, value in row.items() if value is not None and key != "listened_at"}
    return row


def same(document, record):
    return told(document) == told(json.loads(record)) if isinstance(document, dict) else document == record


def records_of(output):
    """The records of `raw --batch`, as (head, bytes)."""
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        head = json.loads(output[at:end])
        length = head["bytes"]
        at = end + 1 + (0 if length is None else length + 1)
        yield head, None if length is None else output[end + 1 : at - 1]


def judge(chosen, archive, kind, path, options, documents):
    """How many of the records that were asked for differ."""
    shutil.rmtree(archive, ignore_errors=True)
    common.longplay(chosen, archive, "init", "--name", "bench")
    taken = common.longplay(chosen, archive, "import", path, "--name", "s", "--max-line", MAX_LINE, "--json", *options)
    summary = json.loads(taken.output.splitlines()[-1])["summary"]
    asked = [random.Random(chosen.seed).randrange(len(documents)) for _ in range(chosen.tracks)]
    batch = archive / "ids.txt"
    batch.write_text("".join(f"s:{number + 1}\n" for number in asked))
    with open(batch, "rb") as ids:
        out = subprocess.run([chosen.binary, "raw", "--archive", archive, "--record", "--batch"], stdin=ids, capture_output=True, check=True).stdout
    found = list(records_of(out))
    wrong = abs(len(found) - len(asked))
    for number, (head, record) in zip(asked, found):
        if record is None or not same(documents[number], record):
            wrong += 1
            if wrong < 3:
                print(f"WRONG {head}: {record[:200] if record else record}, not {documents[number][:200] if isinstance(documents[number], bytes) else documents[number]}")
    beyond = subprocess.run([chosen.binary, "raw", "--archive", archive, "--record", f"s:{len(documents) + 1}"], capture_output=True)
    wrong += beyond.returncode == 0
    wrong += summary["format"] != kind
    wrong += whole(archive, path, documents)
    print(f"{'ok   ' if wrong == 0 else 'WRONG'} {kind:30} {path.name:32} {len(documents):>9,} documents, {summary['rejected']:>7,} refused, {summary['tracks']:>9,} tracks; {len(asked):,} asked for, {wrong} differ", flush=True)
    return wrong


def whole(archive, path, documents):
    """Whether a Parquet file as it is kept differs from what was given."""
    if not isinstance(documents[0], dict):
        return 0
    [kept] = (archive / "sources").glob("*/records.zst")
    return subprocess.run(["zstd", "-dc", kept], capture_output=True, check=True).stdout != path.read_bytes()


def main():
    chosen = common.arguments(__doc__.splitlines()[0], tracks=100_000, only=("", "the format to try; all when not given"))
    common.need(shutil.which("zstd"), "the program zstd")
    folder = chosen.dir / "faithful"
    wrong = 0
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for kind, path, options, documents in sources(folder, chosen.tracks, chosen.seed):
        if chosen.only in kind:
            wrong += judge(chosen, chosen.dir / "faithful-archive", kind, path, options, documents)
    shutil.rmtree(folder)
    shutil.rmtree(chosen.dir / "faithful-archive", ignore_errors=True)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
