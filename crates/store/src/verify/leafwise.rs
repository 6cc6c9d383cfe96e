//! Files compared leaf by leaf, by all cores, with one reader a disk.
//!
//! ```text
//!   disk 0:  a.tar b.tar …  ─ chunk after chunk ─┬─► core 0: hash, compare
//!   disk 1:  r00.rec …      ─ chunk after chunk ─┴─► core 1: hash, compare
//! ```
//!
//! Each disk has a thread that reads there and hashes what it has read; where there are
//! fewer disks than cores, and when a disk has no more, others help. Whoever is free reads
//! the next chunk of a disk while nobody else reads there, and hashes it while others read:
//! heads of a disk go forward only, one long file keeps all cores busy, and no disk waits
//! for another.

use {
    crate::{
        disk::{Aligned, DiskFile},
        error::Error,
        facts::{Place, place::Found},
        merkle::{LEAF_BYTES, leaf_count},
        verify::{
            pace::Pace,
            proven::{Expected, Leaves},
        },
        work::workers,
    },
    longplay_model::Monitor,
    std::{
        collections::{BTreeMap, VecDeque},
        sync::{
            Arc, Mutex, MutexGuard, PoisonError,
            atomic::{AtomicBool, AtomicU64, Ordering},
        },
        thread,
    },
};

/// Bytes that are read at a time: whole leaves, in pages of 4096 bytes no more than disks
/// of virtual machines take in one request (254, Linux tells in `max_segments`).
const CHUNK: usize = 48 * LEAF_BYTES as usize;

/// How a file compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Every leaf is as it should be.
    Sound,
    /// It was read otherwise, or not to its end.
    Doubtful,
}

/// A file of which every leaf is known.
#[derive(Debug)]
pub struct Task<'a> {
    pub expected: &'a Expected,
    pub found: &'a Found,
    /// Leaves at its start that were compared before, and are sound.
    pub compared: u64,
    /// Whether it is read from the disk, whatever memory holds of it.
    pub cold: bool,
}

/// Compares files. Those that were not begun when the pace was over are absent
/// from the answer.
pub fn compare_all(
    tasks: &[Task],
    pace: &dyn Pace,
    monitor: &dyn Monitor,
) -> Result<BTreeMap<Place, Compared>, Error> {
    let files: Vec<Progress> = tasks.iter().map(Progress::new).collect();
    let pass = Pass {
        disks: disks(tasks).map(Mutex::new).collect(),
        files: &files,
        pace,
        monitor,
    };
    // One that may use one thread reads all in one order.
    let threads = match workers() {
        1 => 1,
        cores => cores.max(pass.disks.len()),
    };
    thread::scope(|scope| {
        for first in 0..threads {
            let pass = &pass;
            scope.spawn(move || pass.work(first));
        }
    });
    if monitor.is_interrupted() {
        return Err(Error::Interrupted);
    }
    Ok(files.iter().filter_map(Progress::outcome).collect())
}

/// The tasks of each disk, in their order.
fn disks(tasks: &[Task]) -> impl Iterator<Item = Disk> {
    let mut disks: BTreeMap<u64, Disk> = BTreeMap::new();
    for (at, task) in tasks.iter().enumerate() {
        // What cannot be looked at is found out when it is opened.
        let about = task.found.location.about();
        let device = about.map_or(0, |about| about.device);
        disks.entry(device).or_default().waiting.push_back(at);
    }
    disks.into_values()
}

struct Progress<'a> {
    task: &'a Task<'a>,
    is_begun: AtomicBool,
    differs: AtomicBool,
    /// Leaves that are compared.
    compared: AtomicU64,
}

impl<'a> Progress<'a> {
    fn new(task: &'a Task<'a>) -> Self {
        Self {
            task,
            is_begun: AtomicBool::new(false),
            differs: AtomicBool::new(false),
            compared: AtomicU64::new(task.compared),
        }
    }

    fn outcome(&self) -> Option<(Place, Compared)> {
        let leaves = leaf_count(self.task.expected.bytes());
        let is_sound = !self.differs.load(Ordering::Relaxed)
            && self.compared.load(Ordering::Relaxed) == leaves;
        let compared = match is_sound {
            true => Compared::Sound,
            false => Compared::Doubtful,
        };
        let place = || self.task.expected.place.clone();
        let is_begun = self.is_begun.load(Ordering::Relaxed);
        is_begun.then(|| (place(), compared))
    }
}

/// Files of one disk, of which one is open.
#[derive(Default)]
struct Disk {
    waiting: VecDeque<usize>,
    open: Option<Open>,
}

struct Open {
    task: usize,
    file: Box<dyn DiskFile>,
    leaves: Arc<Leaves>,
    at: u64,
}

struct Pass<'a> {
    disks: Vec<Mutex<Disk>>,
    files: &'a [Progress<'a>],
    pace: &'a dyn Pace,
    monitor: &'a dyn Monitor,
}

/// A part of a file that was read.
struct Chunk {
    task: usize,
    leaves: Arc<Leaves>,
    at: u64,
    length: usize,
    /// The disk gave all of it.
    is_read: bool,
}

impl Pass<'_> {
    /// Reads and compares until nothing is left, beginning with one disk.
    fn work(&self, first: usize) {
        let mut buffer = Aligned::new(CHUNK);
        let count = self.disks.len();
        for nth in 0..count {
            let disk = &self.disks[(first + nth) % count];
            while let Some(chunk) = self.next(disk, &mut buffer) {
                self.compare(&chunk, &buffer[..chunk.length]);
                self.monitor.advance(chunk.length as u64);
            }
        }
    }

    fn next(&self, disk: &Mutex<Disk>, buffer: &mut [u8]) -> Option<Chunk> {
        let mut disk = locked(disk);
        loop {
            if self.monitor.is_interrupted() {
                return None;
            }
            let Some(open) = &mut disk.open else {
                self.open_next(&mut disk)?;
                continue;
            };
            let file = &self.files[open.task];
            let left = file.task.expected.bytes() - open.at;
            // Of what differs the rest is read when it is read again.
            if left == 0 || file.differs.load(Ordering::Relaxed) {
                self.monitor.advance(left);
                disk.open = None;
                continue;
            }
            let length = left.min(CHUNK as u64) as usize;
            let chunk = Chunk {
                task: open.task,
                leaves: open.leaves.clone(),
                at: open.at,
                length,
                is_read: open
                    .file
                    .read_exact_at(&mut buffer[..length], open.at)
                    .is_ok(),
            };
            open.at += length as u64;
            return Some(chunk);
        }
    }

    /// Opens the next file of a disk; none where nothing may be begun.
    fn open_next(&self, disk: &mut Disk) -> Option<()> {
        if self.pace.is_over() {
            return None;
        }
        let task = disk.waiting.pop_front()?;
        let progress = &self.files[task];
        progress.is_begun.store(true, Ordering::Relaxed);
        let location = &progress.task.found.location;
        let opened = match progress.task.cold {
            true => location.open_uncached(),
            false => location.open(),
        };
        match opened.ok().zip(progress.task.expected.leaves()) {
            Some((file, leaves)) => {
                file.read_ahead();
                disk.open = Some(Open {
                    task,
                    file,
                    leaves: leaves.into(),
                    at: progress.task.compared * LEAF_BYTES,
                });
            }
            None => progress.differs.store(true, Ordering::Relaxed),
        }
        Some(())
    }

    fn compare(&self, chunk: &Chunk, bytes: &[u8]) {
        let file = &self.files[chunk.task];
        let count = chunk.leaves.agrees_from(chunk.at, bytes);
        match chunk.is_read && count == leaf_count(bytes.len() as u64) {
            true => _ = file.compared.fetch_add(count, Ordering::Relaxed),
            false => file.differs.store(true, Ordering::Relaxed),
        }
    }
}

fn locked(disk: &Mutex<Disk>) -> MutexGuard<'_, Disk> {
    disk.lock().unwrap_or_else(PoisonError::into_inner)
}
