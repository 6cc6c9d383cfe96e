use {
    crate::{
        disk::{DiskFile, Location},
        error::Error,
    },
    std::{thread, time::Duration},
};

/// The right to write to an archive: a lock on the file `lock`, which ends with
/// the process that holds it, however that ends.
///
/// The file says whether its last holder came to an end of its own. What one
/// that was killed had written may be seen and not be durable yet: it is made so
/// before anything rests on it.
#[derive(Debug)]
pub(crate) struct Lock {
    file: Box<dyn DiskFile>,
    /// Nothing of what a killed holder wrote is left to be made durable.
    is_settled: bool,
}

pub(crate) const NAME: &str = "lock";

/// What the file holds while a writer is at work, and after one that was killed.
const AT_WORK: &[u8] = b"w";

/// What it holds after a writer that ended by itself.
const ENDED: &[u8] = b"-";

/// How often it is tried, and the time between: a second in all.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

impl Lock {
    /// Takes the lock of the archive at `root`, or says after a second that another
    /// process has it. One that was killed has it until the system has written what
    /// that process was just writing; the same command may be run again before.
    pub(crate) fn take(root: &Location) -> Result<Self, Error> {
        for _ in 1..TRIES {
            match Self::take_at_once(root) {
                Err(Error::Locked { .. }) => thread::sleep(PAUSE),
                taken => return taken,
            }
        }
        Self::take_at_once(root)
    }

    /// The same without waiting.
    pub(crate) fn take_at_once(root: &Location) -> Result<Self, Error> {
        let path = root.join(NAME);
        let file = path
            .open_to_write()
            .map_err(|source| Error::write(&path, source))?;
        match file.try_lock() {
            Ok(true) => {
                let mut lock = Self {
                    file,
                    is_settled: false,
                };
                lock.begin(root)?;
                Ok(lock)
            }
            Ok(false) => Err(Error::Locked { path: root.into() }),
            Err(source) => Err(Error::TakeLock {
                path: path.into(),
                source,
            }),
        }
    }

    fn begin(&mut self, root: &Location) -> Result<(), Error> {
        let path = root.join(NAME);
        let mark = path.read_first(AT_WORK.len() as u64);
        match mark.map_err(|source| Error::read(&path, source))? == AT_WORK {
            true => settle(root)?,
            false => self.is_settled = true,
        }
        // On a full disk there may be no room for it, and work that makes room
        // must go on.
        let _is_only_for_the_next_writer = self.file.write_all_at(AT_WORK, 0);
        Ok(())
    }

    /// Makes durable what a killed holder wrote on other disks of the archive;
    /// until that is done, the mark stays for the next writer.
    pub(crate) fn settle<'a>(
        &mut self,
        disks: impl IntoIterator<Item = &'a Location>,
    ) -> Result<(), Error> {
        if !self.is_settled {
            disks.into_iter().try_for_each(settle)?;
            self.is_settled = true;
        }
        Ok(())
    }
}

/// Makes durable all that stands on the disk of this folder, its own name included.
pub(crate) fn settle(folder: &Location) -> Result<(), Error> {
    folder.settle().map_err(|source| Error::SyncFolder {
        path: folder.into(),
        source,
    })
}

impl Drop for Lock {
    /// Closing the file would not do: a process that another thread is just
    /// starting holds a copy of it until it runs its own program.
    fn drop(&mut self) {
        if self.is_settled {
            let _makes_the_next_writer_settle = self.file.write_all_at(ENDED, 0);
        }
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

    #[test]
    fn a_holder_that_ends_in_a_moment_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let root = Location::from(folder.path());
        let first = Lock::take(&root).unwrap();
        assert!(Lock::take_at_once(&root).is_err());
        let ends = thread::spawn(move || {
            thread::sleep(5 * PAUSE);
            drop(first);
        });
        Lock::take(&root).unwrap();
        ends.join().unwrap();
    }

    #[test]
    fn the_file_says_whether_its_holder_ended_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let root = Location::from(folder.path());
        let mark = || root.join(NAME).read().unwrap();
        let lock = Lock::take(&root).unwrap();
        assert_eq!(mark(), AT_WORK);
        drop(lock);
        assert_eq!(mark(), ENDED);
        std::fs::write(folder.path().join(NAME), AT_WORK).unwrap();
        drop(Lock::take(&root).unwrap());
        assert_eq!(mark(), AT_WORK, "other disks are not settled");
        let mut last = Lock::take(&root).unwrap();
        last.settle([&root]).unwrap();
        drop(last);
        assert_eq!(mark(), ENDED);
    }
}
