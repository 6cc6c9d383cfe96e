use {
    crate::{
        behind::Opened,
        disk::{Aligned, DiskFile, Location},
        error::Error,
        facts::observe::Bytes,
        spread::Berth,
        verify::shard::Shard,
    },
    std::sync::Arc,
};

/// Bytes copied at a time.
const COPY_BYTES: u64 = 1 << 20;

/// A file that is being made beside the one that it will replace.
pub struct Target<'a> {
    pub shard: &'a Shard,
    pub berth: Berth,
    pub temporary: Location,
    pub file: Arc<dyn DiskFile>,
    /// Coded bytes: the file of a data shard, `D` of a recovery pack.
    pub coded: u64,
}

impl Target<'_> {
    pub fn opened(&self) -> Opened {
        (self.berth.file.clone(), Arc::clone(&self.file))
    }

    pub fn copy(&self, old: &Bytes) -> Result<(), Error> {
        let end = old.bytes.min(self.coded);
        let mut buffer = Aligned::new(COPY_BYTES as usize);
        for at in (0..end).step_by(COPY_BYTES as usize) {
            let chunk = &mut buffer[..(end - at).min(COPY_BYTES) as usize];
            old.read_at(at, chunk);
            self.put(at, chunk)?;
        }
        Ok(())
    }

    /// Writes coded bytes; what lies beyond the end of the file is zeros of
    /// the code.
    pub fn write_at(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        let room = self.coded.saturating_sub(at).min(bytes.len() as u64);
        self.put(at, &bytes[..room as usize])
    }

    pub fn append(&self, tail: &[u8]) -> Result<(), Error> {
        self.put(self.coded, tail)
    }

    fn put(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        let written = self.file.write_all_at(bytes, at);
        written.map_err(|source| Error::write(&self.berth.file, source))
    }

    pub fn resize(&self, bytes: u64) -> Result<(), Error> {
        let sized = self.file.set_bytes(bytes);
        sized.map_err(|source| Error::write(&self.berth.file, source))
    }

    pub fn sync(&self) -> Result<(), Error> {
        let synced = self.file.sync();
        synced.map_err(|source| Error::write(&self.berth.file, source))
    }
}

/// Bytes up to the last that is not zero.
pub fn content_bytes(location: &Location) -> Result<u64, Error> {
    let file = Bytes::open(location)?;
    let mut end = file.bytes;
    let mut buffer = vec![0; COPY_BYTES as usize];
    while end > 0 {
        let start = end.saturating_sub(COPY_BYTES);
        let chunk = &mut buffer[..(end - start) as usize];
        file.read_at(start, chunk);
        if let Some(last) = chunk.iter().rposition(|byte| *byte != 0) {
            return Ok(start + last as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}
