//! RIFF/WAVE, RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088): little endian chunks.

use {
    super::pcm::{Chunk, Layout},
    crate::{
        error::{Refusal, Shortfall},
        spec::Spec,
        trouble::Trouble,
        window::Window,
    },
    longplay_model::Codec,
    symphonia::core::codecs::audio::well_known as ids,
};

/// Finds format and samples; the window stands at `RIFF`.
pub(crate) fn read(window: &mut Window) -> Result<Chunk, Trouble> {
    window.array::<12>()?;
    let (mut format, mut long_data) = (None, None);
    while window.left() >= 8 {
        let ([id, size], start) = (head(window)?, window.position() + 8);
        window.go(start)?;
        match &id.to_le_bytes() {
            b"fmt " => format = Some(Format::read(window, size)?),
            b"ds64" => long_data = Some(long_size(window)?),
            b"data" => return data(window, format, size, long_data),
            _ => {}
        }
        window.go(start + u64::from(size) + u64::from(size & 1))?;
    }
    Err(Trouble::Truncated(Shortfall::Headers))
}

fn head(window: &mut Window) -> Result<[u32; 2], Trouble> {
    let bytes = window.peek(8)?;
    let word = |at: usize| {
        bytes
            .get(at..)?
            .first_chunk()
            .copied()
            .map(u32::from_le_bytes)
    };
    word(0)
        .zip(word(4))
        .map(|(id, size)| [id, size])
        .ok_or(Trouble::Truncated(Shortfall::Headers))
}

/// Second of the 64-bit numbers: the size of `data`.
fn long_size(window: &mut Window) -> Result<u64, Trouble> {
    window.array::<8>()?;
    Ok(u64::from_le_bytes(window.array()?))
}

fn data(
    window: &Window,
    format: Option<Format>,
    size: u32,
    long: Option<u64>,
) -> Result<Chunk, Trouble> {
    let format = format.ok_or_else(|| Trouble::header("WAVE samples before their format"))?;
    let layout = format.layout()?;
    let left = window.left();
    Ok(Chunk {
        spec: Spec {
            codec: Codec::Wav,
            sample_rate_hz: format.sample_rate_hz,
            channels: format.channels,
            bits_per_sample: layout.bits,
            frames: None,
            bytes: 0,
        },
        layout,
        start: window.position(),
        declared: match (size, long) {
            (u32::MAX, Some(long)) => Some(long),
            // Written to a pipe: the length was never filled in.
            (u32::MAX, None) => None,
            (0, _) if left > 0 => None,
            (size, _) => Some(size.into()),
        },
    })
}

#[derive(Debug, Clone, Copy)]
struct Format {
    tag: u16,
    channels: u16,
    sample_rate_hz: u32,
    block: u16,
    bits: u16,
    /// In an extensible format: how many of the bits count.
    valid_bits: u16,
}

impl Format {
    fn read(window: &mut Window, size: u32) -> Result<Self, Trouble> {
        let bytes = window.peek(40.min(size as usize))?;
        let short = |at: usize| {
            let two = bytes.get(at..).and_then(|rest| rest.first_chunk());
            two.map_or(0, |two| u16::from_le_bytes(*two))
        };
        if bytes.len() < 16 {
            return Err(Trouble::header("a WAVE format chunk that is too short"));
        }
        let extensible = short(0) == 0xfffe && bytes.len() >= 26;
        Ok(Self {
            tag: if extensible { short(24) } else { short(0) },
            channels: short(2),
            sample_rate_hz: u32::from(short(4)) | u32::from(short(6)) << 16,
            block: short(12),
            bits: short(14),
            valid_bits: if extensible { short(18) } else { 0 },
        })
    }

    fn layout(&self) -> Result<Layout, Trouble> {
        let refused = || Trouble::Unsupported(Refusal::BitsPerSample(self.bits.into()));
        let layout = match self.tag {
            1 if self.bits <= 8 => Layout::other(ids::CODEC_ID_PCM_U8, 1, Some(8)),
            1 => Layout::integer(self.bits, false).ok_or_else(refused)?,
            3 => Layout::float(self.bits, false).ok_or_else(refused)?,
            6 => Layout::other(ids::CODEC_ID_PCM_ALAW, 1, None),
            7 => Layout::other(ids::CODEC_ID_PCM_MULAW, 1, None),
            other => return Err(Trouble::Unsupported(Refusal::Codec(name(other)))),
        };
        if self.channels > 0 && self.block != self.channels.saturating_mul(layout.width) {
            return Err(Trouble::header("a WAVE block size that fits no sample"));
        }
        Ok(match layout.bits {
            Some(bits) if (1..bits).contains(&self.valid_bits) && self.valid_bits > 8 => Layout {
                bits: Some(self.valid_bits),
                ..layout
            },
            _ => layout,
        })
    }
}

fn name(tag: u16) -> &'static str {
    match tag {
        2 => "Microsoft ADPCM in WAVE",
        0x11 => "IMA ADPCM in WAVE",
        0x50 | 0x55 => "MPEG audio in WAVE",
        _ => "an unknown one in WAVE",
    }
}
