//! Values spread over temporary files by a number, to be worked on part by
//! part: each part is read whole, so parts are chosen to fit in memory.
//!
//! Many threads put values in at once; in which order the values of a part
//! come back is open, so whoever reads a part sorts it.

mod block;

use {
    crate::error::Error,
    std::{
        fs::{self, OpenOptions},
        io::Write,
        path::{Path, PathBuf},
        sync::{
            Mutex,
            atomic::{AtomicU64, Ordering},
        },
    },
};

pub(crate) use block::{pack, plain, unpack};

use block::plain_head;

/// Bytes that are gathered for a part before they go to its file.
const BLOCK: usize = 48 << 10;

/// What a lane gathers for all parts.
const LANE: usize = 32 << 20;

/// Bytes that are written as they are before blocks are packed: so many mostly
/// never leave the page cache, and packing would take longer than they do.
const PLAIN: u64 = 1 << 30;

/// Most parts of a shuffle.
pub(crate) const MOST_PARTS: u64 = 4096;

/// Bytes of a part that is sorted mostly within the caches.
const CACHED: u64 = 8 << 20;

/// Parts that are worth making for the caches' sake.
const FEW_PARTS: u64 = 64;

/// The number of parts of `bytes` that fit in memory one by one.
pub(crate) fn parts_of(bytes: u64, memory: u64) -> usize {
    let part = (memory / 8).max(1);
    let cached = bytes.div_ceil(CACHED).min(FEW_PARTS);
    bytes.div_ceil(part).max(cached).clamp(1, MOST_PARTS) as usize
}

/// Values that cut what was sampled into parts of like size.
pub(crate) fn limits<T: Copy + Ord>(sorted: &[T], parts: usize) -> Vec<T> {
    let at = (1..parts).map(|part| sorted.len() * part / parts);
    let mut limits: Vec<T> = at.filter_map(|at| sorted.get(at).copied()).collect();
    limits.dedup();
    limits
}

/// Whether what comes after so many bytes is written as it is.
pub(crate) const fn stay_plain(before: u64) -> bool {
    before < PLAIN
}

/// Temporary files that many threads write to.
#[derive(Debug)]
pub(crate) struct Shuffle {
    dir: PathBuf,
    name: &'static str,
    parts: Vec<Mutex<u64>>,
    /// Bytes in all files, before they are packed.
    bytes: AtomicU64,
    block: usize,
    idle: Mutex<Vec<Vec<Vec<u8>>>>,
}

impl Shuffle {
    pub(crate) fn new(dir: &Path, name: &'static str, parts: usize) -> Self {
        Self {
            dir: dir.into(),
            name,
            block: (LANE / parts.max(1)).min(BLOCK),
            parts: (0..parts.max(1)).map(|_| Mutex::new(0)).collect(),
            bytes: AtomicU64::new(0),
            idle: Mutex::default(),
        }
    }

    pub(crate) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// A way in for one thread; what it holds back is written by [`Self::finish`].
    pub(crate) fn lane(&self) -> Lane<'_> {
        let idle = self.idle.lock().expect("no lane panics").pop();
        Lane {
            shuffle: self,
            buffers: idle.unwrap_or_else(|| vec![Vec::new(); self.parts.len()]),
        }
    }

    /// Ends the writing.
    pub(crate) fn finish(self) -> Result<Spread, Error> {
        let idle = std::mem::take(&mut *self.idle.lock().expect("no lane panics"));
        for mut buffers in idle {
            for (part, buffer) in buffers.iter_mut().enumerate() {
                self.write(part, buffer)?;
            }
        }
        let bytes = self.parts.iter();
        let bytes = bytes.map(|part| *part.lock().expect("no lane panics"));
        Ok(Spread {
            bytes: bytes.collect(),
            dir: self.dir,
            name: self.name,
        })
    }

    fn write(&self, part: usize, buffer: &mut Vec<u8>) -> Result<(), Error> {
        if buffer.is_empty() {
            return Ok(());
        }
        let path = path(&self.dir, self.name, part);
        let before = self.bytes.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        let (head, packed);
        let pieces: [&[u8]; 2] = match stay_plain(before) {
            true => {
                head = plain_head(buffer);
                [&head, buffer]
            }
            false => {
                packed = pack(buffer);
                [&packed, &[]]
            }
        };
        let mut bytes = self.parts[part].lock().expect("no lane panics");
        *bytes += buffer.len() as u64;
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .and_then(|mut file| {
                pieces
                    .into_iter()
                    .try_for_each(|piece| file.write_all(piece))
            })
            .map_err(Error::write(path))?;
        drop(bytes);
        buffer.clear();
        Ok(())
    }
}

/// A way into a shuffle.
pub(crate) struct Lane<'a> {
    shuffle: &'a Shuffle,
    buffers: Vec<Vec<u8>>,
}

impl Lane<'_> {
    /// Puts in what `put` appends.
    pub(crate) fn push(
        &mut self,
        part: usize,
        put: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        let buffer = &mut self.buffers[part];
        put(buffer);
        match buffer.len() < self.shuffle.block {
            true => Ok(()),
            false => self.shuffle.write(part, buffer),
        }
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let buffers = std::mem::take(&mut self.buffers);
        if let Ok(mut idle) = self.shuffle.idle.lock() {
            idle.push(buffers);
        }
    }
}

/// Temporary files to be read part by part.
#[derive(Debug)]
pub(crate) struct Spread {
    dir: PathBuf,
    name: &'static str,
    bytes: Vec<u64>,
}

impl Spread {
    pub(crate) fn parts(&self) -> usize {
        self.bytes.len()
    }

    /// All that was put into a part; its file is removed.
    pub(crate) fn take(&self, part: usize) -> Result<Vec<u8>, Error> {
        let bytes = self.read(part)?;
        if !bytes.is_empty() {
            let path = path(&self.dir, self.name, part);
            fs::remove_file(&path).map_err(Error::write(path))?;
        }
        Ok(bytes)
    }

    /// All that was put into a part.
    pub(crate) fn read(&self, part: usize) -> Result<Vec<u8>, Error> {
        if self.bytes[part] == 0 {
            return Ok(Vec::new());
        }
        let path = path(&self.dir, self.name, part);
        let packed = fs::read(&path).map_err(Error::read(&path))?;
        let mut bytes = Vec::with_capacity(self.bytes[part] as usize);
        let mut rest = &packed[..];
        while !rest.is_empty() {
            unpack(&mut rest, &mut bytes).map_err(Error::read(&path))?;
        }
        Ok(bytes)
    }
}

fn path(dir: &Path, name: &str, part: usize) -> PathBuf {
    dir.join(format!("{name}-{part}"))
}

#[cfg(test)]
mod tests {
    use {super::*, rayon::prelude::*};

    #[test]
    fn every_value_comes_back_in_its_part() {
        let dir = tempfile::tempdir().unwrap();
        let shuffle = Shuffle::new(dir.path(), "t", 7);
        (0..40u32).into_par_iter().for_each(|task| {
            let mut lane = shuffle.lane();
            for number in task * 1000..(task + 1) * 1000 {
                let part = number as usize % 7;
                lane.push(part, |out| out.extend(number.to_le_bytes()))
                    .unwrap();
            }
        });
        let spread = shuffle.finish().unwrap();
        for part in 0..7 {
            let bytes = spread.take(part).unwrap();
            let (values, _) = bytes.as_chunks::<4>();
            let mut values: Vec<u32> = values.iter().map(|v| u32::from_le_bytes(*v)).collect();
            values.sort_unstable();
            let expected = (0..40_000).filter(|n| n % 7 == part as u32);
            assert!(values.into_iter().eq(expected));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn parts_follow_memory() {
        assert_eq!(parts_of(0, 100), 1);
        assert_eq!(parts_of(1000, 800), 10);
        assert_eq!(parts_of(u64::MAX, 1), MOST_PARTS as usize);
    }
}
