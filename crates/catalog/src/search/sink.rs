//! A file of the index while it is written: counted and digested.

use {
    super::meta::SearchFile,
    crate::error::Error,
    longplay_model::Digest,
    sha2::{Digest as _, Sha256},
    std::{
        fs::File,
        io::{self, BufWriter, Write},
        path::{Path, PathBuf},
    },
};

pub(super) struct Sink {
    path: PathBuf,
    out: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
}

impl Sink {
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let file = File::create(path).map_err(Error::write(path))?;
        Ok(Self {
            path: path.into(),
            out: BufWriter::with_capacity(1 << 18, file),
            digest: Sha256::new(),
            bytes: 0,
        })
    }

    /// Bytes written so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.write_all(bytes).map_err(Error::write(&self.path))
    }

    /// Makes the file durable.
    pub(super) fn finish(mut self) -> Result<SearchFile, Error> {
        self.out.flush().map_err(Error::write(&self.path))?;
        let synced = self.out.get_ref().sync_all();
        synced.map_err(Error::write(&self.path))?;
        let name = self.path.file_name().unwrap_or_default();
        Ok(SearchFile {
            name: name.to_string_lossy().into_owned(),
            bytes: self.bytes,
            sha256: Digest::from_bytes(self.digest.finalize().into()),
        })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
