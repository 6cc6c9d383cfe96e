use crate::{error::Error, pack::SourceFault};

/// Why the writing of a tranche ended early.
#[derive(Debug)]
pub enum Stop {
    /// Sources that are not what they were; the others can still be sealed.
    Faults(Vec<SourceFault>),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
