//! AIFF and AIFF-C: big endian chunks (Apple, "Audio Interchange File Format").

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

/// Finds format and samples; the window stands at `FORM`.
pub(crate) fn read(window: &mut Window) -> Result<Chunk, Trouble> {
    window.array::<12>()?;
    let (mut common, mut sound) = (None, None);
    while window.left() >= 8 {
        let [id, size] = [window.array::<4>()?, window.array::<4>()?];
        let (start, size) = (window.position(), u32::from_be_bytes(size));
        match &id {
            b"COMM" => common = Some(Common::read(window, size)?),
            b"SSND" => sound = Some(samples(window, start, size)?),
            _ => {}
        }
        if let (Some(common), Some((start, bytes))) = (&common, sound) {
            return common.chunk(start, bytes);
        }
        window.go(start + u64::from(size) + u64::from(size & 1))?;
    }
    Err(Trouble::Truncated(Shortfall::Headers))
}

/// Where the samples begin and how many bytes they have.
fn samples(window: &mut Window, start: u64, size: u32) -> Result<(u64, u64), Trouble> {
    let offset = u64::from(u32::from_be_bytes(window.array()?));
    let bytes = u64::from(size).saturating_sub(8 + offset);
    Ok((start + 8 + offset, bytes))
}

#[derive(Debug, Clone, Copy)]
struct Common {
    channels: u16,
    frames: u32,
    bits: u16,
    sample_rate_hz: u32,
    compression: [u8; 4],
}

impl Common {
    fn read(window: &mut Window, size: u32) -> Result<Self, Trouble> {
        let channels = u16::from_be_bytes(window.array()?);
        let frames = u32::from_be_bytes(window.array()?);
        let bits = u16::from_be_bytes(window.array()?);
        let rate = extended(window.array()?);
        let compression = if size >= 22 {
            window.array()?
        } else {
            *b"NONE"
        };
        Ok(Self {
            channels,
            frames,
            bits,
            sample_rate_hz: rate,
            compression,
        })
    }

    fn chunk(&self, start: u64, bytes: u64) -> Result<Chunk, Trouble> {
        let layout = self.layout()?;
        let frame = u64::from(self.channels) * u64::from(layout.width);
        let counted = u64::from(self.frames) * frame;
        Ok(Chunk {
            spec: Spec {
                codec: Codec::Aiff,
                sample_rate_hz: self.sample_rate_hz,
                channels: self.channels,
                bits_per_sample: layout.bits,
                frames: None,
                bytes: 0,
            },
            layout,
            start,
            declared: Some(if counted == 0 {
                bytes
            } else {
                counted.min(bytes)
            }),
        })
    }

    fn layout(&self) -> Result<Layout, Trouble> {
        let refused = || Trouble::Unsupported(Refusal::BitsPerSample(self.bits.into()));
        match &self.compression {
            b"NONE" | b"twos" => Layout::integer(self.bits, true).ok_or_else(refused),
            b"sowt" => Layout::integer(self.bits, false).ok_or_else(refused),
            b"fl32" | b"FL32" => Layout::float(32, true).ok_or_else(refused),
            b"fl64" | b"FL64" => Layout::float(64, true).ok_or_else(refused),
            b"alaw" | b"ALAW" => Ok(Layout::other(ids::CODEC_ID_PCM_ALAW, 1, None)),
            b"ulaw" | b"ULAW" => Ok(Layout::other(ids::CODEC_ID_PCM_MULAW, 1, None)),
            _ => Err(Trouble::Unsupported(Refusal::Codec("compressed AIFF-C"))),
        }
    }
}

/// A whole number out of an 80-bit IEEE 754 extended one, rounded.
fn extended(bytes: [u8; 10]) -> u32 {
    let exponent = i32::from(u16::from_be_bytes([bytes[0] & 0x7f, bytes[1]])) - 16_383;
    let mantissa = bytes[2..]
        .iter()
        .fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    match 63 - exponent {
        shift @ 32..=63 => {
            let half = 1 << (shift - 1);
            u32::try_from((mantissa >> 1).saturating_add(half >> 1) >> (shift - 1)).unwrap_or(0)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_from_extended_numbers() {
        let rate = |head: [u8; 4]| {
            let mut bytes = [0; 10];
            bytes[..4].copy_from_slice(&head);
            extended(bytes)
        };
        assert_eq!(rate([0x40, 0x0e, 0xac, 0x44]), 44_100);
        assert_eq!(rate([0x40, 0x0e, 0xbb, 0x80]), 48_000);
        assert_eq!(rate([0x40, 0x0b, 0xfa, 0x00]), 8_000);
        assert_eq!(rate([0x40, 0x10, 0xbb, 0x80]), 192_000);
        assert_eq!(rate([0x7f, 0xff, 0xff, 0xff]), 0);
        assert_eq!(rate([0; 4]), 0);
    }
}
