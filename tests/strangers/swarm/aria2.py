"""aria2: a client of v1 that knows neither pads nor v2. Up to 1.36 it loses keys
of no letters, which every hybrid has, and so takes it for another swarm."""

import re
import subprocess

from .process import Child, Failed, free_port, program

ALONE = [
    "--no-conf=true", "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false",
    "--enable-peer-exchange=false", "--bt-require-crypto=false", "--disable-ipv6=true",
    "--interface=127.0.0.1", "--file-allocation=none", "--allow-overwrite=true",
    "--bt-hash-check-seed=true", "--console-log-level=warn", "--summary-interval=0",
    "--no-proxy=127.0.0.1", "--bt-tracker-interval=1", "--async-dns=false",
]


def infohash(torrent):
    """The v1 infohash that aria2 would announce."""
    said = subprocess.run([program("aria2c"), "--no-conf=true", "-S", str(torrent)], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    found = re.search(rb"Info Hash: ([0-9a-f]{40})", said)
    return found[1].decode() if found else ""


def client(torrent, folder, log, seed):
    port = free_port()
    manner = ["--check-integrity=true", "--seed-ratio=0.0"] if seed else ["--seed-time=0"]
    arguments = [program("aria2c"), *ALONE, *manner, f"--listen-port={port}",
                 f"--dir={folder}", str(torrent)]
    child = Child(arguments, log)
    child.port = port
    return child


def seed(torrent, folder, log, deadline):
    return client(torrent, folder, log, seed=True)


def download(torrent, folder, log, deadline):
    """Downloads all of the torrent into `folder`."""
    with client(torrent, folder, log, seed=False) as child:
        deadline.wait("the download by aria2", lambda: child.check() is not None)
        if "download completed" not in child.tail().lower() and "(OK)" not in child.tail():
            raise Failed(f"aria2 did not complete:\n{child.tail()}")
