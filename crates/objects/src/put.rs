use {
    crate::{
        bucket::Bucket,
        error::{Error, Refusal},
        key::Key,
    },
    bytes::Bytes,
    object_store::{
        ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
        multipart::{MultipartStore, PartId},
        path::Path,
    },
    std::{collections::VecDeque, io::Read, sync::Arc},
    tokio::task::JoinHandle,
};

impl Bucket {
    /// Writes an object in place of the one of that name, if there is one: at any
    /// moment the name stands for the old bytes or for the new.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn put_bytes(&self, key: &Key, bytes: impl Into<Bytes>) -> Result<(), Error> {
        whole(self, key, bytes.into(), PutMode::Overwrite)
    }

    /// Writes an object that must not be there yet.
    ///
    /// # Errors
    /// [`Error::Write`] with [`Refusal::Exists`] when it is there; it is left as it was.
    pub fn put_new(&self, key: &Key, bytes: impl Into<Bytes>) -> Result<(), Error> {
        whole(self, key, bytes.into(), PutMode::Create)
    }

    /// Writes `length` bytes of `source` in place of the object of that name, if there
    /// is one. What is longer than [`Traffic::part`](crate::Traffic::part) goes in parts, several at a time,
    /// and becomes an object when all are there; where that fails, the parts are
    /// removed.
    ///
    /// # Errors
    /// [`Error::Write`]; [`Error::ReadSource`] when `source` fails or ends before.
    pub fn put(&self, key: &Key, length: u64, source: &mut dyn Read) -> Result<(), Error> {
        put(self, key, length, source)
    }

    /// Gives the bytes of an object to another key as well, within the store; an object
    /// that has it gives way.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn copy(&self, from: &Key, to: &Key) -> Result<(), Error> {
        let store = &self.connection.store;
        let (old, new) = (self.path(from), self.path(to));
        let copied = self.connection.wait(store.copy(&old, &new));
        copied.map_err(|error| unwritten(self, to, self.refusal(&error)))
    }
}

/// More parts than this no store takes.
const MOST_PARTS: u64 = 10_000;

/// One request for the whole object.
fn whole(bucket: &Bucket, key: &Key, bytes: Bytes, mode: PutMode) -> Result<(), Error> {
    let path = bucket.path(key);
    let store = &bucket.connection.store;
    let put = store.put_opts(&path, bytes.into(), PutOptions::from(mode));
    let put = bucket.connection.wait(put);
    put.map(drop)
        .map_err(|error| unwritten(bucket, key, bucket.refusal(&error)))
}

fn put(bucket: &Bucket, key: &Key, length: u64, source: &mut dyn Read) -> Result<(), Error> {
    if length <= bucket.traffic.part {
        let bytes = read_part(bucket, key, source, length)?;
        return whole(bucket, key, bytes, PutMode::Overwrite);
    }
    let path = bucket.path(key);
    let store = &bucket.connection.store;
    let begun = bucket.connection.wait(store.create_multipart(&path));
    let id = begun.map_err(|error| unwritten(bucket, key, bucket.refusal(&error)))?;
    let put = Parts::new(bucket, key, path.clone(), id.clone()).put(length, source);
    if put.is_err() {
        // The first failure is the one to tell; what stays is found by `uploads`.
        let _ = bucket.connection.wait(store.abort_multipart(&path, &id));
    }
    put
}

/// An upload whose parts are on their way.
struct Parts<'a> {
    bucket: &'a Bucket,
    key: &'a Key,
    path: Path,
    id: String,
    /// In order of the parts.
    pending: VecDeque<JoinHandle<object_store::Result<PartId>>>,
    done: Vec<PartId>,
}

impl<'a> Parts<'a> {
    fn new(bucket: &'a Bucket, key: &'a Key, path: Path, id: String) -> Self {
        Self {
            bucket,
            key,
            path,
            id,
            pending: VecDeque::new(),
            done: Vec::new(),
        }
    }

    fn put(mut self, length: u64, source: &mut dyn Read) -> Result<(), Error> {
        let sent = self.send(length, source).and_then(|()| self.drain(0));
        // A part that arrived after the end of its upload would stay for ever.
        let pending: Vec<_> = self.pending.drain(..).collect();
        pending.iter().for_each(JoinHandle::abort);
        for part in pending {
            let _ = self.bucket.connection.wait(part);
        }
        sent?;
        let connection = &self.bucket.connection;
        let complete = connection
            .store
            .complete_multipart(&self.path, &self.id, self.done);
        let complete = connection.wait(complete);
        complete
            .map(drop)
            .map_err(|error| unwritten(self.bucket, self.key, self.bucket.refusal(&error)))
    }

    fn send(&mut self, length: u64, source: &mut dyn Read) -> Result<(), Error> {
        let size = part_bytes(self.bucket.traffic.part, length);
        let starts = (0..length).step_by(size.try_into().unwrap_or(usize::MAX));
        for (number, start) in starts.enumerate() {
            self.drain(self.bucket.traffic.in_flight.max(1) - 1)?;
            let bytes = read_part(self.bucket, self.key, source, size.min(length - start))?;
            let store = Arc::clone(&self.bucket.connection.store);
            let (path, id) = (self.path.clone(), self.id.clone());
            let part = async move {
                let payload = PutPayload::from(bytes);
                MultipartStore::put_part(&*store, &path, &id, number, payload).await
            };
            self.pending.push_back(self.bucket.connection.spawn(part));
        }
        Ok(())
    }

    /// Waits until at most `most` parts are on their way.
    fn drain(&mut self, most: usize) -> Result<(), Error> {
        while self.pending.len() > most
            && let Some(part) = self.pending.pop_front()
        {
            let connection = &self.bucket.connection;
            let refusal = match connection.wait(part) {
                Ok(Ok(part)) => {
                    self.done.push(part);
                    continue;
                }
                Ok(Err(error)) => self.bucket.refusal(&error),
                Err(error) => connection.nonsense(error),
            };
            return Err(unwritten(self.bucket, self.key, refusal));
        }
        Ok(())
    }
}

/// Longer parts where there would be too many.
fn part_bytes(usual: u64, length: u64) -> u64 {
    let least = length.div_ceil(MOST_PARTS);
    usual.max(least.next_multiple_of(1 << 20)).max(1)
}

fn read_part(
    bucket: &Bucket,
    key: &Key,
    source: &mut dyn Read,
    length: u64,
) -> Result<Bytes, Error> {
    let mut bytes = vec![0; length as usize];
    let read = source.read_exact(&mut bytes);
    read.map(|()| bytes.into())
        .map_err(|source| Error::ReadSource {
            address: bucket.address.clone(),
            key: key.clone(),
            source,
        })
}

fn unwritten(bucket: &Bucket, key: &Key, source: Refusal) -> Error {
    Error::Write {
        address: bucket.address.clone(),
        key: key.clone(),
        source: Box::new(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_object_has_too_many_parts() {
        let usual = 16 << 20;
        assert_eq!(part_bytes(usual, 1 << 30), usual);
        for length in [160 << 30, 1 << 40, 5 << 40] {
            let size = part_bytes(usual, length);
            assert!(length.div_ceil(size) <= MOST_PARTS, "{length}");
            assert_eq!(size % (1 << 20), 0);
        }
    }
}
