//! A valid MP3 stream of silence.
//!
//! An encoder of MPEG audio would be a project of its own. A frame whose side
//! information is all zeros is a frame of silence, though (ISO 11172-3
//! §2.4.1.7), and enough to show every stage a file of this codec.

use super::pcm::Pcm;

/// Samples that encoders put in front: what LAME uses.
const DELAY: u64 = 576;
/// Samples by which a decoder lags.
const DECODER_DELAY: u64 = 529;

/// How a rate is coded: the header's second and third byte without bit rate,
/// samples a frame, index and kbit/s of the bit rate.
struct Layout {
    kind: u8,
    rate: u8,
    frame: u64,
    bit_rate: u8,
    length: usize,
}

impl Layout {
    fn new(rate: u32) -> Option<Self> {
        let (kind, base, frame, kilobits, bit_rate) = match rate {
            32_000.. => (0xfb, rate, 1152, 64_usize, 5),
            16_000.. => (0xf3, rate * 2, 576, 64, 8),
            _ => (0xe3, rate * 4, 576, 64, 8),
        };
        let index = [44_100, 48_000, 32_000]
            .iter()
            .position(|known| *known == base)?;
        Some(Self {
            kind,
            rate: (index as u8) << 2,
            frame,
            bit_rate,
            length: frame as usize / 8 * 1000 * kilobits / rate as usize,
        })
    }

    fn frame(&self, channels: u16) -> Vec<u8> {
        let mode = if channels == 1 { 0xc0 } else { 0 };
        let mut frame = vec![0xff, self.kind, self.bit_rate << 4 | self.rate, mode];
        frame.resize(self.length, 0);
        frame
    }

    fn side_bytes(&self, channels: u16) -> usize {
        match (self.kind, channels) {
            (0xfb, 1) | (0xf3 | 0xe3, 2) => 17,
            (0xfb, _) => 32,
            _ => 9,
        }
    }
}

/// As many silent samples as `pcm` has, at its rate. None if MPEG audio has no
/// such rate, or if there are more than two channels.
pub(crate) fn silence(pcm: &Pcm) -> Option<Vec<u8>> {
    if !(1..=2).contains(&pcm.channels) {
        return None;
    }
    let layout = Layout::new(pcm.sample_rate_hz)?;
    let count = (pcm.frames() + DELAY + DECODER_DELAY).div_ceil(layout.frame);
    let padding = count * layout.frame - DELAY - pcm.frames();
    let frame = layout.frame(pcm.channels);
    let mut bytes = info_frame(&layout, pcm.channels, count, padding);
    (0..count).for_each(|_| bytes.extend_from_slice(&frame));
    Some(bytes)
}

/// The frame in front that tells how many follow, and what of them is music.
fn info_frame(layout: &Layout, channels: u16, count: u64, padding: u64) -> Vec<u8> {
    let mut frame = layout.frame(channels);
    let whole = (count + 1) * frame.len() as u64;
    let trim = (DELAY << 12 | padding.min(0xfff)) as u32;
    let mut info = b"Info\0\0\0\x03".to_vec();
    info.extend((count as u32).to_be_bytes());
    info.extend((whole as u32).to_be_bytes());
    info.extend(b"LAME3.100\0\0");
    info.extend([0; 10]);
    info.extend(&trim.to_be_bytes()[1..]);
    info.extend([0; 4]);
    info.extend((whole as u32).to_be_bytes());
    info.extend([0; 2]);
    let at = 4 + layout.side_bytes(channels);
    frame[at..at + info.len()].copy_from_slice(&info);
    let end = at + info.len();
    let crc = crc16(&frame[..end]);
    frame[end..end + 2].copy_from_slice(&crc.to_be_bytes());
    frame
}

/// Of the LAME extension: polynomial 0x8005, reflected, from 0.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            if crc & 1 == 0 {
                crc >> 1
            } else {
                crc >> 1 ^ 0xa001
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_has_its_catalogued_value() {
        assert_eq!(crc16(b"123456789"), 0xbb3d);
    }

    #[test]
    fn rates_that_no_version_has_are_refused() {
        let pcm = |sample_rate_hz, channels| Pcm {
            sample_rate_hz,
            channels,
            samples: vec![0; 2],
        };
        assert!(silence(&pcm(96_000, 2)).is_none());
        assert!(silence(&pcm(44_100, 6)).is_none());
        assert!(silence(&pcm(11_025, 1)).is_some());
    }
}
