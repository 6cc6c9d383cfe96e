//! Sorting what does not fit in memory: sorted runs in files, then a merge.
//!
//! ```text
//!   push ─► buffer ─ full ─► run 0, run 1, … ─ 64 of them ─► one run
//!             └──────────── finish ───────────────► merge ─► in order
//! ```
//!
//! Entries are ordered by their keys as bytes; entries of equal keys keep the
//! order in which they were pushed.

use {
    crate::error::Error,
    std::{
        cmp::Reverse,
        collections::BinaryHeap,
        fs::File,
        io::{self, BufReader, BufWriter, Read, Write},
        path::{Path, PathBuf},
    },
};

/// Runs that are merged at once.
const FAN_IN: usize = 64;

/// Takes entries in any order; [`finish`](Self::finish) gives them in order.
pub(crate) struct Sorter {
    dir: PathBuf,
    name: &'static str,
    memory: usize,
    buffer: Buffer,
    runs: Vec<PathBuf>,
    written: usize,
}

/// A key and its value.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

/// Entries one behind the other in one allocation.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    entries: Vec<Place>,
}

struct Place {
    start: usize,
    key: u32,
    value: u32,
}

impl Sorter {
    /// Spills to files `<name>-…` in `dir` above `memory` bytes.
    pub(crate) fn new(dir: &Path, name: &'static str, memory: usize) -> Self {
        Self {
            dir: dir.into(),
            name,
            memory,
            buffer: Buffer::default(),
            runs: Vec::new(),
            written: 0,
        }
    }

    pub(crate) fn push(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.buffer.push(key, value);
        if self.buffer.memory() >= self.memory {
            self.spill()?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Sorted, Error> {
        if self.runs.is_empty() {
            self.buffer.sort();
            return Ok(Sorted::Memory(self.buffer, 0));
        }
        self.spill()?;
        Merge::open(self.runs).map(Sorted::Merge)
    }

    fn spill(&mut self) -> Result<(), Error> {
        self.buffer.sort();
        let buffer = std::mem::take(&mut self.buffer);
        let run = self.write_run(Sorted::Memory(buffer, 0))?;
        self.runs.push(run);
        if self.runs.len() == FAN_IN {
            let runs = std::mem::take(&mut self.runs);
            let merged = self.write_run(Sorted::Merge(Merge::open(runs)?))?;
            self.runs.push(merged);
        }
        Ok(())
    }

    fn write_run(&mut self, entries: Sorted) -> Result<PathBuf, Error> {
        let path = self.dir.join(format!("{}-{}", self.name, self.written));
        self.written += 1;
        let file = File::create(&path).map_err(Error::write(&path))?;
        let mut out = BufWriter::with_capacity(1 << 18, file);
        for entry in entries {
            let (key, value) = entry?;
            write_entry(&mut out, &key, &value).map_err(Error::write(&path))?;
        }
        out.flush().map_err(Error::write(&path))?;
        Ok(path)
    }
}

impl Buffer {
    fn push(&mut self, key: &[u8], value: &[u8]) {
        let small = |length| u32::try_from(length).expect("an entry is at most a line of a source");
        self.entries.push(Place {
            start: self.bytes.len(),
            key: small(key.len()),
            value: small(value.len()),
        });
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
    }

    fn memory(&self) -> usize {
        self.bytes.len() + self.entries.len() * size_of::<Place>()
    }

    fn sort(&mut self) {
        let bytes = &self.bytes;
        let key = |place: &Place| &bytes[place.start..][..place.key as usize];
        self.entries.sort_by(|a, b| key(a).cmp(key(b)));
    }

    fn get(&self, number: usize) -> Option<Entry> {
        let place = self.entries.get(number)?;
        let (key, rest) = self.bytes[place.start..].split_at(place.key as usize);
        Some((key.to_vec(), rest[..place.value as usize].to_vec()))
    }
}

/// Entries in order.
pub(crate) enum Sorted {
    Memory(Buffer, usize),
    Merge(Merge),
}

impl Iterator for Sorted {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Memory(buffer, next) => {
                *next += 1;
                buffer.get(*next - 1).map(Ok)
            }
            Self::Merge(merge) => merge.next(),
        }
    }
}

/// The runs and, of each, the entry that comes next.
pub(crate) struct Merge {
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<Head>>,
}

/// Key, number of the run, value: equal keys come in the order of the runs.
type Head = (Vec<u8>, usize, Vec<u8>);

struct Run {
    path: PathBuf,
    file: BufReader<File>,
}

impl Merge {
    fn open(paths: Vec<PathBuf>) -> Result<Self, Error> {
        let mut merge = Self {
            runs: Vec::new(),
            heads: BinaryHeap::new(),
        };
        for (number, path) in paths.into_iter().enumerate() {
            let file = File::open(&path).map_err(Error::read(&path))?;
            let file = BufReader::with_capacity(1 << 18, file);
            merge.runs.push(Run { path, file });
            merge.refill(number)?;
        }
        Ok(merge)
    }

    fn refill(&mut self, number: usize) -> Result<(), Error> {
        let run = &mut self.runs[number];
        match read_entry(&mut run.file).map_err(Error::read(&run.path))? {
            Some((key, value)) => self.heads.push(Reverse((key, number, value))),
            // Its content is in the output; only space is lost if it stays.
            None => drop(std::fs::remove_file(&run.path)),
        }
        Ok(())
    }

    fn next(&mut self) -> Option<Result<Entry, Error>> {
        let Reverse((key, number, value)) = self.heads.pop()?;
        Some(self.refill(number).map(|()| (key, value)))
    }
}

fn write_entry(out: &mut impl Write, key: &[u8], value: &[u8]) -> io::Result<()> {
    out.write_all(&(key.len() as u32).to_le_bytes())?;
    out.write_all(&(value.len() as u32).to_le_bytes())?;
    out.write_all(key)?;
    out.write_all(value)
}

fn read_entry(file: &mut BufReader<File>) -> io::Result<Option<Entry>> {
    let mut lengths = [0; 8];
    match file.read_exact(&mut lengths) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let [a, b, c, d, e, f, g, h] = lengths;
    let mut key = vec![0; u32::from_le_bytes([a, b, c, d]) as usize];
    let mut value = vec![0; u32::from_le_bytes([e, f, g, h]) as usize];
    file.read_exact(&mut key)?;
    file.read_exact(&mut value)?;
    Ok(Some((key, value)))
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn sorted(entries: &[Entry], memory: usize) -> Vec<Entry> {
        let dir = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(dir.path(), "t", memory);
        for (key, value) in entries {
            sorter.push(key, value).unwrap();
        }
        sorter.finish().unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn more_runs_than_are_merged_at_once() {
        let entries: Vec<Entry> = (0..1000u32)
            .map(|n| ((n * 7919 % 1000).to_be_bytes().into(), vec![1; 9]))
            .collect();
        let out = sorted(&entries, 64);
        assert_eq!(out.len(), 1000);
        assert!(out.is_sorted());
    }

    proptest! {
        #[test]
        fn spilling_changes_nothing(
            keys in prop::collection::vec(prop::collection::vec(0u8..4, 0..4), 0..300),
            memory in 1usize..3000,
        ) {
            let mut entries: Vec<Entry> = keys
                .into_iter()
                .enumerate()
                .map(|(number, key)| (key, number.to_le_bytes().into()))
                .collect();
            let out = sorted(&entries, memory);
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            prop_assert_eq!(out, entries);
        }
    }
}
