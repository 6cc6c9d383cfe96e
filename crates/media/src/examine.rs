//! Decodes a file whole: the only proof that the sound is there.

use {
    crate::{
        decode::{self, Block, Sink},
        error::Error,
        fingerprint::Listener,
        inspect::{Inspection, describe},
        spec::Spec,
    },
    std::path::Path,
};

/// What [`examine`] is to find out beside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExamineOptions {
    /// Calculate the Chromaprint fingerprint.
    pub fingerprint: bool,
}

/// A file that was decoded from its first sample to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    pub inspection: Inspection,
    /// Samples a channel that were decoded, without those that the encoder
    /// added.
    pub frames: u64,
    /// Chromaprint, as `fpcalc` prints it; absent if not asked for, or if the
    /// sound is shorter than about three seconds.
    pub fingerprint: Option<String>,
}

/// Decodes the whole file and compares it with what the file promises: frame
/// and page checksums, the MD5 of FLAC, declared lengths, the end mark of Ogg.
///
/// # Errors
/// As [`crate::inspect`], and [`Error::Truncated`], [`Error::Decode`] or
/// [`Error::ChecksumMismatch`] if the promise is not kept.
pub fn examine(path: &Path, options: &ExamineOptions) -> Result<Examination, Error> {
    let mut ear = Ear {
        wanted: options.fingerprint,
        listener: None,
    };
    let (spec, frames) = decode::decode(path, &mut ear)?;
    Ok(Examination {
        inspection: describe(path, &spec, frames),
        frames,
        fingerprint: ear.listener.and_then(Listener::finish),
    })
}

struct Ear {
    wanted: bool,
    listener: Option<Listener>,
}

impl Sink for Ear {
    fn begin(&mut self, spec: &Spec) -> Result<(), Error> {
        if self.wanted {
            self.listener = Listener::new(spec);
        }
        Ok(())
    }

    fn take(&mut self, block: Block<'_>) -> Result<(), Error> {
        if let Some(listener) = &mut self.listener {
            listener.take(block);
        }
        Ok(())
    }
}
