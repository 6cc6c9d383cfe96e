use {
    crate::disk::{About, Disk, DiskFile, Entry, Kind, uncached::Uncached},
    std::{
        fs::{self, File, FileType, OpenOptions, TryLockError},
        io,
        num::NonZero,
        ops::Range,
        os::unix::fs::{FileExt, MetadataExt, symlink},
        path::{Path, PathBuf},
    },
};

/// The files of this system.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(File::open(path)?))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(File::create(path)?))
    }

    fn create_uncached(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(Uncached::create(path)?))
    }

    fn open_uncached(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(Uncached::open(path)?))
    }

    fn open_to_write(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        Ok(Box::new(file))
    }

    fn about(&self, path: &Path) -> io::Result<About> {
        let metadata = fs::metadata(path)?;
        Ok(About {
            kind: kind_of(metadata.file_type()),
            bytes: metadata.len(),
            device: metadata.dev(),
        })
    }

    fn kind(&self, path: &Path) -> io::Result<Kind> {
        Ok(kind_of(fs::symlink_metadata(path)?.file_type()))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        let entry = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            Ok(Entry {
                kind: kind_of(entry.file_type()?),
                name: entry.file_name(),
            })
        };
        let mut entries = fs::read_dir(folder)?
            .map(entry)
            .collect::<io::Result<Vec<Entry>>>()?;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn lead(&self, link: &Path, target: &Path) -> io::Result<()> {
        symlink(target, link)
    }

    fn leads_to(&self, path: &Path) -> io::Result<PathBuf> {
        fs::read_link(path)
    }

    fn whole_path(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let about = rustix::fs::statvfs(path)?;
        Ok(about.f_bavail.saturating_mul(about.f_frsize))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn settle(&self, path: &Path) -> io::Result<()> {
        let folder = File::open(path)?;
        #[cfg(target_os = "linux")]
        {
            rustix::fs::syncfs(&folder)?;
        }
        #[cfg(not(target_os = "linux"))]
        {
            rustix::fs::sync();
            folder.sync_all()?;
        }
        Ok(())
    }

    fn local(&self, path: &Path) -> Option<PathBuf> {
        Some(path.into())
    }
}

fn kind_of(kind: FileType) -> Kind {
    match () {
        () if kind.is_file() => Kind::File,
        () if kind.is_dir() => Kind::Folder,
        () => Kind::Other,
    }
}

impl DiskFile for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        FileExt::write_at(self, bytes, offset)
    }

    fn bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn set_bytes(&self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_all()
    }

    fn sync_data(&self) -> io::Result<()> {
        Self::sync_data(self)
    }

    fn try_lock(&self) -> io::Result<bool> {
        match Self::try_lock(self) {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn unlock(&self) -> io::Result<()> {
        Self::unlock(self)
    }

    fn forget(&self) {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{Advice, fadvise};
            // What stays in memory is read from there: no harm is done.
            _ = fadvise(self, 0, None, Advice::DontNeed);
        }
    }

    fn read_ahead(&self) {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{Advice, fadvise};
            // A system that does not listen reads as it always does.
            _ = fadvise(self, 0, None, Advice::Sequential);
        }
    }

    fn will_need(&self, bytes: Range<u64>) {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{Advice, fadvise};
            let length = NonZero::new(bytes.end.saturating_sub(bytes.start));
            // No length means all of it.
            if length.is_some() {
                _ = fadvise(self, bytes.start, length, Advice::WillNeed);
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_listed_by_name_and_links_are_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), b"bytes").unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        let link = folder.path().join("c");
        std::os::unix::fs::symlink("b", &link).unwrap();
        let seen: Vec<_> = LocalDisk
            .list(folder.path())
            .unwrap()
            .into_iter()
            .map(|entry| (entry.name.into_string().unwrap(), entry.kind))
            .collect();
        let named = |name: &str, kind| (name.to_owned(), kind);
        let expected = [
            named("a", Kind::Folder),
            named("b", Kind::File),
            named("c", Kind::Other),
        ];
        assert_eq!(seen, expected);
        assert_eq!(LocalDisk.kind(&link).unwrap(), Kind::Other);
        let about = LocalDisk.about(&link).unwrap();
        assert_eq!((about.kind, about.bytes), (Kind::File, 5));
    }

    #[test]
    fn a_copy_of_a_locked_file_keeps_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = File::create(&path).unwrap();
        assert!(DiskFile::try_lock(&first).unwrap());
        let copy = first.try_clone().unwrap();
        let second = LocalDisk.open_to_write(&path).unwrap();
        assert!(!second.try_lock().unwrap());
        DiskFile::unlock(&first).unwrap();
        assert!(second.try_lock().unwrap());
        drop(copy);
    }

    #[test]
    fn writing_in_place_keeps_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let file = LocalDisk.open_to_write(&path).unwrap();
        file.write_all_at(b"one two", 0).unwrap();
        let file = LocalDisk.open_to_write(&path).unwrap();
        file.write_all_at(b"2", 0).unwrap();
        file.set_bytes(5).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2ne t");
        let mut buffer = [0; 6];
        let short = LocalDisk.open(&path).unwrap().read_exact_at(&mut buffer, 0);
        assert_eq!(short.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
