//! Building an index: documents come in, runs go to a temporary file, and the
//! runs are merged.

use {
    super::{
        docs::Docs,
        lengths::LengthsWriter,
        merge::{Merged, Spilled, merge},
        meta::{LENGTHS, Meta, SearchFile},
        run::{Run, run},
    },
    crate::{durable, error::Error},
    longplay_model::{Monitor, Unit},
    std::{
        collections::VecDeque,
        fs::{self, File},
        os::unix::fs::FileExt,
        panic,
        path::{Path, PathBuf},
        thread::{self, JoinHandle},
    },
};

/// The name of the runs' file, in the folder for temporary files.
const RUNS: &str = "search-runs";

/// Rows are numbers of 32 bits.
const MAX_DOCUMENTS: u64 = 1 << 32;

/// A run takes about so many times its text.
const SHARE: usize = 8;

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchStats {
    pub documents: u64,
    /// Distinct terms, and pairs of term and document.
    pub terms: u64,
    pub postings: u64,
    /// Beginnings of terms that have a list of their own.
    pub prefixes: u64,
    /// Bytes of all files but `search.json`.
    pub bytes: u64,
    pub files: Vec<SearchFile>,
}

/// Takes the documents of an index in the order of their rows, from 0.
///
/// The bytes of the index depend on the documents alone: not on memory,
/// threads or the size of batches.
pub struct SearchBuilder {
    dir: PathBuf,
    memory: usize,
    threads: usize,
    /// Text that makes a run.
    full: usize,
    pending: Docs,
    documents: u64,
    at_work: VecDeque<JoinHandle<Run>>,
    spilled: Spilled,
    /// Bytes of the runs' file.
    written: u64,
    lengths: LengthsWriter,
}

impl SearchBuilder {
    /// Begins an index in the folder `dir`, which is made anew; runs go to a
    /// file in the folder `spill`. `memory` in bytes.
    ///
    /// # Errors
    /// When the folders or files cannot be made.
    pub fn create(dir: &Path, spill: &Path, memory: usize, threads: usize) -> Result<Self, Error> {
        durable::fresh_dir(dir)?;
        fs::create_dir_all(spill).map_err(Error::write(spill))?;
        let path = spill.join(RUNS);
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(Error::write(&path))?;
        let threads = threads.max(1);
        Ok(Self {
            dir: dir.into(),
            memory,
            threads,
            full: (memory / SHARE / (threads + 1)).min(1 << 30),
            pending: Docs::default(),
            documents: 0,
            at_work: VecDeque::new(),
            spilled: Spilled {
                path,
                file,
                runs: Vec::new(),
            },
            written: 0,
            lengths: LengthsWriter::create(&dir.join(LENGTHS))?,
        })
    }

    /// Adds the next document: its title and its artists' names.
    ///
    /// # Errors
    /// When a run cannot be written, or there are too many documents.
    pub fn push(&mut self, texts: &[&str]) -> Result<(), Error> {
        self.pending.push(texts);
        self.spill_when_full()
    }

    /// Adds the next documents. Runs are made by other threads meanwhile.
    ///
    /// # Errors
    /// When a run cannot be written, or there are too many documents.
    pub fn push_batch(&mut self, docs: Docs) -> Result<(), Error> {
        if self.pending.is_empty() {
            self.pending = docs;
        } else {
            self.pending.append(&docs);
        }
        self.spill_when_full()
    }

    fn spill_when_full(&mut self) -> Result<(), Error> {
        if self.pending.bytes() >= self.full {
            self.begin_run()?;
        }
        Ok(())
    }

    fn begin_run(&mut self) -> Result<(), Error> {
        let docs = std::mem::take(&mut self.pending);
        let first = self.documents;
        self.documents += docs.len() as u64;
        if self.documents > MAX_DOCUMENTS {
            return Err(Error::TooManyTracks {
                limit: MAX_DOCUMENTS,
            });
        }
        while self.at_work.len() >= self.threads {
            self.end_run()?;
        }
        let work = move || run(&docs, 0..docs.len(), first as u32);
        self.at_work.push_back(thread::spawn(work));
        Ok(())
    }

    /// Writes the oldest run that is at work.
    fn end_run(&mut self) -> Result<(), Error> {
        let Some(worker) = self.at_work.pop_front() else {
            return Ok(());
        };
        let run = worker
            .join()
            .unwrap_or_else(|panic| panic::resume_unwind(panic));
        let Spilled { path, file, runs } = &mut self.spilled;
        let written = file.write_all_at(&run.bytes, self.written);
        written.map_err(Error::write(&*path))?;
        let end = self.written + run.bytes.len() as u64;
        runs.push((self.written, end));
        self.written = end;
        self.lengths.extend(&run.lengths)
    }

    /// Merges the runs and makes the index durable.
    ///
    /// # Errors
    /// When files cannot be read or written, or the monitor says stop.
    pub fn finish(mut self, monitor: &dyn Monitor) -> Result<SearchStats, Error> {
        if !self.pending.is_empty() {
            self.begin_run()?;
        }
        while !self.at_work.is_empty() {
            self.end_run()?;
        }
        monitor.begin("indexing words", None, Unit::Items);
        let merged = merge(&self.spilled, self.memory, &self.dir, monitor)?;
        let path = &self.spilled.path;
        fs::remove_file(path).map_err(Error::write(path))?;
        let lengths = self.lengths.finish()?.finish()?;
        stats(&self.dir, self.documents, merged, lengths)
    }
}

fn stats(
    dir: &Path,
    documents: u64,
    merged: Merged,
    lengths: SearchFile,
) -> Result<SearchStats, Error> {
    let Merged {
        terms,
        postings,
        prefixes,
        mut files,
    } = merged;
    files.insert(0, lengths);
    Meta::new(documents, terms, postings, prefixes, files.clone()).write(dir)?;
    Ok(SearchStats {
        documents,
        terms,
        postings,
        prefixes,
        bytes: files.iter().map(|file| file.bytes).sum(),
        files,
    })
}
