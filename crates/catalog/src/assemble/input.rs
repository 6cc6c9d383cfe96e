use crate::{error::Error, origin::Origin, snapshot_meta::SourceEntry, succession::Floor};

/// A source that goes into a snapshot.
pub(crate) struct Input {
    pub(crate) origin: Origin,
    pub(crate) entry: SourceEntry,
    /// Whether what is wrong with it is told; sources that an earlier import
    /// brought were told of then.
    pub(crate) is_reported: bool,
    /// What the sources held that it replaces.
    pub(crate) floor: Option<Floor>,
}

impl Input {
    pub(super) fn check(&self, records: u64, tracks: u64) -> Result<(), Error> {
        match self.floor {
            Some(floor) => floor.check(&self.entry.file, records, tracks),
            None => Ok(()),
        }
    }
}
