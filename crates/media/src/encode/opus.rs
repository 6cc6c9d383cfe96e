//! The access form: Ogg Opus (RFC 6716, RFC 7845).
//!
//! 48 kHz, one or two channels, frames of 20 ms, variable bit rate without
//! constraint, complexity 10. Two channels get 75 kbit/s and one gets 48: at
//! these rates both sound about as good. More than two channels are mixed down
//! to two, since the access form is for listening.
//!
//! ```text
//!   samples ─ downmix ─ resample ─► 48 kHz ─ ropus ─► packets ─► one page a second
//! ```

use {
    super::{
        downmix::Downmix,
        encoded::{Encoded, contained},
    },
    crate::{
        decode::{self, Block, Sink},
        error::{EncodeFault, Error},
        resample::{Quality, Resampler},
        spec::{Spec, milliseconds},
        tagging::comments::{comments, packet},
        tags::Tags,
    },
    ogg::{PacketWriteEndInfo, PacketWriter},
    ropus::{Application, Bitrate, Channels, Encoder},
    sha2::{Digest as _, Sha256},
    std::{io::Write, mem, path::Path},
};

/// Name and version, as receipts and headers name it.
pub(crate) const ENCODER: &str = "ropus 0.12.18";
pub(crate) const RATE: u32 = 48_000;
const FRAME: usize = 960;
const STEREO_BITS: u32 = 75_000;
const MONO_BITS: u32 = 48_000;
/// RFC 7845 §6: 1275 bytes a frame.
const LONGEST_PACKET: usize = 1275;
const PACKETS_A_PAGE: u64 = 50;

/// Encodes a sound file as Ogg Opus at about 75 kbit/s. The same input, tags
/// and encoder version give the same bytes.
///
/// # Errors
/// Those of [`crate::examine`] for the input; [`Error::Write`] for the output,
/// which is worth nothing after any error.
pub fn encode_access(input: &Path, output: &mut dyn Write, tags: &Tags) -> Result<Encoded, Error> {
    let mut sink = OpusSink::new(output, tags);
    decode::decode(input, &mut sink)?;
    sink.finish()
}

/// Encodes the samples that it takes.
pub(crate) struct OpusSink<'a> {
    output: Option<&'a mut dyn Write>,
    comments: Vec<u8>,
    stage: Option<Stage<'a>>,
    floats: Vec<f32>,
}

impl<'a> OpusSink<'a> {
    pub(crate) fn new(output: &'a mut dyn Write, tags: &Tags) -> Self {
        let comments = packet(ENCODER, &comments(tags));
        Self {
            output: Some(output),
            comments: [b"OpusTags".to_vec(), comments].concat(),
            stage: None,
            floats: Vec::new(),
        }
    }

    pub(crate) fn finish(self) -> Result<Encoded, Error> {
        let stage = self.stage.ok_or(Error::Encode {
            source: EncodeFault::Empty,
        })?;
        contained(|| stage.finish())
    }
}

impl Sink for OpusSink<'_> {
    fn begin(&mut self, spec: &Spec) -> Result<(), Error> {
        let output = self.output.take().ok_or(Error::Encode {
            source: EncodeFault::Empty,
        })?;
        let comments = mem::take(&mut self.comments);
        self.stage = Some(contained(|| Stage::new(spec, output, comments))?);
        Ok(())
    }

    fn take(&mut self, block: Block<'_>) -> Result<(), Error> {
        self.floats.clear();
        block.floats_into(&mut self.floats);
        match &mut self.stage {
            Some(stage) => contained(|| stage.take(&self.floats)),
            None => Ok(()),
        }
    }
}

/// The encoder and what stands before and behind it.
struct Stage<'a> {
    downmix: Option<Downmix>,
    resampler: Option<Resampler>,
    encoder: Encoder,
    channels: u16,
    mixed: Vec<f32>,
    /// At 48 kHz, not yet encoded.
    ready: Vec<f32>,
    /// Samples a channel at 48 kHz, of the music alone.
    frames: u64,
    pages: Pages<'a>,
}

impl<'a> Stage<'a> {
    fn new(spec: &Spec, output: &'a mut dyn Write, comments: Vec<u8>) -> Result<Self, Error> {
        let channels = spec.channels.min(2);
        let encoder = encoder(channels)?;
        let pre_skip = encoder.lookahead() as u16;
        let head = head(channels as u8, pre_skip, spec.sample_rate_hz);
        let rate = spec.sample_rate_hz;
        Ok(Self {
            downmix: Downmix::new(spec.channels),
            resampler: (rate != RATE).then(|| Resampler::new(rate, RATE, channels, Quality::MUSIC)),
            encoder,
            channels,
            mixed: Vec::new(),
            ready: Vec::new(),
            frames: 0,
            pages: Pages::new(output, head, comments, pre_skip),
        })
    }

    fn take(&mut self, samples: &[f32]) -> Result<(), Error> {
        let mut mixed = mem::take(&mut self.mixed);
        mixed.clear();
        let samples = match &self.downmix {
            Some(downmix) => {
                downmix.mix(samples, &mut mixed);
                mixed.as_slice()
            }
            None => samples,
        };
        let before = self.ready.len();
        match &mut self.resampler {
            Some(resampler) => resampler.push(samples, &mut self.ready),
            None => self.ready.extend_from_slice(samples),
        }
        self.frames += ((self.ready.len() - before) / usize::from(self.channels)) as u64;
        self.mixed = mixed;
        self.encode_ready()
    }

    fn encode_ready(&mut self) -> Result<(), Error> {
        let length = FRAME * usize::from(self.channels);
        let whole = self.ready.len() / length * length;
        let ready = mem::take(&mut self.ready);
        for frame in ready[..whole].chunks_exact(length) {
            self.encode(frame)?;
        }
        self.ready.extend_from_slice(&ready[whole..]);
        Ok(())
    }

    fn encode(&mut self, frame: &[f32]) -> Result<(), Error> {
        let mut packet = vec![0; LONGEST_PACKET];
        let length = self
            .encoder
            .encode_float(frame, &mut packet)
            .map_err(|source| fault(EncodeFault::OpusPacket(source)))?;
        packet.truncate(length);
        self.pages.add(packet)
    }

    /// Silence pushes the last samples out of the encoder; the final granule
    /// position tells players to leave it out.
    fn finish(mut self) -> Result<Encoded, Error> {
        if let Some(resampler) = self.resampler.take() {
            self.frames = resampler.finish(&mut self.ready);
        }
        self.encode_ready()?;
        let total = self.frames + u64::from(self.pages.pre_skip);
        let missing = total.next_multiple_of(FRAME as u64) - self.pages.samples();
        let silence = missing as usize * usize::from(self.channels);
        self.ready.resize(silence.max(self.ready.len()), 0.0);
        self.encode_ready()?;
        self.pages.finish(total)?;
        Ok(Encoded {
            duration_ms: milliseconds(self.frames, RATE),
            sample_rate_hz: RATE,
            channels: self.channels,
            encoder: ENCODER.into(),
        })
    }
}

fn encoder(channels: u16) -> Result<Encoder, Error> {
    let (channels, bits) = match channels {
        1 => (Channels::Mono, MONO_BITS),
        _ => (Channels::Stereo, STEREO_BITS),
    };
    Encoder::builder(RATE, channels, Application::Audio)
        .bitrate(Bitrate::Bits(bits))
        .vbr(true)
        .vbr_constraint(false)
        .complexity(10)
        .build()
        .map_err(|source| fault(EncodeFault::OpusSetup(source)))
}

fn fault(source: EncodeFault) -> Error {
    Error::Encode { source }
}

/// The identification header (RFC 7845 §5.1), mapping family 0.
fn head(channels: u8, pre_skip: u16, rate: u32) -> Vec<u8> {
    let mut head = b"OpusHead".to_vec();
    head.extend([1, channels]);
    head.extend(pre_skip.to_le_bytes());
    head.extend(rate.to_le_bytes());
    head.extend([0, 0, 0]);
    head
}

/// Puts packets into pages. The first page of sound is held back: the serial
/// number, which stands in every page, comes from what is in it.
struct Pages<'a> {
    writer: PacketWriter<'static, &'a mut dyn Write>,
    headers: Option<[Vec<u8>; 2]>,
    pre_skip: u16,
    serial: u32,
    held: Vec<Vec<u8>>,
    /// Packets that left, and those held.
    written: u64,
}

impl<'a> Pages<'a> {
    fn new(output: &'a mut dyn Write, head: Vec<u8>, comments: Vec<u8>, pre_skip: u16) -> Self {
        Self {
            writer: PacketWriter::new(output),
            headers: Some([head, comments]),
            pre_skip,
            serial: 0,
            held: Vec::new(),
            written: 0,
        }
    }

    /// Samples a channel in all packets so far.
    fn samples(&self) -> u64 {
        (self.written + self.held.len() as u64) * FRAME as u64
    }

    /// Keeps one packet back, so that the last can be marked as such.
    fn add(&mut self, packet: Vec<u8>) -> Result<(), Error> {
        if self.held.len() as u64 > PACKETS_A_PAGE {
            self.flush(PACKETS_A_PAGE as usize, None)?;
        }
        self.held.push(packet);
        Ok(())
    }

    fn finish(&mut self, total: u64) -> Result<(), Error> {
        if self.held.len() as u64 > PACKETS_A_PAGE {
            self.flush(PACKETS_A_PAGE as usize, None)?;
        }
        self.flush(self.held.len(), Some(total))
    }

    /// Writes a page of the first `count` packets held; with `total` the last page.
    fn flush(&mut self, count: usize, total: Option<u64>) -> Result<(), Error> {
        self.write_headers()?;
        let page: Vec<_> = self.held.drain(..count).collect();
        let last = page.len().saturating_sub(1);
        for (index, packet) in page.into_iter().enumerate() {
            self.written += 1;
            let position = self.written * FRAME as u64;
            let (end, position) = match total {
                Some(total) if index == last => (PacketWriteEndInfo::EndStream, total),
                None if index == last => (PacketWriteEndInfo::EndPage, position),
                _ => (PacketWriteEndInfo::NormalPacket, position),
            };
            self.write(packet, end, position)?;
        }
        Ok(())
    }

    fn write_headers(&mut self) -> Result<(), Error> {
        let Some([head, comments]) = self.headers.take() else {
            return Ok(());
        };
        let mut hasher = Sha256::new();
        hasher.update(&head);
        hasher.update(&comments);
        self.held.iter().for_each(|packet| hasher.update(packet));
        let digest = hasher.finalize();
        self.serial = u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]);
        self.write(head, PacketWriteEndInfo::EndPage, 0)?;
        self.write(comments, PacketWriteEndInfo::EndPage, 0)
    }

    fn write(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo, at: u64) -> Result<(), Error> {
        self.writer
            .write_packet(packet, self.serial, end, at)
            .map_err(|source| Error::Write { source })
    }
}
