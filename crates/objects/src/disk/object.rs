use {
    crate::{
        ahead::Ahead,
        bucket::Bucket,
        disk::trouble::Trouble,
        error::{Error, Refusal},
        key::Key,
    },
    bytes::Bytes,
    longplay_store::disk::DiskFile,
    std::{
        fmt, io,
        sync::{Arc, Mutex, MutexGuard, PoisonError},
    },
};

/// An object that is read. Each read is one request for exactly what was asked for,
/// unless that is very little, or somebody said that all will be read.
pub struct ObjectFile {
    bucket: Bucket,
    key: Key,
    trouble: Arc<Trouble>,
    state: Mutex<State>,
}

/// Shorter reads ask for as much as this.
const SHORT: usize = 64 << 10;

#[derive(Default)]
struct State {
    /// How long the object is, when somebody asked.
    bytes: Option<u64>,
    /// Whether all will be read, from the start to the end.
    is_hinted: bool,
    /// Reads on where the last read ended.
    ahead: Option<Ahead>,
    /// What came with a short read, and where it begins.
    block: Option<(u64, Bytes)>,
    /// Why the store, which answers, could not give it: as one sector after the other
    /// cannot be read of a disk that is broken.
    broken: Option<Refusal>,
}

impl ObjectFile {
    pub fn new(bucket: Bucket, key: Key, trouble: Arc<Trouble>) -> Self {
        Self {
            bucket,
            key,
            trouble,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps why the object could not be read, so that it is not asked for again, leaf
    /// by leaf.
    fn note(&self, error: Error) -> io::Error {
        if let Some(refusal @ (Refusal::Failed { .. } | Refusal::Short { .. })) = error.refusal() {
            self.state().broken = Some(refusal.clone());
        }
        self.trouble.note(error)
    }

    /// The bytes from `offset` on, by one request.
    fn ask(&self, offset: u64, length: u64, known: Option<u64>) -> io::Result<Bytes> {
        let end = offset.saturating_add(length);
        let end = known.map_or(end, |bytes| end.min(bytes));
        let bytes = self.bucket.get_range(&self.key, offset..end);
        bytes.map_err(|error| self.note(error))
    }

    /// Who reads a little will read the next little: so a block is asked for.
    fn read_short(&self, buffer: &mut [u8], offset: u64, known: Option<u64>) -> io::Result<usize> {
        let block = self.state().block.take();
        let has =
            |(start, bytes): &(u64, Bytes)| (*start..start + bytes.len() as u64).contains(&offset);
        let (start, bytes) = match block.filter(has) {
            Some(block) => block,
            None => (offset, self.ask(offset, SHORT as u64, known)?),
        };
        let rest = &bytes[(offset - start) as usize..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.state().block = Some((start, bytes));
        Ok(length)
    }

    fn is_whole(&self) -> io::Result<()> {
        self.trouble.is_none()?;
        match &self.state().broken {
            None => Ok(()),
            Some(refusal) => Err(io::Error::new(refusal.kind(), refusal.clone())),
        }
    }

    /// The reader that stands at `offset`, taken out: whoever else reads meanwhile
    /// asks for himself.
    fn ahead_at(&self, offset: u64) -> io::Result<Option<Ahead>> {
        let mut state = self.state();
        if !state.is_hinted {
            return Ok(None);
        }
        match state.ahead.take_if(|ahead| ahead.position() == offset) {
            Some(ahead) => Ok(Some(ahead)),
            None if offset > 0 || state.ahead.is_some() => Ok(None),
            None => {
                drop(state);
                let bytes = self.bytes()?;
                Ok(Some(self.bucket.read_ahead(&self.key, 0..bytes)))
            }
        }
    }
}

impl DiskFile for ObjectFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.is_whole()?;
        let known = self.state().bytes;
        if buffer.is_empty() || known.is_some_and(|bytes| offset >= bytes) {
            return Ok(0);
        }
        if let Some(mut ahead) = self.ahead_at(offset)? {
            let read = ahead.next_bytes(buffer);
            let read = read.map_err(|error| self.note(error))?;
            self.state().ahead = Some(ahead);
            return Ok(read);
        }
        match buffer.len() < SHORT {
            true => self.read_short(buffer, offset, known),
            false => {
                let bytes = self.ask(offset, buffer.len() as u64, known)?;
                buffer[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
        }
    }

    fn write_at(&self, _bytes: &[u8], _offset: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn bytes(&self) -> io::Result<u64> {
        if let Some(bytes) = self.state().bytes {
            return Ok(bytes);
        }
        self.is_whole()?;
        let bytes = self.bucket.length(&self.key);
        let bytes = bytes.map_err(|error| self.note(error))?;
        let bytes = bytes.ok_or(io::ErrorKind::NotFound)?;
        self.state().bytes = Some(bytes);
        Ok(bytes)
    }

    fn set_bytes(&self, _bytes: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    /// What is read next comes from the store.
    fn forget(&self) {
        let mut state = self.state();
        (state.bytes, state.ahead, state.block) = (None, None, None);
    }

    fn read_ahead(&self) {
        self.state().is_hinted = true;
    }
}

impl fmt::Debug for ObjectFile {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "ObjectFile({} in {})", self.key, self.bucket.address())
    }
}
