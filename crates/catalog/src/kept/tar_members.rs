//! The files in a tar, one behind the other, read once and in bounded memory:
//! ustar, GNU and pax (POSIX.1-2001) headers.

use {
    std::io::{self, BufRead, Read},
    tar::{EntryType, Header},
};

const BLOCK: usize = 512;

/// The longest name, and the longest pax header, that is read.
const LONGEST: u64 = 1 << 20;

/// Reads the files of a tar.
pub(crate) struct TarMembers<R> {
    from: R,
    /// Bytes of the current file that are not read yet, and of its padding.
    left: u64,
    padding: u64,
}

/// A file in a tar; its bytes come from [`TarMembers::read`].
pub(crate) struct TarMember {
    pub(crate) path: String,
    pub(crate) bytes: u64,
}

/// What headers before the one of a file say about it.
#[derive(Default)]
struct Ahead {
    path: Option<Vec<u8>>,
    bytes: Option<u64>,
}

/// Whether these bytes begin a tar: its first header sums up.
pub(crate) fn is_tar(head: &[u8]) -> bool {
    head.first_chunk().is_some_and(|block| {
        let header = header(block);
        block[0] != 0 && sums_up(&header)
    })
}

impl<R: BufRead> TarMembers<R> {
    pub(crate) fn new(from: R) -> Self {
        Self {
            from,
            left: 0,
            padding: 0,
        }
    }

    /// The next file; folders, links and what else a tar holds are passed over.
    pub(crate) fn next(&mut self) -> io::Result<Option<TarMember>> {
        let mut ahead = Ahead::default();
        loop {
            self.pass_over()?;
            let Some(header) = self.header()? else {
                return Ok(None);
            };
            let kind = header.entry_type();
            let bytes = header.entry_size()?;
            self.expect(bytes)?;
            match kind {
                EntryType::GNULongName => ahead.path = Some(self.name()?),
                EntryType::XHeader => self.pax(&mut ahead)?,
                EntryType::GNULongLink | EntryType::XGlobalHeader => {}
                EntryType::GNUSparse => return Err(bad("a file with holes, which is not read")),
                EntryType::Regular | EntryType::Continuous => {
                    let bytes = ahead.bytes.unwrap_or(bytes);
                    self.expect(bytes)?;
                    let path = ahead.path.take();
                    let path = path.unwrap_or_else(|| header.path_bytes().into_owned());
                    let path = String::from_utf8_lossy(&path).into_owned();
                    // Before POSIX a name that ends so was a folder.
                    if !path.ends_with('/') {
                        return Ok(Some(TarMember { path, bytes }));
                    }
                    ahead = Ahead::default();
                }
                _ => {
                    self.expect(ahead.bytes.unwrap_or(bytes))?;
                    ahead = Ahead::default();
                }
            }
        }
    }

    fn expect(&mut self, bytes: u64) -> io::Result<()> {
        let blocks = bytes.checked_next_multiple_of(BLOCK as u64);
        self.padding = blocks.ok_or_else(|| bad("a size beyond 64 bits"))? - bytes;
        self.left = bytes;
        Ok(())
    }

    /// The next header; none at the end. A tar ends with blocks of zeros, of
    /// which the last may be missing.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut block = [0; BLOCK];
        loop {
            match read_up_to(&mut self.from, &mut block)? {
                0 => return Ok(None),
                BLOCK if block == [0; BLOCK] => {}
                BLOCK => break,
                _ => return Err(cut_off()),
            }
        }
        let header = header(&block);
        if sums_up(&header) {
            Ok(Some(header))
        } else {
            Err(bad("a header of the tar does not sum up"))
        }
    }

    /// Passes over what is left of the current file.
    fn pass_over(&mut self) -> io::Result<()> {
        let mut left = self.left + self.padding;
        (self.left, self.padding) = (0, 0);
        while left > 0 {
            let here = self.from.fill_buf()?.len() as u64;
            if here == 0 {
                return Err(cut_off());
            }
            let step = here.min(left);
            self.from
                .consume(usize::try_from(step).expect("of a buffer"));
            left -= step;
        }
        Ok(())
    }

    /// The content of a header that describes the next file.
    fn small(&mut self) -> io::Result<Vec<u8>> {
        if self.left > LONGEST {
            return Err(bad("a header of the tar is longer than 1 MiB"));
        }
        let mut bytes = Vec::new();
        let wanted = self.left;
        self.read_to_end(&mut bytes)?;
        if bytes.len() as u64 == wanted {
            Ok(bytes)
        } else {
            Err(cut_off())
        }
    }

    fn name(&mut self) -> io::Result<Vec<u8>> {
        let mut name = self.small()?;
        let end = name.iter().position(|byte| *byte == 0);
        name.truncate(end.unwrap_or(name.len()));
        Ok(name)
    }

    fn pax(&mut self, ahead: &mut Ahead) -> io::Result<()> {
        let bytes = self.small()?;
        for extension in tar::PaxExtensions::new(&bytes) {
            let extension = extension?;
            match extension.key_bytes() {
                b"path" => ahead.path = Some(extension.value_bytes().to_vec()),
                b"size" => ahead.bytes = extension.value().ok().and_then(|n| n.parse().ok()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads the current file; at its end, or where the tar is cut off, nothing.
impl<R: BufRead> Read for TarMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let most = most.min(buffer.len());
        let read = self.from.read(&mut buffer[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}

fn header(block: &[u8; BLOCK]) -> Header {
    let mut header = Header::new_old();
    header.as_mut_bytes().copy_from_slice(block);
    header
}

/// POSIX.1-1988: the sum of all bytes, those of the sum itself as spaces.
fn sums_up(header: &Header) -> bool {
    let bytes = header.as_bytes();
    let around = bytes[..148].iter().chain(&bytes[156..]);
    let sum: u32 = around.map(|byte| u32::from(*byte)).sum();
    header.cksum().is_ok_and(|told| told == sum + 8 * 32)
}

fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the tar is cut off")
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
