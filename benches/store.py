#!/usr/bin/env python3
"""The store: `seal`, `verify` and `repair` beside the tools that do their parts.

The blobs are random and lie in the page cache. What does the work of `seal` are
tar, sha256sum, bagit-python, mktorrent and par2 at equal redundancy, one after the
other; of `verify`, sha256sum -c and restic check --read-data; of `repair`, par2.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time

import common

STAGE = common.BUILT / "examples/stage"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bytes", nargs="?", type=int, default=4_000_000_000, help="of blobs")
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="folder for what is made")
    parser.add_argument("--binary", type=pathlib.Path, default=common.BUILT / "longplay")
    parser.add_argument("--par2", default="par2", help="the program; par2cmdline-turbo is the fast one")
    parser.add_argument("--blob", type=int, default=20_000_000, help="bytes of the longest blobs")
    parser.add_argument("--k", type=int, default=20)
    parser.add_argument("--m", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3, help="medians of so many")
    parser.add_argument("--without", default="", help="peers to leave out, joined by commas")
    parser.add_argument("--hand-out", type=int, default=0, help="bytes of memory to touch and give back before each measure: for folders in memory")
    parser.add_argument("--fill", type=pathlib.Path, help="folder whose files fill memory before each measure, so that none comes from a host")
    chosen = parser.parse_args()
    common.need(chosen.binary.exists(), f"{chosen.binary}: build it with `cargo build --release`")
    common.need(STAGE.exists(), "the stage: `cargo build --release -p longplay-store --example stage`")
    chosen.dir.mkdir(parents=True, exist_ok=True)
    chosen.without = set(chosen.without.split(","))
    return chosen


def has(chosen, program):
    there = shutil.which(program) is not None and program not in chosen.without
    if not there:
        print(f"left out: {program}")
    return there


def stage(chosen, archive):
    shutil.rmtree(archive, ignore_errors=True)
    pack = chosen.bytes // chosen.k + 1_000_000
    common.longplay(chosen, archive, "init", "--name", "bench", "--recovery", f"{chosen.k}+{chosen.m}", "--pack-size", str(pack))
    common.longplay(chosen, archive, "import", "synthetic:100?seed=1")
    common.longplay(chosen, archive, "plan", "--budget", "1GB", "--clock", "2026-01-31T00:00:00Z")
    words = [STAGE, archive, chosen.bytes, chosen.blob]
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)


def ready(chosen, folder):
    """Brings the files of a folder into memory, after what else fills it."""
    if chosen.fill:
        common.fill(chosen.fill)
    if chosen.hand_out:
        common.apart(lambda: common.hand_out(chosen.hand_out))
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            common.warm(path)


def timed(steps, name, command, **more):
    cost = common.process(command, **more)
    steps.append((name, cost.seconds, cost.cpu, cost.memory))
    return cost


def pipeline(chosen, blobs):
    """What seal does, by the tools of the trade; the folder that they leave."""
    steps = []
    work = chosen.dir / "peer"
    shutil.rmtree(work, ignore_errors=True)
    packs = work / "packs"
    packs.mkdir(parents=True)
    share = -(-len(blobs) // chosen.k)
    for number in range(0, len(blobs), share):
        pack = packs / f"{number // share:06}.tar"
        names = [os.path.relpath(blob, blobs[0].parent.parent) for blob in blobs[number : number + share]]
        timed(steps, "tar", ["tar", "-cf", pack, "-C", blobs[0].parent.parent, *names])
    tars = sorted(packs.iterdir())
    timed(steps, "sha256sum", ["sha256sum", *blobs])
    timed(steps, "bagit-python", [sys.executable, "-m", "bagit", "--quiet", "--sha256", "--processes", "2", packs])
    tars = [packs / "data" / tar.name for tar in tars]
    timed(steps, "mktorrent", ["mktorrent", "-t", "2", "-l", "22", "-o", work / "packs.torrent", packs / "data"])
    percent = 100 * chosen.m / chosen.k
    par2(chosen, steps, ["create", "-q", "-q", f"-r{percent:.0f}", "-n4", "-s1048576", packs / "data" / "r.par2", *tars])
    return steps, packs


def kept(packs):
    """Seconds until what the pipeline wrote is on the disk and was read back from there,
    compared with nothing: what `seal` also does before it is done."""
    begun = time.monotonic()
    os.sync()
    for path in sorted((packs / "data").iterdir()):
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        common.warm(path)
    return time.monotonic() - begun


def par2(chosen, steps, words, good=(0,)):
    return timed(steps, "par2", [chosen.par2, words[0], "-t2", *words[1:]], good=good)


def summed(steps):
    names = list(dict.fromkeys(name for name, *_ in steps))
    return {name: sum(step[1] for step in steps if step[0] == name) for name in names}


def main():
    chosen = arguments()
    archive = chosen.dir / "store-archive"
    seals, pipelines, keeps, staged = [], [], [], 0
    for _ in range(chosen.runs):
        stage(chosen, archive)
        blobs = sorted(path for path in (archive / "staging").rglob("*") if path.is_file())
        staged = sum(blob.stat().st_size for blob in blobs)
        ready(chosen, archive / "staging")
        steps, packs = pipeline(chosen, blobs)
        pipelines.append(summed(steps))
        keeps.append(kept(packs))
        ready(chosen, archive / "staging")
        seals.append(common.longplay(chosen, archive, "seal", "--json"))
    sealed = common.folder_bytes(archive / "tranches")
    print(f"{len(blobs)} blobs, {staged:,} bytes; {sealed:,} bytes of packs, recovery and leaves; {chosen.runs} runs")
    for name in pipelines[0]:
        print(f"  {name:14} {common.median([run[name] for run in pipelines]):8.2f} s")
    common.heading("pipeline")
    seal = common.median([cost.seconds for cost in seals])
    theirs = [sum(run.values()) for run in pipelines]
    common.compare("seal, seconds", seal, common.median(theirs), "s")
    common.heading("pipeline, synced and read back")
    common.compare("seal, seconds", seal, common.median(map(sum, zip(theirs, keeps))), "s")
    print(f"seal: {staged / seal / 1e9:.2f} GB/s of blobs, read back included; {max(cost.memory for cost in seals) / 1e6:.0f} MB of memory")
    verify(chosen, archive, sealed)
    repair(chosen, archive, packs)


def verify(chosen, archive, sealed):
    tranches = archive / "tranches"
    ready(chosen, tranches)
    ours = [common.longplay(chosen, archive, "verify", "--json").seconds for _ in range(chosen.runs)]
    ours = common.median(ours)
    print(f"\nverify: {sealed / ours / 1e9:.2f} GB/s")
    bags = sorted(path for path in tranches.iterdir() if (path / "manifest-sha256.txt").exists())

    def sha256sum():
        for bag in bags:
            subprocess.run(["sha256sum", "--quiet", "-c", "manifest-sha256.txt"], cwd=bag, check=True)

    theirs = common.median([common.apart(sha256sum).seconds for _ in range(chosen.runs)])
    common.heading("sha256sum -c")
    common.compare("verify, seconds", ours, theirs, "s")
    if has(chosen, "restic"):
        repository = chosen.dir / "restic"
        shutil.rmtree(repository, ignore_errors=True)
        os.environ["RESTIC_PASSWORD"] = "bench"
        words = ["restic", "--no-cache", "-q", "-r", repository]
        common.process([*words, "init"])
        common.process([*words, "backup", tranches])
        ready(chosen, repository)
        theirs = [common.process([*words, "check", "--read-data"]).seconds for _ in range(chosen.runs)]
        common.heading("restic check")
        common.compare("verify, seconds", ours, common.median(theirs), "s")
        shutil.rmtree(repository)


def repair(chosen, archive, packs):
    for lost in (1, 2, 3, 4):
        data = next(path for path in sorted((archive / "tranches").iterdir()) if path.name.endswith("audio-open"))
        ours, theirs = [], []
        for _ in range(chosen.runs):
            gone = sorted((data / "data/packs").iterdir())[1 : 1 + lost]
            size = sum(path.stat().st_size for path in gone)
            for path in gone:
                path.unlink()
            ready(chosen, archive / "tranches")
            ours.append(common.longplay(chosen, archive, "repair", "--json").seconds)
            tars = sorted((packs / "data").glob("*.tar"))[1 : 1 + lost]
            for path in tars:
                path.unlink()
            ready(chosen, packs / "data")
            steps = []
            par2(chosen, steps, ["repair", "-q", "-q", packs / "data" / "r.par2"])
            theirs.append(steps[0][1])
        if lost == 1:
            common.heading("par2 repair")
        took = common.median(ours)
        common.compare(f"{lost} lost, seconds", took, common.median(theirs), "s")
        print(f"  {size / took / 1e9:.2f} GB/s rebuilt, looking at everything and reading back included")


if __name__ == "__main__":
    main()
