//! The index of a pack, and the locator by which it is found from the end.

use {
    crate::tar::{BLOCK, END_BYTES},
    longplay_model::{Digest, IndexRecord},
    serde::{Deserialize, Serialize},
    std::io::{self, BufRead, Read, Seek, SeekFrom},
    thiserror::Error,
};

/// Bytes of the locator, its line feed included.
pub const LOCATOR_BYTES: u64 = 256;

/// An index that is longer than this is not read: a million members.
const MOST_INDEX_BYTES: u64 = 4 << 30;

/// The first line of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackHead {
    /// `pack-index`.
    pub longplay: String,
    /// 1.
    pub version: u32,
    /// File name of the pack.
    pub pack: String,
    pub piece_length: u64,
    /// Records that follow.
    pub members: u64,
}

/// The last line of an index: where it starts, and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locator {
    /// `locator`.
    pub longplay: String,
    /// 1.
    pub version: u32,
    /// Offset of the head in the pack.
    pub index_offset: u64,
    /// Bytes of head, records and filler.
    pub index_length: u64,
    /// Over these bytes.
    pub index_sha256: Digest,
}

/// The index of a pack as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct PackIndex {
    pub head: PackHead,
    pub records: Vec<IndexRecord>,
    /// Head and records byte for byte, without filler and locator: what the
    /// `data/index.jsonl` of the tranche holds of this pack.
    pub lines: Vec<u8>,
}

/// Why there is no index to be read.
#[derive(Debug, Error)]
pub enum ReadIndexError {
    #[error("the file cannot be read")]
    Read(#[source] io::Error),
    #[error("the file is too short for a pack")]
    Short,
    #[error("no locator stands before the end of the file")]
    Locator,
    #[error("the index does not lie before the locator")]
    Place,
    #[error("the index has another digest than the locator says")]
    Digest,
    #[error("line {line} of the index cannot be understood")]
    Line {
        /// Counted from 1.
        line: usize,
        source: serde_json::Error,
    },
    #[error("the index is of version {found}, newer than 1")]
    Newer { found: u32 },
    #[error("the index has {found} records, and its head says {expected}")]
    Count { expected: u64, found: u64 },
    #[error("a record points beyond the members of the pack")]
    Record,
}

impl PackHead {
    pub fn new(pack: impl Into<String>, piece_length: u64, members: u64) -> Self {
        Self {
            longplay: "pack-index".into(),
            version: 1,
            pack: pack.into(),
            piece_length,
            members,
        }
    }
}

impl Locator {
    /// The 256 bytes of the locator of an index at `index_offset`; `index` is
    /// head, records and filler.
    pub(crate) fn line(index_offset: u64, index: &[u8]) -> Vec<u8> {
        let locator = Self {
            longplay: "locator".into(),
            version: 1,
            index_offset,
            index_length: index.len() as u64,
            index_sha256: Digest::of(index),
        };
        let mut line = serde_json::to_vec(&locator).expect("strings and numbers are always JSON");
        line.resize(LOCATOR_BYTES as usize - 1, b' ');
        line.push(b'\n');
        line
    }

    fn parse(bytes: &[u8]) -> Result<Self, ReadIndexError> {
        let locator: Self = serde_json::from_slice(bytes).map_err(|_| ReadIndexError::Locator)?;
        match locator.version {
            _ if locator.longplay != "locator" => Err(ReadIndexError::Locator),
            1 => Ok(locator),
            found => Err(ReadIndexError::Newer { found }),
        }
    }
}

/// Reads the index of a pack from its end, in three reads.
///
/// What it gives has the digest that the locator says, and its records lie
/// within the pack; whether the locator is the one that was sealed, only the
/// digest of the whole pack tells.
pub fn read_index(pack: &mut (impl Read + Seek)) -> Result<PackIndex, ReadIndexError> {
    let length = pack.seek(SeekFrom::End(0)).map_err(ReadIndexError::Read)?;
    let at = length
        .checked_sub(END_BYTES + LOCATOR_BYTES)
        .ok_or(ReadIndexError::Short)?;
    let locator = Locator::parse(&read_at(pack, at, LOCATOR_BYTES)?)?;
    let end = locator.index_offset.checked_add(locator.index_length);
    if end != Some(at) || locator.index_length > MOST_INDEX_BYTES {
        return Err(ReadIndexError::Place);
    }
    let bytes = read_at(pack, locator.index_offset, locator.index_length)?;
    if Digest::of(&bytes) != locator.index_sha256 {
        return Err(ReadIndexError::Digest);
    }
    parse(&bytes, locator.index_offset)
}

fn read_at(file: &mut (impl Read + Seek), at: u64, length: u64) -> Result<Vec<u8>, ReadIndexError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(at))
        .map_err(ReadIndexError::Read)?;
    file.take(length)
        .read_to_end(&mut bytes)
        .map_err(ReadIndexError::Read)?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(ReadIndexError::Short),
    }
}

/// `index` is head, records and filler; members end before `limit`.
fn parse(index: &[u8], limit: u64) -> Result<PackIndex, ReadIndexError> {
    let mut lines = without_filler(index)
        .split_inclusive(|byte| *byte == b'\n')
        .enumerate();
    let (_, first) = lines.next().ok_or(ReadIndexError::Short)?;
    let head = parse_head(first)?;
    let records = lines
        .map(|(number, line)| parse_line(number + 1, line))
        .collect::<Result<Vec<IndexRecord>, _>>()?;
    let found = records.len() as u64;
    if found != head.members {
        return Err(ReadIndexError::Count {
            expected: head.members,
            found,
        });
    }
    match records.iter().all(|record| lies_before(record, limit)) {
        true => Ok(PackIndex {
            head,
            records,
            lines: without_filler(index).to_vec(),
        }),
        false => Err(ReadIndexError::Record),
    }
}

/// A line of an index that is longer is none.
pub(crate) const MOST_LINE_BYTES: u64 = 16 << 20;

/// How many packs have these lines as their indexes, one after the other and whole;
/// none where lines can be no such thing.
pub fn joined(lines: &mut dyn BufRead) -> Option<u64> {
    let (mut line, mut left, mut packs) = (Vec::new(), 0u64, 0);
    loop {
        line.clear();
        let read = (&mut *lines)
            .take(MOST_LINE_BYTES)
            .read_until(b'\n', &mut line);
        match read.ok()? {
            0 => return (left == 0).then_some(packs),
            _ if line.last() != Some(&b'\n') => return None,
            _ if left > 0 => {
                parse_line::<IndexRecord>(1, &line).ok()?;
                left -= 1;
            }
            _ => {
                left = parse_head(&line).ok()?.members;
                packs += 1;
            }
        }
    }
}

/// The filler is one line of spaces.
fn without_filler(index: &[u8]) -> &[u8] {
    let text = index.trim_ascii_end();
    &index[..index.len().min(text.len() + 1)]
}

fn parse_head(line: &[u8]) -> Result<PackHead, ReadIndexError> {
    let head: PackHead = parse_line(1, line)?;
    match head.version {
        1 => Ok(head),
        found => Err(ReadIndexError::Newer { found }),
    }
}

fn parse_line<T: for<'a> Deserialize<'a>>(line: usize, bytes: &[u8]) -> Result<T, ReadIndexError> {
    serde_json::from_slice(bytes).map_err(|source| ReadIndexError::Line { line, source })
}

fn lies_before(record: &IndexRecord, limit: u64) -> bool {
    let end = record.offset.checked_add(record.length);
    record.offset >= BLOCK && end.is_some_and(|end| end <= limit)
}
