use {
    super::{CHECKSUMS, ENTRY, FOOTER, HEADER, SEEKABLE, SKIPPABLE},
    crate::error::Error,
    rayon::prelude::*,
    std::{
        fs::File,
        io::{self, Cursor, Read, Seek, SeekFrom},
        path::{Path, PathBuf},
    },
    zstd::bulk::Decompressor,
};

/// Frames that are unpacked at the same time, which bounds memory.
const AT_ONCE: usize = 8;

/// Fewer frames are unpacked where they are asked for.
const PAYS: usize = 4;

/// The longest content of a frame that is read: frames of longplay hold 1 MiB,
/// and a damaged table must not ask for gigabytes.
const LONGEST: u32 = 16 << 20;

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
    packed: u32,
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

    /// `length` bytes of the content from `offset`, fewer at its end.
    pub(crate) fn range(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        let length = length.min(self.length.saturating_sub(offset));
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        self.read(offset, length, &mut bytes)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    /// Appends the content from `offset` on to `out`: `at_least` so many bytes
    /// where there are, and to the end of a frame.
    pub(crate) fn read(
        &self,
        offset: u64,
        at_least: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if at_least == 0 || offset >= self.length {
            return Ok(());
        }
        let end = offset.saturating_add(at_least as u64);
        let after = self.frames.partition_point(|frame| frame.content <= offset);
        let end = self.frames.partition_point(|frame| frame.content < end);
        let frames = &self.frames[after - 1..end];
        let mut before = usize::try_from(offset - frames[0].content).expect("within a frame");
        let mut unpack = || {
            let mut file = File::open(&self.path)?;
            for frames in frames.chunks(AT_ONCE) {
                let from = out.len();
                unpack(&mut file, frames, out)?;
                out.drain(from..from + std::mem::take(&mut before));
            }
            Ok(())
        };
        unpack().map_err(Error::read(&self.path))
    }
}

/// The whole content of a seekable file in memory.
pub(crate) fn content_of(file: &[u8]) -> io::Result<Vec<u8>> {
    let mut file = Cursor::new(file);
    let table = read_table(&mut file)?;
    let (frames, _) = parse_table(&table).ok_or(io::ErrorKind::InvalidData)?;
    let mut content = Vec::new();
    for frames in frames.chunks(AT_ONCE) {
        unpack(&mut file, frames, &mut content)?;
    }
    Ok(content)
}

/// Appends the contents of frames.
fn unpack(file: &mut (impl Read + Seek), frames: &[Frame], out: &mut Vec<u8>) -> io::Result<()> {
    let mut packed = Vec::with_capacity(frames.len());
    for frame in frames {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(frame.file))?;
        file.by_ref()
            .take(frame.packed.into())
            .read_to_end(&mut bytes)?;
        packed.push((bytes, frame.bytes as usize));
    }
    if packed.len() < PAYS {
        let mut decompressor = Decompressor::new()?;
        return packed
            .iter()
            .try_for_each(|(bytes, length)| append(&mut decompressor, bytes, *length, out));
    }
    let contents =
        packed
            .par_iter()
            .map_init(Decompressor::new, |decompressor, (bytes, length)| {
                let decompressor = decompressor.as_mut().map_err(|error| error.kind())?;
                let mut content = Vec::new();
                append(decompressor, bytes, *length, &mut content).map(|()| content)
            });
    let contents = contents.collect::<io::Result<Vec<_>>>()?;
    contents.iter().for_each(|content| out.extend(content));
    Ok(())
}

/// Appends the content of a frame.
fn append(
    decompressor: &mut Decompressor,
    packed: &[u8],
    length: usize,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    out.reserve(length);
    let from = out.len();
    decompressor.decompress_to_buffer(packed, &mut behind(out))?;
    match out.len() - from == length {
        true => Ok(()),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Room to write to behind what `out` holds, which is not filled before.
pub(crate) fn behind(out: &mut Vec<u8>) -> Cursor<&mut Vec<u8>> {
    let from = out.len() as u64;
    let mut behind = Cursor::new(out);
    behind.set_position(from);
    behind
}

/// The bytes of the seek table, footer included, header not.
fn read_table(file: &mut (impl Read + Seek)) -> io::Result<Vec<u8>> {
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
    let whole = file.seek(SeekFrom::End(0))?;
    let start = whole.checked_sub(length + HEADER as u64);
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
        let bytes = u32_at(sizes, 4).filter(|bytes| *bytes <= LONGEST)?;
        frames.push(Frame {
            file,
            content,
            packed: u32_at(sizes, 0)?,
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
