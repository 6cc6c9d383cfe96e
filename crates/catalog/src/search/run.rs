//! A run: the terms of some neighbouring documents, sorted, with their rows.
//!
//! Temporary and never read by anyone else: an entry a term, in the order of
//! the terms' bytes.
//!
//! ```text
//!   varint  bytes shared with the term before
//!   varint  further bytes, and they
//!   varint  rows
//!           varint the first row, then varint distances
//! ```

use {
    super::{
        dictionary::Dictionary,
        docs::Docs,
        lengths,
        words::{Sort, Splitter},
    },
    crate::varint,
    std::ops::Range,
};

#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) bytes: Vec<u8>,
    /// Of each document, at most [`lengths::MAX`].
    pub(super) lengths: Vec<u8>,
}

/// The run of the documents `range` of `docs`; the first of them has the row
/// `first_row`.
pub(super) fn run(docs: &Docs, range: Range<usize>, first_row: u32) -> Run {
    let mut collected = Collected::new();
    for at in range {
        collected.add(docs.text(at));
    }
    Run {
        bytes: collected.entries(first_row),
        lengths: collected.lengths,
    }
}

/// Documents as numbers of terms.
struct Collected {
    dictionary: Dictionary,
    splitter: Splitter,
    /// Of each term: documents that hold it, and the last of them and one.
    counts: Vec<(u32, u32)>,
    /// Terms of all documents, and where each document ends.
    numbers: Vec<u32>,
    ends: Vec<usize>,
    lengths: Vec<u8>,
}

impl Collected {
    fn new() -> Self {
        Self {
            dictionary: Dictionary::new(),
            splitter: Splitter::default(),
            counts: Vec::new(),
            numbers: Vec::new(),
            ends: Vec::new(),
            lengths: Vec::new(),
        }
    }

    fn add(&mut self, text: &str) {
        let Self {
            dictionary,
            splitter,
            counts,
            numbers,
            ends,
            ..
        } = self;
        let document = ends.len() as u32 + 1;
        let mut length = 0usize;
        splitter.split(text, &mut |term, sort| {
            let number = dictionary.number(term.as_bytes());
            if number as usize == counts.len() {
                counts.push((0, 0));
            }
            let (count, last) = &mut counts[number as usize];
            if *last != document {
                (*count, *last) = (*count + 1, document);
                numbers.push(number);
                length += usize::from(sort == Sort::Word);
            }
        });
        ends.push(numbers.len());
        self.lengths.push(length.min(lengths::MAX.into()) as u8);
    }

    /// All entries: rows are dealt out to their terms, then written in order.
    fn entries(&mut self, first_row: u32) -> Vec<u8> {
        let order = self.dictionary.sorted();
        let mut starts = vec![0; order.len()];
        let mut next = 0;
        for number in &order {
            starts[*number as usize] = next;
            next += self.counts[*number as usize].0 as usize;
        }
        let rows = self.dealt(starts, first_row);
        let mut writer = EntryWriter::default();
        let mut rest = &rows[..];
        for number in order {
            let (own, others) = rest.split_at(self.counts[number as usize].0 as usize);
            writer.put(self.dictionary.term(number), own);
            rest = others;
        }
        writer.out
    }

    fn dealt(&mut self, mut places: Vec<usize>, first_row: u32) -> Vec<u32> {
        let numbers = std::mem::take(&mut self.numbers);
        let mut rows = vec![0; numbers.len()];
        let mut start = 0;
        for (document, end) in self.ends.iter().enumerate() {
            for number in &numbers[start..*end] {
                let place = &mut places[*number as usize];
                rows[*place] = first_row + document as u32;
                *place += 1;
            }
            start = *end;
        }
        rows
    }
}

#[derive(Default)]
struct EntryWriter {
    out: Vec<u8>,
    before: Vec<u8>,
}

impl EntryWriter {
    fn put(&mut self, term: &[u8], rows: &[u32]) {
        let pairs = self.before.iter().zip(term);
        let shared = pairs.take_while(|(a, b)| a == b).count();
        varint::put(&mut self.out, shared as u64);
        varint::put(&mut self.out, (term.len() - shared) as u64);
        self.out.extend_from_slice(&term[shared..]);
        self.before.clear();
        self.before.extend_from_slice(term);
        varint::put(&mut self.out, rows.len() as u64);
        let mut before = 0;
        for row in rows {
            varint::put(&mut self.out, u64::from(row - before));
            before = *row;
        }
    }
}
