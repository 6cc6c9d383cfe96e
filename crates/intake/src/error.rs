use {
    std::{io, path::PathBuf},
    thiserror::Error,
};

/// What keeps intake from looking or from acting. Files that are damaged or
/// left out are findings.
#[derive(Debug, Error)]
pub enum Error {
    #[error("cannot read the collection {}", path.display())]
    ReadCollection { path: PathBuf, source: io::Error },

    #[error("cannot read the rights file {}", path.display())]
    ReadRights { path: PathBuf, source: io::Error },

    #[error("cannot take in {}", path.display())]
    TakeIn {
        path: PathBuf,
        source: Box<longplay_store::Error>,
    },

    #[error(transparent)]
    Archive(Box<longplay_store::Error>),

    #[error("interrupted; run the same command again to go on")]
    Interrupted,
}

impl From<longplay_store::Error> for Error {
    fn from(error: longplay_store::Error) -> Self {
        Self::Archive(Box::new(error))
    }
}
