//! What encoders have in common.

use crate::error::{EncodeFault, Error};

/// What came out of an encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    pub duration_ms: u32,
    pub sample_rate_hz: u32,
    pub channels: u16,
    /// Name and version of the encoder: it is part of the input when the same
    /// input is to give the same bytes.
    pub encoder: String,
}

/// Runs an encoder: a panic in there is told as a defect of the encoder.
pub(crate) fn contained<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let defect = || Error::Encode {
        source: EncodeFault::EncoderDefect,
    };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|_| Err(defect()))
}
