"""What the benches share: arguments, timed processes, records, snapshots."""

import argparse
import collections
import importlib
import mmap
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILT = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
GENERATOR = BUILT / "examples/synthetic"
SOURCE = "syn"  # the name of the source, which goes into ids
THREADS = 2
FREE = 600_000_000  # bytes of memory that `fill` leaves free
FILLING = {}  # files of each folder, those first that were read least recently


def arguments(about, tracks=1_000_000, **more):
    """Size, folder, binary and number of runs, and what a bench adds."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("tracks", nargs="?", type=int, default=tracks, help="synthetic tracks")
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="folder for what is made; made again only where missing")
    parser.add_argument("--binary", type=pathlib.Path, default=BUILT / "longplay")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--runs", type=int, default=3, help="medians of so many")
    for name, (default, text) in more.items():
        parser.add_argument(f"--{name}", default=default, type=type(default), help=text)
    chosen = parser.parse_args()
    need(chosen.binary.exists(), f"{chosen.binary}: build it with `cargo build --release`")
    need(importlib.util.find_spec("duckdb"), "Python's module duckdb: `python3 -m pip install duckdb`")
    chosen.dir.mkdir(parents=True, exist_ok=True)
    return chosen


def need(there, what):
    if not there:
        sys.exit(f"this bench needs {what}")


def records(chosen):
    """JSON lines of synthetic records."""
    path = chosen.dir / f"records-{chosen.tracks}-{chosen.seed}.jsonl"
    if not path.exists():
        need(GENERATOR.exists(), "the generator: `cargo build --release -p longplay-catalog --example synthetic`")
        part = path.with_suffix(".part")
        with open(part, "wb") as file:
            subprocess.run([GENERATOR, str(chosen.tracks), str(chosen.seed)], stdout=file, check=True)
        part.rename(path)
    return path


def warm(path):
    """Reads a file, so that whoever comes first does not read it from disk for the others."""
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass


def fill(folder):
    """Reads files of a folder until memory holds them and little of it is free.

    What memory is free, the host of a virtual machine may take back, and gives it again
    a hundred megabytes a second: who writes much then waits for the host. What holds a
    file that was read is given at once. More than the memory has to lie in the folder.
    """
    files = FILLING.setdefault(folder, collections.deque(path for path in sorted(folder.rglob("*")) if path.is_file()))
    for _ in range(len(files)):
        if free_memory() < FREE:
            break
        with open(files[0], "rb") as file:
            while free_memory() > FREE and file.read(1 << 24):
                pass
        files.rotate(-1)


def hand_out(length):
    """Touches so many bytes of memory and gives them back: what a host has taken back of
    them is there again, for a few seconds."""
    zeros = bytes(1 << 24)
    with mmap.mmap(-1, length) as memory:
        for start in range(0, length - len(zeros) + 1, len(zeros)):
            memory[start : start + len(zeros)] = zeros


def free_memory():
    with open("/proc/meminfo", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemFree:"))


def import_records(chosen, archive):
    """Makes the archive anew; what the import cost."""
    shutil.rmtree(archive, ignore_errors=True)
    longplay(chosen, archive, "init", "--name", "bench")
    return longplay(chosen, archive, "import", str(records(chosen)), "--name", SOURCE, log="info")


def archive(chosen):
    """An archive with these records; made where it is missing."""
    path = chosen.dir / f"archive-{chosen.tracks}-{chosen.seed}"
    if not (path / "catalog").is_dir() or not any(snapshots(path)):
        import_records(chosen, path)
    return path


def snapshots(path):
    return [entry for entry in (path / "catalog").iterdir() if (entry / "snapshot.json").exists()]


def snapshot(path):
    """The folder of the latest snapshot of an archive."""
    return max(snapshots(path), key=lambda entry: entry.stat().st_mtime)


class Cost:
    """Seconds by the clock, seconds of processors, peak of memory in bytes."""

    def __init__(self, seconds, usage, output=b"", log=""):
        self.seconds, self.cpu = seconds, usage.ru_utime + usage.ru_stime
        self.memory, self.output, self.log = usage.ru_maxrss * 1024, output, log

    def __str__(self):
        return f"{self.seconds:8.2f} s, {self.cpu:8.2f} s of processors, {self.memory / 1e6:7.0f} MB of memory"


def longplay(chosen, path, verb, *words, stdin=None, log="off"):
    """Runs a verb; ends the bench where it cannot do it (exit code 2)."""
    command = [chosen.binary, verb, "--archive", path, *words]
    return process(command, stdin=stdin, good=(0, 1), log=log)


def process(command, stdin=None, good=(0,), log="off"):
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as told:
        start = time.perf_counter()
        env = os.environ | {"LONGPLAY_LOG": log}
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, env=env)
        # Inputs are small: they fit into the pipe.
        child.stdin.write(stdin or b"")
        child.stdin.close()
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        need(child.returncode in good, f"`{' '.join(words)}`, which ended with {child.returncode}")
        told.seek(0)
        return Cost(seconds, usage, output, told.read().decode(errors="replace"))


def apart(work):
    """Runs a function in a process of its own."""
    sys.stdout.flush()
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:  # the parent only sees the code
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            os._exit(2)
    _, status, usage = os.wait4(child, 0)
    need(status == 0, "a peer that works, see above")
    return Cost(time.perf_counter() - start, usage)


def duckdb(folder=None, memory="8GB"):
    """A connection of two threads, with the tables of a folder as views."""
    connection = importlib.import_module("duckdb").connect()
    connection.execute(f"SET threads={THREADS}; SET memory_limit='{memory}'; SET preserve_insertion_order=true")
    for macro in IDS.split(";\n"):
        connection.execute(macro)
    for table in sorted(folder.glob("*.parquet")) if folder else []:
        connection.execute(f"CREATE VIEW {table.stem} AS SELECT * FROM read_parquet('{table}')")
    return connection


# The first 16 bytes of SHA-256 over the parts, each after its length in 8 bytes.
IDS = """CREATE MACRO part(text) AS unhex(printf('%016x', strlen(text))) || encode(text);
CREATE MACRO id_of(parts) AS unhex(sha256(parts)[:32])"""


def own_id(entity, table=""):
    """The id of a row of `tracks`, `releases` or `artists`, which is stored only where it does not follow."""
    name = f"part('{SOURCE}') || part({table}source_id)"
    of_entity = f"part('{entity}') || part('{SOURCE}') || part('id') || part({table}source_id)"
    return f"coalesce({table}{entity}_id, id_of({name if entity == 'track' else of_entity}))"


def median(values):
    return statistics.median(values)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def compare(what, ours, theirs, unit, less_is_better=True):
    """One line; the ratio is how many times better ours is."""
    ratio = theirs / ours if less_is_better else ours / theirs
    print(f"{what:44} {ours:>14,.2f} {theirs:>14,.2f} {unit:9} {ratio:>7.2f} x")


def heading(peer):
    print(f"\n{'':44} {'longplay':>14} {peer:>14} {'':9} {'ratio':>9}")


# Figures that any program that reads the tables must agree about.
FIGURES = {
    "tracks": "SELECT count(*) FROM tracks",
    "milliseconds": "SELECT sum(duration_ms) FROM tracks",
    "ISRCs": "SELECT count(DISTINCT isrc) FROM (SELECT unnest(isrcs) AS isrc FROM tracks)",
    "recordings": "SELECT count(DISTINCT recording) FROM tracks",
    "explicit": "SELECT count(*) FROM tracks WHERE explicit",
    "bytes of titles": "SELECT sum(strlen(title)) FROM tracks",
    "track artists": "SELECT count(*) FROM track_artists",
    "releases": "SELECT count(*) FROM releases",
    "tracks of releases": "SELECT sum(tracks) FROM releases",
    "release artists": "SELECT count(*) FROM release_artists",
    "artists": "SELECT count(*) FROM artists",
    "artists that are credited": "SELECT count(*) FROM (SELECT artist FROM track_artists UNION SELECT artist FROM release_artists)",
    "tracks of artists": "SELECT sum(tracks) FROM artists",
    "genres": "SELECT count(*) FROM genres",
    "listens": "SELECT sum(value)::HUGEINT FROM popularity WHERE kind = 'track' AND metric = 'listens'",
    "popularity": "SELECT sum(value)::HUGEINT FROM popularity WHERE kind = 'track' AND metric = 'popularity'",
    "followers": "SELECT sum(value)::HUGEINT FROM popularity WHERE kind = 'artist' AND metric = 'followers'",
    "rows in order": "SELECT sum(row * (popularity.value + 1))::HUGEINT FROM popularity WHERE kind = 'track' AND metric = 'listens'",
}


def figures(folder):
    connection = duckdb(folder)
    return {what: connection.execute(query).fetchone()[0] for what, query in FIGURES.items()}


def folder_bytes(folder, pattern="*"):
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file())
