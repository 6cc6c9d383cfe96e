use crate::{recordings::Witness, row::RankKey};

/// A track under a code or text.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) rank: u64,
    /// Rank of the track that stands for its recording.
    pub(super) stands: u64,
    /// MusicBrainz knows its recording.
    pub(super) is_known: bool,
    /// Whether it may join others under this code or text.
    pub(super) joins: bool,
    pub(super) witness: Witness,
    /// Where the import looked at it: after all members of lesser order.
    pub(super) order: Order,
}

/// The order in which an import weighs the members of a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    pub(super) is_late: bool,
    pub(super) lacks_duration: bool,
    pub(super) rank: Option<RankKey>,
    pub(super) track: [u8; 16],
}
