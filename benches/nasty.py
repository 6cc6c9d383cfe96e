"""Records of every format that hold what careless readers lose: odd white space
and orders of keys, escapes, carriage returns, byte-order marks, bytes that are
no text, very long and empty records, ids that are there twice.

Each function writes a source and returns its documents in order, as
`docs/format/source.md` says that they fall.
"""

import io
import json
import random
import tarfile

WORDS = ["", " ", "love", "Ночь", "夜の歌", "Ünïcode", "a\tb", "\u2028", "\u0000", "e\u0301", "\U0001f3b5", "\\", "\"", "</release>", "&amp;", "x" * 99, "]]>", "\u202e", "\ufeff"]
BROKEN = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"]
LONG = 3 << 20  # longer than the --max-line that the bench gives


SPACE = ["", "", "", " ", "\t", "\r", " \t", "  "]


class Nasty:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, of):
        return self.random.random() * of < 1

    def pick(self, items):
        return items[int(self.random.random() * len(items))]

    def words(self):
        return " ".join(self.pick(WORDS) for _ in range(int(self.random.random() * 3) + 1))

    def uuid(self):
        digits = f"{self.random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def space(self, lines):
        """White space of JSON; line feeds only where lines do not matter."""
        return "\n" if lines and self.chance(8) else self.pick(SPACE)

    def json(self, value, lines=False):
        """JSON as no library writes it, sometimes with bytes that are no text."""
        text = self.json_text(value, lines).encode()
        if self.chance(50):
            at = self.random.randrange(len(text))
            text = text[:at] + self.random.choice(BROKEN) + text[at:]
        return text

    def json_text(self, value, lines):
        def space():
            return self.space(lines)

        if isinstance(value, dict):
            keys = list(value)
            self.random.shuffle(keys)
            inside = ",".join(f"{space()}{self.string(key)}{space()}:{space()}{self.json_text(value[key], lines)}{space()}" for key in keys)
            return "{" + (inside or space()) + "}"
        if isinstance(value, list):
            return "[" + ",".join(space() + self.json_text(item, lines) + space() for item in value) + "]"
        return self.string(value) if isinstance(value, str) else json.dumps(value)

    def string(self, text):
        style = int(self.random.random() * 4)
        if style == 3:
            units = text.encode("utf-16-be").hex()
            return '"' + "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)) + '"'
        plain = json.dumps(text, ensure_ascii=style == 0)
        return plain.replace("/", "\\/") if self.chance(2) else plain


def lines_of(nasty, count, record):
    """Documents of a file of lines: also empty ones, long ones, CRLF, a mark."""
    documents = []
    while len(documents) < count:
        kind = nasty.random.randrange(1000)
        if kind < 5:
            documents.append(nasty.random.choice([b"", b" ", b"\r", b"\t\r", b"{", b"null", b"\x00"]))
        elif kind == 5 and count > 1000 and nasty.chance(10):
            documents.append(b'{"x":"' + b"y" * LONG + b'"}')
        else:
            documents.append(record() + (b"\r" if nasty.chance(5) else b""))
    documents[0] = b"\xef\xbb\xbf" + record()
    return documents


def write_lines(path, documents):
    path.write_bytes(b"\n".join(documents) + b"\n")
    return path


def pack(path, files):
    """A tar of (name, bytes), packed as the name ends."""
    mode = "w:xz" if path.suffix == ".xz" else "w"
    options = {"preset": 0} if mode == "w:xz" else {}
    with tarfile.open(path, mode, format=tarfile.PAX_FORMAT, **options) as tar:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def track(nasty, number):
    return {
        "id": str(number - 1 if nasty.chance(100) else number), "title": nasty.words() or "t", "artists": [{"name": nasty.words(), "id": str(number % 999), "join": " / "}, {"name": "B"}],
        "release_id": str(number // 5), "release": nasty.words(), "duration_ms": nasty.random.randrange(10**6), "isrcs": [f"AA00026{number % 100000:05}"], "popularity": number % 100, "more": {"of": [nasty.words(), {}]},
    }


def recording(nasty):
    return {
        "id": nasty.uuid(), "title": nasty.words(), "length": nasty.random.randrange(10**6), "video": False, "isrcs": [], "genres": [{"name": nasty.words()}], "rating": {"value": 4.5},
        "artist-credit": [{"name": nasty.words(), "joinphrase": " & ", "artist": {"id": nasty.uuid(), "name": nasty.words(), "sort-name": ""}}],
    }


def release(nasty):
    tracks = [{"id": nasty.uuid(), "position": at + 1, "title": nasty.words(), "length": 1000, "recording": recording(nasty)} for at in range(nasty.random.randrange(3))]
    return {"id": nasty.uuid(), "title": nasty.words(), "date": "1969-05-00", "barcode": "", "annotation": nasty.words(), "media": [{"position": 1, "tracks": tracks}]}


def artist(nasty):
    return {"id": nasty.uuid(), "name": nasty.words(), "sort-name": nasty.words(), "tags": [{"name": nasty.words(), "count": 1}]}


def listen(nasty):
    return {
        "listened_at": 1_500_000_000 + nasty.random.randrange(10**8), "user_id": nasty.random.randrange(1000), "recording_mbid": nasty.uuid(),
        "track_metadata": {"track_name": nasty.words(), "artist_name": nasty.words(), "mbid_mapping": {"recording_mbid": nasty.uuid()}},
    }


def popularity_rows(nasty, count):
    rows = [b"\xef\xbb\xbfrecording_mbid,total_listen_count,total_user_count"]
    while len(rows) < count:
        row = nasty.random.choice(["{0},{1},{2}", "{0},{1},", "{0},,", ",{1},{2}", "{0},-{1},{2}", "\"{0}\",{1},{2}", "", "{0};{1}", "{0},{1},{2}\r"])
        rows.append(row.format(nasty.uuid(), nasty.random.randrange(10**6), nasty.random.randrange(10**4)).encode())
    return rows


def xml_text(nasty):
    """Text and markup inside of an element, with traps."""
    traps = ["&amp;", "&#x1F3B5;", "&#10;", "<!-- </release> <artist> -->", "<![CDATA[ </release> <b> ]]>", "<?pi > ?>", "\r\n", "\t", "Ünï", "夜", "<x a='>' b=\"/>\"/>", "'", '"', ">"]
    return "".join(nasty.random.choices(traps + ["word "] * 10, k=nasty.random.randrange(1, 6)))


def discogs_release(nasty, number):
    tracks = "".join(f"<track><position>{at + 1}</position><title>{xml_text(nasty)}</title><duration>{nasty.random.choice(['', '3:45', '1:02:03', 'x'])}</duration></track>\n" for at in range(nasty.random.randrange(3)))
    space = nasty.random.choice(["", " ", "\n", "\t"])
    text = f"<release{nasty.random.choice([' ', chr(10)])}id='{number}' status=\"a>b\"{space}><title>{xml_text(nasty)}</title><artists><artist><id>1</id><name>{xml_text(nasty)}</name></artist></artists><tracklist>{tracks}</tracklist></release{space}>"
    if nasty.chance(200):
        return nasty.random.choice([b"<release/>", b"<release id='1'/>", b"<release></release>"])
    broken = text.encode()
    return broken.replace(b"word ", b"word\xff", 1) if nasty.chance(50) else broken


def discogs(nasty, count):
    records = [discogs_release(nasty, number) for number in range(count)]
    between = [b"", b"\n", b"\r\n", b" <!-- <release> -->\n", b"<?x y?>\n", b"\n\n\t"]
    whole = [b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\n<releases>"]
    for record in records:
        whole += [nasty.random.choice(between), record]
    return b"".join(whole + [b"\n</releases>\n"]), records


def gtin(number):
    """Thirteen digits, the last of which checks the others."""
    digits = f"{number + 400_000_000_000:012}"
    total = sum(int(digit) * (1 + 2 * (at % 2)) for at, digit in enumerate(digits))
    return digits + str(-total % 10)


def ddex_message(nasty, number):
    head = nasty.pick(["", "\ufeff"]) + '<?xml version="1.0" encoding="UTF-8"?>' + nasty.pick(["", "\n", "\r\n"])
    comment = nasty.words().replace("-", "").replace("\0", "")
    artists = "<DisplayArtistName>Ann</DisplayArtistName><DisplayArtist><ArtistPartyReference>P1</ArtistPartyReference><DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist>"
    title = f"<DisplayTitle><TitleText>{xml_text(nasty)}</TitleText></DisplayTitle>"
    message = (
        f"{head}<ern:NewReleaseMessage xmlns:ern=\"http://ddex.net/xml/ern/43\"><MessageHeader><MessageId>{number}</MessageId></MessageHeader><!-- {comment} -->\n"
        f"<PartyList><Party><PartyReference>P1</PartyReference><PartyName><FullName>{xml_text(nasty)}</FullName></PartyName></Party></PartyList>\r\n"
        f"<ResourceList><SoundRecording><ResourceReference>A1</ResourceReference>{title}{artists}<Duration>PT3M45S</Duration></SoundRecording></ResourceList>"
        f"<ReleaseList><Release ><ReleaseReference>R0</ReleaseReference><ReleaseType>Album</ReleaseType><ReleaseId><ICPN>{gtin(number)}</ICPN></ReleaseId><DisplayTitleText>Album</DisplayTitleText>{artists}"
        "<ResourceGroup><ResourceGroupContentItem><SequenceNumber>1</SequenceNumber><ReleaseResourceReference>A1</ReleaseResourceReference></ResourceGroupContentItem></ResourceGroup></Release></ReleaseList>"
        "<DealList><ReleaseDeal><DealReleaseReference>R0</DealReleaseReference><Deal><DealTerms><CommercialModelType>SubscriptionModel</CommercialModelType><TerritoryCode>Worldwide</TerritoryCode>"
        "<ValidityPeriod><StartDate>2020-01-01</StartDate></ValidityPeriod></DealTerms></Deal></ReleaseDeal></DealList></ern:NewReleaseMessage>\n\n"
    ).encode()
    return message.replace(b"word ", b"word\xff", 1) if nasty.chance(50) else message


def item(nasty, number):
    files = f"<?xml version='1.0'?>\n<files><file name='{number}.flac' source=\"original\"><title>{xml_text(nasty)}</title><length>225.1</length></file></files>{nasty.random.choice(['', chr(10)])}"
    meta = f"<metadata>\r\n<identifier>i{number:07}</identifier><creator>{xml_text(nasty)}</creator><mediatype>audio</mediatype></metadata>\n"
    return files.encode(), meta.encode()


def answer(nasty, number):
    return {
        "metadata": {"identifier": f"i{number}", "title": nasty.words(), "creator": [nasty.words(), nasty.words()], "mediatype": "audio", "licenseurl": "http://creativecommons.org/licenses/by/3.0/"},
        "files": [{"name": f"{number}.flac", "source": "original", "title": nasty.words(), "length": "3:45"}],
    }


def table_rows(nasty, count, delimiter):
    def field():
        text = nasty.words().replace("\x00", "")
        style = nasty.random.randrange(4)
        if style == 0:
            return '"' + text.replace('"', '""') + nasty.random.choice(["", "\n", "\r\n", delimiter]) + '"'
        plain = text.replace('"', "'").replace(delimiter, " ")
        return plain.lstrip("\ufeff")

    rows = [f"\ufeffid{delimiter}title{delimiter}artist{delimiter}more".encode()]
    while len(rows) < count:
        number = len(rows)
        row = delimiter.join([str(number), field(), field(), field()]).encode()
        if nasty.chance(50):
            row += nasty.random.choice(BROKEN)
        rows.append(b"" if nasty.chance(300) else row)
    return rows


def write_rows(nasty, path, rows):
    path.write_bytes(b"".join(row + nasty.random.choice([b"\n", b"\r\n"]) for row in rows))
    return path
