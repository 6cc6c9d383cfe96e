//! What a file says about itself: headers, tags, cover.

use {
    crate::{
        cover::{self, RawPicture},
        decode,
        error::Error,
        spec::Spec,
        tagging::{
            fields::{self, Contents},
            meaning,
        },
        tags::{Picture, Tags},
    },
    longplay_model::Codec,
    std::{fs::File, io::BufReader, path::Path},
};

/// What a file says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    pub codec: Codec,
    /// As declared by the headers; after [`crate::examine`] as decoded.
    pub duration_ms: u32,
    pub sample_rate_hz: u32,
    pub channels: u16,
    /// Of integer samples; absent for lossy codecs and floating point.
    pub bits_per_sample: Option<u16>,
    /// Mean bits a second of the sound without its tags.
    pub bit_rate: u32,
    pub tags: Tags,
    /// The front cover, else the first picture that is no icon.
    pub cover: Option<Picture>,
    /// Why the picture that is there is not kept.
    pub cover_error: Option<String>,
    /// Why the tags could not be read; then they are empty.
    pub tag_error: Option<String>,
}

/// Reads headers and tags. The content decides what the file is, never its
/// extension.
///
/// # Errors
/// [`Error::NotAudio`], [`Error::Empty`], [`Error::Unsupported`],
/// [`Error::Read`], and [`Error::Truncated`] or [`Error::Decode`] where the
/// headers themselves are broken. Broken tags and covers are told in the
/// result.
pub fn inspect(path: &Path) -> Result<Inspection, Error> {
    let spec = decode::spec(path)?;
    let frames = spec.frames.unwrap_or_default();
    Ok(describe(path, &spec, frames))
}

/// The inspection of a file of which the sound is known already.
pub(crate) fn describe(path: &Path, spec: &Spec, frames: u64) -> Inspection {
    let (contents, tag_error) = match read_tags(path, spec.codec) {
        Ok(contents) => (contents, None),
        Err(reason) => (Contents::default(), Some(reason)),
    };
    let (cover, cover_error) = prove_cover(cover::choose(contents.pictures));
    Inspection {
        codec: spec.codec,
        duration_ms: spec.milliseconds(frames),
        sample_rate_hz: spec.sample_rate_hz,
        channels: spec.channels,
        bits_per_sample: spec.bits_per_sample,
        bit_rate: spec.bit_rate(frames),
        tags: meaning::understand(&contents.tags),
        cover,
        cover_error,
        tag_error,
    }
}

/// Tags that cannot be read are no reason to refuse the sound.
fn read_tags(path: &Path, codec: Codec) -> Result<Contents, String> {
    let read = || {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let mut file = BufReader::new(file);
        fields::read(&mut file, codec).map_err(|error| chain(&error))
    };
    std::panic::catch_unwind(read).unwrap_or_else(|_| Err("the tag reader gave up".into()))
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

fn prove_cover(picture: Option<RawPicture>) -> (Option<Picture>, Option<String>) {
    match picture.map(|picture| cover::prove(picture.bytes)) {
        None => (None, None),
        Some(Ok(picture)) => (Some(picture), None),
        Some(Err(reason)) => (None, Some(reason.to_string())),
    }
}
