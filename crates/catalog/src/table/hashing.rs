use {
    crate::writeback::Writeback,
    longplay_model::Digest,
    sha2::{Digest as _, Sha256},
    std::{
        fs::File,
        io::{self, Write},
    },
};

/// A file that knows the digest of what was written to it.
pub(crate) struct Hashing {
    file: Writeback,
    hasher: Sha256,
    bytes: u64,
}

impl Hashing {
    pub(crate) fn new(file: File) -> Self {
        Self {
            file: Writeback::new(file),
            hasher: Sha256::new(),
            bytes: 0,
        }
    }

    /// Bytes and digest of the file, which is durable then.
    pub(crate) fn finish(self) -> io::Result<(u64, Digest)> {
        self.file.finish()?;
        Ok((self.bytes, self.hasher.into()))
    }
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
