use crate::{
    disk::{DiskFile, Location},
    error::Error,
};

/// The right to write to an archive: a lock on the file `lock`, which ends with
/// the process that holds it, however that ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: Box<dyn DiskFile>,
}

pub(crate) const NAME: &str = "lock";

impl Lock {
    /// Takes the lock of the archive at `root`, or says at once that another
    /// process has it.
    pub(crate) fn take(root: &Location) -> Result<Self, Error> {
        let path = root.join(NAME);
        let file = path
            .open_to_write()
            .map_err(|source| Error::write(&path, source))?;
        match file.try_lock() {
            Ok(true) => Ok(Self { file }),
            Ok(false) => Err(Error::Locked { path: root.into() }),
            Err(source) => Err(Error::TakeLock {
                path: path.into(),
                source,
            }),
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
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let root = Location::from(folder.path());
        let first = Lock::take(&root).unwrap();
        let error = Lock::take(&root).unwrap_err();
        assert!(error.to_string().contains("another longplay command"));
        assert!(error.to_string().contains(&root.to_string()));
        drop(first);
        Lock::take(&root).unwrap();
    }
}
