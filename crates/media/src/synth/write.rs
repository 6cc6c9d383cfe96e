//! Composed sound into files of every codec.

use {
    super::{frames, mp3, pcm::Pcm},
    crate::{
        decode::{Block, Sink},
        encode::{
            encoded::contained,
            flac::{FlacSink, Measure},
            opus::OpusSink,
        },
        error::{EncodeFault, Error},
        replace::{create, replace},
        spec::Spec,
        tagging::{comments::comments, write::tag_in_place},
        tags::{Picture, Tags},
    },
    longplay_model::Codec,
    std::{
        fs,
        num::{NonZeroU8, NonZeroU32},
        path::Path,
    },
    vorbis_rs::{VorbisEncoderBuilder, VorbisError},
};

/// Writes `pcm` as a file of `codec` with tags and cover: FLAC and Opus as
/// [`crate::encode_lossless`] and [`crate::encode_access`] make them, Vorbis at
/// quality 5, WAVE and AIFF of 16 bits.
///
/// MP3 is the exception: there the file holds silence of the same length, since
/// no encoder of it is at hand.
///
/// # Errors
/// [`Error::Encode`] for shapes that the codec cannot hold (no samples at all
/// among them), [`Error::Create`] and [`Error::Tags`] if the file cannot be
/// written.
pub fn write(
    path: &Path,
    codec: Codec,
    pcm: &Pcm,
    tags: &Tags,
    cover: Option<&Picture>,
) -> Result<(), Error> {
    if pcm.samples.is_empty() {
        return Err(fault(EncodeFault::Empty));
    }
    let bytes = encode(codec, pcm, tags)?;
    replace(path, |partial| {
        fs::write(partial, bytes).map_err(|source| create(path, source))?;
        tag_in_place(partial, codec, tags, cover)
    })
}

fn fault(source: EncodeFault) -> Error {
    Error::Encode { source }
}

fn encode(codec: Codec, pcm: &Pcm, tags: &Tags) -> Result<Vec<u8>, Error> {
    match codec {
        Codec::Flac => flac(pcm, tags),
        Codec::Vorbis => contained(|| vorbis(pcm, tags)),
        Codec::Opus => opus(pcm, tags),
        Codec::Mp3 => mp3::silence(pcm).ok_or(fault(EncodeFault::SampleRate(pcm.sample_rate_hz))),
        Codec::Wav => Ok(frames::wave(pcm)),
        Codec::Aiff => Ok(frames::aiff(pcm)),
    }
}

/// Gives the samples to a sink as a decoder would.
fn play(pcm: &Pcm, sink: &mut dyn Sink) -> Result<(), Error> {
    sink.begin(&Spec {
        codec: Codec::Wav,
        sample_rate_hz: pcm.sample_rate_hz,
        channels: pcm.channels,
        bits_per_sample: Some(16),
        frames: Some(pcm.frames()),
        bytes: 2 * pcm.samples.len() as u64,
    })?;
    let piece = 4096 * usize::from(pcm.channels.max(1));
    let mut integers = Vec::with_capacity(piece);
    for samples in pcm.samples.chunks(piece) {
        integers.clear();
        integers.extend(samples.iter().map(|sample| i32::from(*sample) << 16));
        sink.take(Block::Integers(&integers))?;
    }
    Ok(())
}

fn flac(pcm: &Pcm, tags: &Tags) -> Result<Vec<u8>, Error> {
    let mut first = Measure::default();
    play(pcm, &mut first)?;
    let mut bytes = Vec::new();
    let mut second = FlacSink::new(first.finish()?, &mut bytes, tags)?;
    play(pcm, &mut second)?;
    second.finish()?;
    Ok(bytes)
}

fn opus(pcm: &Pcm, tags: &Tags) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut sink = OpusSink::new(&mut bytes, tags);
    play(pcm, &mut sink)?;
    sink.finish()?;
    Ok(bytes)
}

fn vorbis(pcm: &Pcm, tags: &Tags) -> Result<Vec<u8>, Error> {
    let rate = NonZeroU32::new(pcm.sample_rate_hz)
        .ok_or(fault(EncodeFault::SampleRate(pcm.sample_rate_hz)))?;
    let (found, most) = (pcm.channels, u8::MAX.into());
    let channels = u8::try_from(found)
        .ok()
        .and_then(NonZeroU8::new)
        .ok_or(fault(EncodeFault::Channels { found, most }))?;
    encode_vorbis(pcm, tags, rate, channels).map_err(|source| fault(EncodeFault::Vorbis(source)))
}

fn encode_vorbis(
    pcm: &Pcm,
    tags: &Tags,
    rate: NonZeroU32,
    channels: NonZeroU8,
) -> Result<Vec<u8>, VorbisError> {
    let serial = pcm.samples.iter().fold(1_i32, |all, sample| {
        all.wrapping_mul(31).wrapping_add((*sample).into())
    });
    let mut builder = VorbisEncoderBuilder::new_with_serial(rate, channels, Vec::new(), serial);
    builder.comment_tags(comments(tags))?;
    let mut encoder = builder.build()?;
    for piece in pcm.samples.chunks(4096 * usize::from(channels.get())) {
        let plane = |channel| piece.iter().skip(channel).step_by(channels.get().into());
        let planes: Vec<Vec<f32>> = (0..channels.get().into())
            .map(|channel| {
                plane(channel)
                    .map(|sample| f32::from(*sample) / 32_768.0)
                    .collect()
            })
            .collect();
        encoder.encode_audio_block(planes)?;
    }
    encoder.finish()
}
