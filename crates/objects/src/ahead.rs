use {
    crate::{
        bucket::Bucket,
        error::{Error, Refusal},
        key::Key,
    },
    bytes::{Buf, Bytes},
    std::{
        collections::VecDeque,
        io::{self, Read},
        ops::Range,
    },
    tokio::task::JoinHandle,
};

impl Bucket {
    /// A reader of a range with the next parts of it on their way already.
    pub fn read_ahead(&self, key: &Key, range: Range<u64>) -> Ahead {
        Ahead::new(self.clone(), key.clone(), range)
    }
}

/// Reads a range of an object from its start to its end, with the next ranges on
/// their way while the caller works on those before: as many and as long as
/// [`Traffic`](crate::Traffic) says. An object that is shorter ends the reading.
pub struct Ahead {
    bucket: Bucket,
    key: Key,
    /// What nobody asked for yet.
    rest: Range<u64>,
    pending: VecDeque<JoinHandle<Result<Bytes, Refusal>>>,
    now: Bytes,
    /// Where the next byte that is read stands in the object.
    position: u64,
}

impl Ahead {
    fn new(bucket: Bucket, key: Key, range: Range<u64>) -> Self {
        Self {
            bucket,
            key,
            position: range.start,
            rest: range,
            pending: VecDeque::new(),
            now: Bytes::new(),
        }
    }

    /// Where the next byte that is read stands in the object.
    pub fn position(&self) -> u64 {
        self.position
    }

    fn ask(&mut self) {
        let traffic = self.bucket.traffic;
        while self.pending.len() < traffic.in_flight.max(1) && !self.rest.is_empty() {
            let end = self.rest.start.saturating_add(traffic.range.max(1));
            let range = self.rest.start..end.min(self.rest.end);
            self.rest.start = range.end;
            let fetch = self.bucket.fetch(&self.key, Some(range));
            self.pending.push_back(self.bucket.connection.spawn(fetch));
        }
    }

    /// Some of the next bytes; 0 at the end.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn next_bytes(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.now.is_empty() {
            self.now = self.next()?;
        }
        let length = self.now.len().min(buffer.len());
        self.now.copy_to_slice(&mut buffer[..length]);
        self.position += length as u64;
        Ok(length)
    }

    /// The next bytes, as they came; empty at the end.
    fn next(&mut self) -> Result<Bytes, Error> {
        self.ask();
        let Some(next) = self.pending.pop_front() else {
            return Ok(Bytes::new());
        };
        let refusal = match self.bucket.connection.wait(next) {
            Ok(Ok(bytes)) => {
                self.ask();
                return Ok(bytes);
            }
            Ok(Err(Refusal::Beyond)) => return Ok(Bytes::new()),
            Ok(Err(refusal)) => refusal,
            Err(error) => self.bucket.connection.nonsense(error),
        };
        Err(self.bucket.unread(&self.key, refusal))
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.next_bytes(buffer)?)
    }
}

/// What is on its way is not waited for.
impl Drop for Ahead {
    fn drop(&mut self) {
        self.pending.iter().for_each(JoinHandle::abort);
    }
}
