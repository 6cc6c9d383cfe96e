//! Where every byte of a pack goes, known before one is written.

use {
    crate::{
        pack::{
            index::{LOCATOR_BYTES, Locator, PackHead},
            segment::{Segment, Source},
        },
        tar::{BLOCK, END_BYTES, header, member_bytes, padding},
    },
    longplay_model::{Access, Digest, IndexRecord, MemberKind, RelativePath},
    serde::Serialize,
};

/// A blob on its way into a pack.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What the index will say. `pack` and `offset` are filled in by the
    /// layout.
    pub record: IndexRecord,
    pub source: Source,
    /// Chromaprint of the audio.
    pub fingerprint: Option<String>,
}

/// The plan of one pack; a pure value.
#[derive(Debug, Clone, PartialEq)]
pub struct PackLayout {
    /// File name of the pack.
    pub name: String,
    pub piece_length: u64,
    pub items: Vec<Item>,
    fingerprints: Option<IndexRecord>,
    /// Zeros in the member `pad`.
    pad: u64,
    /// Offset of the index's data.
    index_offset: u64,
    /// Bytes of the index's data, locator included.
    index_bytes: u64,
    /// Bytes of head and records: what the index of the tranche holds.
    pub lines_bytes: u64,
    /// Bytes of the whole pack.
    pub bytes: u64,
}

const LEAST_PIECE: u64 = 16 << 10;
const MOST_PIECE: u64 = 4 << 20;

/// The piece length of a tranche whose packs have about `pack_bytes`: some 256
/// pieces a pack, from 16 KiB to 4 MiB.
pub const fn piece_length_for(pack_bytes: u64) -> u64 {
    let wanted = pack_bytes / 256;
    match wanted {
        0..LEAST_PIECE => LEAST_PIECE,
        MOST_PIECE.. => MOST_PIECE,
        _ => wanted.next_power_of_two(),
    }
}

/// Whether a tranche can have pieces of so many bytes: a power of two from 16 KiB to 4 MiB.
pub const fn is_piece_length(bytes: u64) -> bool {
    bytes.is_power_of_two() && LEAST_PIECE <= bytes && bytes <= MOST_PIECE
}

impl PackLayout {
    /// Lays out `items` in their order. All are of class `access`.
    pub fn new(name: String, piece_length: u64, access: Access, mut items: Vec<Item>) -> Self {
        let mut end = 0;
        for item in &mut items {
            item.record.pack.clone_from(&name);
            item.record.offset = end + data_offset(&item.record);
            end += member_bytes(item.record.path.as_str(), item.record.length);
        }
        let fingerprints = fingerprints_record(&name, access, &items, end);
        end += fingerprints.as_ref().map_or(0, |record| {
            member_bytes(record.path.as_str(), record.length)
        });
        let layout = Self {
            name,
            piece_length,
            items,
            fingerprints,
            pad: 0,
            index_offset: 0,
            index_bytes: 0,
            lines_bytes: 0,
            bytes: 0,
        };
        layout.with_tail(end)
    }

    /// Lays out pad and index after the members that end at `end`.
    fn with_tail(mut self, end: u64) -> Self {
        self.lines_bytes = self.index_lines().len() as u64;
        self.index_bytes = (self.lines_bytes + 1 + LOCATOR_BYTES).next_multiple_of(BLOCK);
        let pad_header = header(&self.own_path("pad"), 0).len() as u64;
        let index_header = header(&self.own_path("index.jsonl"), self.index_bytes).len() as u64;
        let fixed = end + pad_header + index_header + self.index_bytes + END_BYTES;
        self.bytes = fixed.next_multiple_of(self.piece_length);
        self.pad = self.bytes - fixed;
        self.index_offset = self.bytes - END_BYTES - self.index_bytes;
        self
    }

    /// The records of the index, in order.
    pub fn records(&self) -> impl Iterator<Item = &IndexRecord> {
        let items = self.items.iter().map(|item| &item.record);
        items.chain(&self.fingerprints)
    }

    /// Head and records of the index, without filler and locator.
    pub fn index_lines(&self) -> Vec<u8> {
        let members = self.records().count() as u64;
        let mut lines = json_line(&PackHead::new(&self.name, self.piece_length, members));
        lines.extend(self.records().flat_map(json_line));
        lines
    }

    /// The bytes of the pack, in order.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + Send {
        let items = self.items.iter().flat_map(item_segments);
        items.chain(std::iter::once_with(|| self.tail()).flatten())
    }

    fn tail(&self) -> Vec<Segment> {
        let mut segments = Vec::new();
        if let Some(record) = &self.fingerprints {
            let text = fingerprint_lines(&self.items);
            segments.push(Segment::Bytes(header(record.path.as_str(), record.length)));
            segments.push(Segment::Bytes(text));
            segments.push(Segment::Zeros(padding(record.length)));
        }
        segments.push(Segment::Bytes(header(&self.own_path("pad"), self.pad)));
        segments.push(Segment::Zeros(self.pad));
        let index = self.own_path("index.jsonl");
        segments.push(Segment::Bytes(header(&index, self.index_bytes)));
        segments.push(Segment::Bytes(self.index()));
        segments.push(Segment::Zeros(END_BYTES));
        segments
    }

    /// Head, records, filler and locator.
    fn index(&self) -> Vec<u8> {
        let mut index = self.index_lines();
        index.resize((self.index_bytes - LOCATOR_BYTES) as usize - 1, b' ');
        index.push(b'\n');
        let locator = Locator::line(self.index_offset, &index);
        index.extend(locator);
        index
    }

    fn own_path(&self, file: &str) -> String {
        own_path(&self.name, file)
    }
}

/// Path of a member that longplay adds to a pack.
fn own_path(pack: &str, file: &str) -> String {
    format!(".longplay/{}/{file}", pack.trim_end_matches(".tar"))
}

/// From the start of a member to its data.
fn data_offset(record: &IndexRecord) -> u64 {
    header(record.path.as_str(), record.length).len() as u64
}

fn json_line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("the words of the index are always JSON");
    line.push(b'\n');
    line
}

fn item_segments(item: &Item) -> [Segment; 3] {
    let IndexRecord { path, length, .. } = &item.record;
    [
        Segment::Bytes(header(path.as_str(), *length)),
        Segment::Source(item.source.clone()),
        Segment::Zeros(padding(*length)),
    ]
}

#[derive(Serialize)]
struct FingerprintLine<'a> {
    sha256: Digest,
    chromaprint: &'a str,
}

fn fingerprint_lines(items: &[Item]) -> Vec<u8> {
    let lines = items.iter().filter_map(|item| {
        Some(FingerprintLine {
            sha256: item.record.sha256,
            chromaprint: item.fingerprint.as_deref()?,
        })
    });
    lines.flat_map(|line| json_line(&line)).collect()
}

/// The record of the fingerprints, if there are any; `start` is where their
/// member begins.
fn fingerprints_record(
    pack: &str,
    access: Access,
    items: &[Item],
    start: u64,
) -> Option<IndexRecord> {
    let text = fingerprint_lines(items);
    let path: RelativePath = own_path(pack, "fingerprints.jsonl")
        .parse()
        .expect("the name of a pack is portable");
    let mut record = blank_record(path, MemberKind::Fingerprints, access);
    record.pack = pack.into();
    record.length = text.len() as u64;
    record.offset = start + data_offset(&record);
    record.sha256 = Digest::of(&text);
    record.media_type = "application/jsonl".into();
    (!text.is_empty()).then_some(record)
}

/// A record of which only path, kind and class are known.
pub(crate) fn blank_record(path: RelativePath, kind: MemberKind, access: Access) -> IndexRecord {
    IndexRecord {
        path,
        pack: String::new(),
        offset: 0,
        length: 0,
        sha256: Digest::from_bytes([0; 32]),
        kind,
        form: None,
        media_type: String::new(),
        codec: None,
        tracks: Vec::new(),
        recording: None,
        isrcs: Vec::new(),
        title: None,
        artist: None,
        release: None,
        release_artist: None,
        date: None,
        disc: None,
        position: None,
        duration_ms: None,
        sample_rate_hz: None,
        channels: None,
        bit_rate: None,
        cover: None,
        rights: None,
        rights_basis: None,
        access,
        source: None,
        source_path: None,
        encoder: None,
    }
}
