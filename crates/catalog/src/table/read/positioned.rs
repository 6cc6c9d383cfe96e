use {
    bytes::Bytes,
    parquet::{
        errors::{ParquetError, Result},
        file::reader::{ChunkReader, Length},
    },
    std::{
        fs::File,
        io::{self, BufReader, ErrorKind, Read},
        path::Path,
        sync::Arc,
    },
};

/// What is read at once for the head of a page.
const HEAD: usize = 512;

/// An open file that many threads read at places of their own: it has no
/// position that they could disturb.
#[derive(Debug, Clone)]
pub(super) struct Positioned {
    file: Arc<File>,
    length: u64,
}

impl Positioned {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self {
            file: Arc::new(file),
            length,
        })
    }

    /// Reads from `start` as many bytes as fit.
    pub(super) fn fill(&self, start: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut from = From {
            file: self.file.clone(),
            at: start,
        };
        from.read_exact(bytes)
    }
}

impl Length for Positioned {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Positioned {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let from = From {
            file: self.file.clone(),
            at: start,
        };
        Ok(BufReader::with_capacity(HEAD, from))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        // A damaged file may ask for any length.
        if start.saturating_add(length as u64) > self.length {
            let end = ErrorKind::UnexpectedEof;
            return Err(ParquetError::External(io::Error::from(end).into()));
        }
        let mut bytes = vec![0; length];
        self.fill(start, &mut bytes)?;
        Ok(bytes.into())
    }
}

/// The file from one place on.
#[derive(Debug)]
pub(super) struct From {
    file: Arc<File>,
    at: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_at(&self.file, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_readers_do_not_disturb_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let content: Vec<u8> = (0..4_000u32).map(|n| (n % 251) as u8).collect();
        std::fs::write(&path, &content).unwrap();
        let file = Positioned::open(&path).unwrap();
        let mut readers = [0usize, 1_000].map(|at| (at, file.get_read(at as u64).unwrap()));
        for _ in 0..300 {
            for (at, reader) in &mut readers {
                let mut seven = [0; 7];
                reader.read_exact(&mut seven).unwrap();
                assert_eq!(seven, content[*at..*at + 7]);
                *at += 7;
            }
        }
        assert_eq!(file.get_bytes(3_990, 10).unwrap(), content[3_990..]);
        assert!(file.get_bytes(3_990, 11).is_err());
        assert!(file.get_bytes(u64::MAX, usize::MAX).is_err());
    }
}
