//! Files that are written from their start to their end and read in places.

use {
    crate::{
        disk::{DiskFile, Location, Stream},
        durable::{TEMPORARY, create_dir, put_in_place, remove_if_present},
        error::Error,
    },
    longplay_model::Digest,
    sha2::{Digest as _, Sha256},
    std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write},
};

/// Bytes that are written, and read in order, at a time.
const BUFFER: usize = 1 << 20;

/// Bytes that are read in places.
#[derive(Debug)]
pub struct Places {
    source: Source,
    pub bytes: u64,
}

#[derive(Debug)]
enum Source {
    File(Box<dyn DiskFile>),
    Memory(Vec<u8>),
}

impl Places {
    /// # Errors
    /// `NotFound`, and what else keeps it from being opened.
    pub fn open(path: &Location) -> io::Result<Self> {
        let file = path.open()?;
        let bytes = file.bytes()?;
        let source = Source::File(file);
        Ok(Self { source, bytes })
    }

    pub const fn memory(bytes: Vec<u8>) -> Self {
        Self {
            bytes: bytes.len() as u64,
            source: Source::Memory(bytes),
        }
    }

    /// `length` bytes from `at` on.
    ///
    /// # Errors
    /// `UnexpectedEof` where the file does not have them.
    pub fn read(&self, at: u64, length: u64) -> io::Result<Vec<u8>> {
        let is_there = at.checked_add(length).is_some_and(|end| end <= self.bytes);
        if !is_there {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.fill(at, &mut bytes)?;
        Ok(bytes)
    }

    pub fn fill(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        match &self.source {
            Source::File(file) => file.read_exact_at(buffer, at),
            Source::Memory(bytes) => {
                let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..));
                let found = rest.and_then(|rest| rest.get(..buffer.len()));
                buffer.copy_from_slice(found.ok_or(ErrorKind::UnexpectedEof)?);
                Ok(())
            }
        }
    }
}

/// A new file under an unfinished name, written from its start to its end.
#[derive(Debug)]
pub struct Draft {
    path: Location,
    file: BufWriter<Stream>,
}

impl Draft {
    /// Begins the draft `name` in a folder, which is made where it is absent.
    pub fn create(folder: &Location, name: &str) -> Result<Self, Error> {
        let (path, file) = unfinished(folder, name)?;
        Ok(Self {
            path,
            file: BufWriter::with_capacity(BUFFER, file),
        })
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| Error::write(&self.path, source))
    }

    /// Makes it durable under its name, in place of what bears that.
    pub fn finish(self, name: &str) -> Result<(), Error> {
        let Self { path, file } = self;
        let written = file.into_inner().map_err(io::IntoInnerError::into_error);
        written
            .and_then(|file| file.file().sync())
            .map_err(|source| Error::write(&path, source))?;
        put_in_place(&path, &path.folder().join(name))
    }
}

/// Bytes that wait on disk until they are taken back, once.
#[derive(Debug)]
pub struct Spill {
    path: Location,
    file: Stream,
}

impl Spill {
    pub fn create(folder: &Location, name: &str) -> Result<Self, Error> {
        let (path, file) = unfinished(folder, name)?;
        Ok(Self { path, file })
    }

    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| Error::write(&self.path, source))
    }

    /// Appends all bytes to `into` and removes the file.
    pub fn take(self, into: &mut Vec<u8>) -> Result<(), Error> {
        let Self { path, file } = self;
        drop(file);
        let read = read_all(&path, into);
        read.map_err(|source| Error::read(&path, source))?;
        remove_if_present(path)
    }
}

fn read_all(path: &Location, into: &mut Vec<u8>) -> io::Result<()> {
    let file = path.open()?;
    let length = usize::try_from(file.bytes()?).map_err(io::Error::other)?;
    let begin = into.len();
    into.resize(begin + length, 0);
    file.read_exact_at(&mut into[begin..], 0)
}

fn unfinished(folder: &Location, name: &str) -> Result<(Location, Stream), Error> {
    create_dir(folder)?;
    let path = folder.join(format!("{TEMPORARY}{name}"));
    match path.create() {
        Ok(file) => Ok((path, Stream::new(file))),
        Err(source) => Err(Error::write(path, source)),
    }
}

/// A file that will be read from its start to its end.
pub fn read_through(path: &Location) -> io::Result<BufReader<Stream>> {
    let stream = path.stream()?;
    stream.file().read_ahead();
    Ok(BufReader::with_capacity(BUFFER, stream))
}

/// Digest of a part of a file, as far as the file goes.
pub fn digest(path: &Location, offset: u64, length: u64) -> io::Result<Digest> {
    let mut rest = path.range(offset..offset.saturating_add(length))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        match rest.read(&mut buffer) {
            Ok(0) => return Ok(hasher.into()),
            Ok(read) => hasher.update(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
