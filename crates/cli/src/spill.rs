//! A folder for temporary files, in the archive, where there is room for what
//! belongs to it.

use {
    anyhow::Result,
    std::{
        fs::{self, File},
        path::Path,
    },
    tempfile::TempDir,
};

/// A folder that is removed with all in it when this is dropped.
#[derive(Debug)]
pub struct Spill {
    folder: TempDir,
    /// Locked while the folder is in use.
    _lock: File,
}

const NAME: &str = ".partial-sql-";
const LOCK: &str = "lock";
const FILES: &str = "files";

impl Spill {
    /// A folder of its own below `parent`; those that killed commands left
    /// there are removed.
    pub fn create(parent: &Path) -> Result<Self> {
        sweep(parent)?;
        let folder = tempfile::Builder::new().prefix(NAME).tempdir_in(parent)?;
        let lock = File::create(folder.path().join(LOCK))?;
        lock.lock()?;
        fs::create_dir(folder.path().join(FILES))?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join(FILES)
    }
}

fn sweep(parent: &Path) -> Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let is_ours = entry.file_name().to_string_lossy().starts_with(NAME);
        if is_ours && is_left(&entry.path()) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Whether nobody holds the folder. One without a lock is just being made.
fn is_left(folder: &Path) -> bool {
    File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn folders_in_use_stay_and_leftovers_go() {
        let parent = tempfile::tempdir().unwrap();
        let left = parent.path().join(format!("{NAME}killed"));
        fs::create_dir(&left).unwrap();
        File::create(left.join(LOCK)).unwrap();
        fs::create_dir(parent.path().join("0123456789abcdef")).unwrap();
        let one = Spill::create(parent.path()).unwrap();
        assert!(!left.exists());
        let two = Spill::create(parent.path()).unwrap();
        fs::write(two.path().join("a"), "a").unwrap();
        assert_eq!(names(parent.path()), 3);
        drop(one);
        drop(two);
        assert_eq!(names(parent.path()), 1);
    }
}
