use crate::{origin::Origin, snapshot_meta::SourceEntry};

/// A source that goes into a snapshot.
pub(crate) struct Input {
    pub(crate) origin: Origin,
    pub(crate) entry: SourceEntry,
    /// Whether what is wrong with it is told; sources that an earlier import
    /// brought were told of then.
    pub(crate) is_reported: bool,
}
