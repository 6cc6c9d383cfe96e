#!/usr/bin/env python3
"""Lists, extracts, verifies and repairs a tranche of a longplay archive.

One file, Python 3.8 or newer, the standard library and nothing else. The
formats that it reads are explained in README.txt, which lies beside it in
every tranche: whoever has that text can write this program again.

    python3 longplay_reader.py list    0002-audio-open
    python3 longplay_reader.py extract 0002-audio-open --to music
    python3 longplay_reader.py verify  0002-audio-open
    python3 longplay_reader.py repair  0002-audio-open

How it is laid out, from the ground up:

    1  small things: paths that stay inside, JSON, files, ranges
    2  the tree of hashes            (README.txt, section 5)
    3  arithmetic of the code        (section 6)
    4  readers of the formats        (sections 2 to 7)
    5  what was promised of a tranche, gathered from whatever is left of it
    6  what is there: reading every file and comparing
    7  repair
    8  list and extract
    9  the command line

Nothing that is read is trusted: names must stay inside the folder, sizes are
bounded, and no rebuilt file takes its place before it has been read back and
has matched the hash that was promised of it.
"""

from __future__ import annotations

import argparse
import collections
import functools
import hashlib
import json
import os
import re
import struct
import sys
import tarfile
import textwrap
from dataclasses import dataclass, field

BLOCK = 16 * 1024  # a leaf of the tree is the hash of one block
MIB = 1024 * 1024
BLOCKS_PER_MIB = MIB // BLOCK
ZERO_HASH = bytes(32)
CHUNK = 256 * 1024  # bytes of each shard that are coded at a time

LONGEST_LINE = 64 * MIB
LARGEST_KIT = 256 * MIB
LARGEST_TEXT = 256 * MIB
MOST_STRIPES = 10_000

TEXTS = ("README.txt", "bag-info.txt", "bagit.txt", "longplay_reader.py")
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
INDEX = "data/index.jsonl"
UNFINISHED = ".repairing"  # ending of a file that repair is still writing

SOUND, DAMAGE, CANNOT = 0, 1, 2  # exit codes


class Malformed(ValueError):
    """What was read does not obey its format."""


class Unknown(Exception):
    """What is left of the tranche does not tell."""


class CannotLook(Exception):
    """Something keeps this program from working at all."""


# --------------------------------------------------------------------------
# 1  Small things


def sha256(data):
    return hashlib.sha256(data).digest()


def say(*words):
    """A line on stdout that no terminal mistakes for commands."""
    text = " ".join(str(word) for word in words)
    print("".join(c if c.isprintable() else "?" for c in text))


def progress(text):
    """A line on stderr that the next one overwrites; silent in a pipe."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K" + text[:78])
        sys.stderr.flush()


def human(count):
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            break
        count /= 1000
    else:
        unit = "TB"
    return "%d %s" % (count, unit) if unit == "bytes" else "%.1f %s" % (count, unit)


def counted(number, noun):
    return "%d %s%s" % (number, noun, "" if number == 1 else "s")


DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\s*(\.|$)", re.IGNORECASE)
FORBIDDEN = re.compile('[\x00-\x1f\x7f-\x9f<>:"\\\\|?*]')


def checked_path(text):
    """A relative path that stays inside its folder on every system."""
    if not isinstance(text, str) or len(text) > 4096:
        raise Malformed("no path: %.80r" % (text,))
    for part in text.split("/"):
        if (
            not 0 < len(part.encode("utf-8", "surrogatepass")) <= 255
            or part.endswith((".", " "))
            or FORBIDDEN.search(part)
            or DEVICES.match(part)
            or any("\ud800" <= c <= "\udfff" for c in part)
        ):
            raise Malformed("unsafe path: %.80r" % (text,))
    return text


def inside(root, relative):
    """Where a path lies; refused when a link leads it out of the folder."""
    place = os.path.join(root, *checked_path(relative).split("/"))
    home = os.path.join(os.path.realpath(root), "")
    if not os.path.realpath(place).startswith(home):
        raise Malformed("%s leads out of the folder" % relative)
    return place


def checked_int(value, low=0, high=1 << 62):
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed("no whole number: %.40r" % (value,))
    if not low <= value <= high:
        raise Malformed("number out of bounds: %d" % value)
    return value


def checked_hex(value, bytes_wanted=32):
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]*", value):
        raise Malformed("no hexadecimal digits: %.40r" % (value,))
    if len(value) != 2 * bytes_wanted:
        raise Malformed("wrong number of hexadecimal digits")
    return value


def short_int(digits):
    if len(digits) > 20:
        raise ValueError("number too long")
    return int(digits)


def load_json(data, kind):
    """The object in `data`, when its "longplay" says `kind`, version 1."""
    try:
        value = json.loads(data.decode("utf-8"), parse_int=short_int)
    except (ValueError, RecursionError) as why:
        raise Malformed("no JSON: %s" % why) from None
    if not isinstance(value, dict):
        raise Malformed("no JSON object")
    if kind and (value.get("longplay") != kind or value.get("version") != 1):
        raise Malformed("not a %s of version 1" % kind)
    return value


def dump_json(value):
    """JSON as longplay writes it: no spaces, only the escapes that must be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def read_small(path, limit=LARGEST_TEXT):
    """The bytes of a file; None when it is not there, too large or unreadable."""
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > limit:
            return None
        with open(path, "rb") as file:
            return file.read(limit)
    except PermissionError:
        raise
    except OSError:
        return None


def read_at(file, start, length):
    """Bytes of a file; what a broken disk refuses reads as zeros."""
    try:
        file.seek(start)
        return file.read(length)
    except OSError:
        if length <= BLOCK:
            return bytes(length)
        step = max(BLOCK, length // 64)
        pieces = (read_at(file, at, min(step, start + length - at))
                  for at in range(start, start + length, step))
        return b"".join(pieces)


def unfinished(path):
    """Where a file is written before it takes its name."""
    folder, name = os.path.split(path)
    if len(os.fsencode(name + UNFINISHED)) > 255:
        name = sha256(os.fsencode(name)).hex()
    return os.path.join(folder, name + UNFINISHED)


def write_beside(path, chunks):
    """Writes `path` so that it is there whole or not at all."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(unfinished(path), "wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    put_in_place(path)


def put_in_place(path):
    """Gives an unfinished file, which is durable, its name."""
    os.replace(unfinished(path), path)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def files_below(root, folder):
    """Paths of all files in a folder of a bag, sorted; links are not followed."""
    found = []
    for place, folders, names in os.walk(os.path.join(root, folder)):
        folders.sort()
        for name in names:
            relative = os.path.relpath(os.path.join(place, name), root)
            found.append(relative.replace(os.sep, "/"))
    return sorted(found)


def merged(ranges):
    """Ranges (start, end) in order, with those that touch made one."""
    result = []
    for start, end in ranges:
        if result and result[-1][1] == start:
            result[-1] = (result[-1][0], end)
        elif end > start:
            result.append((start, end))
    return result


def total(ranges):
    return sum(end - start for start, end in ranges)


# --------------------------------------------------------------------------
# 2  The tree of hashes (the "pieces root" of BitTorrent v2, BEP 52)


def block_count(length):
    return -(-length // BLOCK)


def root_of(leaves):
    """The root over the hashes of blocks, 32 bytes each, one after the other.

    Hashes are joined in pairs; where a partner is missing, the hash of a tree
    of zero hashes of the same height stands in.
    """
    if not leaves:
        return ZERO_HASH
    level, filler = leaves, ZERO_HASH
    while len(level) > 32:
        if len(level) % 64:
            level += filler
        level = b"".join(sha256(level[at:at + 64]) for at in range(0, len(level), 64))
        filler = sha256(filler + filler)
    return level


def subtrees_of(leaves):
    """The hash of each MiB; of a file of 1 MiB or less, its root."""
    size = 32 * BLOCKS_PER_MIB
    if len(leaves) <= size:
        return root_of(leaves) if leaves else b""
    parts = (leaves[at:at + size] for at in range(0, len(leaves), size))
    return b"".join(root_of(part.ljust(size, b"\0")) for part in parts)


# --------------------------------------------------------------------------
# 3  Arithmetic of the code: GF(2^8), polynomial x^8+x^4+x^3+x^2+1


def _tables():
    powers, logs, value = [0] * 510, [0] * 256, 1
    for exponent in range(255):
        powers[exponent] = powers[exponent + 255] = value
        logs[value] = exponent
        value <<= 1
        if value & 0x100:
            value ^= 0x11D
    return powers, logs


POWERS, LOGS = _tables()


def multiply(a, b):
    return POWERS[LOGS[a] + LOGS[b]] if a and b else 0


def inverse(a):
    return POWERS[255 - LOGS[a]]


def coefficient(k, j, i):
    """What data file `i` counts for in recovery pack `j`."""
    return inverse((k + j) ^ i)


@functools.lru_cache(maxsize=None)
def times(factor):
    """A table for bytes.translate that multiplies each byte by `factor`."""
    return bytes(multiply(factor, byte) for byte in range(256))


def combine(terms, length):
    """The sum of factor times chunk; short chunks end in zeros.

    A chunk is multiplied with one table lookup a byte, and added as one large
    number: both are loops inside the interpreter, not in this program.
    """
    sum_so_far = 0
    for factor, chunk in terms:
        sum_so_far ^= int.from_bytes(chunk.translate(times(factor)), "little")
    return sum_so_far.to_bytes(length, "little")


def inverted(matrix):
    """The inverse of a square matrix (Gauss-Jordan)."""
    size = len(matrix)
    rows = [list(row) + [int(r == c) for c in range(size)] for r, row in enumerate(matrix)]
    for column in range(size):
        pivot = next(r for r in range(column, size) if rows[r][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = inverse(rows[column][column])
        rows[column] = [multiply(scale, value) for value in rows[column]]
        for r in range(size):
            factor = rows[r][column]
            if r != column and factor:
                rows[r] = [a ^ multiply(factor, b) for a, b in zip(rows[r], rows[column])]
    return [row[size:] for row in rows]


def recipes(k, data_count, recovery_count, damaged):
    """How each damaged shard follows from the others; None when it does not.

    Shards are numbered: data files from 0, recovery pack j is k + j. A recipe
    is a list of (factor, shard). Those of data files come first and use sound
    shards only; those of recovery packs use the data files.
    """
    lost = sorted(n for n in damaged if n < k)
    kept = [n for n in range(data_count) if n not in damaged]
    rows = [j for j in range(recovery_count) if k + j not in damaged][:len(lost)]
    if len(rows) < len(lost):
        return None
    solution = inverted([[coefficient(k, j, i) for i in lost] for j in rows])
    result = {}
    for row, shard in zip(solution, lost):
        terms = [(factor, k + j) for factor, j in zip(row, rows)]
        for i in kept:
            factor = 0
            for weight, j in zip(row, rows):
                factor ^= multiply(weight, coefficient(k, j, i))
            terms.append((factor, i))
        result[shard] = terms
    for shard in sorted(n for n in damaged if n >= k):
        result[shard] = [(coefficient(k, shard - k, i), i) for i in range(data_count)]
    return result


# --------------------------------------------------------------------------
# 4  Readers of the formats

TRAILER = struct.Struct("<8sQQ32sII32s24s8s")
LOCATOR_BYTES = 256
END_OF_TAR = 1024


@dataclass
class Promise:
    """What was said of a file when the tranche was sealed; None: not known."""

    path: str
    bytes: int = None
    sha256: str = None
    root: bytes = None
    subtrees: bytes = None
    leaves: bytes = None


@dataclass
class Kit:
    """What a recovery pack knows of its stripe and of the bags."""

    raw: bytes
    tranche: str
    stripe: int
    k: int
    m: int
    data_bytes: int
    pack_bytes: int
    piece_length: int
    stripes: int
    files: list
    recovery: list
    bag: dict
    recovery_bag: dict

    def shape(self):
        """What all kits of a tranche have in common."""
        return self.k, self.m, self.piece_length, self.stripes


def read_kit(path):
    """The kit at the end of a recovery pack, proven by the hash in its trailer."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        trailer = read_at(file, max(size - TRAILER.size, 0), TRAILER.size)
        if len(trailer) < TRAILER.size:
            raise Malformed("too short for a recovery pack")
        magic, start, length, digest, stripe, j, own, _, end = TRAILER.unpack(trailer)
        if magic != b"LPKIT001" or end != b"LPKITEND" or own != sha256(trailer[:64]):
            raise Malformed("trailer is damaged")
        if length > LARGEST_KIT or start + length + TRAILER.size > size:
            raise Malformed("trailer points outside of the file")
        raw = read_at(file, start, length)
    if sha256(raw) != digest:
        raise Malformed("kit is damaged")
    kit = parse_kit(raw)
    if kit.data_bytes != start or kit.stripe != stripe or j >= kit.m:
        raise Malformed("kit and trailer do not agree")
    return kit


def parse_kit(raw):
    head = load_json(raw, "kit")
    k, m = checked_int(head.get("k"), 1, 254), checked_int(head.get("m"), 1, 254)
    stripes = checked_int(head.get("stripes"), 1, MOST_STRIPES)
    longest = checked_int(head.get("data_bytes"))
    files = [parse_promise(entry, None) for entry in checked_list(head, "files", 1, k)]
    recovery = [parse_promise(entry, longest) for entry in checked_list(head, "recovery", m, m)]
    pack_bytes = checked_int(head.get("pack_bytes"))
    room = pack_bytes - longest - len(raw) - TRAILER.size
    if k + m > 255 or max(p.bytes for p in files) != longest or not 0 <= room <= LARGEST_KIT:
        raise Malformed("kit contradicts itself")
    return Kit(
        raw=raw,
        tranche=checked_path(head.get("tranche")),
        stripe=checked_int(head.get("stripe"), 0, stripes - 1),
        k=k,
        m=m,
        data_bytes=longest,
        pack_bytes=pack_bytes,
        piece_length=checked_piece_length(head.get("piece_length")),
        stripes=stripes,
        files=files,
        recovery=recovery,
        bag=checked_texts(head.get("bag")),
        recovery_bag=checked_texts(head.get("recovery_bag")),
    )


def checked_list(head, key, fewest, most):
    value = head.get(key)
    if not isinstance(value, list) or not fewest <= len(value) <= most:
        raise Malformed("%s is no list of %d to %d" % (key, fewest, most))
    return value


def checked_piece_length(value):
    if checked_int(value, BLOCK, 1 << 30) & (value - 1):
        raise Malformed("piece length is no power of two")
    return value


def checked_texts(value):
    if not isinstance(value, dict) or not all(
        name in TEXTS and isinstance(text, str) for name, text in value.items()
    ):
        raise Malformed("unexpected small files in the kit")
    return {name: text.encode("utf-8", "replace") for name, text in value.items()}


def checked_payload_path(value):
    if not checked_path(value).startswith(("data/packs/", "data/catalog/", "data/recovery/")):
        raise Malformed("no path of a payload: %.80r" % value)
    return value


def parse_promise(entry, length):
    """One file of a kit. `length` is given for recovery packs, whose hashes
    cover the coded bytes alone."""
    if not isinstance(entry, dict):
        raise Malformed("file of a kit is no object")
    coded = checked_int(entry.get("bytes")) if length is None else length
    subtrees = entry.get("subtrees")
    checked_hex(subtrees, 32 * -(-coded // MIB))
    return Promise(
        path=checked_payload_path(entry.get("path")),
        bytes=coded,
        sha256=checked_hex(entry.get("sha256")),
        root=bytes.fromhex(checked_hex(entry.get("root"))),
        subtrees=bytes.fromhex(subtrees),
    )


def kit_tail(kit, j):
    """What follows the coded bytes of recovery pack `j`, to its last byte."""
    head = struct.pack("<8sQQ32sII", b"LPKIT001", kit.data_bytes, len(kit.raw),
                       sha256(kit.raw), kit.stripe, j)
    trailer = head + sha256(head) + bytes(24) + b"LPKITEND"
    zeros = kit.pack_bytes - kit.data_bytes - len(kit.raw) - len(trailer)
    return kit.raw + bytes(zeros) + trailer


def read_leaf_file(path):
    """Promises of the files of a stripe, from its leaf file.

    The root proves the leaves, or they are left out: so each file's part of
    a damaged leaf file stands or falls alone.
    """
    with open(path, "rb") as file:
        head = load_json(file.readline(LONGEST_LINE), "leaves")
        if head.get("leaf_bytes") != BLOCK:
            raise Malformed("leaves are not of 16 KiB")
        return [parse_leaf_entry(entry, file) for entry in checked_list(head, "files", 1, 255)]


def parse_leaf_entry(entry, file):
    if not isinstance(entry, dict):
        raise Malformed("file of a leaf file is no object")
    length = checked_int(entry.get("bytes"))
    root = bytes.fromhex(checked_hex(entry.get("root")))
    wanted = 32 * block_count(length)
    if wanted > os.fstat(file.fileno()).st_size:
        raise Malformed("leaf file is truncated")
    leaves = file.read(wanted)
    proven = len(leaves) == wanted and root_of(leaves) == root
    return Promise(
        path=checked_payload_path(entry.get("path")),
        bytes=length,
        sha256=checked_hex(entry.get("sha256")),
        root=root if proven else None,
        leaves=leaves if proven else None,
    )


def leaf_file(tranche, stripe, promises):
    """The bytes of a leaf file, in pieces."""
    files = [
        {"path": p.path, "bytes": p.bytes, "sha256": p.sha256, "root": root_of(p.leaves).hex()}
        for p in promises
    ]
    yield dump_json({"longplay": "leaves", "version": 1, "tranche": tranche,
                     "stripe": stripe, "leaf_bytes": BLOCK, "files": files}) + b"\n"
    for promise in promises:
        yield promise.leaves


def read_pack_index(path):
    """Offset and lines of a pack's own index, head first; proven by its locator."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        at = size - END_OF_TAR - LOCATOR_BYTES
        if at < 0:
            raise Malformed("too short for a pack")
        locator = load_json(read_at(file, at, LOCATOR_BYTES), "locator")
        start = checked_int(locator.get("index_offset"), 0, at)
        length = checked_int(locator.get("index_length"), 0, at)
        if start + length != at:
            raise Malformed("locator points elsewhere")
        raw = read_at(file, start, length)
    if sha256(raw).hex() != locator.get("index_sha256"):
        raise Malformed("index of the pack is damaged")
    lines = raw.split(b"\n")
    members = checked_int(load_json(lines[0], "pack-index").get("members"), 0, len(lines))
    return start, [line + b"\n" for line in lines[:members + 1]]


def parse_record(line):
    """One record of an index: a dictionary whose place and digest hold."""
    record = line if isinstance(line, dict) else load_json(line, None)
    checked_path(record.get("path"))
    if "/" in checked_path(record.get("pack")):
        raise Malformed("no name of a pack")
    checked_int(record.get("offset"))
    checked_int(record.get("length"))
    checked_hex(record.get("sha256"))
    return record


def parse_manifest(data):
    """Digests by path, from a BagIt manifest. Malformed lines are left out."""
    digests = {}
    for line in (data or b"").decode("utf-8", "replace").split("\n"):
        match = re.fullmatch(r"([0-9a-fA-F]{64}) [ *](.+)", line)
        if match:
            path = re.sub("%(0[Aa]|0[Dd]|25)", lambda m: chr(int(m.group(1), 16)), match.group(2))
            digests[path] = match.group(1).lower()
    return digests


def manifest(digests):
    order = sorted(digests, key=lambda path: path.encode("utf-8"))
    return "".join("%s  %s\n" % (digests[path], path) for path in order).encode("utf-8")


def parse_bag_info(data):
    """Values by name, of `bag-info.txt`."""
    lines = (data or b"").decode("utf-8", "replace").split("\n")
    return dict(line.split(": ", 1) for line in lines if ": " in line)


# --------------------------------------------------------------------------
# 5  What was promised, gathered from whatever is left


class Bag:
    """A folder with its manifests as they are on disk."""

    def __init__(self, root):
        self.root = root
        self.tags = parse_manifest(self.text(TAG_MANIFEST))
        found = self.text(MANIFEST)
        self.manifest = parse_manifest(found)
        # A manifest that the tag manifest confirms is taken at its word.
        self.proven = found is not None and self.tags.get(MANIFEST) == sha256(found).hex()
        self.digests = {}  # of payload files, as far as they are known

    def place(self, path):
        return inside(self.root, path)

    def text(self, name):
        """A small file as it is on disk."""
        return read_small(self.place(name))

    def proven_text(self, name):
        """A small file, when its tag manifest confirms it."""
        text = self.text(name)
        return text if text is not None and self.tags.get(name) == sha256(text).hex() else None

    def said(self, path):
        """What a confirmed manifest says of a payload file."""
        return self.manifest.get(path) if self.proven else None


@dataclass
class Found:
    """What reading a file showed."""

    size: int
    sha256: str
    leaves: bytes  # of the whole file
    coded: bytes  # the same, but only over its coded bytes


@dataclass
class Shard:
    """A file of a stripe: what was promised of it, and what is there."""

    bag: Bag
    promise: Promise
    coded: int = None  # how many of its bytes are under the code
    tail: bytes = b""  # what follows them; None when no kit tells
    found: Found = None
    bad: list = field(default_factory=list)  # ranges of coded bytes
    whole: bool = False
    lies_at: str = None  # another file that holds what this one should

    @property
    def path(self):
        return self.promise.path

    def place(self):
        return self.bag.place(self.path)

    def is_promised(self):
        return bool(self.promise.root or self.promise.sha256)


@dataclass
class Stripe:
    number: int
    kit: Kit
    data: list
    recovery: list
    longest: int  # D: bytes under the code; None when unknown

    def shards(self):
        return self.data + self.recovery


class Tranche:
    """Both bags of a tranche, and what is known of its stripes."""

    def __init__(self, folder, recovery):
        self.bag = Bag(folder)
        self.recovery = Bag(recovery) if recovery else None
        self.kits = self.read_kits()
        self.read_geometry()
        self.stripes = [self.load_stripe(number) for number in range(self.count)]

    def bags(self):
        return [bag for bag in (self.bag, self.recovery) if bag]

    def any_kit(self):
        return next(iter(self.kits.values()), None)

    def read_kits(self):
        """The kit of each stripe: the one that most recovery packs hold."""
        votes = collections.Counter()
        kits = {}
        for path in files_below(self.recovery.root, "data") if self.recovery else []:
            try:
                kit = read_kit(self.recovery.place(path))
            except (Malformed, FileNotFoundError, IsADirectoryError):
                continue
            key = (kit.tranche, kit.stripe, sha256(kit.raw))
            kits.setdefault(key, kit)
            votes[key] += 1
        names = {name for name, _, _ in votes}
        mine = os.path.basename(os.path.realpath(self.bag.root))
        if mine not in names and votes:
            mine = votes.most_common(1)[0][0][0]
        chosen, shape = {}, None
        for key, _ in votes.most_common():
            kit = kits[key]
            if key[0] == mine and shape in (None, kit.shape()):
                shape = kit.shape()
                chosen.setdefault(kit.stripe, kit)
        return chosen

    def read_geometry(self):
        """Name, k, m, piece length and number of stripes."""
        kit = self.any_kit()
        if kit:
            self.name, self.k, self.m = kit.tranche, kit.k, kit.m
            self.piece_length, self.count = kit.piece_length, kit.stripes
            return
        texts = [bag.proven_text("bag-info.txt") for bag in self.bags()]
        texts += [bag.text("bag-info.txt") for bag in self.bags()]
        info = {}
        for text in reversed(texts):
            info.update(parse_bag_info(text))
        named = re.match(r"(\d+) of (\d+)\+(\d+)$", info.get("Longplay-Stripes", ""))
        self.count, self.k, self.m = map(int, named.groups()) if named else (None, None, None)
        if named and not (self.k and self.k + self.m <= 255 and self.count <= MOST_STRIPES):
            raise CannotLook("bag-info.txt gives no possible number of stripes")
        length = info.get("Longplay-Piece-Length", "")
        self.piece_length = int(length) if re.fullmatch(r"\d{1,9}", length) else None
        self.name = self.guess_name()
        if self.count is None:
            self.count = self.guess_count()

    def guess_name(self):
        """From the names of payload files; else that of the folder."""
        pattern = re.compile(r"data/\w+/([^/]+)-(\d{6}\.tar|s\d{4}\.leaves)$")
        names = collections.Counter(m.group(1) for m in map(pattern.match, self.payload_paths()) if m)
        folder = os.path.basename(os.path.realpath(self.bag.root))
        return folder if folder in names or not names else names.most_common(1)[0][0]

    def payload_paths(self):
        """Every path that a manifest names or a folder holds."""
        return sorted(set(self.bag.manifest) | set(files_below(self.bag.root, "data")))

    def guess_count(self):
        pattern = re.compile(r"data/leaves/.*-s(\d{4})\.leaves$")
        numbers = [pattern.match(path) for path in self.payload_paths()]
        return max((int(match.group(1)) + 1 for match in numbers if match), default=1)

    def leaf_path(self, number, of_recovery=False):
        ending = "-recovery" if of_recovery else ""
        return "data/leaves/%s-s%04d%s.leaves" % (self.name, number, ending)

    def leaf_promises(self, number, of_recovery=False):
        """What the leaf file of a stripe says; nothing when it is lost."""
        bag = self.recovery if of_recovery else self.bag
        try:
            return read_leaf_file(bag.place(self.leaf_path(number, of_recovery)))
        except (Malformed, FileNotFoundError, IsADirectoryError):
            return []

    def load_stripe(self, number):
        kit = self.kits.get(number)
        from_leaves = self.leaf_promises(number)
        if kit:
            data = with_leaves(kit.files, from_leaves)
        else:
            data = self.without_kit(number, from_leaves)
        known = data and all(promise.bytes is not None for promise in data)
        longest = max(promise.bytes for promise in data) if known else None
        shards = [Shard(self.bag, promise, promise.bytes) for promise in data]
        return Stripe(number, kit, shards, self.load_recovery(number, kit, longest), longest)

    def without_kit(self, number, from_leaves):
        """Data files as the leaf file and a confirmed manifest tell of them."""
        if not self.names_fit(number, from_leaves):
            return [Promise(path, sha256=self.bag.manifest.get(path))
                    for path in self.files_of_stripe(number)]
        for promise in from_leaves:
            said = self.bag.said(promise.path)
            promise.sha256 = said or promise.sha256
        return from_leaves

    def names_fit(self, number, promises):
        """Whether a leaf file names the files that it should: nothing else
        protects its first line when no kit is left."""
        paths = [promise.path for promise in promises]
        if not paths or not self.bag.proven:
            first = number * (self.k or 0)
            wanted = ["data/packs/%s-%06d.tar" % (self.name, first + i) for i in range(len(paths))]
            return bool(paths) and (paths == wanted or set(paths) <= set(self.bag.manifest))
        return paths == self.files_of_stripe(number)[:len(paths)]

    def files_of_stripe(self, number):
        """Paths of data files, from the manifest or, failing that, the folder."""
        folders = ("data/packs/", "data/catalog/")
        for paths in (self.bag.manifest, files_below(self.bag.root, "data")):
            coded = sorted((p for p in paths if is_data_file(p, folders)), key=os.fsencode)
            if coded:
                k = self.k or len(coded)
                return coded[number * k:(number + 1) * k]
        return []

    def load_recovery(self, number, kit, longest):
        if not self.recovery:
            return []
        from_leaves = self.leaf_promises(number, of_recovery=True)
        if kit:
            by_path = {promise.path: promise.leaves for promise in from_leaves}
            for promise in kit.recovery:
                promise.leaves = by_path.get(promise.path)
            return [Shard(self.recovery, promise, longest, kit_tail(kit, j))
                    for j, promise in enumerate(kit.recovery)]
        if not from_leaves:
            paths = ["data/recovery/%s-s%04d-r%02d.rec" % (self.name, number, j)
                     for j in range(self.m or 0)]
            from_leaves = [Promise(p, sha256=self.recovery.manifest.get(p)) for p in paths]
        return [Shard(self.recovery, promise, longest, None) for promise in from_leaves]


def is_data_file(path, folders):
    try:
        return checked_path(path).startswith(folders) and not path.endswith(UNFINISHED)
    except Malformed:
        return False


def with_leaves(promises, from_leaves):
    """Promises of a kit, with the hashes of blocks that their roots confirm."""
    by_path = {promise.path: promise for promise in from_leaves}
    for promise in promises:
        other = by_path.get(promise.path)
        if other and other.leaves is not None and other.root == promise.root:
            promise.leaves = other.leaves
    return promises


# --------------------------------------------------------------------------
# 6  What is there


def read_whole(path, coded=None):
    """Reads a file once: its size, its digest, the hashes of its blocks.

    `coded` bytes at its start have a tree of their own. None when the file is
    not there.
    """
    try:
        file = open(path, "rb")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    digest, leaves, cut = hashlib.sha256(), [], None
    with file:
        size = file.seek(0, os.SEEK_END)
        for at in range(0, size, MIB):
            chunk = memoryview(read_at(file, at, min(MIB, size - at)))
            digest.update(chunk)
            leaves += [sha256(chunk[b:b + BLOCK]) for b in range(0, len(chunk), BLOCK)]
        if coded is not None and coded < size and coded % BLOCK:
            cut = sha256(read_at(file, coded - coded % BLOCK, coded % BLOCK))
    leaves = b"".join(leaves)
    of_code = leaves if coded is None or coded >= size else leaves[:32 * (coded // BLOCK)]
    return Found(size, digest.hexdigest(), leaves, of_code + (cut or b""))


def examine(shard, path=None):
    """Compares a file with what was promised, and notes the ranges that differ."""
    progress("reading " + shard.path)
    path = path or shard.place()
    shard.found = found = read_whole(path, shard.coded)
    if found is None:
        shard.bad, shard.whole = [(0, shard.coded)] if shard.coded else [], False
        return
    if shard.coded is None:  # no length was promised: judge the file as one
        shard.whole = shard.promise.sha256 == found.sha256
        shard.bad = [] if shard.whole else [(0, found.size)]
        return
    if shard.tail == b"" and not shard.promise.root and shard.promise.sha256 == found.sha256:
        # The digest is right; the length, from a damaged leaf file, may not be.
        shard.coded, shard.bad, shard.whole = found.size, [], True
        return
    shard.bad = damaged_ranges(shard)
    shard.whole = not shard.bad and shard.is_promised() and ends_right(shard, path)


def ends_right(shard, path):
    """Whether a file ends where it should, a recovery pack with its kit."""
    if shard.tail is None:
        promise, found = shard.promise, shard.found
        if promise.root:
            return root_of(found.leaves) == promise.root
        return promise.sha256 == found.sha256
    if shard.found.size != shard.coded + len(shard.tail):
        return False
    if not shard.tail:
        return True
    with open(path, "rb") as file:
        return read_at(file, shard.coded, len(shard.tail)) == shard.tail


def damaged_ranges(shard):
    """Ranges of coded bytes that are not as promised.

    The root tells whether there are any, the hash of each MiB in which, the
    hashes of blocks exactly where.
    """
    promise, found, coded = shard.promise, shard.found, shard.coded
    there = min(found.size, coded)
    if shard.tail is None and not promise.leaves:
        return [] if promise.sha256 in (None, found.sha256) and there == coded else [(0, coded)]
    if shard.tail is not None and promise.root == root_of(found.coded):
        return []
    subtrees = subtrees_of(found.coded) if promise.subtrees else b""
    blocks = []
    for first in range(0, block_count(there), BLOCKS_PER_MIB):
        place = slice(first // BLOCKS_PER_MIB * 32, first // BLOCKS_PER_MIB * 32 + 32)
        if not (subtrees and subtrees[place] == promise.subtrees[place]):
            blocks += damaged_blocks(promise, found, first, block_count(coded))
    ranges = [(block * BLOCK, min((block + 1) * BLOCK, coded)) for block in blocks]
    if there < coded:
        last = ranges[-1][1] if ranges else 0
        ranges.append((max(last, there - there % BLOCK), coded))
    return merged(ranges)


def damaged_blocks(promise, found, first, count):
    """Blocks of one MiB that differ: all of them when no leaf tells."""
    blocks = range(first, min(first + BLOCKS_PER_MIB, count))
    if promise.leaves:
        differing = [b for b in blocks
                     if promise.leaves[32 * b:32 * b + 32] != found.leaves[32 * b:32 * b + 32]]
        if differing or not promise.subtrees:
            return differing
    return list(blocks)


def segments(stripe, k):
    """Cuts the stripe wherever the set of damaged shards changes.

    Gives (start, end, numbers of the damaged shards).
    """
    edges = collections.defaultdict(list)
    for number, shard in numbered(stripe, k):
        for start, end in shard.bad:
            edges[start].append((number, True))
            edges[end].append((number, False))
    damaged, last = set(), 0
    for at in sorted(edges):
        if damaged:
            yield last, at, frozenset(damaged)
        for number, begins in edges[at]:
            (damaged.add if begins else damaged.discard)(number)
        last = at


def numbered(stripe, k):
    """Shards with their numbers in the code: recovery pack j is k + j."""
    return list(enumerate(stripe.data)) + [(k + j, s) for j, s in enumerate(stripe.recovery)]


def recipes_for(tranche, stripe, damaged, cache):
    if damaged not in cache:
        cache[damaged] = recipes(tranche.k, len(stripe.data), len(stripe.recovery), damaged)
    return cache[damaged]


def beyond_recovery(tranche, stripe):
    """Ranges of data files that nothing left can give back: [(shard, ranges)]."""
    broken = [shard for shard in stripe.data
              if not shard.whole and not shard.lies_at and (shard.is_promised() or not shard.found)]
    if not broken:
        return []
    if not (tranche.k and stripe.longest is not None and stripe.recovery):
        return [(shard, shard.bad or [(0, shard.coded or 0)]) for shard in broken]
    lost, cache = collections.defaultdict(list), {}
    for start, end, damaged in segments(stripe, tranche.k):
        if recipes_for(tranche, stripe, damaged, cache) is None:
            for number in damaged:
                lost[number].append((start, end))
    return [(stripe.data[n], merged(lost[n])) for n in sorted(lost) if n < len(stripe.data)]


def examine_all(tranche):
    for stripe in tranche.stripes:
        for shard in stripe.shards():
            examine(shard)
        forget_leaves(tranche, stripe)
    trust_what_adds_up(tranche)
    find_misplaced(tranche)


def trust_what_adds_up(tranche):
    """Files that nothing speaks for are whole, if a manifest made from all as
    it stands is the very one that the tag manifest names."""
    bag = tranche.bag
    mute = [s for stripe in tranche.stripes for s in stripe.data
            if s.found and not s.is_promised()]
    if not mute or not bag.tags.get(MANIFEST):
        return
    before = dict(bag.digests), [shard.bad for shard in mute]
    for shard in mute:
        shard.whole, shard.bad = True, []
    try:
        for owner, path, make in side_files(tranche):
            if owner is bag and path.startswith("data/") and path not in bag.digests:
                bag.digests[path] = digest_of(make())
        adds_up = digest_of(make_manifest(tranche, bag)) == bag.tags[MANIFEST]
    except Unknown:
        adds_up = False
    if not adds_up:
        bag.digests = before[0]
        for shard, bad in zip(mute, before[1]):
            shard.whole, shard.bad = False, bad


def find_misplaced(tranche):
    """Looks for missing contents under other names: swapped or renamed files."""
    wanted = {}
    for shard in all_shards(tranche):
        if not shard.whole:
            wanted.update({shard.promise.root: shard, shard.promise.sha256: shard})
    wanted.pop(None, None)
    if not wanted:
        return
    for bag, path in misplaced_candidates(tranche):
        # The root of a recovery pack covers its coded bytes alone.
        lengths = {s.coded if s.tail else None for s in wanted.values() if s.bag is bag}
        for coded in lengths:
            found = read_whole(bag.place(path), coded)
            shard = found and (wanted.get(root_of(found.coded)) or wanted.get(found.sha256))
            if shard and shard.bag is bag and path != shard.path:
                shard.lies_at = bag.place(path)


def misplaced_candidates(tranche):
    """Files that are not what their name says, or that nobody named."""
    sound = {shard.bag.root + "/" + shard.path for shard in all_shards(tranche) if shard.whole}
    for bag in tranche.bags():
        for folder in ("data/packs", "data/catalog", "data/recovery"):
            for path in files_below(bag.root, folder):
                try:
                    if bag.root + "/" + path not in sound and os.path.isfile(bag.place(path)):
                        yield bag, path
                except Malformed:
                    continue


def all_shards(tranche):
    return [shard for stripe in tranche.stripes for shard in stripe.shards()]


@dataclass
class Finding:
    """One file that is not as it should be."""

    bag: Bag
    path: str
    seen: str
    blocks: list = field(default_factory=list)
    members: list = field(default_factory=list)
    is_note: bool = False  # worth knowing, but no damage


def describe(tranche, shard):
    """The finding of a shard that is not whole."""
    finding = Finding(shard.bag, shard.path, "")
    size = shard.coded + len(shard.tail) if None not in (shard.coded, shard.tail) else None
    if shard.lies_at:
        finding.seen = "its bytes lie under another name: " + os.path.basename(shard.lies_at)
        return finding
    if shard.found is None:
        finding.seen = "missing"
    elif not shard.is_promised():
        finding.seen = "nothing is left that tells what it should be"
        return finding
    elif size is not None and shard.found.size < size:
        finding.seen = "truncated: %d of %d bytes" % (shard.found.size, size)
    elif size is not None and shard.found.size > size:
        finding.seen = "too long: %d bytes in place of %d" % (shard.found.size, size)
    else:
        finding.seen = "damaged"
    if shard.bad and shard.found:
        exact = shard.promise.leaves is not None
        finding.seen += "" if exact else " (known to the MiB: no leaf file is left)"
        finding.blocks = [(start // BLOCK, (end - 1) // BLOCK) for start, end in shard.bad]
    elif shard.found and not shard.bad and shard.tail:
        finding.seen += " in its kit or its trailer"
    finding.members = members_in(tranche, shard, shard.bad)
    return finding


def members_in(tranche, shard, ranges):
    """Names of the members of a pack that the ranges touch."""
    if not ranges or not shard.path.startswith("data/packs/"):
        return []
    touched = []
    for record in pack_records(tranche, os.path.basename(shard.path)):
        start, end = record["offset"], record["offset"] + record["length"]
        if any(start < bad_end and bad_start < end for bad_start, bad_end in ranges):
            touched.append(record["path"])
    return touched


def strays(tranche):
    """Files below data/ that belong to nobody."""
    known = {(id(shard.bag), shard.path) for shard in all_shards(tranche)}
    for bag, path, _ in side_files(tranche):
        known.add((id(bag), path))
    for bag in tranche.bags():
        for path in files_below(bag.root, "data"):
            if (id(bag), path) not in known:
                yield Finding(bag, path, "nobody put this here; left alone", is_note=True)


# Everything beside the shards can be made from them and the kits. A side file
# is (bag, path, make); make() gives its bytes in pieces or raises Unknown.


def side_files(tranche):
    """In the order in which they depend on each other."""
    for bag in tranche.bags():
        of_recovery = bag is tranche.recovery
        for stripe in tranche.stripes:
            if stripe.data:
                path = tranche.leaf_path(stripe.number, of_recovery)
                yield bag, path, functools.partial(make_leaf_file, tranche, stripe, of_recovery)
        if not of_recovery and holds_packs(tranche):
            yield bag, INDEX, functools.partial(make_index, tranche)
        for name in TEXTS:
            yield bag, name, functools.partial(make_text, tranche, bag, name)
        yield bag, MANIFEST, functools.partial(make_manifest, tranche, bag)
        yield bag, TAG_MANIFEST, functools.partial(make_tag_manifest, tranche, bag)


def holds_packs(tranche):
    return any(s.path.startswith("data/packs/") for stripe in tranche.stripes for s in stripe.data)


def make_leaf_file(tranche, stripe, of_recovery):
    promises = []
    for shard in stripe.recovery if of_recovery else stripe.data:
        found = shard.found
        if shard.whole and found.leaves is not None:
            promises.append(Promise(shard.path, found.size, found.sha256, leaves=found.leaves))
        elif shard.whole:
            raise Unknown("read before")
        elif shard.promise.leaves and not of_recovery and stripe.kit:
            promises.append(shard.promise)
        else:
            raise Unknown("%s is not whole" % shard.path)
    if not promises:
        raise Unknown("no file of the stripe is known")
    return leaf_file(tranche.name, stripe.number, promises)


def forget_leaves(tranche, stripe):
    """Frees the hashes of a stripe whose leaf files are as they should be."""
    for bag in tranche.bags():
        of_recovery = bag is tranche.recovery
        path = tranche.leaf_path(stripe.number, of_recovery)
        try:
            made = digest_of(make_leaf_file(tranche, stripe, of_recovery))
        except Unknown:
            continue
        if made == file_digest(bag.place(path)):
            bag.digests[path] = made
            for shard in stripe.recovery if of_recovery else stripe.data:
                if shard.whole:
                    shard.found.leaves = shard.found.coded = shard.promise.leaves = None


def make_index(tranche):
    for stripe in tranche.stripes:
        for shard in stripe.data:
            own_index(shard)
    return (line for stripe in tranche.stripes for s in stripe.data for line in own_index(s))


def own_index(shard):
    """The index that a pack carries, when it can be had."""
    try:
        start, lines = read_pack_index(shard.lies_at or shard.place())
        name = load_json(lines[0], "pack-index").get("pack")
    except (Malformed, OSError):
        raise Unknown("%s is not whole" % shard.path) from None
    touched = not shard.lies_at and any(end > start for _, end in shard.bad)
    if touched or name != os.path.basename(shard.path):
        raise Unknown("%s is not whole" % shard.path)
    return lines


def make_text(tranche, bag, name):
    """A small file: from a kit, from the other bag, or as it must always be."""
    kit = tranche.any_kit()
    if kit:
        texts = kit.bag if bag is tranche.bag else kit.recovery_bag
        if name in texts:
            return [texts[name]]
    if bag.proven_text(name) is not None:
        return [bag.proven_text(name)]
    if name == "bagit.txt":
        return [b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"]
    for other in tranche.bags():
        if name in ("README.txt", "longplay_reader.py") and other.proven_text(name) is not None:
            return [other.proven_text(name)]
    raise Unknown("no kit is left that holds it")


def make_manifest(tranche, bag):
    digests = {}
    for stripe in tranche.stripes:
        for shard in stripe.shards():
            if shard.bag is bag:
                digests[shard.path] = shard_digest(bag, shard)
    for other, path, _ in side_files(tranche):
        if other is bag and path.startswith("data/"):
            digests[path] = known_digest(bag, path)
    if not digests:
        raise Unknown("no file is known")
    return [manifest(digests)]


def shard_digest(bag, shard):
    if shard.whole:
        return shard.found.sha256
    if bag.said(shard.path):
        return bag.said(shard.path)
    if shard.promise.sha256 and shard.tail == b"":
        return shard.promise.sha256
    raise Unknown("%s is not whole" % shard.path)


def known_digest(bag, path):
    digest = bag.digests.get(path) or bag.said(path)
    if not digest:
        raise Unknown("%s is not known" % path)
    return digest


def make_tag_manifest(tranche, bag):
    digests = {}
    for name in TEXTS:
        try:
            digests[name] = digest_of(make_text(tranche, bag, name))
        except Unknown:
            text = bag.text(name)
            if text is None or bag.tags.get(name):
                raise Unknown("%s is not known" % name) from None
            digests[name] = sha256(text).hex()
    digests[MANIFEST] = known_digest(bag, MANIFEST)
    return [manifest(digests)]


def digest_of(chunks):
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def file_digest(path):
    try:
        with open(path, "rb") as file:
            return digest_of(iter(lambda: file.read(MIB), b""))
    except PermissionError:
        raise
    except OSError:
        return None


def check_side_file(tranche, bag, path, make):
    """None when it is as it should be, else what is wrong with it."""
    found = file_digest(bag.place(path))
    wrong = "missing" if found is None else "damaged"
    try:
        wanted = bag.digests.get(path) or digest_of(make())
        bag.digests[path] = wanted
        return None if found == wanted else wrong
    except Unknown as why:
        if found is None:
            return "missing"
        said = bag.tags.get(path) if path in TEXTS + (MANIFEST,) else bag.said(path)
        if path == TAG_MANIFEST:
            said = found if bag.proven else None
        if said == found:
            bag.digests[path] = found
            return None
        return "damaged" if said else "cannot be judged yet: %s" % why


def verify(tranche):
    """Every finding, in the order of the bags."""
    examine_all(tranche)
    findings = [describe(tranche, s) for s in all_shards(tranche) if not s.whole]
    for bag, path, make in side_files(tranche):
        wrong = check_side_file(tranche, bag, path, make)
        if wrong:
            findings.append(Finding(bag, path, wrong))
    return findings + list(strays(tranche))


# --------------------------------------------------------------------------
# 7  Repair


def repair(tranche):
    """Heals what can be healed; gives what was written and what stays wrong."""
    examine_all(tranche)
    written = put_back_misplaced(tranche)
    for stripe in tranche.stripes:
        written += heal(tranche, stripe)
        written += heal_without_kit(tranche, stripe)
    left = [describe(tranche, s) for s in all_shards(tranche) if not s.whole]
    for bag, path, make in side_files(tranche):
        wrong = check_side_file(tranche, bag, path, make)
        if wrong:
            try:
                write_beside(bag.place(path), make())
                bag.digests[path] = file_digest(bag.place(path))
                written.append((bag, path, "made again"))
            except Unknown as why:
                left.append(Finding(bag, path, "%s, and cannot be made again: %s" % (wrong, why)))
    remove_unfinished(shard for shard in all_shards(tranche) if shard.whole)
    return written, left


def put_back_misplaced(tranche):
    """Gives swapped and renamed files their names again.

    All are copied before any is replaced: at no moment is a copy the only one
    and under no name by which it would be found again.
    """
    ready = []
    for shard in all_shards(tranche):
        if shard.lies_at and not shard.whole:
            place = shard.place()
            if shard.lies_at != unfinished(place):
                length = shard.coded if shard.tail else os.path.getsize(shard.lies_at)
                copy(shard.lies_at, unfinished(place), length, shard.tail)
            trial = trial_of(shard)
            examine(trial, unfinished(place))
            if trial.whole:
                ready.append((shard, trial))
            shard.lies_at = None
    for shard, trial in ready:
        put_in_place(shard.place())
        shard.found, shard.bad, shard.whole = trial.found, [], True
    return [(shard.bag, shard.path, "put back under its name") for shard, _ in ready]


def trial_of(shard):
    """The same promise, to be compared with a file that is not yet in place."""
    return Shard(shard.bag, shard.promise, shard.coded, shard.tail)


def copy(source, target, length, tail):
    """The first `length` bytes of a file, zeros up to there, then `tail`."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as new:
        if source:
            with open(source, "rb") as old:
                end = min(length, old.seek(0, os.SEEK_END))
                for at in range(0, end, MIB):
                    new.write(read_at(old, at, min(MIB, end - at)))
        new.truncate(length)
        new.seek(length)
        new.write(tail or b"")
        new.flush()
        os.fsync(new.fileno())


def heal(tranche, stripe):
    """Rebuilds the damaged files of a stripe beside themselves, reads them
    back, and replaces those that became whole, or at least better."""
    if stripe.longest is None or not tranche.k:
        return []
    broken = [shard for shard in helped(tranche, stripe)
              if not shard.whole and shard.is_promised() and shard.tail is not None]
    try:
        for shard in broken:
            old = shard.place() if shard.found else None
            copy(old, unfinished(shard.place()), shard.coded, shard.tail)
        rebuild(tranche, stripe, broken)
    except BaseException:  # a full disk, for one: give its room back
        remove_unfinished(broken)
        raise
    written = []
    for shard in broken:
        trial = trial_of(shard)
        examine(trial, unfinished(shard.place()))
        better = total(trial.bad) < total(shard.bad) or (not trial.bad and not shard.found)
        if trial.whole or better:
            put_in_place(shard.place())
            shard.found, shard.bad, shard.whole = trial.found, trial.bad, trial.whole
            done = "rebuilt" if trial.whole else "healed in part, NOT whole"
            written.append((shard.bag, shard.path, done))
        else:
            os.remove(unfinished(shard.place()))
    return written


def helped(tranche, stripe):
    """Files of a stripe that would be better for a repair."""
    numbers, cache = set(), {}
    for _, _, damaged in segments(stripe, tranche.k):
        if recipes_for(tranche, stripe, damaged, cache):
            numbers |= damaged
    # Where no coded byte is damaged, the end of the file is.
    return [s for number, s in numbered(stripe, tranche.k) if number in numbers or not s.bad]


def rebuild(tranche, stripe, broken):
    """Computes the damaged ranges of all files in `broken` from the others."""
    places = {number: shard for number, shard in numbered(stripe, tranche.k)}
    sources, targets, cache = {}, {}, {}
    try:
        for number, shard in places.items():
            if any(shard is other for other in broken):
                targets[number] = open(unfinished(shard.place()), "r+b")
            if shard.found:
                sources[number] = open(shard.place(), "rb")
        for start, end, damaged in segments(stripe, tranche.k):
            plan = recipes_for(tranche, stripe, damaged, cache)
            if plan is None:
                continue
            for at in range(start, end, CHUNK):
                progress("rebuilding stripe %d, byte %d" % (stripe.number, at))
                length = min(CHUNK, end - at)
                rebuild_chunk(plan, at, length, places, sources, targets)
        for target in targets.values():
            target.flush()
            os.fsync(target.fileno())
    finally:
        for file in list(sources.values()) + list(targets.values()):
            file.close()


def rebuild_chunk(plan, at, length, places, sources, targets):
    chunks = {}

    def chunk(number):
        if number not in chunks:
            wanted = max(0, min(length, places[number].coded - at))
            chunks[number] = read_at(sources[number], at, wanted) if wanted else b""
        return chunks[number]

    for number, terms in plan.items():
        made = combine([(factor, chunk(shard)) for factor, shard in terms], length)
        chunks[number] = made[:max(0, places[number].coded - at)]
        if number in targets:
            targets[number].seek(at)
            targets[number].write(chunks[number])


def heal_without_kit(tranche, stripe):
    """Makes the recovery packs of a stripe anew, when no kit of it is left.

    Possible when all its data files are whole. Where the recovery bag still
    tells the digest of a pack, the new one must have it.
    """
    if stripe.kit or not stripe.recovery or all(shard.whole for shard in stripe.recovery):
        return []
    if not (tranche.k and tranche.piece_length and all(shard.whole for shard in stripe.data)):
        return []
    for shard in stripe.data:
        shard.coded = shard.found.size
    stripe.longest = max(shard.coded for shard in stripe.data)
    for shard in stripe.recovery:
        shard.coded = stripe.longest
    try:
        kit = encode(tranche, stripe)
    except Unknown:
        return []
    written = []
    stripe.kit = tranche.kits[stripe.number] = kit
    for shard, promise, j in zip(stripe.recovery, kit.recovery, range(kit.m)):
        said = tranche.recovery.said(shard.path) or shard.promise.sha256
        trial = Shard(shard.bag, promise, stripe.longest, kit_tail(kit, j))
        examine(trial, unfinished(shard.place()))
        if trial.whole and said in (None, trial.found.sha256):
            put_in_place(shard.place())
            written.append((shard.bag, shard.path, "made again"))
            stripe.recovery[j] = trial
        else:
            os.remove(unfinished(shard.place()))
    return written


def encode(tranche, stripe):
    """Writes all recovery packs of a stripe beside their places; gives the kit."""
    texts = [{name: b"".join(make_text(tranche, bag, name)).decode("utf-8") for name in TEXTS}
             for bag in (tranche.bag, tranche.recovery)]
    length, paths = stripe.longest, [unfinished(shard.place()) for shard in stripe.recovery]
    for path in paths:
        copy(None, path, length, b"")
    for shard in stripe.recovery:  # nothing of the old packs is used
        shard.bad = [(0, length)] if length else []
    rebuild(tranche, stripe, stripe.recovery)
    made = [read_whole(path, length) for path in paths]
    head = {
        "longplay": "kit", "version": 1, "tranche": tranche.name, "stripe": stripe.number,
        "k": tranche.k, "m": tranche.m, "data_bytes": length, "pack_bytes": 0,
        "piece_length": tranche.piece_length, "stripes": tranche.count,
        "files": [dict(path=s.path, bytes=f.size, sha256=f.sha256, **tree_of(f.leaves))
                  for s, f in ((s, read_whole(s.place())) for s in stripe.data)],
        "recovery": [dict(path=s.path, sha256=f.sha256, **tree_of(f.leaves))
                     for s, f in zip(stripe.recovery, made)],
        "bag": texts[0], "recovery_bag": texts[1],
    }
    head["pack_bytes"] = length_for(head)
    kit = parse_kit(dump_json(head))
    for j, path in enumerate(paths):
        with open(path, "r+b") as file:
            file.seek(length)
            file.write(kit_tail(kit, j))
            file.flush()
            os.fsync(file.fileno())
    return kit


def length_for(head):
    """How long recovery packs with this kit are. Two places of the kit follow
    from that length; they are counted as 96 bytes."""
    info = head["recovery_bag"]["bag-info.txt"]
    shorter = re.sub(r"(?m)^Payload-Oxum:.*\n", "", info)
    open_kit = dict(head, recovery_bag=dict(head["recovery_bag"], **{"bag-info.txt": shorter}))
    used = head["data_bytes"] + len(dump_json(open_kit)) + 96 + TRAILER.size
    return used + -used % head["piece_length"]


def tree_of(leaves):
    return {"root": root_of(leaves).hex(), "subtrees": subtrees_of(leaves).hex()}


def remove_unfinished(shards):
    """Clears what an interrupted repair left."""
    for shard in shards:
        if os.path.isfile(unfinished(shard.place())):
            os.remove(unfinished(shard.place()))


# --------------------------------------------------------------------------
# 8  List and extract


def records(tranche):
    """Every member of the tranche, from the best index that is left."""
    if not holds_packs(tranche):
        yield from catalog_records(tranche)
        return
    place = tranche.bag.place(INDEX)
    if tranche.bag.manifest.get(INDEX) == file_digest(place) is not None:
        yield from index_records(place)
        return
    for stripe in tranche.stripes:
        for shard in stripe.data:
            yield from pack_records(tranche, os.path.basename(shard.path))


def index_records(place):
    """Records of an index file; lines that are damaged are left out."""
    try:
        file = open(place, "rb")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return
    with file:
        for line in iter(lambda: file.readline(LONGEST_LINE), b""):
            try:
                yield parse_record(line)
            except Malformed:
                continue


def pack_records(tranche, pack):
    """Members of one pack: by its own index, else that of the tranche, else
    by walking through the tar."""
    place = tranche.bag.place("data/packs/" + pack)
    try:
        own = [parse_record(line) for line in read_pack_index(place)[1][1:]]
        if all(record["pack"] == pack for record in own):
            return own
    except (Malformed, OSError):
        pass
    listed = [r for r in index_records(tranche.bag.place(INDEX)) if r["pack"] == pack]
    return listed or list(walk_tar(place, pack))


def walk_tar(place, pack):
    """What the headers of a tar say, as far as they can be read."""
    try:
        with tarfile.open(place, "r:") as tar:
            for member in tar:
                if member.isfile() and not member.name.startswith(".longplay/"):
                    yield {"path": checked_path(member.name), "pack": pack,
                           "offset": member.offset_data, "length": member.size, "sha256": None}
    except (tarfile.TarError, Malformed, OSError, ValueError):
        return


def catalog_records(tranche):
    """Files of a metadata tranche, in the shape of records."""
    for stripe in tranche.stripes:
        for shard in stripe.data:
            place = shard.place()
            length = shard.coded
            if length is None and os.path.isfile(place):
                length = os.path.getsize(place)
            yield {"path": shard.path[len("data/catalog/"):], "file": shard.path, "offset": 0,
                   "length": length or 0, "sha256": shard.promise.sha256, "kind": "catalog"}


def chooser(what):
    """A test of records: by track, ISRC or digest, by path pattern, or all."""
    if what in (None, "all"):
        return lambda record: True
    text = what.lower()
    if re.fullmatch("[0-9a-f]{64}", text):
        return lambda record: record["sha256"] == text
    if re.fullmatch("[0-9a-f]{32}", text):
        return lambda r: text in listed(r, "tracks") or r.get("recording") == text
    isrc = re.sub("[- ]", "", what).upper()
    if re.fullmatch("[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", isrc):
        return lambda record: isrc in listed(record, "isrcs")
    pattern = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return lambda record: re.fullmatch(pattern, record["path"].lower())


def listed(record, key):
    value = record.get(key)
    return value if isinstance(value, list) else []


def table_row(record):
    """One line for people: ISRC, length, size, codec, path."""
    isrcs = listed(record, "isrcs")
    duration = record.get("duration_ms")
    clock = ""
    if isinstance(duration, int):
        clock = "%d:%02d" % divmod(round(duration / 1000), 60)
    what = record.get("codec") or str(record.get("media_type", "")).split("/")[-1]
    return "%-12s %6s %9s %-7s %s" % (
        isrcs[0] if isrcs else "", clock, human(record["length"]), what, record["path"])


def source_of(tranche, record):
    return tranche.bag.place(record.get("file") or "data/packs/" + record["pack"])


def extract_one(tranche, record, out):
    """Copies one member; gives a word for what happened."""
    target = inside(out, record["path"])
    if os.path.lexists(target):
        same = not os.path.islink(target) and file_digest(target) == record["sha256"]
        return "already there" if same else "in the way: another file has this name"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    digest, left = hashlib.sha256(), record["length"]
    part = os.path.join(os.path.dirname(target), ".longplay-part-%d" % os.getpid())
    try:
        with open(source_of(tranche, record), "rb") as pack, open(part, "wb") as copied:
            while left:
                at = record["offset"] + record["length"] - left
                chunk = read_at(pack, at, min(left, MIB))
                if not chunk:
                    break
                digest.update(chunk)
                copied.write(chunk)
                left -= len(chunk)
    except (FileNotFoundError, NotADirectoryError):
        return "lost: its file is missing"
    if record["sha256"] not in (None, digest.hexdigest()) or left:
        os.remove(part)
        return "damaged: its digest differs"
    os.replace(part, target)
    return "extracted" if record["sha256"] else "extracted, NOT checked: no index is left"


# --------------------------------------------------------------------------
# 9  The command line

HELP = """\
A tranche is a folder such as 0002-audio-open. Its recovery packs are in
0002-audio-open-recovery, which is found by itself when it lies beside it.

examples:
  %(prog)s list 0002-audio-open
  %(prog)s list 0002-audio-open "Artist/*" --json
  %(prog)s extract 0002-audio-open --to music
  %(prog)s extract 0002-audio-open GBAYE6900531 --to music
  %(prog)s extract 0002-audio-open "*/2019 *.flac" --to music
  %(prog)s verify 0002-audio-open
  %(prog)s verify 0002-audio-open --recovery /disk2/0002-audio-open-recovery
  %(prog)s repair 0002-audio-open

WHAT is a track id (32 hexadecimal digits), an ISRC, a SHA-256 digest, a
pattern of paths with * and ?, or "all".

exit code: 0 done and sound, 1 damage was found or is left, 2 could not look.
"""


def parser():
    top = argparse.ArgumentParser(
        description="Lists, extracts, verifies and repairs a tranche of a longplay archive.",
        epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)

    def verb(name, text, run, what=False):
        sub = verbs.add_parser(name, help=text, description=text, epilog=HELP,
                               formatter_class=argparse.RawDescriptionHelpFormatter)
        sub.prog = top.prog
        sub.add_argument("dir", metavar="DIR", help="folder of the tranche")
        if what:
            sub.add_argument("what", metavar="WHAT", nargs="?", help="what to take (all)")
        sub.add_argument("--recovery", metavar="DIR2", help="folder of the recovery packs")
        sub.set_defaults(run=run)
        return sub

    sub = verb("list", "Lists what is in the tranche.", run_list, what=True)
    sub.add_argument("--json", action="store_true", help="records as JSON lines")
    sub = verb("extract", "Copies members out and checks their digests.", run_extract, what=True)
    sub.add_argument("--to", metavar="OUT", required=True, help="folder to write to")
    sub = verb("verify", "Reads everything and lists what is damaged.", run_verify)
    sub.add_argument("--json", action="store_true", help="findings as JSON lines")
    verb("repair", "Rebuilds what is damaged from the recovery packs.", run_repair)
    return top


def open_tranche(folder, recovery):
    """Finds both bags, whichever of them was named."""
    folder = os.path.abspath(folder)
    if recovery and not os.path.isdir(recovery):
        raise CannotLook("%s is no folder" % recovery)
    if folder.endswith("-recovery") and not recovery:
        folder, recovery = folder[:-len("-recovery")], folder
    if not recovery:
        beside = [folder + "-recovery", os.path.realpath(folder) + "-recovery"]
        recovery = next(filter(os.path.isdir, beside), None)
    if not os.path.isdir(folder) and not recovery:
        raise CannotLook("%s is no folder" % folder)
    bags = [bag for bag in (folder, recovery) if bag]
    if not any(os.path.isdir(os.path.join(bag, "data")) for bag in bags):
        raise CannotLook("%s holds no tranche: it has no folder named data" % folder)
    return Tranche(folder, recovery and os.path.abspath(recovery))


def run_list(tranche, options):
    chosen = list(filter(chooser(options.what), records(tranche)))
    if options.json:
        for record in chosen:
            print(json.dumps(record, ensure_ascii=True))
        return SOUND
    for record in chosen:
        say(table_row(record))
    say("%s, %s" % (counted(len(chosen), "file"), human(sum(r["length"] for r in chosen))))
    return SOUND


def run_extract(tranche, options):
    chosen = list(filter(chooser(options.what), records(tranche)))
    if not chosen:
        raise CannotLook("nothing in %s fits %r" % (tranche.name, options.what or "all"))
    os.makedirs(options.to, exist_ok=True)
    outcomes = collections.Counter()
    for record in chosen:
        progress(record["path"])
        try:
            outcome = extract_one(tranche, record, options.to)
        except Malformed as why:
            outcome = "refused: %s" % why
        outcomes[outcome] += 1
        if outcome not in ("extracted", "already there"):
            say("%s: %s" % (record["path"], outcome))
    progress("")
    say("; ".join("%s %s" % (counted(n, "file"), word) for word, n in sorted(outcomes.items())))
    return SOUND if set(outcomes) <= {"extracted", "already there"} else DAMAGE


def show_blocks(blocks):
    parts = ["%d" % a if a == b else "%d-%d" % (a, b) for a, b in blocks]
    text = "blocks of 16 KiB: " + ", ".join(parts)
    return textwrap.wrap(text, 78, initial_indent="    ", subsequent_indent="      ") if parts else []


def name_of(tranche, bag, path):
    return path if bag is tranche.bag else "%s-recovery/%s" % (tranche.name, path)


def show(tranche, finding):
    say("%s: %s" % (name_of(tranche, finding.bag, finding.path), finding.seen))
    for line in show_blocks(finding.blocks):
        say(line)
    for member in finding.members:
        say("    touches " + member)


def show_lost(tranche):
    """Says what nothing can bring back; whether there is any."""
    lost = [(s, ranges) for stripe in tranche.stripes
            for s, ranges in beyond_recovery(tranche, stripe)]
    for shard, ranges in lost:
        say("beyond recovery: %s, %s" % (shard.path, human(total(ranges))))
        for member in members_in(tranche, shard, ranges):
            say("    lost: " + member)
    return bool(lost)


def run_verify(tranche, options):
    findings = verify(tranche)
    progress("")
    damage = [finding for finding in findings if not finding.is_note]
    if options.json:
        for f in findings:
            print(json.dumps({"path": name_of(tranche, f.bag, f.path), "seen": f.seen,
                              "damage": not f.is_note, "blocks": f.blocks, "members": f.members}))
        return DAMAGE if damage else SOUND
    for finding in findings:
        show(tranche, finding)
    shards = all_shards(tranche)
    read = sum(shard.found.size for shard in shards if shard.found)
    say("%s: %s read, %s" % (tranche.name, counted(len(shards), "file"), human(read)))
    if not tranche.recovery:
        say("No recovery folder: its packs were not checked and nothing can be rebuilt.")
    if not damage:
        say("Sound.")
        return SOUND
    if not show_lost(tranche):
        say("%s damaged. All data can be had again: run repair." % counted(len(damage), "file"))
    else:
        say("%s damaged, some beyond recovery." % counted(len(damage), "file"))
    return DAMAGE


def run_repair(tranche, options):
    written, left = repair(tranche)
    progress("")
    for bag, path, done in written:
        say("%s: %s" % (name_of(tranche, bag, path), done))
    for finding in left:
        show(tranche, finding)
    if left:
        show_lost(tranche)
        say("NOT sound: %s could not be healed. Ask another keeper of %s for them."
            % (counted(len(left), "file"), tranche.name))
        return DAMAGE
    say("Nothing to repair." if not written else "Sound again.")
    return SOUND


def main(arguments=None):
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments)
    try:
        return options.run(open_tranche(options.dir, options.recovery), options)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOUND
    except KeyboardInterrupt:
        return 130
    except (CannotLook, Malformed, OSError) as why:
        print("longplay_reader: %s" % why, file=sys.stderr)
        return CANNOT


if __name__ == "__main__":
    sys.exit(main())
