use {
    super::meta::DOCUMENTS,
    crate::{durable, error::Error, sources::Splitting},
    sha2::{Digest as _, Sha256},
    std::path::{Path, PathBuf},
};

/// Content that each entry stands for.
const STEP: u64 = 1 << 20;

const MAGIC: &[u8; 8] = b"lpdocs\0\x01";

/// Magic number (8), splitting (4), zeros (4), limit, bytes of content, number
/// of documents (8 each).
const HEADER: usize = 40;

/// Number of a document, and its offset.
const ENTRY: usize = 16;

const CHECK: usize = 32;

/// What an index was drawn for; for anything else it does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) splitting: Splitting,
    pub(super) limit: u64,
    /// Of the content.
    pub(super) bytes: u64,
}

/// `documents.bin`: where documents begin.
#[derive(Debug, PartialEq)]
pub(super) struct DocumentIndex {
    terms: Terms,
    documents: u64,
    /// For each step, the first document that begins in it or behind it; one
    /// more than there are, at the end of the content, where none does.
    entries: Vec<(u64, u64)>,
}

impl DocumentIndex {
    /// The index in the folder `dir`; none where it is absent, damaged or was
    /// drawn on other terms.
    pub(super) fn read(dir: &Path, terms: Terms) -> Option<Self> {
        let bytes = std::fs::read(dir.join(DOCUMENTS)).ok()?;
        Self::parse(&bytes).filter(|index| index.terms == terms)
    }

    pub(super) fn terms(&self) -> Terms {
        self.terms
    }

    /// Number of documents.
    pub(super) fn documents(&self) -> u64 {
        self.documents
    }

    /// A document before this one or itself, and where it begins. `None` when
    /// there is none of this number.
    pub(super) fn before(&self, number: u64) -> Option<(u64, u64)> {
        let after = self.entries.partition_point(|entry| entry.0 <= number);
        let known = number > 0 && number <= self.documents;
        known.then(|| self.entries.get(after.checked_sub(1)?).copied())?
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (body, check) = bytes.split_at_checked(bytes.len().checked_sub(CHECK)?)?;
        if check != Sha256::digest(body).as_slice() || !body.starts_with(MAGIC) {
            return None;
        }
        let (header, entries) = body.split_at_checked(HEADER)?;
        let splitting = u32::from_le_bytes(header[8..12].try_into().ok()?);
        let index = Self {
            terms: Terms {
                splitting: Splitting::from_code(splitting)?,
                limit: u64_at(header, 16),
                bytes: u64_at(header, 24),
            },
            documents: u64_at(header, 32),
            entries: entries
                .chunks_exact(ENTRY)
                .map(|entry| (u64_at(entry, 0), u64_at(entry, 8)))
                .collect(),
        };
        index.is_sound().then_some(index)
    }

    fn is_sound(&self) -> bool {
        let offsets = self.entries.iter().map(|entry| entry.1);
        self.entries.is_sorted()
            && offsets.is_sorted_by(|a, b| a <= b && *b <= self.terms.bytes)
            && self
                .entries
                .first()
                .is_some_and(|entry| entry.0 > 0 && entry.1 <= self.terms.bytes)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.entries.len() * ENTRY + CHECK);
        bytes.extend(MAGIC);
        bytes.extend(self.terms.splitting.code().to_le_bytes());
        bytes.extend([0; 4]);
        let entries = self.entries.iter().flat_map(|entry| [entry.0, entry.1]);
        let numbers = [self.terms.limit, self.terms.bytes, self.documents];
        for number in numbers.into_iter().chain(entries) {
            bytes.extend(number.to_le_bytes());
        }
        let check = Sha256::digest(&bytes);
        bytes.extend(check);
        bytes
    }
}

/// An index that is drawn while the source is read.
pub(super) struct Draft {
    dir: PathBuf,
    index: DocumentIndex,
}

impl Draft {
    pub(super) fn new(dir: &Path, terms: Terms) -> Self {
        Self {
            dir: dir.into(),
            index: DocumentIndex {
                terms,
                documents: 0,
                entries: Vec::new(),
            },
        }
    }

    /// The next document begins at `offset`.
    pub(super) fn document(&mut self, offset: u64) {
        self.index.documents += 1;
        self.steps((self.index.documents, offset), offset);
    }

    /// The source is over: writes the index where it can be written. It is
    /// derived, so a folder that takes no files only costs time.
    pub(super) fn finish(mut self) -> DocumentIndex {
        let bytes = self.index.terms.bytes;
        self.steps((self.index.documents + 1, bytes), bytes.saturating_sub(1));
        let written: Result<(), Error> =
            durable::replace(&self.dir.join(DOCUMENTS), &self.index.to_bytes());
        drop(written);
        self.index
    }

    /// Gives `entry` to all steps up to the one of `offset` that have none.
    fn steps(&mut self, entry: (u64, u64), offset: u64) {
        let wanted = usize::try_from(offset / STEP + 1).expect("content of less than 2^52 bytes");
        if self.index.entries.len() < wanted {
            self.index.entries.resize(wanted, entry);
        }
    }
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let eight = bytes[at..at + 8].try_into();
    u64::from_le_bytes(eight.expect("a slice of eight bytes"))
}
