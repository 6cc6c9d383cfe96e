//! What can keep us from looking into a file, or from writing one.

use {
    std::{io, path::PathBuf},
    thiserror::Error,
};

/// Why this crate could not do what it was asked to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    #[error("reading {path:?}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path:?} is empty")]
    Empty { path: PathBuf },
    #[error("{path:?} holds no audio that longplay knows")]
    NotAudio { path: PathBuf },
    #[error("{path:?} cannot be decoded here")]
    Unsupported { path: PathBuf, source: Refusal },
    #[error("{path:?} ends early")]
    Truncated { path: PathBuf, source: Shortfall },
    #[error("decoding {path:?}")]
    Decode { path: PathBuf, source: Fault },
    /// The decoded samples differ from the MD5 that the file carries for them
    /// (FLAC STREAMINFO, RFC 9639 §8.2).
    #[error("{path:?}: decoded audio differs from the checksum in the file")]
    ChecksumMismatch { path: PathBuf },
    #[error("writing encoded audio")]
    Write { source: io::Error },
    #[error("encoding audio")]
    Encode { source: EncodeFault },
    #[error("writing tags into {path:?}")]
    Tags {
        path: PathBuf,
        source: lofty::error::FileEncodingError,
    },
    /// The file changed or could not be parsed well enough to write tags.
    #[error("reading the tags of {path:?}")]
    ReadTags {
        path: PathBuf,
        source: lofty::error::FileParseError,
    },
    #[error("writing {path:?}")]
    Create { path: PathBuf, source: io::Error },
}

/// A sound file of a kind, or of a size, that is not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    #[error("the codec is {0}")]
    Codec(&'static str),
    #[error("{found} channels, and at most {most} are taken in")]
    Channels { found: u32, most: u16 },
    #[error("{found} Hz, and {least} to {most} Hz are taken in")]
    SampleRate { found: u32, least: u32, most: u32 },
    #[error("{0} bits a sample")]
    BitsPerSample(u32),
    #[error("the streams of the chain differ in rate or channels")]
    Chain,
}

/// How a file shows that its end is missing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Shortfall {
    #[error("{declared} bytes of audio are declared, {found} are there")]
    Bytes { declared: u64, found: u64 },
    #[error("{declared} samples a channel are declared, {found} are there")]
    Frames { declared: u64, found: u64 },
    #[error("{declared} MPEG frames are declared, {found} are there")]
    MpegFrames { declared: u64, found: u64 },
    #[error("the last frame, at byte {at}, is cut")]
    LastFrame { at: u64 },
    #[error("the last Ogg page, at byte {at}, is cut")]
    LastPage { at: u64 },
    #[error("no Ogg page is marked as the last")]
    NoEndOfStream,
    #[error("the headers are cut")]
    Headers,
}

/// What is broken in the coded audio.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Fault {
    #[error("{what} at byte {at}")]
    Structure { what: &'static str, at: u64 },
    #[error("{what}")]
    Header { what: &'static str },
    #[error("Ogg page at byte {at} fails its CRC")]
    PageChecksum { at: u64 },
    #[error("Ogg page {expected} is missing, page {found} follows at byte {at}")]
    MissingPage { expected: u32, found: u32, at: u64 },
    #[error("{declared} samples a channel are declared, {found} were decoded")]
    TooLong { declared: u64, found: u64 },
    #[error("samples {from} to {to} are missing")]
    Gap { from: u64, to: u64 },
    #[error("around sample {frame}")]
    Stream {
        frame: u64,
        source: symphonia::core::errors::Error,
    },
    #[error("Opus packet at sample {frame}")]
    Opus { frame: u64, code: i32 },
    #[error("no sample came out")]
    Silent,
    /// A decoder panicked: a defect of the decoder that this file brings out.
    #[error("the decoder gave up on this file")]
    DecoderDefect,
}

/// What an encoder refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeFault {
    #[error("{found} channels, and at most {most} can be written")]
    Channels { found: u16, most: u16 },
    #[error("a sample rate of {0} Hz")]
    SampleRate(u32),
    #[error("no samples")]
    Empty,
    #[error("building the Opus encoder")]
    OpusSetup(#[source] ropus::EncoderBuildError),
    #[error("encoding an Opus packet")]
    OpusPacket(#[source] ropus::EncodeError),
    #[error("samples that FLAC of 24 bits cannot hold exactly")]
    Inexact,
    #[error("checking the settings of the FLAC encoder")]
    FlacSetup(#[source] flacenc::error::VerifyError),
    #[error("encoding a FLAC frame")]
    FlacFrame(#[source] FlacFrameFault),
    #[error("setting up the Vorbis encoder")]
    Vorbis(#[source] vorbis_rs::VorbisError),
    #[error("drawing a picture")]
    Picture(#[source] image::ImageError),
    #[error("the encoder gave up on this audio")]
    EncoderDefect,
}

/// What the FLAC encoder said of a frame, as text: its own error cannot leave
/// the thread that it arose in.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct FlacFrameFault(String);

impl From<flacenc::error::EncodeError> for FlacFrameFault {
    fn from(error: flacenc::error::EncodeError) -> Self {
        Self(error.to_string())
    }
}
