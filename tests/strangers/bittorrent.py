#!/usr/bin/env python3
"""Do real BitTorrent clients agree with a release of longplay?

    tests/strangers/bittorrent.py PUBLIC [--tranche NAME] [--trial v1 hybrid …]

One client seeds a released tranche, another downloads it, and all its files must
have the SHA-256 that they have in the archive:

    v1            aria2 seeds, aria2 downloads
    hybrid        qBittorrent seeds, qBittorrent downloads
    v2            the same, with the keys of v1 taken out of the torrent
    mixed         qBittorrent seeds, aria2 downloads
    transmission  Transmission seeds, aria2 downloads

aria2 up to 1.36 and Transmission 3 cannot read hybrids, whoever makes them: they
do not take the empty keys of a file tree. They get the torrent without the keys
of v2: the same files, pads and pieces under another infohash.

Everything happens on 127.0.0.1: no DHT, no LSD, no PEX, no port forwarding, no
web seeds. Exit code 0 when all trials that could run agree, 1 otherwise. A trial
whose clients are not installed is skipped, loudly. Python's standard library
only.
"""

import argparse
import contextlib
import hashlib
import json
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from swarm import aria2, bencode, qbittorrent, transmission  # noqa: E402
from swarm.process import Deadline, Failed, Skipped, program  # noqa: E402
from swarm.tracker import Tracker  # noqa: E402


def digests(folder):
    """SHA-256 of every file below `folder` by relative path, pads left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(".pad/"):
            with open(path, "rb") as file:
                found[name] = sha256(file)
    return found


def sha256(file):
    hasher = hashlib.sha256()
    for portion in iter(lambda: file.read(1 << 20), b""):
        hasher.update(portion)
    return hasher.hexdigest()


def compare(tranche, copy):
    """The copy has every file of the tranche, with the same digest."""
    expected, found = digests(tranche), digests(copy)
    wrong = sorted(name for name in expected if found.get(name) != expected[name])
    if wrong or not expected:
        raise Failed(f"{len(wrong)} of {len(expected)} files differ: {wrong[:5]}")
    return len(expected)


class Trial:
    """A tranche, a torrent to swarm with, and folders that vanish afterwards."""

    def __init__(self, public, name, scratch, deadline):
        self.tranche = (public / name).resolve()
        self.torrent = bencode.load(public / f"{name}.torrent")
        self.name, self.scratch, self.deadline = name, scratch, deadline
        self.seeded, self.downloaded = scratch / "seeded", scratch / "downloaded"
        self.downloaded.mkdir()
        shutil.copytree(self.tranche, self.seeded / name)

    def write(self, **surroundings):
        path = self.scratch / "x.torrent"
        path.write_bytes(bencode.surrounded(self.torrent, **surroundings))
        return path

    def add_pads(self):
        """Clients that know no pads want to read them from files."""
        for path, length in bencode.pads(self.torrent):
            pad = self.seeded / self.name / path
            pad.parent.mkdir(exist_ok=True)
            with open(pad, "wb") as file:
                file.truncate(length)

    def finish(self):
        return compare(self.tranche, self.downloaded / self.name)


def to_aria2(trial, seeder, without=()):
    """Seeded by `seeder`, found by a tracker, downloaded by aria2."""
    published = bencode.infohash_v1(trial.torrent)
    if not without and aria2.infohash(trial.write()) != published:
        print(f"note: this aria2 does not see {published}, it gets v1 alone", flush=True)
        without = bencode.V2
    with Tracker() as tracker:
        torrent = trial.write(announce=tracker.url, without=without)
        log = trial.scratch / "seeder.log"
        with seeder(torrent, trial.seeded, log, trial.deadline) as seeding:
            tracker.introduce(seeding.port)
            log = trial.scratch / "leecher.log"
            aria2.download(torrent, trial.downloaded, log, trial.deadline)
    return trial.finish()


def v1(trial):
    trial.add_pads()
    return to_aria2(trial, aria2.seed)


def by_transmission(trial):
    trial.add_pads()
    if transmission.reads_hybrids():
        return to_aria2(trial, transmission.Seeder)
    print("note: this Transmission reads no hybrids, it gets v1 alone", flush=True)
    return to_aria2(trial, transmission.Seeder, without=bencode.V2)


@contextlib.contextmanager
def seeding_qbittorrent(torrent, folder, log, deadline):
    with qbittorrent.Client(log) as client:
        client.start(deadline)
        client.add(torrent, folder, deadline)
        deadline.wait("qBittorrent to seed", client.is_whole)
        yield client


def mixed(trial):
    return to_aria2(trial, seeding_qbittorrent)


def by_qbittorrent(trial, without):
    torrent = trial.write(without=without)
    log = trial.scratch / "seeder.log"
    with seeding_qbittorrent(torrent, trial.seeded, log, trial.deadline) as seeder, \
            qbittorrent.Client(trial.scratch / "leecher.log") as leecher:
        leecher.start(trial.deadline)
        leecher.add(torrent, trial.downloaded, trial.deadline)

        def arrived():
            if leecher.is_whole():
                return True
            leecher.call(seeder)
            return False

        trial.deadline.wait("the download by qBittorrent", arrived, pause=1)
    return trial.finish()


def hybrid(trial):
    return by_qbittorrent(trial, without=())


def v2(trial):
    return by_qbittorrent(trial, without=bencode.V1)


TRIALS = {"v1": v1, "hybrid": hybrid, "v2": v2, "mixed": mixed, "transmission": by_transmission}


def smallest_audio(public):
    """The released tranche with audio that costs the least to swarm with."""
    tranches = json.loads((public / "tranches.json").read_text())["tranches"]
    ranked = sorted(tranches, key=lambda it: (it["phase"] != "audio", it["bytes"]))
    if not ranked:
        raise Failed("nothing is released there")
    return ranked[0]["name"]


def run(label, public, name, seconds):
    """Whether the trial went well; a skipped one did not go wrong."""
    with tempfile.TemporaryDirectory(prefix="swarm-") as scratch:
        scratch = pathlib.Path(scratch)
        try:
            files = TRIALS[label](Trial(public, name, scratch, Deadline(seconds)))
        except Skipped as reason:
            print(f"skipped: {label} of {name}: {reason}", flush=True)
            return True
        except Failed as reason:
            print(f"FAILED: {label} of {name}: {reason}", flush=True)
            show_logs(scratch)
            return False
    print(f"ok: {label} of {name}: {files} files have the same SHA-256", flush=True)
    return True


def show_logs(scratch):
    for log in sorted(scratch.glob("*.log")):
        with contextlib.suppress(OSError):
            print(f"--- {log.name}\n{log.read_bytes()[-1500:].decode(errors='replace')}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("public", type=pathlib.Path, help="public folder of a release")
    parser.add_argument("--tranche", help="its tranche (the smallest with audio)")
    parser.add_argument("--trial", nargs="+", choices=TRIALS, default=list(TRIALS))
    parser.add_argument("--seconds", type=float, default=120, help="for each trial (120)")
    arguments = parser.parse_args()
    try:
        name = arguments.tranche or smallest_audio(arguments.public)
    except (Failed, OSError, ValueError, KeyError) as reason:
        print(f"FAILED: {arguments.public} is no public folder: {reason}")
        return 1
    results = [run(label, arguments.public, name, arguments.seconds) for label in arguments.trial]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
