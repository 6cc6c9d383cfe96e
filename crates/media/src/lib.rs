#![cfg_attr(test, allow(clippy::unwrap_used))]
#![doc = "Scaffold."]
#[allow(dead_code)] mod container; #[allow(dead_code)] mod decode; mod cover; mod error; mod examine; mod fingerprint; mod inspect; #[allow(dead_code)] mod tagging; mod limits; mod sniff; mod spec; mod trouble; mod window;
mod tags;
pub mod synth;
pub use error::{EncodeFault, Error, Fault, Refusal, Shortfall};
pub use examine::{Examination, ExamineOptions, examine};
pub use inspect::{Inspection, inspect};
pub use tags::{Picture, Tags};
use std::{io::Write, path::Path};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    pub duration_ms: u32,
    pub sample_rate_hz: u32,
    pub channels: u16,
    pub encoder: String,
}
pub fn encode_access(input: &Path, _output: &mut dyn Write, _tags: &Tags) -> Result<Encoded, Error> {
    Err(Error::NotAudio { path: input.into() })
}
pub fn encode_lossless(input: &Path, _output: &mut dyn Write, _tags: &Tags) -> Result<Encoded, Error> {
    Err(Error::NotAudio { path: input.into() })
}
pub fn write_tags(path: &Path, _tags: &Tags, _cover: Option<&Picture>) -> Result<(), Error> {
    Err(Error::NotAudio { path: path.into() })
}
