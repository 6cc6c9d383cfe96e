//! The lossless form: FLAC (RFC 9639) with the MD5 of its samples.
//!
//! The MD5 and the length stand in front of the samples, and the output is a
//! stream: so the input is decoded twice, once to know them and once to encode.
//! Memory stays at one block, however long the music.

use {
    super::encoded::{Encoded, contained},
    crate::{
        decode::{self, Block, Sink},
        error::{EncodeFault, Error},
        spec::{Spec, milliseconds},
        tagging::comments::{comments, packet},
        tags::Tags,
    },
    flacenc::{
        bitsink::ByteSink,
        component::{BitRepr as _, StreamInfo},
        config,
        error::{Verified, Verify as _},
        source::{Context, Fill as _, FrameBuf},
    },
    std::{io::Write, path::Path},
};

pub(crate) const ENCODER: &str = "flacenc 0.5.1";
const BLOCK: usize = 4096;
const MOST_CHANNELS: u16 = 8;
/// STREAMINFO has 20 bits for it.
const HIGHEST_RATE: u32 = (1 << 20) - 1;

/// Encodes a file of a lossless codec as FLAC, bit for bit the same samples.
///
/// # Errors
/// Those of [`crate::examine`] for the input; [`EncodeFault::Inexact`] if the
/// input is lossy, floating point or has more than 24 bits a sample;
/// [`EncodeFault::Channels`] above 8 channels; [`Error::Write`].
pub fn encode_lossless(
    input: &Path,
    output: &mut dyn Write,
    tags: &Tags,
) -> Result<Encoded, Error> {
    let mut first = Measure::default();
    decode::decode(input, &mut first)?;
    let measured = first.finish()?;
    let mut second = FlacSink::new(measured, output, tags)?;
    decode::decode(input, &mut second)?;
    second.finish()
}

/// What STREAMINFO says of samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Measured {
    sample_rate_hz: u32,
    channels: u16,
    /// 8, 16 or 24.
    bits: u16,
    frames: u64,
    md5: [u8; 16],
}

/// Takes samples and measures them.
#[derive(Default)]
pub(crate) struct Measure {
    shape: Option<(Spec, u16, Context)>,
    samples: Vec<i32>,
}

impl Measure {
    pub(crate) fn finish(self) -> Result<Measured, Error> {
        let (spec, bits, context) = self.shape.ok_or(fault(EncodeFault::Empty))?;
        Ok(Measured {
            sample_rate_hz: spec.sample_rate_hz,
            channels: spec.channels,
            bits,
            frames: context.total_samples() as u64,
            md5: context.md5_digest(),
        })
    }
}

impl Sink for Measure {
    fn begin(&mut self, spec: &Spec) -> Result<(), Error> {
        let bits = bits_of(spec)?;
        let context = Context::new(bits.into(), spec.channels.into());
        self.shape = Some((spec.clone(), bits, context));
        Ok(())
    }

    fn take(&mut self, block: Block<'_>) -> Result<(), Error> {
        let Some((_, bits, context)) = &mut self.shape else {
            return Ok(());
        };
        self.samples.clear();
        append(block, *bits, &mut self.samples)?;
        context
            .fill_interleaved(&self.samples)
            .map_err(|_| fault(EncodeFault::EncoderDefect))
    }
}

/// Whole bytes a sample: what is unused in them costs nothing in FLAC.
fn bits_of(spec: &Spec) -> Result<u16, Error> {
    let most = MOST_CHANNELS;
    if spec.channels > most {
        let found = spec.channels;
        return Err(fault(EncodeFault::Channels { found, most }));
    }
    if spec.sample_rate_hz > HIGHEST_RATE {
        return Err(fault(EncodeFault::SampleRate(spec.sample_rate_hz)));
    }
    match spec.bits_per_sample {
        Some(bits @ 1..=24) => Ok(bits.next_multiple_of(8)),
        _ => Err(fault(EncodeFault::Inexact)),
    }
}

/// Appends integers in the range of `bits`.
fn append(block: Block<'_>, bits: u16, into: &mut Vec<i32>) -> Result<(), Error> {
    let Block::Integers(samples) = block else {
        return Err(fault(EncodeFault::Inexact));
    };
    into.extend(samples.iter().map(|sample| sample >> (32 - bits)));
    Ok(())
}

fn fault(source: EncodeFault) -> Error {
    Error::Encode { source }
}

/// Encodes the samples that it takes, which must be those that were measured.
pub(crate) struct FlacSink<'a> {
    output: &'a mut dyn Write,
    measured: Measured,
    config: Verified<config::Encoder>,
    info: StreamInfo,
    block: FrameBuf,
    pending: Vec<i32>,
    number: usize,
}

impl<'a> FlacSink<'a> {
    pub(crate) fn new(
        measured: Measured,
        output: &'a mut dyn Write,
        tags: &Tags,
    ) -> Result<Self, Error> {
        let setup = |source| fault(EncodeFault::FlacSetup(source));
        let config = config::Encoder::default()
            .into_verified()
            .map_err(|(_, source)| setup(source))?;
        let rate = rate_of_frames(measured.sample_rate_hz);
        let channels = usize::from(measured.channels);
        let info = StreamInfo::new(rate, channels, measured.bits.into()).map_err(setup)?;
        let block = FrameBuf::with_size(channels, BLOCK).map_err(setup)?;
        output
            .write_all(&head(&measured, tags))
            .map_err(|source| Error::Write { source })?;
        Ok(Self {
            output,
            measured,
            config,
            info,
            block,
            pending: Vec::new(),
            number: 0,
        })
    }

    fn encode(&mut self, samples: &[i32]) -> Result<(), Error> {
        let bytes = contained(|| self.frame(samples))?;
        self.number += 1;
        self.output
            .write_all(&bytes)
            .map_err(|source| Error::Write { source })
    }

    fn frame(&mut self, samples: &[i32]) -> Result<Vec<u8>, Error> {
        self.block
            .fill_interleaved(samples)
            .map_err(|_| fault(EncodeFault::EncoderDefect))?;
        let frame =
            flacenc::encode_fixed_size_frame(&self.config, &self.block, self.number, &self.info)
                .map_err(|source| fault(EncodeFault::FlacFrame(source.into())))?;
        let mut bits = ByteSink::new();
        frame
            .write(&mut bits)
            .map_err(|_| fault(EncodeFault::EncoderDefect))?;
        Ok(bits.into_inner())
    }

    pub(crate) fn finish(mut self) -> Result<Encoded, Error> {
        let rest = std::mem::take(&mut self.pending);
        if !rest.is_empty() {
            self.encode(&rest)?;
        }
        Ok(Encoded {
            duration_ms: milliseconds(self.measured.frames, self.measured.sample_rate_hz),
            sample_rate_hz: self.measured.sample_rate_hz,
            channels: self.measured.channels,
            encoder: ENCODER.into(),
        })
    }
}

impl Sink for FlacSink<'_> {
    fn begin(&mut self, _: &Spec) -> Result<(), Error> {
        Ok(())
    }

    fn take(&mut self, block: Block<'_>) -> Result<(), Error> {
        append(block, self.measured.bits, &mut self.pending)?;
        let length = BLOCK * usize::from(self.measured.channels);
        let pending = std::mem::take(&mut self.pending);
        let whole = pending.len() / length * length;
        for samples in pending[..whole].chunks_exact(length) {
            self.encode(samples)?;
        }
        self.pending.extend_from_slice(&pending[whole..]);
        Ok(())
    }
}

/// The encoder takes no rate above 96 kHz. Given one that no frame header can
/// hold, it leaves the rate to STREAMINFO, which is written here.
fn rate_of_frames(rate: u32) -> usize {
    const FOR_STREAMINFO: usize = 65_537;
    match rate {
        ..=96_000 => rate as usize,
        _ => FOR_STREAMINFO,
    }
}

/// Everything before the first frame.
fn head(measured: &Measured, tags: &Tags) -> Vec<u8> {
    const STREAMINFO: u8 = 0;
    const LAST_COMMENT: u8 = 0x80 | 4;
    let comment = packet(ENCODER, &comments(tags));
    [
        b"fLaC".to_vec(),
        block(STREAMINFO, &stream_info(measured)),
        block(LAST_COMMENT, &comment),
    ]
    .concat()
}

fn block(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32).to_be_bytes();
    [&[kind], &length[1..], body].concat()
}

/// RFC 9639 §8.2. Frame sizes are not known in advance: 0 says so.
fn stream_info(measured: &Measured) -> Vec<u8> {
    let block = (BLOCK as u16).to_be_bytes();
    let packed = u64::from(measured.sample_rate_hz) << 44
        | u64::from(measured.channels - 1) << 41
        | u64::from(measured.bits - 1) << 36
        | measured.frames & 0xf_ffff_ffff;
    [
        &block,
        &block,
        &[0; 6][..],
        &packed.to_be_bytes(),
        &measured.md5,
    ]
    .concat()
}
