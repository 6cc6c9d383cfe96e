//! Errors before they know which file they are about.

use {
    crate::error::{Error, Fault, Refusal, Shortfall},
    std::{io, path::Path},
};

/// What went wrong inside a file; [`Trouble::at`] adds the path.
#[derive(Debug)]
pub(crate) enum Trouble {
    Read(io::Error),
    Empty,
    NotAudio,
    Unsupported(Refusal),
    Truncated(Shortfall),
    Decode(Fault),
    ChecksumMismatch,
    /// The one who takes the samples failed; already complete.
    Sink(Box<Error>),
}

impl Trouble {
    pub(crate) fn at(self, path: &Path) -> Error {
        let path = path.to_path_buf();
        match self {
            Self::Read(source) => Error::Read { path, source },
            Self::Empty => Error::Empty { path },
            Self::NotAudio => Error::NotAudio { path },
            Self::Unsupported(source) => Error::Unsupported { path, source },
            Self::Truncated(source) => Error::Truncated { path, source },
            Self::Decode(source) => Error::Decode { path, source },
            Self::ChecksumMismatch => Error::ChecksumMismatch { path },
            Self::Sink(error) => *error,
        }
    }

    pub(crate) fn structure(what: &'static str, at: u64) -> Self {
        Self::Decode(Fault::Structure { what, at })
    }

    pub(crate) fn header(what: &'static str) -> Self {
        Self::Decode(Fault::Header { what })
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated(Shortfall::Headers),
            _ => Self::Read(error),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Sink(Box::new(error))
    }
}

/// Runs third-party code that parses foreign bytes: a panic in there is a
/// defect that this file brings out, and no reason to end the whole run.
pub(crate) fn contained<T>(work: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or(Err(Trouble::Decode(Fault::DecoderDefect)))
}
