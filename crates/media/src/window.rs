//! The part of a file that holds the sound.
//!
//! ```text
//!   [ID3v2]…  |  sound  |  [APEv2] [Lyrics3] [ID3v1]
//!             start     end
//! ```
//!
//! Taggers put ID3 and APE tags around streams that know nothing of them
//! (FLAC and Ogg too); players skip them, and so do we.

use {
    crate::trouble::Trouble,
    std::{
        fs::File,
        io::{self, BufReader, Read, Seek, SeekFrom},
        path::Path,
    },
};

/// A file seen through the bounds of its sound; offsets are those of the file.
#[derive(Debug)]
pub(crate) struct Window {
    file: BufReader<File>,
    position: u64,
    start: u64,
    end: u64,
}

impl Window {
    /// Opens a file and steps over ID3v2 tags in front.
    pub(crate) fn open(path: &Path) -> Result<Self, Trouble> {
        let file = File::open(path).map_err(Trouble::Read)?;
        let metadata = file.metadata().map_err(Trouble::Read)?;
        if metadata.is_dir() {
            return Err(Trouble::Read(io::ErrorKind::IsADirectory.into()));
        }
        if metadata.len() == 0 {
            return Err(Trouble::Empty);
        }
        let mut window = Self {
            file: BufReader::with_capacity(256 << 10, file),
            position: 0,
            start: 0,
            end: metadata.len(),
        };
        window.skip_leading_tags()?;
        Ok(window)
    }

    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn left(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }

    /// Moves to an offset of the file, at most to the end of the window.
    pub(crate) fn go(&mut self, to: u64) -> Result<(), Trouble> {
        let to = to.min(self.end);
        let step = i128::from(to) - i128::from(self.position);
        match i64::try_from(step) {
            Ok(step) => self.file.seek_relative(step),
            Err(_) => self.file.seek(SeekFrom::Start(to)).map(drop),
        }
        .map_err(Trouble::Read)?;
        self.position = to;
        Ok(())
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Trouble> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Up to `most` bytes from here, without moving.
    pub(crate) fn peek(&mut self, most: usize) -> Result<Vec<u8>, Trouble> {
        let from = self.position;
        let mut bytes = Vec::new();
        self.by_ref()
            .take(most as u64)
            .read_to_end(&mut bytes)
            .map_err(Trouble::Read)?;
        self.go(from)?;
        Ok(bytes)
    }

    /// Leaves out tags behind the sound: ID3v1, Lyrics3v2, APEv2, appended ID3v2.
    pub(crate) fn drop_trailing_tags(&mut self) -> Result<(), Trouble> {
        let from = self.position;
        while let Some(length) = self.trailing_tag()? {
            self.end = self.end.saturating_sub(length).max(self.start);
        }
        self.go(from)
    }

    fn skip_leading_tags(&mut self) -> Result<(), Trouble> {
        while let Some(length) = id3v2_length(&self.peek(10)?) {
            self.go(self.position.saturating_add(length))?;
            self.start = self.position;
        }
        Ok(())
    }

    fn trailing_tag(&mut self) -> Result<Option<u64>, Trouble> {
        let tail = self.tail(128)?;
        if tail.len() == 128 && tail.starts_with(b"TAG") {
            return Ok(Some(128));
        }
        Ok(ape_length(&tail)
            .or_else(|| lyrics3_length(&tail))
            .or_else(|| id3v2_footer_length(&tail)))
    }

    fn tail(&mut self, bytes: u64) -> Result<Vec<u8>, Trouble> {
        self.go(self.end.saturating_sub(bytes).max(self.start))?;
        self.peek(128)
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left()).unwrap_or(usize::MAX);
        let most = most.min(buffer.len());
        let read = self.file.read(&mut buffer[..most])?;
        self.position += read as u64;
        Ok(read)
    }
}

/// Whole length of an ID3v2 tag that begins here (ID3v2.4 §3.1).
fn id3v2_length(bytes: &[u8]) -> Option<u64> {
    let header: &[u8; 10] = bytes.first_chunk()?;
    let plausible = header.starts_with(b"ID3") && header[3] != 0xff && header[4] != 0xff;
    let footer = if header[5] & 0x10 == 0 { 0 } else { 10 };
    plausible
        .then(|| synchsafe(&header[6..]))
        .flatten()
        .map(|size| 10 + size + footer)
}

fn id3v2_footer_length(tail: &[u8]) -> Option<u64> {
    let footer: &[u8; 10] = tail.last_chunk()?;
    footer
        .starts_with(b"3DI")
        .then(|| synchsafe(&footer[6..]))
        .flatten()
        .map(|size| 20 + size)
}

fn synchsafe(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0, |size, byte| {
        (byte & 0x80 == 0).then(|| size << 7 | u64::from(*byte))
    })
}

/// Whole length of an APE tag that ends here: footer, items, header if any.
fn ape_length(tail: &[u8]) -> Option<u64> {
    let footer: &[u8; 32] = tail.last_chunk()?;
    if !footer.starts_with(b"APETAGEX") {
        return None;
    }
    let number = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| footer[at + i]));
    let header = if number(20) >> 31 == 1 { 32 } else { 0 };
    Some(u64::from(number(12)).max(32) + header)
}

/// Whole length of a Lyrics3v2 block that ends here.
fn lyrics3_length(tail: &[u8]) -> Option<u64> {
    let end: &[u8; 15] = tail.last_chunk()?;
    let digits = end.strip_suffix(b"LYRICS200")?;
    let size: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(size + 15)
}

#[cfg(test)]
mod tests {
    use {super::*, std::io::Write as _};

    fn window(bytes: &[u8]) -> Window {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Window::open(file.path()).unwrap()
    }

    fn id3v2(size: u8) -> Vec<u8> {
        let mut tag = b"ID3\x04\0\0\0\0\0".to_vec();
        tag.push(size);
        tag.resize(10 + usize::from(size), 0);
        tag
    }

    #[test]
    fn tags_in_front_are_stepped_over() {
        let mut window = window(&[id3v2(5), id3v2(7), b"sound".to_vec()].concat());
        assert_eq!((window.start(), window.end()), (32, 37));
        assert_eq!(window.peek(9).unwrap(), b"sound");
    }

    #[test]
    fn tags_behind_are_left_out() {
        let mut id3v1 = b"TAG".to_vec();
        id3v1.resize(128, 0);
        let mut ape = b"APETAGEX\xd0\x07\0\0".to_vec();
        ape.extend(32_u32.to_le_bytes());
        ape.resize(32, 0);
        let lyrics = b"LYRICSBEGINxx000013LYRICS200".to_vec();
        let mut window = window(&[b"sound".to_vec(), ape, lyrics, id3v1].concat());
        window.drop_trailing_tags().unwrap();
        assert_eq!((window.start(), window.end()), (0, 5));
    }

    #[test]
    fn a_tag_longer_than_the_file_leaves_nothing() {
        let mut tag = id3v2(5);
        tag[9] = 0x7f;
        assert_eq!(window(&tag).left(), 0);
    }

    #[test]
    fn an_empty_file_is_said_to_be_empty() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(Window::open(file.path()), Err(Trouble::Empty)));
    }
}
