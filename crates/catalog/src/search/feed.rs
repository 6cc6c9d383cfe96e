//! An index from tables that are sorted by row.

use {
    super::{
        build::{SearchBuilder, SearchStats},
        docs::Docs,
    },
    crate::error::Error,
    longplay_model::Monitor,
    std::path::Path,
};

/// Documents that are handed on at once.
const BATCH: usize = 1 << 14;

/// Where an index is built, and with how much.
#[derive(Debug, Clone, Copy)]
pub struct Workshop<'a> {
    /// The folder of the index; it is made anew.
    pub dir: &'a Path,
    /// A folder for temporary files.
    pub spill: &'a Path,
    /// Bytes of memory.
    pub memory: usize,
    pub threads: usize,
}

/// Builds the index of tracks: `titles` in the order of their rows, `names` of
/// artists with their track's row, sorted by it. Names of rows that have no
/// title are left out.
///
/// # Errors
/// When either gives one, when files cannot be written, or when the monitor
/// says stop.
pub fn index_rows(
    titles: impl Iterator<Item = Result<String, Error>>,
    names: impl Iterator<Item = Result<(u64, String), Error>>,
    workshop: Workshop<'_>,
    monitor: &dyn Monitor,
) -> Result<SearchStats, Error> {
    let Workshop {
        dir,
        spill,
        memory,
        threads,
    } = workshop;
    let mut builder = SearchBuilder::create(dir, spill, memory, threads)?;
    let mut names = names.peekable();
    let mut docs = Docs::default();
    for (row, title) in (0..).zip(titles) {
        docs.begin(&title?);
        // An error is taken too: it ends the work.
        while let Some(name) = names.next_if(|name| !matches!(name, Ok(name) if name.0 > row)) {
            let (of, name) = name?;
            if of == row {
                docs.add(&name);
            }
        }
        if docs.len() == BATCH {
            builder.push_batch(std::mem::take(&mut docs))?;
            if monitor.is_interrupted() {
                return Err(Error::Interrupted);
            }
        }
    }
    builder.push_batch(docs)?;
    builder.finish(monitor)
}
