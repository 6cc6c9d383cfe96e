//! FLAC, MP3 and plain samples, through the decoders of Symphonia.

use {
    super::{
        block::Block,
        sink::{Meter, Sink},
    },
    crate::{
        container::{flac, mpeg, pcm},
        error::{Fault, Refusal, Shortfall},
        spec::Spec,
        trouble::Trouble,
    },
    symphonia::{
        core::{
            audio::{Channels, GenericAudioBufferRef},
            codecs::audio::{
                AudioCodecParameters, AudioDecoder, AudioDecoderOptions, VerificationCheck,
                well_known as ids,
            },
            errors::Error as StreamError,
            packet::PacketRef,
            units::{Duration, Timestamp},
        },
        default::codecs::{FlacDecoder, MpaDecoder, PcmDecoder},
    },
};

/// Decodes a FLAC file whole and checks the MD5 of STREAMINFO.
pub(crate) fn flac(mut frames: flac::Frames, sink: &mut dyn Sink) -> Result<(Spec, u64), Trouble> {
    let spec = frames.spec()?;
    let info = frames.info().clone();
    let mut decoder = Coded::flac(&info)?;
    let mut meter = Meter::begin(sink, &spec)?;
    meter.trim(0, info.total);
    while let Some(frame) = frames.next()? {
        check_place(&meter, &frame)?;
        decoder.decode_frame(&frame, &mut meter)?;
    }
    check_total(info.total, meter.frames)?;
    let frames = meter.frames;
    match decoder.decoder.finalize().verify_ok {
        Some(false) => Err(mismatch(&info)),
        _ => Ok((spec, frames)),
    }
}

/// Samples of 32 bits overflow in the stereo decorrelation of the decoder, so
/// that a mismatch there may be ours and not the file's.
fn mismatch(info: &flac::StreamInfo) -> Trouble {
    match info.bits_per_sample {
        bits @ 25.. => Trouble::Unsupported(Refusal::BitsPerSample(bits.into())),
        _ => Trouble::ChecksumMismatch,
    }
}

fn check_place(meter: &Meter<'_>, frame: &flac::Frame) -> Result<(), Trouble> {
    let (from, to) = (meter.frames, frame.first);
    match from.cmp(&to) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(Trouble::Decode(Fault::Gap { from, to })),
        std::cmp::Ordering::Greater => Err(Trouble::structure(
            "a FLAC frame out of its place",
            frame.at,
        )),
    }
}

fn check_total(declared: Option<u64>, found: u64) -> Result<(), Trouble> {
    match declared {
        Some(declared) if found < declared => {
            Err(Trouble::Truncated(Shortfall::Frames { declared, found }))
        }
        _ if found == 0 => Err(Trouble::Decode(Fault::Silent)),
        _ => Ok(()),
    }
}

/// Decodes an MP3 file whole, without the samples that its encoder added.
pub(crate) fn mp3(mut frames: mpeg::Frames, sink: &mut dyn Sink) -> Result<(Spec, u64), Trouble> {
    let spec = frames.spec()?;
    let mut decoder = Coded::mp3(&spec)?;
    let mut meter = Meter::begin(sink, &spec)?;
    let keep = frames.info().frames.and(spec.frames);
    if let Some((lead, _)) = frames.info().delay {
        meter.trim(lead, keep);
    }
    while let Some(frame) = frames.next()? {
        decoder.decode(&frame, &mut meter)?;
    }
    check_total(None, meter.frames)?;
    Ok((spec, meter.frames))
}

/// Decodes the plain samples of a WAVE or AIFF file.
pub(crate) fn pcm(mut blocks: pcm::Blocks, sink: &mut dyn Sink) -> Result<(Spec, u64), Trouble> {
    let spec = blocks.spec().clone();
    let mut decoder = Coded::pcm(&spec, blocks.layout())?;
    let mut meter = Meter::begin(sink, &spec)?;
    while let Some(block) = blocks.next()? {
        decoder.decode(&block, &mut meter)?;
    }
    check_total(None, meter.frames)?;
    Ok((spec, meter.frames))
}

/// A decoder with its buffers.
struct Coded {
    decoder: Box<dyn AudioDecoder>,
    integers: Vec<i32>,
    floats: Vec<f32>,
}

impl Coded {
    fn flac(info: &flac::StreamInfo) -> Result<Self, Trouble> {
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(ids::CODEC_ID_FLAC)
            .with_extra_data(info.raw.into());
        if info.has_md5 {
            let mut md5 = [0; 16];
            md5.copy_from_slice(&info.raw[18..]);
            parameters.with_verification_code(VerificationCheck::Md5(md5));
        }
        let options = AudioDecoderOptions::default().verify(info.has_md5);
        Self::of(FlacDecoder::try_new(&parameters, &options))
    }

    fn mp3(spec: &Spec) -> Result<Self, Trouble> {
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(ids::CODEC_ID_MP3)
            .with_sample_rate(spec.sample_rate_hz);
        Self::of(MpaDecoder::try_new(
            &parameters,
            &AudioDecoderOptions::default(),
        ))
    }

    fn pcm(spec: &Spec, layout: pcm::Layout) -> Result<Self, Trouble> {
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(layout.codec)
            .with_sample_rate(spec.sample_rate_hz)
            .with_channels(Channels::Discrete(spec.channels))
            .with_max_frames_per_packet(pcm::BLOCK_FRAMES);
        Self::of(PcmDecoder::try_new(
            &parameters,
            &AudioDecoderOptions::default(),
        ))
    }

    fn of<D: AudioDecoder + 'static>(decoder: Result<D, StreamError>) -> Result<Self, Trouble> {
        Ok(Self {
            decoder: Box::new(decoder.map_err(|source| fault(0, source))?),
            integers: Vec::new(),
            floats: Vec::new(),
        })
    }

    /// Where junk follows the last frame, its end is the first that decodes.
    fn decode_frame(&mut self, frame: &flac::Frame, meter: &mut Meter<'_>) -> Result<(), Trouble> {
        for end in &frame.ends {
            if self.decode(&frame.bytes[..*end], meter).is_ok() {
                return Ok(());
            }
        }
        self.decode(&frame.bytes, meter)
    }

    fn decode(&mut self, packet: &[u8], meter: &mut Meter<'_>) -> Result<(), Trouble> {
        let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(0), packet);
        let decoded = self
            .decoder
            .decode_ref(&packet)
            .map_err(|source| fault(meter.frames, source))?;
        match decoded {
            GenericAudioBufferRef::F32(_) | GenericAudioBufferRef::F64(_) => {
                decoded.copy_to_vec_interleaved(&mut self.floats);
                meter.take(Block::Floats(&self.floats))
            }
            _ => {
                decoded.copy_to_vec_interleaved(&mut self.integers);
                meter.take(Block::Integers(&self.integers))
            }
        }
    }
}

pub(crate) fn fault(frame: u64, source: StreamError) -> Trouble {
    match source {
        StreamError::Unsupported(what) => Trouble::Unsupported(Refusal::Codec(what)),
        source => Trouble::Decode(Fault::Stream { frame, source }),
    }
}
