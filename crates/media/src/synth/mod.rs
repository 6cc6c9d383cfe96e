//! Scaffold.
use crate::{Error, Picture, Tags};
use longplay_model::Codec;
use std::path::Path;
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pcm {
    pub sample_rate_hz: u32,
    pub channels: u16,
    pub samples: Vec<i16>,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    Png,
    Jpeg,
}
pub fn compose(_seed: u64, _seconds: f32, sample_rate_hz: u32, channels: u16) -> Pcm {
    Pcm { sample_rate_hz, channels, samples: Vec::new() }
}
pub fn cover(_seed: u64, width: u32, height: u32, format: PictureFormat) -> Picture {
    let media_type = match format { PictureFormat::Png => "image/png", PictureFormat::Jpeg => "image/jpeg" };
    Picture { media_type: media_type.into(), width, height, bytes: Vec::new() }
}
pub fn write(path: &Path, _codec: Codec, _pcm: &Pcm, _tags: &Tags, _cover: Option<&Picture>) -> Result<(), Error> {
    Err(Error::NotAudio { path: path.into() })
}
