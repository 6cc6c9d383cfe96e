"""Torrent files: read, and written again with other surroundings."""

import hashlib


def decode(text, at=0):
    """The value at `at` and where it ends; dictionaries keep their raw text."""
    kind = text[at:at + 1]
    if kind == b"i":
        end = text.index(b"e", at)
        return int(text[at + 1:end]), end + 1
    if kind in (b"l", b"d"):
        items, at = [], at + 1
        while text[at:at + 1] != b"e":
            item, at = decode(text, at)
            items.append(item)
        if kind == b"d":
            return dict(zip(items[::2], items[1::2])), at + 1
        return items, at + 1
    colon = text.index(b":", at)
    end = colon + 1 + int(text[at:colon])
    return text[colon + 1:end], end


def encode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(encode, value)) + b"e"
    pairs = sorted(value.items())
    return b"d" + b"".join(encode(key) + encode(item) for key, item in pairs) + b"e"


def load(path):
    """A torrent whose text is canonical, so that it may be written again."""
    with open(path, "rb") as file:
        text = file.read()
    torrent, end = decode(text)
    if end != len(text) or encode(torrent) != text:
        raise ValueError(f"{path} is not canonical bencoding")
    return torrent


V1 = (b"files", b"length", b"pieces")
V2 = (b"file tree", b"meta version")


def surrounded(torrent, announce=None, without=()):
    """The text of the torrent without web seeds and foreign trackers.

    `without` names keys of the info dictionary to leave out: without those of v1 a
    client has nothing but the file tree and the piece layers to check against.
    """
    info = {key: value for key, value in torrent[b"info"].items() if key not in without}
    kept = {b"info": info}
    if b"file tree" in info:
        kept[b"piece layers"] = torrent[b"piece layers"]
    if announce:
        kept[b"announce"] = announce.encode()
    return encode(kept)


def infohash_v1(torrent):
    return hashlib.sha1(encode(torrent[b"info"])).hexdigest()


def pads(torrent):
    """Paths and lengths of the pad files (BEP 47)."""
    for file in torrent[b"info"].get(b"files", []):
        if b"p" in file.get(b"attr", b""):
            yield "/".join(part.decode() for part in file[b"path"]), file[b"length"]
