//! Portions that go to the disk while the next ones are made.
//!
//! ```text
//!   lanes:    read, code, hash 1 │ read, code, hash 2 │ read, code, hash 3
//!   threads:                     │ write 1            │ write 2            │ write 3
//! ```

use {
    crate::{
        disk::{Aligned, DiskFile, Location},
        error::Error,
        work::workers,
    },
    std::{
        mem,
        sync::{
            Arc, Mutex, MutexGuard, PoisonError,
            mpsc::{Receiver, Sender, channel},
        },
        thread,
    },
};

/// Threads that write: while the disk takes one portion, the next is on its way.
const THREADS: usize = 2;

/// A portion of a file.
pub struct Written<'a> {
    pub location: &'a Location,
    pub file: &'a Arc<dyn DiskFile>,
    /// Where it begins.
    pub at: u64,
    /// Its bytes, at the start of the buffer.
    pub length: usize,
}

/// Takes portions that are written to their files, sooner or later.
pub enum Writer<'a> {
    /// By whoever gives them, who tells the bytes.
    AtOnce(&'a (dyn Fn(u64) + Sync)),
    /// By other threads.
    Behind(Queue),
}

pub struct Queue {
    jobs: Sender<Job>,
    spare: Receiver<Aligned>,
    failed: Arc<Failure>,
}

struct Job {
    location: Location,
    file: Arc<dyn DiskFile>,
    at: u64,
    length: usize,
    buffer: Aligned,
}

/// The first write that failed, until it is told.
type Failure = Mutex<Option<Error>>;

impl Writer<'_> {
    /// Writes the start of `buffer`, or takes the buffer for another in its place.
    ///
    /// # Errors
    /// Also that of a portion that was given before.
    pub fn write(&self, portion: Written, buffer: &mut Aligned) -> Result<(), Error> {
        match self {
            Self::AtOnce(wrote) => {
                let bytes = &buffer[..portion.length];
                write(portion.location, &**portion.file, bytes, portion.at)?;
                wrote(portion.length as u64);
                Ok(())
            }
            Self::Behind(queue) => queue.write(portion, buffer),
        }
    }
}

impl Queue {
    fn write(&self, portion: Written, buffer: &mut Aligned) -> Result<(), Error> {
        failure(&self.failed)?;
        let spare = self
            .spare
            .recv()
            .expect("the threads give all buffers back");
        let job = Job {
            location: portion.location.clone(),
            file: Arc::clone(portion.file),
            at: portion.at,
            length: portion.length,
            buffer: mem::replace(buffer, spare),
        };
        self.jobs
            .send(job)
            .expect("the threads take jobs to the end");
        Ok(())
    }
}

/// Does `work`, which fills buffers of `length` bytes, `spare` of them while as many are
/// written. `wrote` is told the bytes that were. All are when it returns, or an error
/// tells of one that is not.
pub fn write_behind<E: From<Error>>(
    length: usize,
    spare: usize,
    wrote: &(dyn Fn(u64) + Sync),
    work: impl FnOnce(&Writer) -> Result<(), E>,
) -> Result<(), E> {
    if workers() < 2 {
        return work(&Writer::AtOnce(wrote));
    }
    let (jobs, queue) = channel();
    let (back, spares) = channel();
    for _ in 0..spare {
        back.send(Aligned::new(length))
            .expect("its receiver is here");
    }
    let failed = Arc::new(Failure::default());
    let writer = Writer::Behind(Queue {
        jobs,
        spare: spares,
        failed: Arc::clone(&failed),
    });
    let queue = Mutex::new(queue);
    let worked = thread::scope(|scope| {
        for _ in 0..THREADS {
            let (back, failed, queue) = (back.clone(), &failed, &queue);
            scope.spawn(move || write_all(queue, &back, failed, wrote));
        }
        let worked = work(&writer);
        // The threads end when they have written what is left.
        drop(writer);
        worked
    });
    worked.and_then(|()| Ok(failure(&failed)?))
}

fn write_all(
    queue: &Mutex<Receiver<Job>>,
    back: &Sender<Aligned>,
    failed: &Failure,
    wrote: &dyn Fn(u64),
) {
    let next = || locked(queue).recv();
    while let Ok(job) = next() {
        let bytes = &job.buffer[..job.length];
        match write(&job.location, &*job.file, bytes, job.at) {
            Ok(()) => wrote(job.length as u64),
            Err(error) => _ = locked(failed).get_or_insert(error),
        }
        // Nobody wants it any more where the work has ended.
        back.send(job.buffer).ok();
    }
}

fn write(location: &Location, file: &dyn DiskFile, bytes: &[u8], at: u64) -> Result<(), Error> {
    let written = file.write_all_at(bytes, at);
    written.map_err(|source| Error::write(location, source))
}

fn failure(failed: &Failure) -> Result<(), Error> {
    locked(failed).take().map_or(Ok(()), Err)
}

fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::work::with_workers,
        std::{
            fs, io,
            path::Path,
            sync::atomic::{AtomicU64, Ordering},
        },
    };

    /// Gives `portions` of 100 bytes, each of its number, to be written to a file.
    fn give(
        location: &Location,
        file: &Arc<dyn DiskFile>,
        portions: u8,
        wrote: &(dyn Fn(u64) + Sync),
    ) -> Result<(), Error> {
        let mut buffer = Aligned::new(100);
        write_behind(100, 2, wrote, |writer| {
            (0..portions).try_for_each(|number| {
                buffer.fill(number);
                let portion = Written {
                    location,
                    file,
                    at: u64::from(number) * 100,
                    length: 100,
                };
                writer.write(portion, &mut buffer)
            })
        })
    }

    #[test]
    fn all_that_is_given_is_written_when_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let expected: Vec<u8> = (0..200).flat_map(|number| [number; 100]).collect();
        for threads in [1, 2, 8] {
            let location = Location::from(&*path);
            let file = Arc::from(location.create_uncached().unwrap());
            let told = AtomicU64::new(0);
            let wrote = |bytes| _ = told.fetch_add(bytes, Ordering::Relaxed);
            with_workers(threads, || give(&location, &file, 200, &wrote)).unwrap();
            assert!(fs::read(&path).unwrap() == expected);
            assert_eq!(told.into_inner(), expected.len() as u64);
        }
    }

    /// Takes 1,000 bytes and no more.
    #[derive(Debug)]
    struct Full;

    impl DiskFile for Full {
        fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
            Ok(0)
        }

        fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
            match offset < 1_000 {
                true => Ok(bytes.len()),
                false => Err(io::ErrorKind::StorageFull.into()),
            }
        }

        fn bytes(&self) -> io::Result<u64> {
            Ok(0)
        }

        fn set_bytes(&self, _: u64) -> io::Result<()> {
            Ok(())
        }

        fn sync(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_write_that_fails_is_told_be_it_the_last() {
        let location = Location::from(Path::new("a"));
        let file: Arc<dyn DiskFile> = Arc::new(Full);
        for portions in [11, 200] {
            for threads in [1, 2] {
                let ended = with_workers(threads, || give(&location, &file, portions, &|_| {}));
                assert!(matches!(ended, Err(Error::DiskFull { .. })));
            }
        }
        give(&location, &file, 10, &|_| {}).unwrap();
    }
}
