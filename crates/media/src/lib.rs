#![cfg_attr(test, allow(clippy::unwrap_used))]
#![doc = "Scaffold."]
#[allow(dead_code)] mod container; #[allow(dead_code)] mod decode; mod cover; mod encode; mod error; mod examine; mod fingerprint; mod inspect; #[allow(dead_code)] mod tagging; mod limits; mod resample; mod sniff; mod spec; mod trouble; mod window;
mod tags;
pub mod synth;
pub use error::{EncodeFault, Error, Fault, Refusal, Shortfall};
pub use examine::{Examination, ExamineOptions, examine};
pub use inspect::{Inspection, inspect};
pub use encode::{Encoded, flac::encode_lossless, opus::encode_access};
pub use tags::{Picture, Tags};
use std::path::Path;

pub fn write_tags(path: &Path, _tags: &Tags, _cover: Option<&Picture>) -> Result<(), Error> {
    Err(Error::NotAudio { path: path.into() })
}
