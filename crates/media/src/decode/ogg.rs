//! Ogg Vorbis and Ogg Opus: our own framing around the packet decoders.
//!
//! The granule position of a page counts the samples up to its end. On the
//! first page of sound it may be less than what was decoded (drop the front),
//! on the last page too (drop the end). More than what was decoded means that
//! packets are missing.

use {
    super::{
        block::Block,
        coded::fault,
        opus_head::OpusHead,
        sink::{Meter, Sink},
    },
    crate::{
        container::ogg::{Batch, Packets, last_granule},
        error::{Fault, Refusal, Shortfall},
        spec::Spec,
        trouble::Trouble,
        window::Window,
    },
    longplay_model::Codec,
    symphonia::{
        core::{
            codecs::audio::{
                AudioCodecParameters, AudioDecoder as _, AudioDecoderOptions, well_known as ids,
            },
            packet::PacketRef,
            units::{Duration, Timestamp},
        },
        default::codecs::VorbisDecoder,
    },
};

/// The headers of one logical stream.
struct Headers {
    spec: Spec,
    kind: Kind,
    serial: u32,
}

enum Kind {
    Vorbis { ident: Vec<u8>, setup: Vec<u8> },
    Opus(OpusHead),
}

/// What the headers, and the last page, of an Ogg file say.
pub(crate) fn spec(window: Window) -> Result<Spec, Trouble> {
    let mut packets = Packets::open(window)?;
    let Some((headers, _)) = find_stream(&mut packets)? else {
        return Err(Trouble::NotAudio);
    };
    let mut window = packets.into_window();
    let last = last_granule(&mut window, headers.serial)?.unwrap_or_default();
    let skip = match &headers.kind {
        Kind::Opus(head) => head.pre_skip.into(),
        Kind::Vorbis { .. } => 0,
    };
    Ok(Spec {
        frames: Some(last.cast_unsigned().saturating_sub(skip)),
        bytes: window.end() - window.start(),
        ..headers.spec
    })
}

/// Decodes all chained streams of an Ogg file.
///
/// # Errors
/// [`Refusal::Chain`] if rate or channels change from one stream to the next.
pub(crate) fn decode(window: Window, sink: &mut dyn Sink) -> Result<(Spec, u64), Trouble> {
    let mut packets = Packets::open(window)?;
    let Some((headers, rest)) = find_stream(&mut packets)? else {
        return Err(Trouble::NotAudio);
    };
    let mut spec = headers.spec.clone();
    let mut meter = Meter::begin(sink, &spec)?;
    decode_stream(&mut packets, headers, rest, &mut meter)?;
    while let Some((headers, rest)) = find_stream(&mut packets)? {
        let shape = |spec: &Spec| (spec.codec, spec.sample_rate_hz, spec.channels);
        if shape(&headers.spec) != shape(&spec) {
            return Err(Trouble::Unsupported(Refusal::Chain));
        }
        decode_stream(&mut packets, headers, rest, &mut meter)?;
    }
    if meter.frames == 0 {
        return Err(Trouble::Decode(Fault::Silent));
    }
    (spec.bytes, spec.frames) = (packets.bytes(), Some(meter.frames));
    Ok((spec, meter.frames))
}

/// Looks for the next stream of sound and reads its headers. Packets of sound
/// in the page of the last header are given back too (old Vorbis files).
fn find_stream(packets: &mut Packets) -> Result<Option<(Headers, Batch)>, Trouble> {
    while let Some(batch) = packets.next()? {
        let Some(first) = batch.packets.first().filter(|_| batch.begins) else {
            continue;
        };
        if first.starts_with(b"OpusHead") || first.starts_with(b"\x01vorbis") {
            packets.follow(&batch);
            return read_headers(packets, &batch).map(Some);
        }
    }
    Ok(None)
}

fn read_headers(packets: &mut Packets, first: &Batch) -> Result<(Headers, Batch), Trouble> {
    let ident = first.packets[0].clone();
    let wanted = if ident.starts_with(b"OpusHead") { 1 } else { 2 };
    let mut others = Vec::new();
    loop {
        let Some(mut batch) = packets.next().map_err(cut_headers)? else {
            return Err(Trouble::Truncated(Shortfall::Headers));
        };
        let missing = wanted - others.len();
        others.extend(batch.packets.drain(..missing.min(batch.packets.len())));
        if others.len() == wanted {
            let setup = others.pop().unwrap_or_default();
            return Ok((headers(ident, setup, first.serial)?, batch));
        }
    }
}

fn cut_headers(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Truncated(Shortfall::NoEndOfStream) => Trouble::Truncated(Shortfall::Headers),
        other => other,
    }
}

fn headers(ident: Vec<u8>, setup: Vec<u8>, serial: u32) -> Result<Headers, Trouble> {
    let (codec, sample_rate_hz, channels, kind) = if ident.starts_with(b"OpusHead") {
        let head = OpusHead::parse(&ident)?;
        (Codec::Opus, 48_000, head.channels, Kind::Opus(head))
    } else {
        let fields = ident
            .get(11..16)
            .ok_or_else(|| Trouble::header("a broken Vorbis header"))?;
        let rate = u32::from_le_bytes([fields[1], fields[2], fields[3], fields[4]]);
        (
            Codec::Vorbis,
            rate,
            fields[0],
            Kind::Vorbis { ident, setup },
        )
    };
    let spec = Spec {
        codec,
        sample_rate_hz,
        channels: channels.into(),
        bits_per_sample: None,
        frames: None,
        bytes: 0,
    }
    .checked()?;
    Ok(Headers { spec, kind, serial })
}

fn decode_stream(
    packets: &mut Packets,
    headers: Headers,
    rest: Batch,
    meter: &mut Meter<'_>,
) -> Result<(), Trouble> {
    let (mut decoder, skip) = match headers.kind {
        Kind::Opus(head) => (Decoder::opus(&head)?, head.pre_skip.into()),
        Kind::Vorbis { ident, setup } => (Decoder::vorbis(ident, setup)?, 0),
    };
    let mut clock = Clock::new(headers.spec.channels.into(), skip);
    let mut batch = rest;
    loop {
        for packet in &batch.packets {
            decoder.decode(packet, &mut clock)?;
        }
        clock.settle(&batch, meter)?;
        if batch.ends {
            return clock.finish(packets);
        }
        let Some(next) = packets.next()? else {
            return Err(Trouble::Truncated(Shortfall::NoEndOfStream));
        };
        batch = next;
    }
}

/// Compares what was decoded with the granule positions.
struct Clock {
    channels: usize,
    /// Decoded but not yet handed on.
    pending: Vec<f32>,
    /// Frames decoded so far.
    decoded: u64,
    /// Granule position of the first decoded sample, once a page told.
    start: Option<i64>,
    skip: u64,
    /// Frames that the pages promised and the packets did not hold.
    missing: u64,
}

impl Clock {
    fn new(channels: usize, skip: u64) -> Self {
        Self {
            channels,
            pending: Vec::new(),
            decoded: 0,
            start: None,
            skip,
            missing: 0,
        }
    }

    fn add(&mut self, samples: &[f32]) {
        self.pending.extend_from_slice(samples);
        self.decoded += (samples.len() / self.channels) as u64;
    }

    /// Hands on what the page covers.
    fn settle(&mut self, batch: &Batch, meter: &mut Meter<'_>) -> Result<(), Trouble> {
        if batch.granule < 0 || self.decoded == 0 {
            return self.relieve(meter);
        }
        let decoded = i64::try_from(self.decoded).unwrap_or(i64::MAX);
        let start = match self.start {
            Some(start) => start,
            None if batch.ends => 0.max(batch.granule - decoded),
            None => batch.granule - decoded,
        };
        if self.start.replace(start).is_none() {
            // Sound before position 0 is the encoder's.
            let early = start.min(0).unsigned_abs();
            meter.trim(self.skip.max(early), None);
        }
        let surplus = decoded - (batch.granule - start);
        self.missing = self.missing.max((-surplus).max(0).cast_unsigned());
        if batch.ends && surplus > 0 {
            let samples = (surplus.cast_unsigned() as usize).saturating_mul(self.channels);
            self.pending
                .truncate(self.pending.len().saturating_sub(samples));
        }
        self.hand_on(meter)
    }

    /// Keeps memory bounded where pages tell no position.
    fn relieve(&mut self, meter: &mut Meter<'_>) -> Result<(), Trouble> {
        if self.start.is_some() && self.pending.len() > PENDING_SAMPLES {
            return self.hand_on(meter);
        }
        if self.pending.len() > 64 * PENDING_SAMPLES {
            return Err(Trouble::header("Ogg pages without a position"));
        }
        Ok(())
    }

    fn hand_on(&mut self, meter: &mut Meter<'_>) -> Result<(), Trouble> {
        meter.take(Block::Floats(&self.pending))?;
        self.pending.clear();
        Ok(())
    }

    fn finish(&self, packets: &mut Packets) -> Result<(), Trouble> {
        match (packets.gap.take(), self.missing) {
            (_, 0) => Ok(()),
            (Some(gap), _) => Err(Trouble::Decode(gap)),
            (None, missing) => Err(Trouble::Truncated(Shortfall::Frames {
                declared: self.decoded + missing,
                found: self.decoded,
            })),
        }
    }
}

const PENDING_SAMPLES: usize = 1 << 20;

enum Decoder {
    Vorbis(Box<VorbisDecoder>, Vec<f32>),
    Opus(Box<ropus::OpusMSDecoder>, Vec<i32>, Vec<f32>),
}

impl Decoder {
    fn vorbis(mut ident: Vec<u8>, setup: Vec<u8>) -> Result<Self, Trouble> {
        ident.extend(setup);
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(ids::CODEC_ID_VORBIS)
            .with_extra_data(ident.into_boxed_slice());
        let decoder = VorbisDecoder::try_new(&parameters, &AudioDecoderOptions::default())
            .map_err(|source| fault(0, source))?;
        Ok(Self::Vorbis(Box::new(decoder), Vec::new()))
    }

    fn opus(head: &OpusHead) -> Result<Self, Trouble> {
        let (streams, coupled) = (head.streams.into(), head.coupled.into());
        let channels = i32::from(head.channels);
        let mut decoder =
            ropus::OpusMSDecoder::new(48_000, channels, streams, coupled, &head.mapping)
                .map_err(|code| Trouble::Decode(Fault::Opus { frame: 0, code }))?;
        decoder.set_gain(head.gain.into());
        let samples = vec![0; LONGEST_OPUS_PACKET * usize::from(head.channels)];
        Ok(Self::Opus(Box::new(decoder), samples, Vec::new()))
    }

    fn decode(&mut self, packet: &[u8], clock: &mut Clock) -> Result<(), Trouble> {
        match self {
            Self::Vorbis(decoder, floats) => decode_vorbis(decoder, packet, floats, clock),
            Self::Opus(decoder, samples, floats) => {
                decode_opus(decoder, packet, samples, clock.channels, floats)
                    .map_err(|code| opus_fault(clock.decoded, code))?;
                clock.add(floats);
                Ok(())
            }
        }
    }
}

/// 120 ms at 48 kHz (RFC 6716 §3.2.5).
const LONGEST_OPUS_PACKET: usize = 5760;

fn decode_vorbis(
    decoder: &mut VorbisDecoder,
    packet: &[u8],
    floats: &mut Vec<f32>,
    clock: &mut Clock,
) -> Result<(), Trouble> {
    // Empty packets and late headers are skipped by every player.
    if packet.first().is_none_or(|kind| kind & 1 == 1) {
        return Ok(());
    }
    let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(0), packet);
    let decoded = decoder
        .decode_ref(&packet)
        .map_err(|source| fault(clock.decoded, source))?;
    decoded.copy_to_vec_interleaved(floats);
    clock.add(floats);
    Ok(())
}

fn decode_opus(
    decoder: &mut ropus::OpusMSDecoder,
    packet: &[u8],
    samples: &mut [i32],
    channels: usize,
    floats: &mut Vec<f32>,
) -> Result<(), i32> {
    let length = i32::try_from(packet.len()).map_err(|_| ropus::OPUS_INVALID_PACKET)?;
    let frames = decoder.decode24(
        Some(packet),
        length,
        samples,
        LONGEST_OPUS_PACKET as i32,
        false,
    )?;
    let frames = usize::try_from(frames).map_err(|_| ropus::OPUS_INTERNAL_ERROR)?;
    let decoded = samples.get(..frames * channels).unwrap_or_default();
    floats.clear();
    floats.extend(decoded.iter().map(|sample| *sample as f32 / 8_388_608.0));
    Ok(())
}

fn opus_fault(frame: u64, code: i32) -> Trouble {
    Trouble::Decode(Fault::Opus { frame, code })
}
