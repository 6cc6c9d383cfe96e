use {
    crate::{
        address::Address,
        ahead::Ahead,
        connection::Connection,
        error::{Error, Refusal},
        key::Key,
        put,
        settings::{Settings, Traffic},
        stream::Body,
        uploads::{self, Upload},
    },
    bytes::Bytes,
    object_store::{
        GetOptions, GetRange, ObjectStore, ObjectStoreExt,
        list::{PaginatedListOptions, PaginatedListStore},
        path::Path,
    },
    std::{collections::BTreeMap, fmt, io::Read, ops::Range, sync::Arc},
};

/// A bucket, or the part of one below a prefix. Copies of it share connections and
/// one thread.
#[derive(Clone)]
pub struct Bucket {
    pub(crate) address: Address,
    pub(crate) connection: Arc<Connection>,
    pub(crate) traffic: Traffic,
}

/// An object that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub key: Key,
    pub bytes: u64,
}

/// What stands in a folder of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Object {
        bytes: u64,
    },
    /// The beginning of other keys.
    Folder,
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

    /// A reader of a range with the next parts of it on their way already.
    pub fn read_ahead(&self, key: &Key, range: Range<u64>) -> Ahead {
        Ahead::new(self.clone(), key.clone(), range)
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

    /// What stands in a folder of keys, by name: objects, and further folders. None
    /// stands for the top. A name that is both is told as a folder.
    ///
    /// # Errors
    /// [`Error::List`].
    pub fn entries(&self, folder: Option<&Key>) -> Result<BTreeMap<String, Entry>, Error> {
        let start = self.start(folder);
        let mut entries = BTreeMap::new();
        self.pages(&start, Some("/"), usize::MAX, |objects, folders| {
            let name = |path: &Path| {
                let name = path.as_ref().strip_prefix(&*start)?;
                Some(name.to_owned()).filter(|name| !name.is_empty())
            };
            for (path, bytes) in objects {
                if let Some(name) = name(path) {
                    entries
                        .entry(name)
                        .or_insert(Entry::Object { bytes: *bytes });
                }
            }
            for path in folders {
                entries.extend(name(path).map(|name| (name, Entry::Folder)));
            }
        })?;
        Ok(entries)
    }

    /// All objects below a folder of keys, however deep, sorted by key. None stands
    /// for the top.
    ///
    /// # Errors
    /// [`Error::List`].
    pub fn objects(&self, folder: Option<&Key>) -> Result<Vec<Object>, Error> {
        let mut found = Vec::new();
        self.pages(&self.start(folder), None, usize::MAX, |objects, _| {
            found.extend(objects.iter().filter_map(|(path, bytes)| {
                let key = self.address.below(path.as_ref())?.parse().ok()?;
                Some(Object { key, bytes: *bytes })
            }));
        })?;
        found.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    /// Whether nothing lies below the prefix, by one request: a first question that
    /// tells whether the store is there and answers.
    ///
    /// # Errors
    /// [`Error::List`].
    pub fn is_empty(&self) -> Result<bool, Error> {
        self.is_empty_below(None)
    }

    pub(crate) fn is_empty_below(&self, folder: Option<&Key>) -> Result<bool, Error> {
        let mut is_empty = true;
        self.pages(&self.start(folder), None, 1, |objects, _| {
            is_empty &= objects.is_empty();
        })?;
        Ok(is_empty)
    }

    /// Gives all pages of a listing; at most `most` keys, if that is fewer than a page.
    fn pages(
        &self,
        start: &str,
        delimiter: Option<&'static str>,
        most: usize,
        mut page: impl FnMut(&[(Path, u64)], &[Path]),
    ) -> Result<(), Error> {
        let mut token = None;
        loop {
            let options = PaginatedListOptions {
                delimiter: delimiter.map(Into::into),
                max_keys: Some(most).filter(|most| *most < usize::MAX),
                page_token: token,
                ..PaginatedListOptions::default()
            };
            let start = Some(start).filter(|start| !start.is_empty());
            let answer = self.connection.store.list_paginated(start, options);
            let answer = self.connection.wait(answer).map_err(|error| Error::List {
                address: self.address.clone(),
                source: self.refusal(&error),
            })?;
            let objects = answer.result.objects.into_iter();
            let objects: Vec<_> = objects.map(|about| (about.location, about.size)).collect();
            page(&objects, &answer.result.common_prefixes);
            token = answer.page_token.filter(|_| most == usize::MAX);
            if token.is_none() {
                return Ok(());
            }
        }
    }

    /// Writes an object in place of the one of that name, if there is one: at any
    /// moment the name stands for the old bytes or for the new.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn put_bytes(&self, key: &Key, bytes: impl Into<Bytes>) -> Result<(), Error> {
        put::whole(self, key, bytes.into(), put::Mode::Replace)
    }

    /// Writes an object that must not be there yet.
    ///
    /// # Errors
    /// [`Error::Write`] with [`Refusal::Exists`] when it is there; it is left as it was.
    pub fn put_new(&self, key: &Key, bytes: impl Into<Bytes>) -> Result<(), Error> {
        put::whole(self, key, bytes.into(), put::Mode::New)
    }

    /// Writes `length` bytes of `source` in place of the object of that name, if there
    /// is one. What is longer than [`Traffic::part`] goes in parts, several at a time,
    /// and becomes an object when all are there; where that fails, the parts are
    /// removed.
    ///
    /// # Errors
    /// [`Error::Write`]; [`Error::ReadSource`] when `source` fails or ends before.
    pub fn put(&self, key: &Key, length: u64, source: &mut dyn Read) -> Result<(), Error> {
        put::put(self, key, length, source)
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
        copied.map_err(|error| put::unwritten(self, to, self.refusal(&error)))
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
                source,
            }),
        }
    }

    /// The uploads below the prefix that nobody finished: somebody writes them still,
    /// or was killed.
    ///
    /// # Errors
    /// [`Error::List`].
    pub fn uploads(&self) -> Result<Vec<Upload>, Error> {
        uploads::list(self)
    }

    /// Ends an upload that nobody finished and removes its parts; one that has ended
    /// is fine.
    ///
    /// # Errors
    /// [`Error::Abort`].
    pub fn abort(&self, upload: &Upload) -> Result<(), Error> {
        uploads::abort(self, upload)
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
            source,
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
