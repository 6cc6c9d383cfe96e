//! The disk of the system, counting what is read of each file.

use {
    longplay_store::disk::{About, Disk, DiskFile, Entry, Kind, LocalDisk, Location},
    std::{
        collections::BTreeMap,
        io,
        path::{Path, PathBuf},
        sync::{Arc, Mutex},
    },
};

/// Clones count together.
#[derive(Debug, Clone, Default)]
pub struct CountingDisk {
    /// Bytes read, by file; 0 of what was opened alone.
    read: Arc<Mutex<BTreeMap<PathBuf, u64>>>,
}

impl CountingDisk {
    pub fn location(&self, path: impl Into<PathBuf>) -> Location {
        Location::new(Arc::new(self.clone()), path)
    }

    /// What was opened below folders of this name, and how much of it was read.
    pub fn below(&self, folder: &str) -> BTreeMap<PathBuf, u64> {
        let read = self.read.lock().unwrap();
        let inside = |path: &&PathBuf| path.iter().any(|part| part == folder);
        let paths = read.keys().filter(inside);
        paths.map(|path| (path.clone(), read[path])).collect()
    }
}

#[derive(Debug)]
struct CountingFile {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    disk: CountingDisk,
}

impl DiskFile for CountingFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let count = self.file.read_at(buffer, offset)?;
        let mut read = self.disk.read.lock().unwrap();
        *read.entry(self.path.clone()).or_default() += count as u64;
        Ok(count)
    }
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.file.write_at(bytes, offset)
    }
    fn bytes(&self) -> io::Result<u64> {
        self.file.bytes()
    }
    fn set_bytes(&self, bytes: u64) -> io::Result<()> {
        self.file.set_bytes(bytes)
    }
    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }
    fn try_lock(&self) -> io::Result<bool> {
        self.file.try_lock()
    }
    fn unlock(&self) -> io::Result<()> {
        self.file.unlock()
    }
}

impl Disk for CountingDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = LocalDisk.open(path)?;
        let path = path.to_owned();
        self.read.lock().unwrap().entry(path.clone()).or_default();
        let disk = self.clone();
        Ok(Box::new(CountingFile { file, path, disk }))
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        LocalDisk.create(path)
    }
    fn open_to_write(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        LocalDisk.open_to_write(path)
    }
    fn about(&self, path: &Path) -> io::Result<About> {
        LocalDisk.about(path)
    }
    fn kind(&self, path: &Path) -> io::Result<Kind> {
        LocalDisk.kind(path)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        LocalDisk.list(folder)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        LocalDisk.rename(from, to)
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        LocalDisk.link(from, to)
    }
    fn whole_path(&self, path: &Path) -> io::Result<PathBuf> {
        LocalDisk.whole_path(path)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        LocalDisk.remove_file(path)
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        LocalDisk.remove_folder(path)
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        LocalDisk.create_folder(path)
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        LocalDisk.sync_folder(path)
    }
    fn local(&self, path: &Path) -> Option<PathBuf> {
        LocalDisk.local(path)
    }
}
