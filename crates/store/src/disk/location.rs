use {
    crate::{
        disk::{About, Disk, DiskFile, Entry, Kind, LocalDisk, Stream, fill_at},
        error::Error,
    },
    std::{
        cmp::Ordering,
        ffi::OsStr,
        fmt,
        hash::{Hash, Hasher},
        io::{self, Read, Seek, SeekFrom},
        ops::Range,
        path::{Path, PathBuf},
        sync::{Arc, LazyLock},
    },
};

/// A path, and the disk it is on. Locations compare by their paths: those that
/// are compared are on the same disk.
///
/// ```
/// use longplay_store::disk::Location;
///
/// let tranches = Location::from(std::path::Path::new("archive")).join("tranches");
/// assert_eq!(tranches.to_string(), "archive/tranches");
/// ```
#[derive(Clone)]
pub struct Location {
    disk: Arc<dyn Disk>,
    path: PathBuf,
}

static LOCAL: LazyLock<Arc<dyn Disk>> = LazyLock::new(|| Arc::new(LocalDisk));

impl Location {
    pub fn new(disk: Arc<dyn Disk>, path: impl Into<PathBuf>) -> Self {
        Self {
            disk,
            path: path.into(),
        }
    }

    /// Another path on the same disk.
    fn beside(&self, path: impl Into<PathBuf>) -> Self {
        Self::new(Arc::clone(&self.disk), path)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn join(&self, path: impl AsRef<Path>) -> Self {
        self.beside(self.path.join(path))
    }

    /// The same with `ending` added to its last component.
    pub fn with_ending(&self, ending: &str) -> Self {
        let mut path = self.path.clone().into_os_string();
        path.push(ending);
        self.beside(path)
    }

    /// The folder that holds it; `.` for a bare name.
    pub fn folder(&self) -> Self {
        match self.path.parent() {
            Some(parent) if parent.as_os_str().is_empty() => self.beside("."),
            Some(parent) => self.beside(parent),
            None => self.clone(),
        }
    }

    /// The last component of the path.
    pub fn file_name(&self) -> Option<&OsStr> {
        self.path.file_name()
    }

    /// The path by which other programs of this system reach it.
    ///
    /// # Errors
    /// [`Error::NotLocal`] where they cannot.
    pub fn to_local(&self) -> Result<PathBuf, Error> {
        self.local().ok_or_else(|| Error::NotLocal {
            path: self.path.clone(),
        })
    }

    /// The same, where there is such a path.
    pub fn local(&self) -> Option<PathBuf> {
        self.disk.local(&self.path)
    }

    /// What stands here; a link is followed.
    pub fn about(&self) -> io::Result<About> {
        self.disk.about(&self.path)
    }

    pub fn is_file(&self) -> bool {
        self.about().is_ok_and(|about| about.kind == Kind::File)
    }

    pub fn is_folder(&self) -> bool {
        self.about().is_ok_and(|about| about.kind == Kind::Folder)
    }

    /// Whether anything is here; a link that leads nowhere is nothing.
    pub fn exists(&self) -> bool {
        self.about().is_ok()
    }

    /// Whether the name is in use, be it by a link that leads nowhere.
    pub fn is_taken(&self) -> bool {
        self.disk.kind(&self.path).is_ok()
    }

    /// Opens the file to read it.
    pub fn open(&self) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open(&self.path)
    }

    /// Opens the file to read it from the disk, past what memory holds of it.
    pub fn open_uncached(&self) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open_uncached(&self.path)
    }

    /// Opens the file to read it from its start.
    pub fn stream(&self) -> io::Result<Stream> {
        self.open().map(Stream::new)
    }

    /// All bytes of the file.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        self.read_first(u64::MAX)
    }

    /// The first `most` bytes of the file, or all when it is shorter.
    pub fn read_first(&self, most: u64) -> io::Result<Vec<u8>> {
        let file = self.open()?;
        let length = file.bytes()?.min(most);
        let length = usize::try_from(length).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let mut bytes = Vec::new();
        // A length that nothing can hold is an error like any other.
        bytes.try_reserve_exact(length)?;
        bytes.resize(length, 0);
        let filled = fill_at(&*file, &mut bytes, 0)?;
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// All files below the folder with their lengths, if the disk tells them at once:
    /// see [`Disk::files`].
    ///
    /// # Errors
    /// [`Error::ListFolder`]
    pub fn files(&self) -> Result<Option<Vec<(String, u64)>>, Error> {
        match self.disk.files(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
            files => files.map(Some).map_err(|source| Error::ListFolder {
                path: self.path.clone(),
                source,
            }),
        }
    }

    /// Reads a range of the file from its start to its end; it ends where the file
    /// does.
    pub fn range(&self, range: Range<u64>) -> io::Result<Box<dyn Read + Send>> {
        match self.disk.range(&self.path, range.clone()) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                let mut stream = self.stream()?;
                stream.seek(SeekFrom::Start(range.start))?;
                let length = range.end.saturating_sub(range.start);
                Ok(Box::new(stream.take(length)))
            }
            reader => reader,
        }
    }

    /// Reads the file from its start to its end, where it is far away by one request.
    pub fn whole(&self) -> io::Result<Box<dyn Read + Send>> {
        match self.about()?.bytes {
            0 => Ok(Box::new(io::empty())),
            bytes => self.range(0..bytes),
        }
    }

    /// Writes all bytes of `file` under this name: see [`Disk::put`].
    pub fn put(&self, file: &dyn DiskFile) -> io::Result<()> {
        self.disk.put(file, &self.path)
    }

    /// That all that was asked of the disk until now was answered, be it by no.
    ///
    /// # Errors
    /// [`Error::Read`] when the disk could not be looked at: what it told or did not
    /// tell says nothing of its files.
    pub fn has_answered(&self) -> Result<(), Error> {
        match self.disk.failure() {
            None => Ok(()),
            Some(source) => Err(Error::read(&self.path, source)),
        }
    }

    /// Makes an empty file, in place of the bytes of one that is there.
    pub fn create(&self) -> io::Result<Box<dyn DiskFile>> {
        self.disk.create(&self.path)
    }

    /// The same for many bytes that nobody reads soon.
    pub fn create_uncached(&self) -> io::Result<Box<dyn DiskFile>> {
        self.disk.create_uncached(&self.path)
    }

    /// Opens the file to write into what it holds; makes one that is absent.
    pub fn open_to_write(&self) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open_to_write(&self.path)
    }

    /// What is in the folder, sorted by name.
    pub fn list(&self) -> io::Result<Vec<Entry>> {
        self.disk.list(&self.path)
    }

    /// The same; nothing when there is no such folder.
    ///
    /// # Errors
    /// [`Error::ListFolder`]
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        match self.list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            entries => entries.map_err(|source| Error::ListFolder {
                path: self.path.clone(),
                source,
            }),
        }
    }

    /// Gives it another name on the same disk; a file that has it gives way.
    ///
    /// # Errors
    /// [`Error::Rename`]
    pub fn rename(&self, to: &Self) -> Result<(), Error> {
        let renamed = self.disk.rename(&self.path, &to.path);
        renamed.map_err(|source| Error::Rename {
            from: self.path.clone(),
            to: to.path.clone(),
            source,
        })
    }

    /// Gives the file a second name, which nothing may have yet.
    pub fn link(&self, to: &Self) -> io::Result<()> {
        self.disk.link(&self.path, &to.path)
    }

    /// Makes a symbolic link to `target` here, where nothing is.
    pub fn lead_to(&self, target: &Path) -> io::Result<()> {
        self.disk.lead(&self.path, target)
    }

    /// Where the symbolic link leads that is here, if one is.
    pub fn leads_to(&self) -> Option<PathBuf> {
        self.disk.leads_to(&self.path).ok()
    }

    /// The one path of what is here, without links and ways back.
    pub fn whole_path(&self) -> io::Result<PathBuf> {
        self.disk.whole_path(&self.path)
    }

    /// Bytes that files in this folder have room for.
    pub fn free_bytes(&self) -> io::Result<u64> {
        self.disk.free_bytes(&self.path)
    }

    pub fn remove_file(&self) -> io::Result<()> {
        self.disk.remove_file(&self.path)
    }

    /// Removes an empty folder.
    pub fn remove_folder(&self) -> io::Result<()> {
        self.disk.remove_folder(&self.path)
    }

    /// Makes a folder in one that is there.
    pub fn create_folder(&self) -> io::Result<()> {
        self.disk.create_folder(&self.path)
    }

    /// Makes the names in the folder durable.
    pub fn sync_folder(&self) -> io::Result<()> {
        self.disk.sync_folder(&self.path)
    }

    /// Makes durable all that stands on its disk.
    pub fn settle(&self) -> io::Result<()> {
        self.disk.settle(&self.path)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.path.fmt(f)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.path.display().fmt(f)
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Location {}

impl PartialOrd for Location {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Location {
    fn cmp(&self, other: &Self) -> Ordering {
        self.path.cmp(&other.path)
    }
}

impl Hash for Location {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.path.hash(state);
    }
}

impl From<PathBuf> for Location {
    fn from(path: PathBuf) -> Self {
        Self::new(Arc::clone(&LOCAL), path)
    }
}

impl From<&PathBuf> for Location {
    fn from(path: &PathBuf) -> Self {
        path.clone().into()
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        path.to_path_buf().into()
    }
}

impl From<&Self> for Location {
    fn from(location: &Self) -> Self {
        location.clone()
    }
}

impl From<Location> for PathBuf {
    fn from(location: Location) -> Self {
        location.path
    }
}

impl From<&Location> for PathBuf {
    fn from(location: &Location) -> Self {
        location.path.clone()
    }
}
