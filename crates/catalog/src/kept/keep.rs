use {
    super::{
        meta::{MEMBERS, Member, RECORDS},
        open::Kept,
    },
    crate::{durable, error::Error, seekable::SeekableWriter},
    longplay_model::{Digest, Monitor},
    sha2::{Digest as _, Sha256},
    std::{
        fs::File,
        io::{self, BufReader, Read, Write},
        path::{Path, PathBuf},
    },
};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Takes in the bytes of a source, into a folder that is not finished.
pub(crate) struct Keeper {
    dir: PathBuf,
    out: SeekableWriter,
    hasher: Sha256,
    members: Option<Vec<Member>>,
    line_feeds: u64,
    bytes: u64,
    ends_in_line_feed: bool,
}

/// What was taken in.
pub(crate) struct Taken {
    pub(crate) digest: Digest,
    pub(crate) bytes: u64,
    pub(crate) records: u64,
}

impl Keeper {
    pub(crate) fn create(dir: &Path) -> Result<Self, Error> {
        durable::fresh_dir(dir)?;
        let path = dir.join(RECORDS);
        let out = File::create(&path)
            .and_then(SeekableWriter::new)
            .map_err(Error::write(path))?;
        Ok(Self {
            dir: dir.into(),
            out,
            hasher: Sha256::new(),
            members: None,
            line_feeds: 0,
            bytes: 0,
            ends_in_line_feed: true,
        })
    }

    /// Takes in a whole file, unpacked where it is zstd.
    pub(crate) fn file(&mut self, path: &Path, monitor: &dyn Monitor) -> Result<(), Error> {
        let mut file = File::open(path).map_err(Error::read(path))?;
        let mut head = [0; 4];
        let length = read_up_to(&mut file, &mut head).map_err(Error::read(path))?;
        let head = &head[..length];
        if head.starts_with(&GZIP) {
            return Err(Error::Gzip { path: path.into() });
        }
        let watched = Watched { file, monitor };
        let whole = head.chain(watched);
        if head == ZSTD {
            let plain = zstd::Decoder::with_buffer(BufReader::with_capacity(1 << 17, whole));
            self.stream(plain.map_err(Error::read(path))?, path, monitor)
        } else {
            self.stream(whole, path, monitor)
        }
    }

    /// Takes in one of many files, as a document of its own.
    pub(crate) fn member(
        &mut self,
        path: &Path,
        name: String,
        monitor: &dyn Monitor,
    ) -> Result<(), Error> {
        let before = self.bytes;
        let file = File::open(path).map_err(Error::read(path))?;
        let read = self.stream(Watched { file, monitor }, path, monitor);
        let bytes = self.bytes - before;
        let members = self.members.get_or_insert_default();
        // What could be read of a file stays, even when its end could not.
        if read.is_ok() || bytes > 0 {
            members.push(Member { path: name, bytes });
        }
        read
    }

    /// Declares that the source is a folder of documents, maybe of none.
    pub(crate) fn has_members(&mut self) {
        self.members.get_or_insert_default();
    }

    fn stream(
        &mut self,
        mut from: impl Read,
        path: &Path,
        monitor: &dyn Monitor,
    ) -> Result<(), Error> {
        let mut buffer = vec![0; 1 << 17];
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::read(path)(error)),
            };
            self.bytes(&buffer[..read])?;
            if monitor.is_interrupted() {
                return Err(Error::Interrupted);
            }
        }
    }

    /// Takes in bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        self.line_feeds += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.ends_in_line_feed = bytes.last().map_or(self.ends_in_line_feed, |b| *b == b'\n');
        let path = || self.dir.join(RECORDS);
        self.out
            .write_all(bytes)
            .map_err(|error| Error::write(path())(error))
    }

    /// Makes the folder readable; the caller names and places it.
    pub(crate) fn finish(mut self) -> Result<(Taken, Kept), Error> {
        let path = self.dir.join(RECORDS);
        self.out.finish().map_err(Error::write(path))?;
        let mut records = self.line_feeds + u64::from(!self.ends_in_line_feed);
        if let Some(members) = &self.members {
            let text = member_lines(members);
            self.hasher.update(&text);
            durable::write_inside(&self.dir.join(MEMBERS), &text)?;
            records = members.len() as u64;
        }
        let taken = Taken {
            digest: self.hasher.into(),
            bytes: self.bytes,
            records,
        };
        Ok((taken, Kept::open(&self.dir)?))
    }
}

fn member_lines(members: &[Member]) -> Vec<u8> {
    let mut text = Vec::new();
    for member in members {
        serde_json::to_writer(&mut text, member).expect("a member is two plain values");
        text.push(b'\n');
    }
    text
}

fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// Tells the monitor of every byte that is read from disk.
struct Watched<'a> {
    file: File,
    monitor: &'a dyn Monitor,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.monitor.advance(read as u64);
        Ok(read)
    }
}
