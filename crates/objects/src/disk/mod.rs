//! A bucket as a disk of the store.
//!
//! ```text
//!   reading ──────────────────────────────► ranges of objects
//!   writing ─► .longplay-… in a local folder ─ rename ─► one whole put
//! ```
//!
//! Objects cannot be written piece by piece, so a file is unfinished as long as its
//! name says so ([`TEMPORARY`]) and lies in a folder of this machine until it is
//! renamed: then it is put, whole, in place of what has the name. There are no
//! folders but in the keys; one that is made is remembered until the program ends.
//!
//! A store that does not answer says nothing of its objects. So such a refusal is
//! kept, nobody is asked any more, and who judges what was read asks for it first
//! ([`Disk::failure`]).

mod object;
mod trouble;

use {
    crate::{
        address::Address,
        bucket::Bucket,
        error::{Error, Refusal},
        key::Key,
        list,
    },
    longplay_store::{
        disk::{About, Disk, DiskFile, Entry, Kind, LocalDisk, Location},
        durable::{TEMPORARY, create_dir},
    },
    object::ObjectFile,
    std::{
        collections::{BTreeMap, BTreeSet},
        ffi::OsString,
        io::{self, Read},
        ops::Range,
        path::{Path, PathBuf},
        sync::{Arc, Mutex, MutexGuard, PoisonError},
    },
    trouble::Trouble,
};

/// See the module.
#[derive(Debug)]
pub struct BucketDisk {
    bucket: Bucket,
    /// The address as a path: how the path of every object begins.
    base: PathBuf,
    /// Where unfinished files lie.
    scratch: PathBuf,
    /// Folders that were made here and may have nothing in them.
    made: Mutex<BTreeSet<PathBuf>>,
    /// Whether uploads of killed commands were looked for.
    is_swept: Mutex<bool>,
    trouble: Arc<Trouble>,
}

/// What stands in a folder, by name.
type Names = BTreeMap<OsString, Kind>;

impl BucketDisk {
    /// All that lies below the address of `bucket`; unfinished files lie below
    /// `scratch`, a folder of this machine, which is made when it is needed.
    pub fn at(bucket: Bucket, scratch: &Path) -> Location {
        let base = PathBuf::from(bucket.address().to_string());
        let disk = Self {
            base: base.clone(),
            scratch: scratch.to_owned(),
            made: Mutex::default(),
            is_swept: Mutex::default(),
            trouble: Arc::default(),
            bucket,
        };
        Location::new(Arc::new(disk), base)
    }

    /// Before the first object is written, ends the uploads that killed commands left,
    /// so that nobody keeps their parts for ever: who writes here is alone. A store
    /// that cannot list them is passed over.
    fn sweep_uploads(&self) -> io::Result<()> {
        let mut is_swept = self.is_swept.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_swept {
            return Ok(());
        }
        let swept = self.bucket.uploads().and_then(|uploads| {
            let mut uploads = uploads.iter();
            uploads.try_for_each(|upload| self.bucket.abort(upload))
        });
        match swept {
            Err(error) if !can_be_passed_over(&error) => return Err(self.trouble.note(error)),
            _ => *is_swept = true,
        }
        Ok(())
    }

    /// The key of a path; none of the address itself.
    fn key(&self, path: &Path) -> io::Result<Option<Key>> {
        let inside = path.strip_prefix(&self.base);
        let inside = inside.map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
        if inside.as_os_str().is_empty() {
            return Ok(None);
        }
        let text = inside.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
        let key = text.parse::<Key>();
        key.map(Some)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidFilename, error))
    }

    /// The key of something that is not the address itself.
    fn object(&self, path: &Path) -> io::Result<Key> {
        self.key(path)?
            .ok_or_else(|| io::ErrorKind::IsADirectory.into())
    }

    /// Where an unfinished file lies; none for all others.
    fn unfinished(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        let name = path.file_name().unwrap_or_default();
        if !name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes()) {
            return Ok(None);
        }
        let key = self.object(path)?;
        Ok(Some(self.scratch.join(key.as_str())))
    }

    /// Where an unfinished file is written, in a folder that is there.
    fn to_write(&self, path: &Path) -> io::Result<PathBuf> {
        let path = self.unfinished(path)?.ok_or(io::ErrorKind::Unsupported)?;
        create_dir(Location::from(&path).folder()).map_err(io::Error::other)?;
        Ok(path)
    }

    fn made(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What stands in a folder, unfinished files included.
    fn names(&self, folder: &Path) -> io::Result<Names> {
        let key = self.key(folder)?;
        self.trouble.is_none()?;
        let objects = self.bucket.entries(key.as_ref());
        let objects = objects.map_err(|error| self.trouble.note(error))?;
        let mut names: Names = objects
            .into_iter()
            .map(|(name, entry)| {
                let kind = match entry {
                    list::Entry::Object { .. } => Kind::File,
                    list::Entry::Folder => Kind::Folder,
                };
                (name.into(), kind)
            })
            .collect();
        let scratch = match &key {
            Some(key) => self.scratch.join(key.as_str()),
            None => self.scratch.clone(),
        };
        for entry in Location::from(scratch)
            .entries()
            .map_err(io::Error::other)?
        {
            let is_unfinished = entry
                .name
                .as_encoded_bytes()
                .starts_with(TEMPORARY.as_bytes());
            if entry.kind == Kind::File && is_unfinished {
                names.insert(entry.name, Kind::File);
            }
        }
        for made in self
            .made()
            .iter()
            .filter(|made| made.parent() == Some(folder))
        {
            let name = made.file_name().unwrap_or_default().to_owned();
            names.entry(name).or_insert(Kind::Folder);
        }
        Ok(names)
    }

    fn has_below(&self, folder: &Key) -> io::Result<bool> {
        let is_empty = self.bucket.is_empty_below(Some(folder));
        is_empty
            .map(|is_empty| !is_empty)
            .map_err(|error| self.trouble.note(error))
    }
}

impl Disk for BucketDisk {
    /// Asks nobody: whether the object is there shows when it is read.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        match self.unfinished(path)? {
            Some(path) => LocalDisk.open(&path),
            None => {
                let key = self.object(path)?;
                let trouble = Arc::clone(&self.trouble);
                Ok(Box::new(ObjectFile::new(self.bucket.clone(), key, trouble)))
            }
        }
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        LocalDisk.create(&self.to_write(path)?)
    }

    fn open_to_write(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        LocalDisk.open_to_write(&self.to_write(path)?)
    }

    fn about(&self, path: &Path) -> io::Result<About> {
        let device = device_of(self.bucket.address());
        let about = |kind, bytes| About {
            kind,
            bytes,
            device,
        };
        let folder = about(Kind::Folder, 0);
        if let Some(path) = self.unfinished(path)? {
            return LocalDisk.about(&path);
        }
        let Some(key) = self.key(path)? else {
            return Ok(folder);
        };
        if self.made().contains(path) {
            return Ok(folder);
        }
        self.trouble.is_none()?;
        let length = self.bucket.length(&key);
        if let Some(bytes) = length.map_err(|error| self.trouble.note(error))? {
            return Ok(about(Kind::File, bytes));
        }
        match self.has_below(&key)? {
            true => Ok(folder),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn kind(&self, path: &Path) -> io::Result<Kind> {
        self.about(path).map(|about| about.kind)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        let names = self.names(folder)?;
        let is_there = !names.is_empty() || folder == self.base || self.made().contains(folder);
        if !is_there {
            return Err(io::ErrorKind::NotFound.into());
        }
        let entries = names.into_iter();
        Ok(entries.map(|(name, kind)| Entry { name, kind }).collect())
    }

    /// An unfinished file is put, whole. An object is copied within the store and then
    /// removed: a kill leaves one or both.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        match (self.unfinished(from)?, self.unfinished(to)?) {
            (Some(from), None) => {
                self.put(&*LocalDisk.open(&from)?, to)?;
                LocalDisk.remove_file(&from)
            }
            (Some(from), Some(to)) => LocalDisk.rename(&from, &to),
            (None, Some(_)) => Err(io::ErrorKind::Unsupported.into()),
            (None, None) => {
                let (from, to) = (self.object(from)?, self.object(to)?);
                let copied = self.bucket.copy(&from, &to);
                let moved = copied.and_then(|()| self.bucket.remove(&from));
                moved.map_err(|error| self.trouble.note(error))
            }
        }
    }

    /// Objects have one name.
    fn link(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        match self.unfinished(path)? {
            Some(path) => LocalDisk.remove_file(&path),
            None => {
                let removed = self.bucket.remove(&self.object(path)?);
                removed.map_err(|error| self.trouble.note(error))
            }
        }
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        if !self.names(path)?.is_empty() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.made().remove(path);
        Ok(())
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.object(path)?;
        self.made().insert(path.to_owned());
        Ok(())
    }

    /// What is put is durable with its name.
    fn sync_folder(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn local(&self, _path: &Path) -> Option<PathBuf> {
        None
    }

    fn files(&self, folder: &Path) -> io::Result<Vec<(String, u64)>> {
        let key = self.key(folder)?;
        self.trouble.is_none()?;
        let objects = self.bucket.objects(key.as_ref());
        let objects = objects.map_err(|error| self.trouble.note(error))?;
        let start = key.map_or(0, |key| key.as_str().len() + 1);
        let named = |object: list::Object| {
            Some((object.key.as_str().get(start..)?.to_owned(), object.bytes))
        };
        Ok(objects.into_iter().filter_map(named).collect())
    }

    /// By one request.
    fn range(&self, path: &Path, range: Range<u64>) -> io::Result<Box<dyn Read + Send>> {
        let stream = self.bucket.stream(&self.object(path)?, range);
        stream.map_err(|error| self.trouble.note(error))
    }

    fn put(&self, file: &dyn DiskFile, path: &Path) -> io::Result<()> {
        self.sweep_uploads()?;
        let bytes = file.bytes()?;
        let mut source = FromStart { file, at: 0 };
        let put = self.bucket.put(&self.object(path)?, bytes, &mut source);
        put.map_err(|error| self.trouble.note(error))
    }

    fn failure(&self) -> Option<io::Error> {
        self.trouble.take()
    }
}

/// Reads a file from its start to its end.
struct FromStart<'a> {
    file: &'a dyn DiskFile,
    at: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Whether a store only does not know, or does not allow, that unfinished uploads are
/// listed and ended.
fn can_be_passed_over(error: &Error) -> bool {
    matches!(
        error.refusal(),
        Some(Refusal::Denied { .. } | Refusal::Answered { .. } | Refusal::Nonsense { .. })
    )
}

/// A number that no device of this machine has.
fn device_of(address: &Address) -> u64 {
    let bytes = address.to_string().into_bytes();
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash | 1 << 63
}
