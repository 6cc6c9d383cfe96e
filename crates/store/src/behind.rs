//! Files that go to the disk while more is written to them.
//!
//! A sync waits for all that the system holds back. Of a stripe of gigabytes that is
//! as long as it takes to hash and code them, or to make lost packs again; so a thread
//! beside that syncs the files every now and then, and the last syncs find little left.

use {
    crate::{
        disk::{DiskFile, Location},
        error::Error,
        work::workers,
    },
    std::{
        panic,
        sync::{
            Arc,
            atomic::{AtomicU64, Ordering},
            mpsc::{SyncSender, sync_channel},
        },
        thread::{self, Scope, ScopedJoinHandle},
    },
};

/// A file, and where it is.
pub type Opened = (Location, Arc<dyn DiskFile>);

/// Does `work`, which tells of the bytes that it has written to `files`. Where there are
/// threads, one beside it brings them to the disk each time that `every` bytes have come.
///
/// # Errors
/// Those of the work, and when a sync failed. The system tells that once, and to nobody
/// else then.
pub fn synced_meanwhile<E: From<Error>>(
    files: &[Opened],
    every: u64,
    work: impl FnOnce(&(dyn Fn(u64) + Sync)) -> Result<(), E>,
) -> Result<(), E> {
    meanwhile(every, || sync(files), work)
}

/// The same with anything else that is done beside.
///
/// # Errors
/// Those of both.
pub fn meanwhile<E: From<Error>>(
    every: u64,
    beside: impl FnMut() -> Result<(), Error> + Send,
    work: impl FnOnce(&(dyn Fn(u64) + Sync)) -> Result<(), E>,
) -> Result<(), E> {
    if workers() < 2 {
        return work(&|_| {});
    }
    thread::scope(|scope| {
        let behind = Behind::of(beside, every, scope);
        let worked = work(&|bytes| behind.wrote(bytes));
        let done = behind.finish();
        worked.and_then(|()| Ok(done?))
    })
}

/// A thread that does something each time that so many bytes were written.
struct Behind<'scope> {
    asked: SyncSender<()>,
    thread: ScopedJoinHandle<'scope, Result<(), Error>>,
    written: AtomicU64,
    every: u64,
}

impl<'scope> Behind<'scope> {
    fn of<'env>(
        mut act: impl FnMut() -> Result<(), Error> + Send + 'scope,
        every: u64,
        scope: &'scope Scope<'scope, 'env>,
    ) -> Self {
        let (asked, requests) = sync_channel(1);
        let thread = scope.spawn(move || requests.iter().try_for_each(|()| act()));
        Self {
            asked,
            thread,
            written: AtomicU64::new(0),
            every,
        }
    }

    /// Tells that more was written to the files.
    fn wrote(&self, bytes: u64) {
        let before = self.written.fetch_add(bytes, Ordering::Relaxed);
        if before / self.every < (before + bytes) / self.every {
            // Where one request waits already, it does for both.
            self.asked.try_send(()).ok();
        }
    }

    /// Waits for what was begun. It knows nothing of what was written later.
    fn finish(self) -> Result<(), Error> {
        drop(self.asked);
        self.thread
            .join()
            .unwrap_or_else(|panic| panic::resume_unwind(panic))
    }
}

/// Makes durable what was written to the files.
pub fn sync(files: &[Opened]) -> Result<(), Error> {
    files.iter().try_for_each(|(location, file)| {
        let synced = file.sync_data();
        synced.map_err(|source| Error::write(location, source))
    })
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        std::{io, path::Path},
    };

    /// Counts how often it is synced; fails from the `fails`-th time on.
    #[derive(Debug)]
    struct Counted {
        syncs: AtomicU64,
        fails: u64,
    }

    impl DiskFile for Counted {
        fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
            Ok(0)
        }

        fn write_at(&self, bytes: &[u8], _: u64) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn bytes(&self) -> io::Result<u64> {
            Ok(0)
        }

        fn set_bytes(&self, _: u64) -> io::Result<()> {
            Ok(())
        }

        fn sync(&self) -> io::Result<()> {
            match self.syncs.fetch_add(1, Ordering::Relaxed) + 1 >= self.fails {
                true => Err(io::ErrorKind::StorageFull.into()),
                false => Ok(()),
            }
        }
    }

    /// Writes `bytes`, one after the other; how often the file was synced.
    fn written(bytes: u64, fails: u64) -> (u64, Result<(), Error>) {
        let syncs = AtomicU64::new(0);
        let file = Arc::new(Counted { syncs, fails });
        let opened: [Opened; 1] = [(Location::from(Path::new("a")), file.clone())];
        let ended = thread::scope(|scope| {
            let behind = Behind::of(|| sync(&opened), 10, scope);
            (0..bytes).for_each(|_| behind.wrote(1));
            behind.finish()
        });
        (file.syncs.load(Ordering::Relaxed), ended)
    }

    #[test]
    fn files_are_synced_while_they_grow() {
        assert!(matches!(written(9, 100), (0, Ok(()))));
        let (syncs, ended) = written(1_000, 1_000);
        assert!((1..=100).contains(&syncs), "{syncs}");
        assert!(ended.is_ok());
    }

    #[test]
    fn a_sync_that_fails_is_told_and_ends_them() {
        let (syncs, ended) = written(1_000, 1);
        assert_eq!(syncs, 1);
        assert!(matches!(ended, Err(Error::DiskFull { .. })));
    }
}
