//! Any file of a known codec to interleaved samples, whole.

mod block;
mod coded;
mod ogg;
mod opus_head;
mod sink;

pub(crate) use {block::Block, sink::Sink};

use {
    crate::{
        container::{aiff, flac, mpeg, pcm, wave},
        error::Error,
        sniff::sniff,
        spec::Spec,
        trouble::{Trouble, contained},
        window::Window,
    },
    longplay_model::Codec,
    std::path::Path,
};

/// What the headers of a file say of its sound.
pub(crate) fn spec(path: &Path) -> Result<Spec, Error> {
    contained(|| {
        let mut window = Window::open(path)?;
        match sniff(&mut window)? {
            Codec::Flac => flac::Frames::open(window)?.spec(),
            Codec::Mp3 => mpeg::Frames::open(window)?.spec(),
            Codec::Vorbis | Codec::Opus => ogg::spec(window),
            codec @ (Codec::Wav | Codec::Aiff) => Ok(blocks(window, codec)?.spec().clone()),
        }
    })
    .map_err(|trouble| trouble.at(path))
}

/// Decodes the whole file into `sink`. Returns the spec, and how many samples
/// a channel came out.
///
/// # Errors
/// [`Error::Truncated`], [`Error::Decode`] or [`Error::ChecksumMismatch`] if
/// any of the sound is missing or broken; what the sink has by then is worth
/// nothing.
pub(crate) fn decode(path: &Path, sink: &mut dyn Sink) -> Result<(Spec, u64), Error> {
    contained(|| decode_window(Window::open(path)?, sink)).map_err(|trouble| trouble.at(path))
}

fn decode_window(mut window: Window, sink: &mut dyn Sink) -> Result<(Spec, u64), Trouble> {
    match sniff(&mut window)? {
        Codec::Flac => coded::flac(flac::Frames::open(window)?, sink),
        Codec::Mp3 => coded::mp3(mpeg::Frames::open(window)?, sink),
        Codec::Vorbis | Codec::Opus => ogg::decode(window, sink),
        codec @ (Codec::Wav | Codec::Aiff) => coded::pcm(blocks(window, codec)?, sink),
    }
}

fn blocks(mut window: Window, codec: Codec) -> Result<pcm::Blocks, Trouble> {
    let chunk = match codec {
        Codec::Wav => wave::read(&mut window)?,
        _ => aiff::read(&mut window)?,
    };
    pcm::Blocks::open(window, chunk)
}
