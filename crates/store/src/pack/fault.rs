use {longplay_model::Digest, std::io, thiserror::Error};

/// In what way a source is not what it was.
#[derive(Debug, Error)]
pub enum FaultKind {
    #[error("it is missing")]
    Missing,
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
    #[error("it is cut short")]
    Short,
    #[error("its digest is {found}")]
    Digest { found: Digest },
}

impl FaultKind {
    pub(crate) fn of(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Unreadable(error),
        }
    }
}
