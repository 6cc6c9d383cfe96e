//! Sorting more facts or listens than fit in memory.
//!
//! A run is a file of sorted entries. Of each the bytes that it shares with
//! the one before are counted and left out: about half of a listen.

use {
    super::packed::{WIDTH, Words, from_bytes, to_bytes},
    crate::error::Error,
    rayon::slice::ParallelSliceMut,
    std::{
        cmp::Reverse,
        collections::{BinaryHeap, binary_heap::PeekMut},
        fs::File,
        io::{self, BufReader, BufWriter, Read, Write},
        path::{Path, PathBuf},
    },
};

/// Runs that are merged at once.
const FAN_IN: usize = 128;
/// Bytes of buffer for each open run.
const BUFFER: usize = 1 << 17;

/// Takes entries in any order; [`finish`](Self::finish) gives them in order.
pub(super) struct Runs {
    dir: PathBuf,
    name: &'static str,
    /// Entries that are held in memory.
    most: usize,
    held: Vec<Words>,
    files: Vec<PathBuf>,
    written: usize,
}

impl Runs {
    /// Spills to files `<name>-…` in `dir` above `memory` bytes.
    pub(super) fn new(dir: &Path, name: &'static str, memory: usize) -> Self {
        Self {
            dir: dir.into(),
            name,
            most: (memory / WIDTH).max(1),
            held: Vec::new(),
            files: Vec::new(),
            written: 0,
        }
    }

    pub(super) fn push(&mut self, words: Words) -> Result<(), Error> {
        if self.held.len() == self.most {
            self.spill()?;
        }
        if self.held.len() == self.held.capacity() {
            let more = self
                .held
                .len()
                .max(1 << 10)
                .min(self.most - self.held.len());
            self.held.reserve_exact(more);
        }
        self.held.push(words);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Sorted, Error> {
        if self.files.is_empty() {
            self.held.par_sort_unstable();
            return Ok(Sorted::Memory(self.held.into_iter()));
        }
        self.spill()?;
        drop(std::mem::take(&mut self.held));
        Merge::open(self.files).map(Sorted::Merge)
    }

    fn spill(&mut self) -> Result<(), Error> {
        self.held.par_sort_unstable();
        let mut run = self.create()?;
        for words in &self.held {
            run.push(words)?;
        }
        self.files.push(run.finish()?);
        self.held.clear();
        if self.files.len() == FAN_IN {
            let mut merged = self.create()?;
            for words in Merge::open(std::mem::take(&mut self.files))? {
                merged.push(&words?)?;
            }
            self.files.push(merged.finish()?);
        }
        Ok(())
    }

    fn create(&mut self) -> Result<Run, Error> {
        let path = self.dir.join(format!("{}-{}", self.name, self.written));
        self.written += 1;
        let file = File::create(&path).map_err(Error::write(&path))?;
        Ok(Run {
            path,
            out: BufWriter::with_capacity(BUFFER, file),
            last: [0; WIDTH],
        })
    }
}

/// A run that is being written.
struct Run {
    path: PathBuf,
    out: BufWriter<File>,
    last: [u8; WIDTH],
}

impl Run {
    fn push(&mut self, words: &Words) -> Result<(), Error> {
        let bytes = to_bytes(words);
        let shared = bytes.iter().zip(&self.last).take_while(|(a, b)| a == b);
        let shared = shared.count();
        self.last = bytes;
        self.out
            .write_all(&[shared as u8])
            .and_then(|()| self.out.write_all(&bytes[shared..]))
            .map_err(Error::write(&self.path))
    }

    fn finish(mut self) -> Result<PathBuf, Error> {
        self.out.flush().map_err(Error::write(&self.path))?;
        Ok(self.path)
    }
}

/// Entries in order.
pub(super) enum Sorted {
    Memory(std::vec::IntoIter<Words>),
    Merge(Merge),
}

impl Iterator for Sorted {
    type Item = Result<Words, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Memory(entries) => entries.next().map(Ok),
            Self::Merge(merge) => merge.next(),
        }
    }
}

/// The runs and, of each, the entry that comes next.
pub(super) struct Merge {
    runs: Vec<Reading>,
    heads: BinaryHeap<Reverse<(Words, usize)>>,
}

struct Reading {
    path: PathBuf,
    file: BufReader<File>,
    last: [u8; WIDTH],
}

impl Merge {
    fn open(paths: Vec<PathBuf>) -> Result<Self, Error> {
        let mut runs = Vec::with_capacity(paths.len());
        let mut heads = BinaryHeap::with_capacity(paths.len());
        for (number, path) in paths.into_iter().enumerate() {
            let mut run = Reading::open(path)?;
            heads.extend(run.next()?.map(|words| Reverse((words, number))));
            runs.push(run);
        }
        Ok(Self { runs, heads })
    }
}

impl Iterator for Merge {
    type Item = Result<Words, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut head = self.heads.peek_mut()?;
        let Reverse((words, number)) = *head;
        match self.runs[number].next() {
            Ok(Some(next)) => *head = Reverse((next, number)),
            Ok(None) => drop(PeekMut::pop(head)),
            Err(error) => return Some(Err(error)),
        }
        Some(Ok(words))
    }
}

impl Reading {
    fn open(path: PathBuf) -> Result<Self, Error> {
        let file = File::open(&path).map_err(Error::read(&path))?;
        Ok(Self {
            path,
            file: BufReader::with_capacity(BUFFER, file),
            last: [0; WIDTH],
        })
    }

    fn next(&mut self) -> Result<Option<Words>, Error> {
        let read = self.take().map_err(Error::read(&self.path))?;
        if read.is_none() {
            // Its content was given out; only space is lost if it stays.
            drop(std::fs::remove_file(&self.path));
        }
        Ok(read)
    }

    fn take(&mut self) -> io::Result<Option<Words>> {
        let mut shared = [0];
        match self.file.read_exact(&mut shared) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let rest = self.last.get_mut(usize::from(shared[0])..);
        self.file
            .read_exact(rest.ok_or(io::ErrorKind::InvalidData)?)?;
        Ok(Some(from_bytes(&self.last)))
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn sorted(entries: &[Words], memory: usize) -> Vec<Words> {
        let dir = tempfile::tempdir().unwrap();
        let mut runs = Runs::new(dir.path(), "t", memory);
        for words in entries {
            runs.push(*words).unwrap();
        }
        let out = runs.finish().unwrap().map(Result::unwrap).collect();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        out
    }

    #[test]
    fn more_runs_than_are_merged_at_once() {
        let entries: Vec<Words> = (0..1000).map(|n| [n * 7919 % 1000, 1, n, 2]).collect();
        let out = sorted(&entries, 3 * WIDTH);
        assert_eq!(out.len(), 1000);
        assert!(out.is_sorted());
    }

    proptest! {
        #[test]
        fn spilling_changes_nothing(
            mut entries in prop::collection::vec(prop::array::uniform4(prop_oneof![0u64..3, any::<u64>()]), 0..300),
            memory in 1usize..5000,
        ) {
            let out = sorted(&entries, memory);
            entries.sort_unstable();
            prop_assert_eq!(out, entries);
        }
    }
}
