use {
    crate::{
        bucket::Bucket,
        connection::Connection,
        error::{Error, Refusal},
        key::Key,
    },
    bytes::{Buf, Bytes},
    futures::{StreamExt, stream::BoxStream},
    object_store::{GetOptions, GetRange, ObjectStore},
    std::{
        io::{self, Read},
        ops::Range,
        sync::Arc,
    },
};

impl Bucket {
    /// A reader of a range by one request, while its bytes come: fewer where the object
    /// ends before, and none, without asking, of an empty range.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn stream(&self, key: &Key, range: Range<u64>) -> Result<Box<dyn Read + Send>, Error> {
        match range.is_empty() {
            true => Ok(Box::new(std::io::empty())),
            false => Ok(Box::new(Body::open(self, key, range)?)),
        }
    }
}

/// Reads what one request gives, while it comes. Where the connection breaks, the
/// rest is asked for.
struct Body {
    bucket: Bucket,
    key: Key,
    chunks: BoxStream<'static, object_store::Result<Bytes>>,
    now: Bytes,
    /// How much has to come.
    left: u64,
}

impl Body {
    /// Asks for a range that is not empty; nothing comes where the object ends before.
    fn open(bucket: &Bucket, key: &Key, range: Range<u64>) -> Result<Self, Error> {
        let body = |chunks, left| Self {
            bucket: bucket.clone(),
            key: key.clone(),
            chunks,
            now: Bytes::new(),
            left,
        };
        let connection: &Arc<Connection> = &bucket.connection;
        let options = GetOptions::default().with_range(Some(GetRange::Bounded(range)));
        let path = bucket.path(key);
        let answer = connection.wait(connection.store.get_opts(&path, options));
        match answer.map_err(|error| bucket.refusal(&error)) {
            Ok(answer) => {
                let left = answer.range.end - answer.range.start;
                Ok(body(answer.into_stream(), left))
            }
            Err(Refusal::Beyond) => Ok(body(futures::stream::empty().boxed(), 0)),
            Err(source) => Err(bucket.unread(key, source)),
        }
    }

    fn next(&mut self) -> io::Result<Option<Bytes>> {
        let refusal = match self.bucket.connection.wait(self.chunks.next()) {
            Some(Ok(bytes)) => return Ok(Some(bytes)),
            None if self.left == 0 => return Ok(None),
            None => Refusal::Short {
                given: 0,
                asked: self.left,
            },
            Some(Err(error)) => self.bucket.refusal(&error),
        };
        Err(self.bucket.unread(&self.key, refusal).into())
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.now.is_empty() {
            match self.next()? {
                Some(bytes) => self.now = bytes,
                None => return Ok(0),
            }
        }
        let length = self.now.len().min(buffer.len());
        self.now.copy_to_slice(&mut buffer[..length]);
        self.left = self.left.saturating_sub(length as u64);
        Ok(length)
    }
}
