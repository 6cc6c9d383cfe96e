//! What is asked of sealing.

use {
    crate::{disk::Location, names::TrancheKind},
    longplay_model::{Access, Timestamp},
};

/// What to seal, and what the bags say of when and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealRequest {
    /// The clock of the plan: its day is the `Bagging-Date`.
    pub clock: Timestamp,
    pub payload: Payload,
    /// `longplay <version>`.
    pub software: String,
}

/// What goes into the tranches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// All that waits in staging: audio tranches by access class, then art
    /// tranches by access class.
    Staged,
    /// A metadata tranche of plain files.
    Files {
        access: Access,
        /// Name below `data/catalog/`, and where the file is now.
        files: Vec<(String, Location)>,
    },
}

impl Payload {
    /// Whether it goes into tranches of this kind. What a killed sealing left
    /// of other kinds is no business of this one.
    pub(crate) const fn makes(&self, kind: TrancheKind) -> bool {
        let makes_metadata = matches!(self, Self::Files { .. });
        matches!(kind, TrancheKind::Metadata) == makes_metadata
    }
}
