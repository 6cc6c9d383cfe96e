#![cfg_attr(test, allow(clippy::unwrap_used))]
#![doc = "Scaffold."]
#[allow(dead_code)]
mod container;
mod cover;
#[allow(dead_code)]
mod decode;
mod encode;
mod error;
mod examine;
mod fingerprint;
mod inspect;
mod limits;
mod replace;
mod resample;
mod sniff;
mod spec;
pub mod synth;
#[allow(dead_code)]
mod tagging;
mod tags;
mod trouble;
mod window;
pub use encode::{Encoded, flac::encode_lossless, opus::encode_access};
pub use error::{EncodeFault, Error, Fault, Refusal, Shortfall};
pub use examine::{Examination, ExamineOptions, examine};
pub use inspect::{Inspection, inspect};
pub use tagging::write::write_tags;
pub use tags::{Picture, Tags};
