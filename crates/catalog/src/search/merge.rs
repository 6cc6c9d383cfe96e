//! All runs become one index: a term's list is its rows in the first run,
//! then those in the second, and so on.

use {
    super::{
        list::ListWriter,
        meta::{POSTINGS, PREFIXES, SearchFile, TERMS},
        prefixes::Prefixes,
        sink::Sink,
        value::Value,
    },
    crate::error::Error,
    fst::MapBuilder,
    longplay_model::Monitor,
    std::{
        cmp::Reverse,
        collections::BinaryHeap,
        fs::File,
        io,
        os::unix::fs::FileExt,
        path::{Path, PathBuf},
    },
};

/// The file of runs, and where each of them lies.
pub(super) struct Spilled {
    pub(super) path: PathBuf,
    pub(super) file: File,
    /// Start and end, in the order of their rows.
    pub(super) runs: Vec<(u64, u64)>,
}

#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) terms: u64,
    pub(super) postings: u64,
    pub(super) prefixes: u64,
    pub(super) files: Vec<SearchFile>,
}

/// Largest read from a run.
const BUFFER: usize = 1 << 16;
/// Terms between two looks at the monitor.
const STEP: u64 = 1 << 14;

/// Writes the lists and both dictionaries to `dir`.
pub(super) fn merge(
    spilled: &Spilled,
    memory: usize,
    dir: &Path,
    monitor: &dyn Monitor,
) -> Result<Merged, Error> {
    let mut merge = Merge::open(spilled, memory, dir)?;
    while let Some(Reverse((term, first))) = merge.heap.pop() {
        merge.term(&term, first)?;
        if merge.done.terms % STEP == 0 {
            monitor.advance(STEP);
            if monitor.is_interrupted() {
                return Err(Error::Interrupted);
            }
        }
    }
    merge.finish(dir)
}

struct Merge<'a> {
    readers: Vec<Reader<'a>>,
    heap: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    postings: Sink,
    terms: MapBuilder<Sink>,
    terms_path: PathBuf,
    list: ListWriter,
    prefixes: Prefixes,
    done: Merged,
}

impl<'a> Merge<'a> {
    fn open(spilled: &'a Spilled, memory: usize, dir: &Path) -> Result<Self, Error> {
        let buffer = memory / spilled.runs.len().max(1) / 2;
        let buffer = buffer.clamp(1 << 10, BUFFER);
        let terms_path = dir.join(TERMS);
        let terms = MapBuilder::new(Sink::create(&terms_path)?).map_err(unwritten(&terms_path))?;
        let mut merge = Self {
            readers: Vec::new(),
            heap: BinaryHeap::new(),
            postings: Sink::create(&dir.join(POSTINGS))?,
            terms,
            terms_path,
            list: ListWriter::default(),
            prefixes: Prefixes::default(),
            done: Merged::default(),
        };
        for (number, (start, end)) in spilled.runs.iter().enumerate() {
            merge
                .readers
                .push(Reader::new(spilled, *start, *end, buffer));
            merge.advance(number)?;
        }
        Ok(merge)
    }

    /// Goes to the next term of a run.
    fn advance(&mut self, number: usize) -> Result<(), Error> {
        let reader = &mut self.readers[number];
        if reader.next_term()? {
            self.heap.push(Reverse((reader.term.clone(), number)));
        }
        Ok(())
    }

    /// Writes the list of a term, whose first rows are in the run `first`.
    fn term(&mut self, term: &[u8], first: usize) -> Result<(), Error> {
        self.prefixes.begin(term, &mut self.postings)?;
        let mut is_wanted = true;
        let mut rows = self.rows(first, &mut is_wanted)?;
        while let Some(Reverse((_, number))) = self.next_of(term) {
            rows += self.rows(number, &mut is_wanted)?;
        }
        if let Some(value) = self.list.finish(&mut self.postings)? {
            self.prefixes.end(rows, value);
            let inserted = self.terms.insert(term, value.0);
            inserted.map_err(unwritten(&self.terms_path))?;
            self.done.terms += 1;
            self.done.postings += rows;
        }
        Ok(())
    }

    fn next_of(&mut self, term: &[u8]) -> Option<Reverse<(Vec<u8>, usize)>> {
        let same = self.heap.peek().is_some_and(|next| next.0.0 == term);
        same.then(|| self.heap.pop()).flatten()
    }

    fn rows(&mut self, number: usize, is_wanted: &mut bool) -> Result<u64, Error> {
        let reader = &mut self.readers[number];
        let rows = reader.rows;
        let mut row = 0u32;
        for _ in 0..rows {
            row = row.wrapping_add(reader.varint()? as u32);
            self.list.push(row, &mut self.postings)?;
            *is_wanted = *is_wanted && self.prefixes.push(row);
        }
        self.advance(number)?;
        Ok(rows)
    }

    fn finish(mut self, dir: &Path) -> Result<Merged, Error> {
        let prefixes = self.prefixes.finish(&mut self.postings)?;
        self.done.prefixes = prefixes.len() as u64;
        let terms = self.terms.into_inner().map_err(unwritten(&self.terms_path));
        let prefixes = write_prefixes(&prefixes, &dir.join(PREFIXES))?;
        self.done.files = vec![self.postings.finish()?, prefixes, terms?.finish()?];
        Ok(self.done)
    }
}

fn write_prefixes(prefixes: &[(Vec<u8>, Value)], path: &Path) -> Result<SearchFile, Error> {
    let mut map = MapBuilder::new(Sink::create(path)?).map_err(unwritten(path))?;
    for (prefix, value) in prefixes {
        map.insert(prefix, value.0).map_err(unwritten(path))?;
    }
    map.into_inner().map_err(unwritten(path))?.finish()
}

fn unwritten(path: &Path) -> impl FnOnce(fst::Error) -> Error {
    move |error| match error {
        fst::Error::Io(source) => Error::write(path)(source),
        other => Error::write(path)(io::Error::other(other)),
    }
}

/// Reads a run from its start to its end.
struct Reader<'a> {
    spilled: &'a Spilled,
    /// What is not yet in the buffer.
    next: u64,
    end: u64,
    buffer: Vec<u8>,
    at: usize,
    capacity: usize,
    term: Vec<u8>,
    rows: u64,
}

impl<'a> Reader<'a> {
    const fn new(spilled: &'a Spilled, start: u64, end: u64, capacity: usize) -> Self {
        Self {
            spilled,
            next: start,
            end,
            buffer: Vec::new(),
            at: 0,
            capacity,
            term: Vec::new(),
            rows: 0,
        }
    }

    /// False at the end of the run. All rows of the term before have been read.
    fn next_term(&mut self) -> Result<bool, Error> {
        if self.at == self.buffer.len() && self.next == self.end {
            return Ok(false);
        }
        let shared = self.varint()? as usize;
        let further = self.varint()?;
        self.term.truncate(shared);
        for _ in 0..further {
            let byte = self.byte()?;
            self.term.push(byte);
        }
        self.rows = self.varint()?;
        Ok(true)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Error> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        Ok(number)
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, Error> {
        if self.at == self.buffer.len() {
            self.fill()?;
        }
        let byte = self.buffer[self.at];
        self.at += 1;
        Ok(byte)
    }

    fn fill(&mut self) -> Result<(), Error> {
        let length = (self.end - self.next).min(self.capacity as u64) as usize;
        self.buffer.resize(length, 0);
        self.at = 0;
        let ended = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let read = match length {
            0 => Err(ended()),
            _ => self.spilled.file.read_exact_at(&mut self.buffer, self.next),
        };
        self.next += length as u64;
        read.map_err(Error::read(&self.spilled.path))
    }
}
