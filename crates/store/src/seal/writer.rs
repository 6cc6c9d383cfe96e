//! Portions that go to the disk while they are hashed.
//!
//! ```text
//!   cores:    read, code │ hash ───────── │ read, code │ hash ───────── │
//!   writers:             │ write 1, 2, 3… │            │ write 1, 2, 3… │
//! ```

use {
    crate::{
        disk::{DiskFile, Location},
        error::Error,
        work::workers,
    },
    std::{
        panic,
        sync::{Mutex, PoisonError},
        thread,
    },
};

/// Threads that write, and mostly wait: while a disk takes one portion, the next is on its
/// way, and files may be spread over several disks.
const WRITERS: usize = 4;

/// A portion of a file.
pub struct Unwritten<'a> {
    pub location: &'a Location,
    pub file: &'a dyn DiskFile,
    /// Where it begins.
    pub at: u64,
    pub bytes: &'a [u8],
}

impl Unwritten<'_> {
    fn write(&self) -> Result<(), Error> {
        let written = self.file.write_all_at(self.bytes, self.at);
        written.map_err(|source| Error::write(self.location, source))
    }
}

/// Writes all portions, where there are threads by some of their own, while `act` does
/// something else.
///
/// # Errors
/// That of the first write that failed.
pub fn write_meanwhile(portions: Vec<Unwritten>, act: impl FnOnce()) -> Result<(), Error> {
    if workers() < 2 {
        act();
        return portions.iter().try_for_each(Unwritten::write);
    }
    let count = WRITERS.min(portions.len());
    let queue = Mutex::new(portions.into_iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let write_all = || {
        while let Some(portion) = next() {
            portion.write()?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let writers: Vec<_> = (0..count).map(|_| scope.spawn(write_all)).collect();
        act();
        let mut ended = writers.into_iter().map(|writer| writer.join());
        ended.try_for_each(|ended| ended.unwrap_or_else(|panic| panic::resume_unwind(panic)))
    })
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::work::with_workers,
        std::{fs, io, path::Path},
    };

    /// Writes `portions` of 100 bytes, each of its number, to a file.
    fn write(location: &Location, file: &dyn DiskFile, portions: u8) -> Result<(), Error> {
        let bytes: Vec<_> = (0..portions).map(|number| [number; 100]).collect();
        let portions = (0..).zip(&bytes).map(|(number, bytes)| Unwritten {
            location,
            file,
            at: number * 100,
            bytes,
        });
        let mut acted = false;
        let written = write_meanwhile(portions.collect(), || acted = true);
        assert!(acted);
        written
    }

    #[test]
    fn all_portions_are_written_when_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let expected: Vec<u8> = (0..200).flat_map(|number| [number; 100]).collect();
        for threads in [1, 2, 8] {
            let location = Location::from(&*path);
            let file = location.create_uncached().unwrap();
            with_workers(threads, || write(&location, &*file, 200)).unwrap();
            assert!(fs::read(&path).unwrap() == expected);
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
        for portions in [11, 200] {
            for threads in [1, 2] {
                let ended = with_workers(threads, || write(&location, &Full, portions));
                assert!(matches!(ended, Err(Error::DiskFull { .. })));
            }
        }
        write(&location, &Full, 10).unwrap();
    }
}
