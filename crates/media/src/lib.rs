//! What is inside a sound file, and is it all there?
//!
//! ```text
//!   file ─ window ─ sniff ─ container ─ decode ─┬─► examine   is every sample there?
//!            │                                  ├─► fingerprint
//!            │                                  └─► encode    access and lossless forms
//!            └─ tagging, cover ─► inspect       what does the file say of itself?
//! ```
//!
//! Codecs and tag formats are named in this crate and in no other.
//!
//! ```
//! use longplay_media::{ExamineOptions, Tags, examine, synth};
//! use longplay_model::Codec;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("tune.flac");
//! let pcm = synth::compose(1, 0.5, 44_100, 2);
//! let tags = Tags { title: Some("Tune".into()), ..Tags::default() };
//! synth::write(&path, Codec::Flac, &pcm, &tags, None)?;
//!
//! let examination = examine(&path, &ExamineOptions::default())?;
//! assert_eq!(examination.frames, 22_050);
//! assert_eq!(examination.inspection.tags, tags);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What decides
//!
//! Extensions decide nothing, content everything. Framing is our own for every
//! container, so that it is known to the byte where a file ends early; the
//! decoders behind it are those of Symphonia, and ropus for Opus. A file is
//! taken to be whole when every frame and page passes its checksum, every
//! declared length is there, the end is marked where the format marks it, and
//! the MD5 of FLAC agrees. Tags around the sound and junk behind it are
//! tolerated, as players do.
//!
//! # What this crate never does
//!
//! It changes no sample of an original, repairs nothing, opens no network
//! connection, and runs no other program. It does not panic on foreign bytes:
//! a decoder that does is told as [`Fault::DecoderDefect`].

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod container;
mod cover;
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
mod tagging;
mod tags;
mod trouble;
mod window;

pub use {
    encode::{encoded::Encoded, flac::encode_lossless, opus::encode_access},
    error::{EncodeFault, Error, Fault, Refusal, Shortfall},
    examine::{Examination, ExamineOptions, examine},
    inspect::{Inspection, inspect},
    tagging::write::write_tags,
    tags::{Picture, Tags},
};
