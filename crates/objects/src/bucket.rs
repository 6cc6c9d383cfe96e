use {
    crate::{
        address::Address,
        connection::Connection,
        error::{Error, Refusal},
        key::Key,
        settings::{Settings, Traffic},
    },
    bytes::Bytes,
    object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, path::Path},
    std::{fmt, ops::Range, sync::Arc},
};

/// A bucket, or the part of one below a prefix. Copies of it share connections and
/// one thread.
#[derive(Clone)]
pub struct Bucket {
    pub(crate) address: Address,
    pub(crate) connection: Arc<Connection>,
    pub(crate) traffic: Traffic,
}

impl Bucket {
    /// Prepares for asking; nobody is asked yet.
    ///
    /// # Errors
    /// [`Error::Settings`] where the settings say too little or what cannot be.
    pub fn open(address: &Address, settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            address: address.clone(),
            connection: Arc::new(Connection::new(address, settings)?),
            traffic: settings.traffic,
        })
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// How many bytes an object has; none when it is not there. A bucket that is not
    /// there has no objects.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn length(&self, key: &Key) -> Result<Option<u64>, Error> {
        let path = self.path(key);
        let answer = self.connection.wait(self.connection.store.head(&path));
        match answer.map_err(|error| self.refusal(&error)) {
            Ok(about) => Ok(Some(about.size)),
            Err(Refusal::NoObject) => Ok(None),
            Err(source) => Err(self.unread(key, source)),
        }
    }

    /// All bytes of an object, by one request.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn get(&self, key: &Key) -> Result<Bytes, Error> {
        let asked = self.fetch(key, None);
        self.connection
            .wait(asked)
            .map_err(|source| self.unread(key, source))
    }

    /// The bytes of a range, by one request; fewer where the object ends before, and
    /// none, without asking, of an empty range.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes, Error> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        match self.connection.wait(self.fetch(key, Some(range))) {
            Err(Refusal::Beyond) => Ok(Bytes::new()),
            answer => answer.map_err(|source| self.unread(key, source)),
        }
    }

    pub(crate) fn fetch(
        &self,
        key: &Key,
        range: Option<Range<u64>>,
    ) -> impl Future<Output = Result<Bytes, Refusal>> + Send + use<> {
        let (path, url) = (self.path(key), self.connection.url.clone());
        let store = Arc::clone(&self.connection.store);
        async move {
            let refused = |error| Refusal::of(&error, &url);
            let range = range.map(GetRange::Bounded);
            let options = GetOptions::default().with_range(range);
            let answer = store.get_opts(&path, options).await.map_err(refused)?;
            let asked = answer.range.end - answer.range.start;
            let bytes = answer.bytes().await.map_err(refused)?;
            let given = bytes.len() as u64;
            match given == asked {
                true => Ok(bytes),
                false => Err(Refusal::Short { given, asked }),
            }
        }
    }

    /// Removes an object; one that is absent is fine.
    ///
    /// # Errors
    /// [`Error::Remove`].
    pub fn remove(&self, key: &Key) -> Result<(), Error> {
        let path = self.path(key);
        let answer = self.connection.wait(self.connection.store.delete(&path));
        match answer.map_err(|error| self.refusal(&error)) {
            Ok(()) | Err(Refusal::NoObject) => Ok(()),
            Err(source) => Err(Error::Remove {
                address: self.address.clone(),
                key: key.clone(),
                source: Box::new(source),
            }),
        }
    }

    pub(crate) fn path(&self, key: &Key) -> Path {
        // A key obeys stricter rules than a path, which a test in `key` shows.
        Path::parse(self.address.whole(key)).unwrap_or_default()
    }

    pub(crate) fn refusal(&self, error: &object_store::Error) -> Refusal {
        Refusal::of(error, &self.connection.url)
    }

    pub(crate) fn unread(&self, key: &Key, source: Refusal) -> Error {
        Error::Read {
            address: self.address.clone(),
            key: key.clone(),
            source: Box::new(source),
        }
    }

    /// How the whole keys in a folder begin.
    pub(crate) fn start(&self, folder: Option<&Key>) -> String {
        let prefix = self.address.prefix.as_ref();
        let parts = prefix.into_iter().chain(folder);
        parts.map(|part| format!("{part}/")).collect()
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Bucket({} at {})", self.address, self.connection.url)
    }
}
