//! MPEG-1, -2 and -2.5 audio, layer III: a run of frames, each with a header
//! that tells its length (ISO 11172-3 §2.4.1, ISO 13818-3).
//!
//! Nothing but a Xing, Info or VBRI frame at the start says how many frames
//! there should be. Junk before the first frame and behind the last one is
//! tolerated, junk between frames is damage.

use {
    crate::{
        error::{Refusal, Shortfall},
        limits,
        spec::Spec,
        trouble::Trouble,
        window::Window,
    },
    longplay_model::Codec,
};

/// A frame header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// 0: MPEG-1, 1: MPEG-2, 2: MPEG-2.5.
    version: u8,
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: u16,
    /// Bytes, header included.
    pub(crate) length: usize,
}

impl Header {
    /// A layer III header, or none.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let [0xff, kind, rates, mode, ..] = *bytes else {
            return None;
        };
        let version = match kind >> 3 & 3 {
            3 => 0,
            2 => 1,
            0 => 2,
            _ => return None,
        };
        if kind & 0xe0 != 0xe0 || kind >> 1 & 3 != 1 {
            return None;
        }
        let sample_rate_hz = [44_100, 48_000, 32_000].get(usize::from(rates >> 2 & 3))? >> version;
        let kilobits = *KILOBITS[usize::from(version.min(1))].get(usize::from(rates >> 4))?;
        let padding = usize::from(rates >> 1 & 1);
        let bytes_per_kilobit = if version == 0 { 144_000 } else { 72_000 };
        (kilobits != 0).then(|| Self {
            version,
            sample_rate_hz,
            channels: if mode >> 6 == 3 { 1 } else { 2 },
            length: bytes_per_kilobit * kilobits / sample_rate_hz as usize + padding,
        })
    }

    /// Samples a channel in one frame.
    pub(crate) fn frames(&self) -> u64 {
        if self.version == 0 { 1152 } else { 576 }
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.version, self.sample_rate_hz, self.channels)
            == (other.version, other.sample_rate_hz, other.channels)
    }

    /// Where the side information ends: the place of a Xing frame's mark.
    fn side_end(&self) -> usize {
        match (self.version, self.channels) {
            (0, 1) => 4 + 17,
            (0, _) => 4 + 32,
            (_, 1) => 4 + 9,
            _ => 4 + 17,
        }
    }
}

/// Bit rates of layer III in kbit/s, MPEG-1 and the others.
const KILOBITS: [[usize; 15]; 2] = [
    [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// What the first, silent frame says about the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Info {
    /// Frames without this one.
    pub(crate) frames: Option<u64>,
    /// Bytes with this one.
    pub(crate) bytes: Option<u64>,
    /// Samples a channel that the encoder put in front and behind.
    pub(crate) delay: Option<(u64, u64)>,
}

impl Info {
    /// Reads a Xing, Info (with LAME extension) or VBRI frame.
    fn parse(header: &Header, frame: &[u8]) -> Option<Self> {
        let side = header.side_end();
        match frame.get(side..side + 4)? {
            b"Xing" | b"Info" => Some(Self::parse_xing(&frame[side + 4..])),
            _ if frame.get(36..40)? == b"VBRI" => Some(Self {
                bytes: number(frame, 46).map(u64::from),
                frames: number(frame, 50).map(u64::from),
                delay: None,
            }),
            _ => None,
        }
    }

    fn parse_xing(bytes: &[u8]) -> Self {
        let flags = number(bytes, 0).unwrap_or_default();
        let mut at = 4;
        let mut field = |bit: u32, length: usize| {
            let here = at;
            let present = flags & bit != 0;
            at += if present { length } else { 0 };
            present.then_some(here)
        };
        let frames = field(1, 4).and_then(|at| number(bytes, at));
        let length = field(2, 4).and_then(|at| number(bytes, at));
        field(4, 100);
        field(8, 4);
        Self {
            frames: frames.map(u64::from),
            bytes: length.map(u64::from),
            delay: bytes.get(at..).and_then(lame_delay),
        }
    }
}

/// Encoder delay and padding of the LAME extension, with the decoder's own
/// delay of 529 samples moved from the end to the start.
fn lame_delay(extension: &[u8]) -> Option<(u64, u64)> {
    let known = [b"LAME", b"Lavf", b"Lavc"];
    if !known.iter().any(|name| extension.starts_with(*name)) {
        return None;
    }
    let [a, b, c] = *extension.get(21..24)? else {
        return None;
    };
    let delay = u64::from(a) << 4 | u64::from(b >> 4);
    let padding = u64::from(b & 15) << 8 | u64::from(c);
    Some((delay + 529, padding.saturating_sub(529)))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*four))
}

/// Reads the frames of an MP3 file one after the other.
#[derive(Debug)]
pub(crate) struct Frames {
    window: Window,
    first: Header,
    start: u64,
    info: Option<Info>,
    count: u64,
}

impl Frames {
    /// Finds the first frame and reads what it says about the rest.
    pub(crate) fn open(mut window: Window) -> Result<Self, Trouble> {
        window.drop_trailing_tags()?;
        let (start, first) = find_first(&mut window)?.ok_or(Trouble::NotAudio)?;
        window.go(start)?;
        let frame = window.peek(first.length)?;
        let info = Info::parse(&first, &frame);
        let after_info = start + first.length as u64;
        window.go(if info.is_some() { after_info } else { start })?;
        Ok(Self {
            window,
            first,
            start,
            info,
            count: 0,
        })
    }

    pub(crate) fn info(&self) -> Info {
        self.info.unwrap_or_default()
    }

    /// Length from the first frame's word, else by walking all headers.
    pub(crate) fn spec(&mut self) -> Result<Spec, Trouble> {
        let count = match self.info().frames {
            Some(count) => count,
            None => self.count_frames()?,
        };
        let (lead, tail) = self.info().delay.unwrap_or_default();
        let all = count.saturating_mul(self.first.frames());
        Spec {
            codec: Codec::Mp3,
            sample_rate_hz: self.first.sample_rate_hz,
            channels: self.first.channels,
            bits_per_sample: None,
            frames: Some(all.saturating_sub(lead + tail)),
            bytes: self.window.end() - self.start,
        }
        .checked()
    }

    /// The next whole frame; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        let at = self.window.position();
        let Some(header) = self.next_header()? else {
            return self.finish(at);
        };
        let mut frame = vec![0; header.length];
        std::io::Read::read_exact(&mut self.window, &mut frame)?;
        self.count += 1;
        Ok(Some(frame))
    }

    /// The header here, if its whole frame is there too.
    fn next_header(&mut self) -> Result<Option<Header>, Trouble> {
        let at = self.window.position();
        let header = Header::parse(&self.window.peek(4)?).filter(|it| it.is_like(&self.first));
        match header {
            Some(header) if self.window.left() < header.length as u64 => {
                Err(Trouble::Truncated(Shortfall::LastFrame { at }))
            }
            other => Ok(other),
        }
    }

    /// No frame begins at `at`: is this the end, or is something broken?
    fn finish(&mut self, at: u64) -> Result<Option<Vec<u8>>, Trouble> {
        self.check_declared()?;
        let junk = self.window.peek(JUNK_BYTES)?;
        let again = (0..junk.len()).any(|from| self.is_run(&junk[from..], 2));
        if again {
            return Err(Trouble::structure("no MPEG frame", at));
        }
        Ok(None)
    }

    fn check_declared(&self) -> Result<(), Trouble> {
        let (found, here) = (self.count, self.window.position() - self.start);
        let Info { frames, bytes, .. } = self.info();
        let declared = frames.unwrap_or_default();
        // Some encoders count the silent frame too.
        let one_short = declared == found + 1 && bytes.is_none_or(|bytes| bytes <= here);
        if found >= declared || one_short {
            return Ok(());
        }
        Err(Trouble::Truncated(Shortfall::MpegFrames {
            declared,
            found,
        }))
    }

    fn is_run(&self, bytes: &[u8], frames: usize) -> bool {
        is_run(bytes, frames).is_some_and(|header| header.is_like(&self.first))
    }

    fn count_frames(&mut self) -> Result<u64, Trouble> {
        let from = self.window.position();
        let mut count = 0;
        while let Ok(Some(header)) = self.next_header() {
            self.window
                .go(self.window.position() + header.length as u64)?;
            count += 1;
        }
        self.window.go(from)?;
        Ok(count)
    }
}

const JUNK_BYTES: usize = 64 << 10;

/// Whether a layer III frame begins here, and after it `frames - 1` more or
/// the end of the bytes.
pub(crate) fn is_run(bytes: &[u8], frames: usize) -> Option<Header> {
    let first = Header::parse(bytes)?;
    let mut rest = bytes.get(first.length..)?;
    for _ in 1..frames {
        let header = Header::parse(rest).filter(|header| header.is_like(&first))?;
        rest = rest.get(header.length..).unwrap_or_default();
    }
    Some(first)
}

/// The first place where three frames follow each other, or where frames
/// reach the end of the file.
pub(crate) fn find_first(window: &mut Window) -> Result<Option<(u64, Header)>, Trouble> {
    let start = window.position();
    let bytes = window.peek(limits::LEADING_JUNK as usize + 8192)?;
    let whole = window.left() == bytes.len() as u64;
    for at in 0..bytes.len().min(limits::LEADING_JUNK as usize) {
        if let Some(header) = begins(&bytes[at..], whole) {
            return Ok(Some((start + at as u64, header)));
        }
    }
    refuse_other_layers(&bytes)?;
    Ok(None)
}

fn begins(bytes: &[u8], whole: bool) -> Option<Header> {
    let single = || {
        let header = Header::parse(bytes)?;
        let second = bytes.get(header.length..).unwrap_or_default();
        let at_end = second.is_empty() || Header::parse(second).is_some();
        (whole && at_end).then_some(header)
    };
    is_run(bytes, 3).or_else(single)
}

/// Layers I and II are sound, but not taken in.
fn refuse_other_layers(bytes: &[u8]) -> Result<(), Trouble> {
    match bytes {
        [0xff, 0xfc | 0xfd | 0xf4 | 0xf5, ..] => {
            Err(Trouble::Unsupported(Refusal::Codec("MPEG layer II")))
        }
        [0xff, 0xfe | 0xf6 | 0xf7, ..] => Err(Trouble::Unsupported(Refusal::Codec("MPEG layer I"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_all_versions_are_read() {
        let header = Header::parse(&[0xff, 0xfb, 0x90, 0x00]).unwrap();
        assert_eq!((header.sample_rate_hz, header.channels), (44_100, 2));
        assert_eq!((header.length, header.frames()), (417, 1152));
        let half = Header::parse(&[0xff, 0xf3, 0x84, 0xc0]).unwrap();
        assert_eq!((half.sample_rate_hz, half.channels), (24_000, 1));
        assert_eq!((half.length, half.frames()), (192, 576));
        let quarter = Header::parse(&[0xff, 0xe3, 0x88, 0xc0]).unwrap();
        assert_eq!(quarter.sample_rate_hz, 8_000);
    }

    #[test]
    fn what_is_no_layer_three_header_is_none() {
        for bytes in [
            [0xff, 0xfd, 0x90, 0],
            [0xff, 0xfb, 0xf0, 0],
            [0xff, 0xfb, 0x9c, 0],
        ] {
            assert_eq!(Header::parse(&bytes), None);
        }
        assert_eq!(Header::parse(&[0xff, 0xfb, 0x00, 0]), None, "free format");
        assert_eq!(Header::parse(&[0xff]), None);
    }

    #[test]
    fn the_lame_extension_tells_delay_and_padding() {
        let mut extension = b"LAME3.100".to_vec();
        extension.resize(21, 0);
        extension.extend([0x24, 0x04, 0x94]);
        assert_eq!(lame_delay(&extension), Some((576 + 529, 1172 - 529)));
        assert_eq!(lame_delay(b"GOGO"), None);
    }
}
