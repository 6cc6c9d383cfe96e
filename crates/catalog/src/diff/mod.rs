//! What is different between two snapshots?
//!
//! ```text
//!   old ─ id, row, content ─► parts by id ─┐
//!                                          ├─ sorted, side by side ─► counts, examples
//!   new ─ id, row, content ─► parts by id ─┘
//! ```
//!
//! Both are in the order of rank, so that ids are spread over temporary files
//! first; a part of each is in memory at a time. Text is compared by 64-bit
//! hashes: where 256 million tracks change, one of ten billion such runs counts a
//! change too few.

mod content;
mod merge;

pub use merge::{DiffCounts, Field};

use {
    self::{content::Contents, merge::Merged},
    crate::{
        error::Error,
        shuffle::{Spread, parts_of},
        snapshot::{Snapshot, TrackDetails},
    },
    longplay_model::{Monitor, Unit},
    rayon::prelude::*,
    std::path::Path,
};

/// How two snapshots are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiffOptions {
    /// Examples of each kind at most, the most popular first.
    pub limit: usize,
    /// Memory for the parts that are compared at once.
    pub memory_bytes: u64,
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self {
            limit: 10,
            memory_bytes: 256 << 20,
        }
    }
}

/// What is different.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    pub counts: DiffCounts,
    /// By their rank in the new snapshot.
    pub added: Vec<TrackDetails>,
    /// By their rank in the old snapshot.
    pub removed: Vec<TrackDetails>,
    /// By their rank in the new snapshot.
    pub changed: Vec<Change>,
}

/// A track that is in both, and what of it is different.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub old: TrackDetails,
    pub new: TrackDetails,
    pub fields: Vec<Field>,
}

/// Compares two snapshots by track id. Temporary files go to the empty folder
/// `scratch`.
///
/// # Errors
/// When a table cannot be read, the folder not be written, or the user stops.
pub fn diff(
    old: &Snapshot,
    new: &Snapshot,
    scratch: &Path,
    options: &DiffOptions,
    monitor: &dyn Monitor,
) -> Result<Diff, Error> {
    let snapshots = [old, new];
    let tracks = snapshots.map(|snapshot| snapshot.counts().tracks);
    let parts = parts_of(
        tracks[0].max(tracks[1]) * merge::BYTES,
        options.memory_bytes,
    );
    monitor.begin("comparing tracks", Some(tracks[0] + tracks[1]), Unit::Items);
    let spread = |snapshot: &Snapshot, name| {
        let contents = Contents::read(snapshot.dir())?;
        contents.spread(scratch, name, parts, monitor)
    };
    let sides = [spread(old, "old")?, spread(new, "new")?];
    let merged = merged(&sides, options.limit, monitor)?;
    let examples = Examples::of(&merged, old, new)?;
    Ok(examples.with(merged.counts(tracks)))
}

/// Compares a few parts at a time side by side.
fn merged(sides: &[Spread; 2], limit: usize, monitor: &dyn Monitor) -> Result<Merged, Error> {
    let parts: Vec<usize> = (0..sides[0].parts()).collect();
    let mut all = Merged::new(limit);
    for window in parts.chunks(rayon::current_num_threads().min(4)) {
        let compared: Vec<Merged> = window
            .par_iter()
            .map(|part| {
                Ok(merge::part(
                    sides[0].take(*part)?,
                    sides[1].take(*part)?,
                    limit,
                ))
            })
            .collect::<Result<_, Error>>()?;
        compared.into_iter().for_each(|part| all.add(part));
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
    }
    Ok(all)
}

struct Examples {
    added: Vec<TrackDetails>,
    removed: Vec<TrackDetails>,
    changed: Vec<Change>,
}

impl Examples {
    fn of(merged: &Merged, old: &Snapshot, new: &Snapshot) -> Result<Self, Error> {
        let at = |snapshot: &Snapshot, row: &u32| snapshot.track_at(u64::from(*row));
        let added = merged.added.rows().iter().map(|row| at(new, row));
        let removed = merged.removed.rows().iter().map(|row| at(old, row));
        let changed = merged.changed.iter().map(|(new_row, (old_row, fields))| {
            Ok(Change {
                old: at(old, old_row)?,
                new: at(new, new_row)?,
                fields: fields.clone(),
            })
        });
        Ok(Self {
            added: added.collect::<Result<_, Error>>()?,
            removed: removed.collect::<Result<_, Error>>()?,
            changed: changed.collect::<Result<_, Error>>()?,
        })
    }

    fn with(self, counts: DiffCounts) -> Diff {
        Diff {
            counts,
            added: self.added,
            removed: self.removed,
            changed: self.changed,
        }
    }
}
