//! Every track as the plan sees it, a row group of `tracks` at a time.
//!
//! ```text
//!   releases, artists ─► their figures in memory ─┐
//!   row groups, some side by side ────────────────┴─► batches, in order ─► plan
//! ```
//!
//! While a plan takes a batch, the next ones are read. In memory are a few row
//! groups and, for the reading that puts rows in order, the figures of all
//! releases (4 bytes each) and artists (16 bytes each).

mod entities;
mod group;

use {
    self::{entities::Entities, group::Group},
    super::tables::Tables,
    crate::error::Error,
    longplay_model::{CandidateBatch, CandidateColumns, Candidates, Monitor, Unit},
    std::{sync::mpsc, thread},
};

/// The tracks of a snapshot as a plan reads them: several times, and each time
/// only what it asks for.
pub struct SnapshotCandidates<'a> {
    tables: &'a Tables,
    monitor: &'a dyn Monitor,
}

type Read = Result<CandidateBatch, Error>;

impl<'a> SnapshotCandidates<'a> {
    pub(super) fn new(tables: &'a Tables, monitor: &'a dyn Monitor) -> Self {
        Self { tables, monitor }
    }

    /// Reads these row groups one after the other, until nobody asks for more.
    fn send(
        &self,
        groups: impl Iterator<Item = usize>,
        columns: CandidateColumns,
        entities: &Entities,
        out: &mpsc::SyncSender<Read>,
    ) {
        for group in groups {
            let read = match self.monitor.is_interrupted() {
                true => Err(Error::Interrupted),
                false => Group::new(self.tables, group).batch(columns, entities),
            };
            if out.send(read).is_err() {
                return;
            }
        }
    }
}

impl Candidates for SnapshotCandidates<'_> {
    type Error = Error;

    fn rows(&self) -> u32 {
        // Other tables point at tracks by numbers of 32 bits.
        u32::try_from(self.tables.tracks.rows()).unwrap_or(u32::MAX)
    }

    fn each(
        &self,
        columns: CandidateColumns,
        visit: &mut dyn FnMut(&CandidateBatch),
    ) -> Result<(), Error> {
        let rows = u64::from(self.rows());
        self.monitor
            .begin(what_for(columns), Some(rows), Unit::Items);
        let entities = match columns {
            CandidateColumns::Order => Entities::read(self.tables)?,
            _ => Entities::default(),
        };
        let (groups, readers) = (self.tables.tracks.groups(), rayon::current_num_threads());
        thread::scope(|scope| {
            let read: Vec<mpsc::Receiver<Read>> = (0..readers)
                .map(|first| {
                    let (out, read) = mpsc::sync_channel(1);
                    let own = groups.clone().skip(first).step_by(readers);
                    let entities = &entities;
                    scope.spawn(move || self.send(own, columns, entities, &out));
                    read
                })
                .collect();
            // Each reader ends after its last group, and none before the first.
            for batch in read.iter().cycle().map_while(|read| read.recv().ok()) {
                let batch = batch?;
                visit(&batch);
                self.monitor.advance(batch.recording.len() as u64);
            }
            Ok(())
        })
    }
}

fn what_for(columns: CandidateColumns) -> &'static str {
    match columns {
        CandidateColumns::Order => "ordering",
        CandidateColumns::Lengths | CandidateColumns::Size => "measuring",
        CandidateColumns::Listens => "counting listens",
    }
}
