"""Writes small tranches by the letter of docs/format/, for test_reader.py.

Shares no line with the reader: multiplication is a loop over bits, the tree is
recursive, tar headers are put together by hand.
"""

import hashlib
import json
import os
import random
import struct

LEAF = 16384


def sha(data):
    return hashlib.sha256(data).digest()


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# The tree


def leaves_of(data):
    return [sha(data[at:at + LEAF]) for at in range(0, len(data), LEAF)]


def tree(leaves):
    if len(leaves) == 1:
        return leaves[0]
    half = len(leaves) // 2
    return sha(tree(leaves[:half]) + tree(leaves[half:]))


def padded(leaves, size):
    return leaves + [bytes(32)] * (size - len(leaves))


def root(data):
    leaves = leaves_of(data)
    if not leaves:
        return bytes(32)
    size = 1
    while size < len(leaves):
        size *= 2
    return tree(padded(leaves, size))


def subtrees(data):
    leaves = leaves_of(data)
    if not leaves:
        return ""
    if len(leaves) <= 64:
        return root(data).hex()
    return "".join(tree(padded(leaves[at:at + 64], 64)).hex() for at in range(0, len(leaves), 64))


# The code


def product(a, b):
    result = 0
    while b:
        if b & 1:
            result ^= a
        a <<= 1
        if a & 0x100:
            a ^= 0x11D
        b >>= 1
    return result


def reciprocal(a):
    return next(b for b in range(1, 256) if product(a, b) == 1)


def encode(files, k, m):
    longest = max(len(data) for data in files)
    packs = []
    for j in range(m):
        pack = bytearray(longest)
        for i, data in enumerate(files):
            factor = reciprocal((k + j) ^ i)
            table = [product(factor, x) for x in range(256)]
            for at, byte in enumerate(data):
                pack[at] ^= table[byte]
        packs.append(bytes(pack))
    return packs


# Tar


def number(value, width):
    return b"%0*o\0" % (width - 1, value)


def header(name, size, kind):
    block = bytearray(512)
    block[0:len(name)] = name
    block[100:108] = number(0o644, 8)
    block[108:116] = number(0, 8)
    block[116:124] = number(0, 8)
    block[124:136] = number(size, 12)
    block[136:148] = number(315532800, 12)
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[329:337] = number(0, 8)
    block[337:345] = number(0, 8)
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def filled(data):
    return data + bytes(-len(data) % 512)


def member_head(path, size):
    name = path.encode()
    before = b""
    if len(name) > 100 or not name.isascii():
        record = b" path=" + name + b"\n"
        length = len(record)
        while len(str(length)) + len(record) != length:
            length = len(str(length)) + len(record)
        pax = str(length).encode() + record
        before = header(b".longplay/pax", len(pax), b"x") + filled(pax)
        name = bytes(b if 0x20 <= b < 0x7F else ord("_") for b in name)[:100]
    return before + header(name, size, b"0")


def pack(file_name, members, piece_length, access):
    """`members`: (path, data, further keys of the record)."""
    stem = file_name[:-len(".tar")]
    body, records = b"", []
    for path, data, more in members:
        body += member_head(path, len(data))
        record = {"path": path, "pack": file_name, "offset": len(body), "length": len(data),
                  "sha256": sha(data).hex()}
        records.append(dict(record, **more, access=access))
        body += filled(data)
    head = {"longplay": "pack-index", "version": 1, "pack": file_name,
            "piece_length": piece_length, "members": len(records)}
    text = "".join(compact(line) + "\n" for line in [head] + records).encode()
    filler = (-(len(text) + 1 + 256)) % 512
    text_filled = text + b" " * filler + b"\n"
    pad_path, index_path = ".longplay/%s/pad" % stem, ".longplay/%s/index.jsonl" % stem
    index_size = len(text_filled) + 256
    used = (len(body) + len(member_head(pad_path, 0)) + len(member_head(index_path, index_size))
            + index_size + 1024)
    pad = -used % piece_length
    body += member_head(pad_path, pad) + bytes(pad)
    body += member_head(index_path, index_size)
    locator = compact({"longplay": "locator", "version": 1, "index_offset": len(body),
                       "index_length": len(text_filled), "index_sha256": sha(text_filled).hex()})
    body += text_filled + (locator.ljust(255) + "\n").encode() + bytes(1024)
    assert len(body) % piece_length == 0
    return body, text


# Bags


def trailer(longest, kit, stripe, j):
    start = b"LPKIT001" + struct.pack("<QQ", longest, len(kit)) + sha(kit)
    start += struct.pack("<II", stripe, j)
    return start + sha(start) + bytes(24) + b"LPKITEND"


def leaf_file(tranche, stripe, files):
    entries = [{"path": path, "bytes": len(data), "sha256": sha(data).hex(),
                "root": root(data).hex()} for path, data in files]
    head = {"longplay": "leaves", "version": 1, "tranche": tranche, "stripe": stripe,
            "leaf_bytes": LEAF, "files": entries}
    hashes = b"".join(leaf for _, data in files for leaf in leaves_of(data))
    return compact(head).encode() + b"\n" + hashes


def manifest(files):
    order = sorted(files, key=lambda path: path.encode())
    return "".join("%s  %s\n" % (sha(files[path]).hex(), path) for path in order).encode()


def tag_texts(name, stripes, k, m, piece_length, payload_count):
    info = ("Source-Organization: Village archive\nExternal-Identifier: %s\n"
            "Bagging-Date: 2026-01-31\nPayload-Oxum: 1.%d\nLongplay-Format: 1\n"
            "Longplay-Stripes: %d of %d+%d\nLongplay-Piece-Length: %d\n"
            % (name, payload_count, stripes, k, m, piece_length))
    return {
        "README.txt": "R\u00e9adme with \"quotes\" and a\ttab\n",
        "bag-info.txt": info,
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "longplay_reader.py": "# the reader\\\n",
    }


def write_bag(folder, payload, texts):
    files = dict(payload)
    tags = {name: text.encode() for name, text in texts.items()}
    tags["manifest-sha256.txt"] = manifest(files)
    files.update(tags)
    files["tagmanifest-sha256.txt"] = manifest(tags)
    for path, data in files.items():
        place = os.path.join(folder, *path.split("/"))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(data)


def write_tranche(parent, name, data_files, k, m, piece_length, index=None):
    """`data_files`: (path in the bag, bytes) in order. Gives both folders."""
    stripes = [data_files[at:at + k] for at in range(0, len(data_files), k)]
    texts = tag_texts(name, len(stripes), k, m, piece_length, len(data_files))
    recovery_texts = tag_texts(name + "-recovery", len(stripes), k, m, piece_length, 1)
    payload, recovery_payload = dict(data_files), {}
    if index is not None:
        payload["data/index.jsonl"] = index
    for number, files in enumerate(stripes):
        payload["data/leaves/%s-s%04d.leaves" % (name, number)] = leaf_file(name, number, files)
        coded = encode([data for _, data in files], k, m)
        paths = ["data/recovery/%s-s%04d-r%02d.rec" % (name, number, j) for j in range(m)]
        longest = max(len(data) for _, data in files)
        kit = {
            "longplay": "kit", "version": 1, "tranche": name, "stripe": number, "k": k, "m": m,
            "data_bytes": longest, "pack_bytes": 0, "piece_length": piece_length,
            "stripes": len(stripes),
            "files": [{"path": path, "bytes": len(data), "sha256": sha(data).hex(),
                       "root": root(data).hex(), "subtrees": subtrees(data)}
                      for path, data in files],
            "recovery": [{"path": path, "sha256": sha(data).hex(), "root": root(data).hex(),
                          "subtrees": subtrees(data)} for path, data in zip(paths, coded)],
            "bag": texts, "recovery_bag": recovery_texts,
        }
        lines = recovery_texts["bag-info.txt"].splitlines(True)
        short = "".join(line for line in lines if not line.startswith("Payload-Oxum:"))
        kit["recovery_bag"] = dict(recovery_texts, **{"bag-info.txt": short})
        used = longest + len(compact(kit).encode()) + 96 + 128
        kit["pack_bytes"] = total = (used + piece_length - 1) // piece_length * piece_length
        kit["recovery_bag"] = recovery_texts
        kit = compact(kit).encode()
        whole = []
        for j, (path, data) in enumerate(zip(paths, coded)):
            zeros = total - len(data) - len(kit) - 128
            whole.append((path, data + kit + bytes(zeros) + trailer(longest, kit, number, j)))
        recovery_payload.update(whole)
        leaf_path = "data/leaves/%s-s%04d-recovery.leaves" % (name, number)
        recovery_payload[leaf_path] = leaf_file(name, number, whole)
    folder = os.path.join(parent, name)
    write_bag(folder, payload, texts)
    write_bag(folder + "-recovery", recovery_payload, recovery_texts)
    return folder, folder + "-recovery"


def noise(seed, length):
    return random.Random(seed).getrandbits(8 * length).to_bytes(length, "little") if length else b""


def audio_members(seed, count, size):
    members = []
    for n in range(count):
        data = noise("%s-%s" % (seed, n), size + 1000 * n)
        path = "B\u00e9la %d/2019 Release [1a2b3c4d]/%02d Title.flac" % (seed, n + 1)
        members.append((path, data, {
            "kind": "audio", "form": "original", "media_type": "audio/flac", "codec": "flac",
            "tracks": [sha(data)[:16].hex()], "isrcs": ["GBAYE69%05d" % (seed * 100 + n)],
            "title": "Title \u001f \"%d\"" % n, "artist": "B\u00e9la", "duration_ms": 215000}))
    return members


def write_audio(parent, packs=7, k=5, m=3, members=3, size=20000, piece_length=16384):
    """An audio tranche; gives (folder, recovery folder, {path: data})."""
    name, files, index, tree_of_files = "0002-audio-open", [], b"", {}
    for n in range(packs):
        file_name = "%s-%06d.tar" % (name, n)
        content = audio_members(n, members, size + 3000 * n)
        tree_of_files.update((path, data) for path, data, _ in content)
        body, text = pack(file_name, content, piece_length, "open")
        files.append(("data/packs/" + file_name, body))
        index += text
    folder, recovery = write_tranche(parent, name, files, k, m, piece_length, index)
    return folder, recovery, tree_of_files


def write_catalog(parent, sizes=(0, 1, 16384, 16385, 70001), k=3, m=2, piece_length=32768):
    """A metadata tranche: plain files of odd sizes."""
    files = [("data/catalog/table-%d.parquet" % n, noise(n, size))
             for n, size in enumerate(sizes)]
    return write_tranche(parent, "0001-metadata-open", files, k, m, piece_length)
