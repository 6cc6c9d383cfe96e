use {
    crate::error::Error,
    std::{
        fs::{File, OpenOptions, TryLockError},
        path::Path,
    },
};

/// The right to write to an archive: a lock of the operating system on the
/// file `lock`, which ends with the process that holds it, however that ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

pub(crate) const NAME: &str = "lock";

impl Lock {
    /// Takes the lock of the archive at `root`, or says at once that another
    /// process has it.
    pub(crate) fn take(root: &Path) -> Result<Self, Error> {
        let path = root.join(NAME);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| Error::write(&path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked { path: root.into() }),
            Err(TryLockError::Error(source)) => Err(Error::TakeLock { path, source }),
        }
    }
}

impl Drop for Lock {
    /// Closing the file would not do: a process that another thread is just
    /// starting holds a copy of it until it runs its own program.
    fn drop(&mut self) {
        let _ends_with_the_process_otherwise = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_open_file_keeps_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let copy = first.file.try_clone().unwrap();
        drop(first);
        Lock::take(folder.path()).unwrap();
        drop(copy);
    }

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let error = Lock::take(folder.path()).unwrap_err();
        assert!(error.to_string().contains("another longplay command"));
        assert!(
            error
                .to_string()
                .contains(&folder.path().display().to_string())
        );
        drop(first);
        Lock::take(folder.path()).unwrap();
    }
}
