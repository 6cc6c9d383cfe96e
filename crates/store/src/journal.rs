//! `journal/`: the archive's own facts, one JSON entry a line, appended and
//! made durable before anything rests on them (`docs/format/journal.md`).
//!
//! A line carries its number and a check over its bytes, so that an entry
//! that is lost, damaged or out of place is found.

use {
    crate::{
        disk::{DiskFile, Location},
        durable::{sync_dir, write_new},
        error::Error,
    },
    longplay_model::{Digest, Finding, FindingCode, JournalEntry},
    serde::{Deserialize, Serialize},
};

/// Where a segment is ended and the next begun.
pub(crate) const SEGMENT_BYTES: u64 = 64 << 20;

/// A place in the journal: the end of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// Number of the segment, from 1; 0 before the first line.
    pub(crate) segment: u32,
    /// Bytes of the segment up to and with the line.
    pub(crate) offset: u64,
    /// Number of the last entry up to here that could be read.
    pub(crate) seq: u64,
    /// The check of that entry.
    pub(crate) check: String,
}

/// What a pass over the journal saw.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) end: Position,
    /// The number that the next entry gets.
    pub(crate) next_seq: u64,
    pub(crate) findings: Vec<Finding>,
}

/// The end of the journal, open for appending.
#[derive(Debug)]
pub(crate) struct Journal {
    dir: Location,
    segment: u32,
    file: Option<Box<dyn DiskFile>>,
    length: u64,
    next_seq: u64,
    segment_bytes: u64,
}

const HEAD: &[u8] = br#"{"check":""#;
const CHECK_DIGITS: usize = 16;
const BODY: usize = HEAD.len() + CHECK_DIGITS + 2;

impl Position {
    pub(crate) const fn start() -> Self {
        Self {
            segment: 0,
            offset: 0,
            seq: 0,
            check: String::new(),
        }
    }

    pub(crate) fn is_after(&self, other: &Self) -> bool {
        (self.segment, self.offset) > (other.segment, other.offset)
    }
}

impl Journal {
    /// Goes to the end that `scan` found. The caller holds the lock and has
    /// mended the tail.
    pub(crate) fn open(dir: &Location, scan: &Scan) -> Self {
        Self {
            dir: dir.into(),
            segment: scan.end.segment,
            file: None,
            length: scan.end.offset,
            next_seq: scan.next_seq,
            segment_bytes: SEGMENT_BYTES,
        }
    }

    /// Appends entries, all or none, and returns when they are durable: the
    /// position after the last of them.
    pub(crate) fn append(&mut self, entries: &[JournalEntry]) -> Result<Position, Error> {
        let mut bytes = Vec::new();
        let mut check = String::new();
        for (entry, seq) in entries.iter().zip(self.next_seq..) {
            check = write_line(&mut bytes, seq, entry)?;
        }
        self.open_segment()?;
        self.write(&bytes)?;
        self.length += bytes.len() as u64;
        self.next_seq += entries.len() as u64;
        Ok(Position {
            segment: self.segment,
            offset: self.length,
            seq: self.next_seq - 1,
            check,
        })
    }

    fn open_segment(&mut self) -> Result<(), Error> {
        if self.segment == 0 || self.length >= self.segment_bytes {
            self.segment += 1;
            self.length = 0;
            self.file = None;
        }
        if self.file.is_none() {
            let path = segment_path(&self.dir, self.segment);
            let file = path
                .open_to_write()
                .map_err(|source| Error::write(&path, source))?;
            sync_dir(&self.dir)?;
            self.file = Some(file);
        }
        Ok(())
    }

    /// A write that fails, as on a full disk, leaves the segment as it was.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let path = segment_path(&self.dir, self.segment);
        let file = self.file.as_ref().expect("the segment was opened");
        let written = file
            .write_all_at(bytes, self.length)
            .and_then(|()| file.sync_data());
        written.map_err(|source| {
            // Where even this fails, the next command sets the torn line aside.
            let _ = file.set_bytes(self.length).and_then(|()| file.sync());
            Error::write(path, source)
        })
    }
}

/// Reads the journal from the beginning of segment `from` on and gives each
/// entry that can be read to `sink`, with the position after it. What cannot
/// be read becomes a finding, S017. A torn last line is passed over.
pub(crate) fn scan(
    dir: &Location,
    from: u32,
    sink: &mut dyn FnMut(&Position, JournalEntry) -> Result<(), Error>,
) -> Result<Scan, Error> {
    let segments = segments(dir)?;
    let from_first = segments.first().is_none_or(|first| from <= *first);
    let mut scanner = Scanner {
        expected: from_first.then_some(1),
        end: Position::start(),
        findings: Vec::new(),
        sink,
    };
    for segment in segments.iter().filter(|segment| **segment >= from) {
        let path = segment_path(dir, *segment);
        let bytes = path.read().map_err(|source| Error::read(&path, source))?;
        let is_last = segments.last() == Some(segment);
        scanner.segment(*segment, &bytes, is_last)?;
    }
    Ok(Scan {
        next_seq: scanner.expected.unwrap_or(scanner.end.seq + 1),
        end: scanner.end,
        findings: scanner.findings,
    })
}

struct Scanner<'a> {
    /// The number that the next entry should have; unknown at first when the
    /// reading begins in the middle.
    expected: Option<u64>,
    end: Position,
    findings: Vec<Finding>,
    sink: &'a mut dyn FnMut(&Position, JournalEntry) -> Result<(), Error>,
}

impl Scanner<'_> {
    fn segment(&mut self, segment: u32, bytes: &[u8], is_last: bool) -> Result<(), Error> {
        self.end.segment = segment;
        self.end.offset = 0;
        for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let place = format!("line {}, byte {}", number + 1, self.end.offset);
            match line.strip_suffix(b"\n") {
                None if is_last => break,
                None => self.damaged(line.len(), &place, "the line is cut off"),
                Some(text) => self.line(text, &place)?,
            }
        }
        Ok(())
    }

    fn line(&mut self, text: &[u8], place: &str) -> Result<(), Error> {
        let length = text.len() + 1;
        let line = match parse_line(text) {
            Ok(line) => line,
            Err(why) => {
                self.damaged(length, place, why);
                return Ok(());
            }
        };
        if line.seq <= self.end.seq {
            self.damaged(length, place, "the entry stands out of its order");
            return Ok(());
        }
        if let Some(expected) = self.expected.filter(|expected| line.seq > *expected) {
            let missing = format!("entries {expected} to {} are missing", line.seq - 1);
            self.finding(place, missing);
        }
        self.end.offset += length as u64;
        self.end.seq = line.seq;
        self.end.check = line.check;
        self.expected = Some(line.seq + 1);
        (self.sink)(&self.end, line.entry)
    }

    fn damaged(&mut self, length: usize, place: &str, why: &str) {
        self.finding(place, why.to_owned());
        self.end.offset += length as u64;
        self.expected = self.expected.map(|expected| expected + 1);
    }

    fn finding(&mut self, place: &str, seen: String) {
        let subject = format!("journal/{}", segment_name(self.end.segment));
        self.findings
            .push(Finding::new(FindingCode::S017, subject, seen).at(place));
    }
}

#[derive(Debug)]
struct Line {
    check: String,
    seq: u64,
    entry: JournalEntry,
}

#[derive(Serialize)]
struct Written<'a> {
    seq: u64,
    #[serde(flatten)]
    entry: &'a JournalEntry,
}

#[derive(Deserialize)]
struct Read {
    seq: u64,
    #[serde(flatten)]
    entry: JournalEntry,
}

/// Appends one line to `bytes` and returns its check.
fn write_line(bytes: &mut Vec<u8>, seq: u64, entry: &JournalEntry) -> Result<String, Error> {
    let json = serde_json::to_vec(&Written { seq, entry })
        .map_err(|source| Error::EncodeEntry { source })?;
    let body = &json[1..];
    let check = check_of(body);
    bytes.extend(HEAD);
    bytes.extend(check.as_bytes());
    bytes.extend(b"\",");
    bytes.extend(body);
    bytes.push(b'\n');
    Ok(check)
}

fn parse_line(text: &[u8]) -> Result<Line, &'static str> {
    let check = text.get(HEAD.len()..HEAD.len() + CHECK_DIGITS);
    let (Some(check), Some(body)) = (check, text.get(BODY..)) else {
        return Err("the line is too short for an entry");
    };
    let expected = check_of(body);
    if !text.starts_with(HEAD) || check != expected.as_bytes() || &text[BODY - 2..BODY] != b"\"," {
        return Err("the line differs from its check");
    }
    let mut json = vec![b'{'];
    json.extend(body);
    let Read { seq, entry } = serde_json::from_slice(&json)
        .map_err(|_| "the line holds no entry that this longplay knows")?;
    Ok(Line {
        check: expected,
        seq,
        entry,
    })
}

/// Reads what follows the check in a line, which is made to agree.
///
/// # Panics
/// When an entry is not read again as it is written.
pub(crate) fn read_body(body: &[u8]) {
    let check = check_of(body);
    let line = [HEAD, check.as_bytes(), b"\",", body].concat();
    if let Ok(line) = parse_line(&line) {
        let mut written = Vec::new();
        write_line(&mut written, line.seq, &line.entry).expect("it was read");
        let again = parse_line(written.trim_ascii_end()).expect("it was written");
        assert_eq!((again.seq, again.entry), (line.seq, line.entry));
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of what follows the check.
fn check_of(body: &[u8]) -> String {
    let mut text = Digest::of(body).to_string();
    text.truncate(CHECK_DIGITS);
    text
}

/// Whether the last line lacks its end: a command was killed while it wrote,
/// or is writing now.
pub(crate) fn is_torn(dir: &Location) -> Result<bool, Error> {
    Ok(last_segment(dir)?.is_some_and(|(_, bytes)| !tail_of(&bytes).is_empty()))
}

/// Sets a torn last line aside as `torn-<n>` and says so (S016). A line that
/// lacks nothing but its line feed gets that and is kept.
pub(crate) fn mend_tail(dir: &Location) -> Result<Option<Finding>, Error> {
    let Some((path, bytes)) = last_segment(dir)? else {
        return Ok(None);
    };
    let tail = tail_of(&bytes);
    if tail.is_empty() {
        return Ok(None);
    }
    let kept = bytes.len() - tail.len();
    let whole = [tail.len(), tail.len() - 1]
        .into_iter()
        .find(|length| parse_line(&tail[..*length]).is_ok());
    let seen = match whole {
        Some(length) => {
            end_at(&path, kept + length, b"\n")?;
            "the entry was whole, and its missing line end was written".to_owned()
        }
        None => {
            let aside = write_torn(dir, tail)?;
            end_at(&path, kept, b"")?;
            format!("{} bytes were moved to journal/{aside}", tail.len())
        }
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let finding = Finding::new(FindingCode::S016, format!("journal/{name}"), seen);
    Ok(Some(finding.at(format!("byte {kept}"))))
}

fn write_torn(dir: &Location, tail: &[u8]) -> Result<String, Error> {
    let name = (1u32..)
        .map(|number| format!("torn-{number}"))
        .find(|name| !dir.join(name).is_taken())
        .expect("there are more numbers than files");
    write_new(dir.join(&name), tail)?;
    Ok(name)
}

/// Makes the file end with `ending` after its first `length` bytes.
fn end_at(path: &Location, length: usize, ending: &[u8]) -> Result<(), Error> {
    let length = length as u64;
    path.open_to_write()
        .and_then(|file| {
            file.set_bytes(length)?;
            file.write_all_at(ending, length)?;
            file.sync()
        })
        .map_err(|source| Error::write(path, source))
}

fn tail_of(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    &bytes[end.map_or(0, |end| end + 1)..]
}

fn last_segment(dir: &Location) -> Result<Option<(Location, Vec<u8>)>, Error> {
    let Some(last) = segments(dir)?.pop() else {
        return Ok(None);
    };
    let path = segment_path(dir, last);
    let bytes = path.read().map_err(|source| Error::read(&path, source))?;
    Ok(Some((path, bytes)))
}

/// Numbers of the segments, in order. A folder that is absent has none.
fn segments(dir: &Location) -> Result<Vec<u32>, Error> {
    let entries = dir.entries()?;
    let names = entries.iter().filter_map(|entry| entry.name.to_str());
    let mut numbers: Vec<u32> = names.filter_map(segment_number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn segment_number(name: &str) -> Option<u32> {
    let number = name.strip_suffix(".jsonl")?.parse().ok()?;
    (number > 0 && segment_name(number) == name).then_some(number)
}

fn segment_name(number: u32) -> String {
    format!("{number:04}.jsonl")
}

fn segment_path(dir: &Location, number: u32) -> Location {
    dir.join(segment_name(number))
}

#[cfg(test)]
mod tests;
