use {
    super::{CHECKSUMS, ENTRY, FOOTER, HEADER, SEEKABLE, SKIPPABLE},
    crate::error::Error,
    std::{
        fs::File,
        io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
        path::{Path, PathBuf},
    },
};

/// Reads any range of a seekable zstd file.
pub(crate) struct SeekableReader {
    path: PathBuf,
    frames: Vec<Frame>,
    length: u64,
}

/// Where a frame lies in the file and in the content.
#[derive(Clone, Copy)]
struct Frame {
    file: u64,
    content: u64,
    bytes: u32,
}

impl SeekableReader {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let damaged = || Error::SeekTable { path: path.into() };
        let mut file = File::open(path).map_err(Error::read(path))?;
        let table = read_table(&mut file).map_err(|_| damaged())?;
        let (frames, length) = parse_table(&table).ok_or_else(damaged)?;
        Ok(Self {
            path: path.into(),
            frames,
            length,
        })
    }

    /// Bytes of the content.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// The content from start to end.
    pub(crate) fn stream(&self) -> Result<impl BufRead + use<>, Error> {
        let file = File::open(&self.path).map_err(Error::read(&self.path))?;
        let plain = zstd::Decoder::new(file).map_err(Error::read(&self.path))?;
        Ok(BufReader::with_capacity(1 << 20, plain))
    }

    /// `length` bytes of the content from `offset`, fewer at its end.
    pub(crate) fn range(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        let end = offset.saturating_add(length).min(self.length);
        if offset >= end {
            return Ok(Vec::new());
        }
        self.read_range(offset, end - offset)
            .map_err(Error::read(&self.path))
    }

    fn read_range(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let after = self.frames.partition_point(|frame| frame.content <= offset);
        let first = self.frames[after.saturating_sub(1)];
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(first.file))?;
        let mut plain = zstd::Decoder::new(file)?;
        io::copy(
            &mut plain.by_ref().take(offset - first.content),
            &mut io::sink(),
        )?;
        let mut bytes = Vec::new();
        plain.take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// The bytes of the seek table, footer included, header not.
fn read_table(file: &mut File) -> io::Result<Vec<u8>> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let mut footer = [0; FOOTER];
    file.seek(SeekFrom::End(-(FOOTER as i64)))?;
    file.read_exact(&mut footer)?;
    let entry = if footer[4] & CHECKSUMS == 0 {
        ENTRY
    } else {
        ENTRY + 4
    };
    let length = u64::from(u32_at(&footer, 0).ok_or_else(bad)?) * entry as u64 + FOOTER as u64;
    let start = file.metadata()?.len().checked_sub(length + HEADER as u64);
    file.seek(SeekFrom::Start(start.ok_or_else(bad)?))?;
    let mut table = Vec::new();
    file.read_to_end(&mut table)?;
    let header_holds = u32_at(&table, 0) == Some(SKIPPABLE)
        && u32_at(&table, 4).map(u64::from) == Some(length)
        && u32_at(&table, table.len() - 4) == Some(SEEKABLE);
    header_holds
        .then(|| table.split_off(HEADER))
        .ok_or_else(bad)
}

fn parse_table(table: &[u8]) -> Option<(Vec<Frame>, u64)> {
    let (entries, footer) = table.split_at_checked(table.len().checked_sub(FOOTER)?)?;
    let entry = if footer[4] & CHECKSUMS == 0 {
        ENTRY
    } else {
        ENTRY + 4
    };
    let mut frames = Vec::with_capacity(entries.len() / entry);
    let (mut file, mut content) = (0u64, 0u64);
    for sizes in entries.chunks_exact(entry) {
        let bytes = u32_at(sizes, 4)?;
        frames.push(Frame {
            file,
            content,
            bytes,
        });
        file = file.checked_add(u32_at(sizes, 0)?.into())?;
        content = content.checked_add(bytes.into())?;
    }
    frames.retain(|frame| frame.bytes > 0);
    Some((frames, content))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}
