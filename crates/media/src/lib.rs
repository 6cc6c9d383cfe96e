#![cfg_attr(test, allow(clippy::unwrap_used))]
#![doc = "Scaffold."]
#[allow(dead_code)] mod container; #[allow(dead_code)] mod decode; mod error; mod limits; mod sniff; mod spec; mod trouble; mod window;
mod tags;
pub mod synth;
pub use error::{EncodeFault, Error, Fault, Refusal, Shortfall};
pub use tags::{Picture, Tags};
use longplay_model::Codec;
use std::{io::Write, path::Path};

/// What a file says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    pub codec: Codec,
    pub duration_ms: u32,
    pub sample_rate_hz: u32,
    pub channels: u16,
    pub bits_per_sample: Option<u16>,
    pub bit_rate: u32,
    pub tags: Tags,
    pub cover: Option<Picture>,
    pub cover_error: Option<String>,
}
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExamineOptions {
    pub fingerprint: bool,
}
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    pub inspection: Inspection,
    pub frames: u64,
    pub fingerprint: Option<String>,
}
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    pub duration_ms: u32,
    pub sample_rate_hz: u32,
    pub channels: u16,
    pub encoder: String,
}
pub fn inspect(path: &Path) -> Result<Inspection, Error> {
    Err(Error::NotAudio { path: path.into() })
}
pub fn examine(path: &Path, _options: &ExamineOptions) -> Result<Examination, Error> {
    Err(Error::NotAudio { path: path.into() })
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
