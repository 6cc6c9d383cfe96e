//! Native FLAC (RFC 9639): `fLaC`, metadata blocks, frames.
//!
//! A frame says nowhere how long it is. Its end is where the CRC-16 over it
//! comes out as zero and the next frame header (or the end of the file)
//! follows. Junk behind the last frame is tolerated, as players do.

use {
    crate::{error::Shortfall, spec::Spec, trouble::Trouble, window::Window},
    longplay_model::Codec,
    std::io::Read,
    symphonia::core::{checksum::Crc16Ansi, io::Monitor as _},
};

/// STREAMINFO (RFC 9639 §8.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamInfo {
    pub(crate) raw: [u8; 34],
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: u16,
    pub(crate) bits_per_sample: u16,
    /// Samples a channel; absent when the encoder did not know.
    pub(crate) total: Option<u64>,
    pub(crate) has_md5: bool,
}

impl StreamInfo {
    pub(crate) fn parse(raw: [u8; 34]) -> Self {
        let packed = raw[10..18]
            .iter()
            .fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        let total = packed & 0xf_ffff_ffff;
        Self {
            sample_rate_hz: (packed >> 44) as u32,
            channels: (packed >> 41 & 7) as u16 + 1,
            bits_per_sample: (packed >> 36 & 31) as u16 + 1,
            total: (total != 0).then_some(total),
            has_md5: raw[18..].iter().any(|byte| *byte != 0),
            raw,
        }
    }
}

/// One frame, headers and footer included.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) at: u64,
    /// Number of its first sample.
    pub(crate) first: u64,
    pub(crate) bytes: Vec<u8>,
    /// Where the frame may end, if junk follows the last one: the right length
    /// is the first that decodes.
    pub(crate) ends: Vec<usize>,
}

/// Reads the frames of a FLAC file one after the other.
#[derive(Debug)]
pub(crate) struct Frames {
    window: Window,
    info: StreamInfo,
    /// Bytes read but not yet given out; the first is at `at`.
    ahead: Vec<u8>,
    at: u64,
    at_end: bool,
    bytes: u64,
    /// Samples a channel in the frames given out so far.
    samples: u64,
    /// The block size of the first frame: that of all but the last frame
    /// when frames are numbered and not samples.
    fixed_block: Option<u32>,
    /// Junk follows the frame given out last.
    ended: bool,
}

impl Frames {
    /// Reads the metadata blocks; the window stands at `fLaC`.
    pub(crate) fn open(mut window: Window) -> Result<Self, Trouble> {
        window.drop_trailing_tags()?;
        let info = read_metadata(&mut window)?;
        Ok(Self {
            at: window.position(),
            bytes: window.left(),
            window,
            info,
            ahead: Vec::new(),
            at_end: false,
            samples: 0,
            fixed_block: None,
            ended: false,
        })
    }

    pub(crate) fn info(&self) -> &StreamInfo {
        &self.info
    }

    pub(crate) fn spec(&self) -> Result<Spec, Trouble> {
        Spec {
            codec: Codec::Flac,
            sample_rate_hz: self.info.sample_rate_hz,
            channels: self.info.channels,
            bits_per_sample: Some(self.info.bits_per_sample),
            frames: self.info.total,
            bytes: self.bytes,
        }
        .checked()
    }

    /// The next frame, or none at the end (or where only junk follows).
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, Trouble> {
        self.fill(HEADER_BYTES)?;
        if self.ahead.is_empty() || self.is_complete() {
            return Ok(None);
        }
        let Some(header) = self.header_at(0) else {
            return self.lost();
        };
        let found = self.find_end(&header)?;
        self.take(&header, found)
    }

    fn is_complete(&self) -> bool {
        self.ended || self.info.total.is_some_and(|total| self.samples >= total)
    }

    fn lost(&self) -> Result<Option<Frame>, Trouble> {
        match (self.info.total, self.ahead.len()) {
            (None, ..HEADER_BYTES) if self.at_end => Ok(None),
            (Some(declared), ..HEADER_BYTES) if self.at_end => {
                let found = self.samples;
                Err(Trouble::Truncated(Shortfall::Frames { declared, found }))
            }
            _ => Err(Trouble::structure("no FLAC frame", self.at)),
        }
    }

    fn take(&mut self, header: &Header, found: Found) -> Result<Option<Frame>, Trouble> {
        let (length, ends) = match found {
            Found::End(length) => (length, Vec::new()),
            Found::Candidates(ends) => (ends.last().copied().unwrap_or_default(), ends),
        };
        self.ended = !ends.is_empty();
        let frame = Frame {
            at: self.at,
            first: self.first_sample(header),
            bytes: self.ahead.drain(..length).collect(),
            ends,
        };
        self.at += length as u64;
        self.samples += u64::from(header.block);
        Ok(Some(frame))
    }

    fn first_sample(&mut self, header: &Header) -> u64 {
        if header.variable {
            return header.number;
        }
        let block = *self.fixed_block.get_or_insert(header.block);
        header.number.saturating_mul(block.into())
    }

    fn find_end(&mut self, header: &Header) -> Result<Found, Trouble> {
        let most = header.most_bytes(&self.info);
        let (mut crc, mut summed) = (Crc16Ansi::new(0), 0);
        let (mut next, mut followed) = (header.bytes, false);
        loop {
            self.fill(next.saturating_add(READ_BYTES))?;
            while let Some(at) = self.next_header(next, most) {
                crc.process_buf_bytes(&self.ahead[summed..at]);
                (summed, next, followed) = (at, at + 1, true);
                if crc.crc() == 0 {
                    return Ok(Found::End(at));
                }
            }
            next = next.max((self.ahead.len() + 1).saturating_sub(HEADER_BYTES));
            if self.at_end || next > most {
                return self.find_last(header, most, followed);
            }
        }
    }

    /// Offset of the next frame header that can be parsed, from `from` on.
    fn next_header(&self, from: usize, most: usize) -> Option<usize> {
        let last = self.ahead.len().min(most.saturating_add(HEADER_BYTES));
        let mut from = from;
        loop {
            let at = from
                + self
                    .ahead
                    .get(from..last)?
                    .iter()
                    .position(|b| *b == 0xff)?;
            if !self.at_end && at + HEADER_BYTES > self.ahead.len() {
                return None;
            }
            if self.header_at(at).is_some() {
                return Some(at);
            }
            from = at + 1;
        }
    }

    /// No frame follows: this one ends with the file or before junk.
    fn find_last(&self, header: &Header, most: usize, followed: bool) -> Result<Found, Trouble> {
        let reach = self.ahead.len().min(most.saturating_add(2));
        let mut crc = Crc16Ansi::new(0);
        let mut ends = Vec::new();
        for (at, byte) in self.ahead[..reach].iter().enumerate() {
            crc.process_byte(*byte);
            if crc.crc() == 0 && at >= header.bytes {
                ends.push(at + 1);
            }
        }
        match ends.last() {
            Some(end) if *end == self.ahead.len() && ends.len() == 1 => Ok(Found::End(*end)),
            Some(_) => Ok(Found::Candidates(ends)),
            None if followed || !self.at_end => {
                Err(Trouble::structure("a FLAC frame fails its CRC", self.at))
            }
            None => Err(Trouble::Truncated(Shortfall::LastFrame { at: self.at })),
        }
    }

    fn header_at(&self, at: usize) -> Option<Header> {
        Header::parse(self.ahead.get(at..)?).filter(|header| header.fits(&self.info))
    }

    /// Reads until `bytes` are ahead or the end is reached.
    fn fill(&mut self, bytes: usize) -> Result<(), Trouble> {
        while self.ahead.len() < bytes && !self.at_end {
            let before = self.ahead.len();
            self.window
                .by_ref()
                .take(READ_BYTES as u64)
                .read_to_end(&mut self.ahead)
                .map_err(Trouble::Read)?;
            self.at_end = self.ahead.len() == before;
        }
        Ok(())
    }
}

enum Found {
    End(usize),
    Candidates(Vec<usize>),
}

/// The longest frame header (RFC 9639 §9.1).
const HEADER_BYTES: usize = 16;
const READ_BYTES: usize = 32 << 10;

fn read_metadata(window: &mut Window) -> Result<StreamInfo, Trouble> {
    window.array::<4>()?;
    let mut info = None;
    loop {
        let [kind, length @ ..] = window.array::<4>()?;
        let length = length
            .iter()
            .fold(0, |all, byte| all << 8 | u64::from(*byte));
        let next = window.position() + length;
        if next > window.end() {
            return Err(Trouble::Truncated(Shortfall::Headers));
        }
        if kind & 0x7f == 0 && length >= 34 {
            info = Some(StreamInfo::parse(window.array()?));
        }
        window.go(next)?;
        if kind & 0x80 != 0 {
            return info.ok_or_else(|| Trouble::header("FLAC without STREAMINFO"));
        }
    }
}

/// A frame header (RFC 9639 §9.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    bytes: usize,
    variable: bool,
    /// Samples a channel.
    block: u32,
    channels: u16,
    bits: Option<u16>,
    /// Of the frame, or of its first sample when `variable`.
    number: u64,
}

impl Header {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let [0xff, sync, sizes, shape, ..] = *bytes else {
            return None;
        };
        if sync & 0xfe != 0xf8 || shape & 1 != 0 {
            return None;
        }
        let (number, coded) = coded_number(bytes.get(4..)?)?;
        let mut at = 4 + coded;
        let block = block_size(sizes >> 4, bytes, &mut at)?;
        at += match sizes & 15 {
            12 => 1,
            13 | 14 => 2,
            15 => return None,
            _ => 0,
        };
        let header = Self {
            bytes: at + 1,
            variable: sync & 1 == 1,
            block,
            channels: channels(shape >> 4)?,
            bits: bits(shape >> 1 & 7)?,
            number,
        };
        (crc8(bytes.get(..at)?) == *bytes.get(at)?).then_some(header)
    }

    fn fits(&self, info: &StreamInfo) -> bool {
        self.channels == info.channels && self.bits.is_none_or(|bits| bits == info.bits_per_sample)
    }

    /// A frame is never longer than its samples stored verbatim.
    fn most_bytes(&self, info: &StreamInfo) -> usize {
        let bits = usize::from(info.bits_per_sample) + 1;
        let samples = self.block as usize * usize::from(self.channels);
        // Encoders other than the reference have been seen to exceed it.
        2 * (samples * bits).div_ceil(8) + 1024
    }
}

/// Frame or sample number in the extended UTF-8 of §9.1.5, and its length.
fn coded_number(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = match first.leading_ones() as usize {
        0 => return Some((first.into(), 1)),
        length @ 2..=7 => length,
        _ => return None,
    };
    let start = u64::from(first) & (0x7f >> length);
    let rest = bytes.get(1..length)?;
    let number = rest.iter().try_fold(start, |number, byte| {
        (byte & 0xc0 == 0x80).then(|| number << 6 | u64::from(byte & 0x3f))
    })?;
    Some((number, length))
}

/// Table 14 of RFC 9639; `at` moves behind an uncommon size.
fn block_size(code: u8, bytes: &[u8], at: &mut usize) -> Option<u32> {
    let code = match code {
        0 => return None,
        1 => return Some(192),
        2..=5 => return Some(144 << code),
        6 => 1,
        7 => 2,
        code => return Some(1 << code),
    };
    let stored = bytes.get(*at..*at + code)?;
    *at += code;
    Some(
        stored
            .iter()
            .fold(0, |all, byte| all << 8 | u32::from(*byte))
            + 1,
    )
}

fn channels(code: u8) -> Option<u16> {
    match code {
        0..=7 => Some(u16::from(code) + 1),
        8..=10 => Some(2),
        _ => None,
    }
}

#[allow(
    clippy::option_option,
    reason = "outer: is the code valid; inner: does it tell"
)]
fn bits(code: u8) -> Option<Option<u16>> {
    match code {
        0 => Some(None),
        1 => Some(Some(8)),
        2 => Some(Some(12)),
        4 => Some(Some(16)),
        5 => Some(Some(20)),
        6 => Some(Some(24)),
        7 => Some(Some(32)),
        _ => None,
    }
}

/// Polynomial x⁸+x²+x+1 (RFC 9639 §9.1.8).
fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| {
            if crc & 0x80 == 0 {
                crc << 1
            } else {
                crc << 1 ^ 7
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_read() {
        // RFC 9639, appendix D.1.2 and D.1.3.
        let mut raw = [0; 34];
        raw[..18].copy_from_slice(&[
            0x10, 0, 0x10, 0, 0, 0, 0x0f, 0, 0, 0x0f, 0x0a, 0xc4, 0x42, 0xf0, 0, 0, 0, 1,
        ]);
        let info = StreamInfo::parse(raw);
        assert_eq!((info.sample_rate_hz, info.channels), (44_100, 2));
        assert_eq!((info.bits_per_sample, info.total), (16, Some(1)));
        assert!(!info.has_md5);
        let header = Header::parse(&[0xff, 0xf8, 0x69, 0x18, 0, 0, 0xbf]).unwrap();
        assert_eq!((header.block, header.channels, header.bytes), (1, 2, 7));
        assert!(header.fits(&info));
    }

    #[test]
    fn numbers_of_every_length_are_read() {
        assert_eq!(coded_number(&[0x7f]), Some((0x7f, 1)));
        assert_eq!(coded_number(&[0xc2, 0x80]), Some((0x80, 2)));
        let longest = [0xfe, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf];
        assert_eq!(coded_number(&longest), Some(((1 << 36) - 1, 7)));
        assert_eq!(coded_number(&[0xff; 8]), None);
        assert_eq!(coded_number(&[0xc2]), None);
    }
}
