//! A large file that goes to the disk while it is still being written.
//!
//! A sync waits for all that the system holds back. Of a file of a gigabyte that
//! takes seconds in which nothing else is done, so a thread syncs it every now and
//! then from the beginning, and the last sync finds little left.

use std::{
    fs::File,
    io::{self, Write},
    sync::mpsc::{SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

/// Bytes that are written before the thread is asked to sync them.
const EVERY: usize = 32 << 20;

/// A file that is written from its start to its end.
pub(crate) struct Writeback {
    file: File,
    /// Bytes since the thread was last asked.
    since: usize,
    every: usize,
    behind: Option<Behind>,
}

/// The thread that syncs.
struct Behind {
    asked: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Writeback {
    pub(crate) fn new(file: File) -> Self {
        Self::with_step(file, EVERY)
    }

    fn with_step(file: File, every: usize) -> Self {
        Self {
            file,
            since: 0,
            every,
            behind: None,
        }
    }

    /// The file is durable then.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if let Some(Behind { asked, thread }) = self.behind.take() {
            drop(asked);
            // The system tells a failed write once: to the sync that comes first.
            thread.join().expect("a sync does not panic")?;
        }
        self.file.sync_all()
    }

    fn ask(&mut self) -> io::Result<()> {
        self.since = 0;
        if self.behind.is_none() {
            self.behind = Some(Behind::of(self.file.try_clone()?));
        }
        if let Some(behind) = &self.behind {
            // Where one request waits already, it does for both.
            behind.asked.try_send(()).ok();
        }
        Ok(())
    }
}

impl Behind {
    fn of(file: File) -> Self {
        let (asked, requests) = sync_channel(1);
        let thread = thread::spawn(move || requests.iter().try_for_each(|()| file.sync_data()));
        Self { asked, thread }
    }
}

impl Write for Writeback {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.since += written;
        if self.since >= self.every {
            self.ask()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_synced_on_the_way_is_all_that_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        for every in [1, 7, 1 << 20] {
            let mut out = Writeback::with_step(File::create(&path).unwrap(), every);
            let expected: Vec<u8> = (0..=255).cycle().take(10_000).collect();
            expected
                .chunks(33)
                .for_each(|part| out.write_all(part).unwrap());
            assert_eq!(out.behind.is_some(), every < expected.len());
            out.finish().unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), expected);
        }
    }

    #[test]
    fn a_sync_that_fails_on_the_way_is_told_at_the_end() {
        // What stands for no file on a disk cannot be synced.
        let (reader, writer) = io::pipe().unwrap();
        let mut out = Writeback::with_step(File::from(std::os::fd::OwnedFd::from(writer)), 1);
        out.write_all(b"ab").unwrap();
        assert!(out.behind.is_some());
        assert!(out.finish().is_err());
        drop(reader);
    }
}
