//! Files of a stripe, read from the disk while more is written to them.
//!
//! ```text
//!   written, hashed: ████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓······
//!   durable:         ████████████████████
//!   compared:        ████████████            and the rest when the tranche is finished
//! ```

use {
    crate::{
        behind::{Opened, sync},
        disk::{Aligned, Location},
        error::Error,
        facts::Place,
        merkle::LEAF_BYTES,
    },
    longplay_model::Digest,
    longplay_wide::hash_each,
    std::{
        collections::BTreeMap,
        iter,
        sync::{Arc, Mutex, MutexGuard, PoisonError},
    },
};

/// Leaves at the start of files that were read from the disk, and are right.
pub type Compared = BTreeMap<Place, u64>;

/// Bytes that are read at a time.
const CHUNK: usize = 48 * LEAF_BYTES as usize;

/// What a file that is being written should be, as far as it was not read back yet.
#[derive(Debug, Default)]
pub struct Promised(Mutex<Promise>);

#[derive(Debug, Default)]
struct Promise {
    /// Leaves that were read back and are right: all before those that wait.
    compared: u64,
    waiting: Vec<Digest>,
    /// Something was read otherwise: the rest is left to who looks at the whole file.
    differs: bool,
}

impl Promised {
    /// Adds leaves that were written.
    pub fn add(&self, leaves: &[Digest]) {
        let mut promise = self.locked();
        if !promise.differs {
            promise.waiting.extend_from_slice(leaves);
        }
    }

    /// Leaves that were read back and are right.
    pub fn compared(&self) -> u64 {
        self.locked().compared
    }

    /// Compares leaves with what the disk has of them; they begin where the last ones
    /// ended.
    fn compare(&self, location: &Location, leaves: &[Digest]) {
        let sound = sound(location, self.compared(), leaves);
        let mut promise = self.locked();
        promise.compared += sound;
        if sound < leaves.len() as u64 {
            promise.differs = true;
            promise.waiting = Vec::new();
        }
    }

    fn take(&self) -> Vec<Digest> {
        std::mem::take(&mut self.locked().waiting)
    }

    fn locked(&self) -> MutexGuard<'_, Promise> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that is being written.
pub type Growing = (Opened, Arc<Promised>);

/// Brings to the disk what was written, and compares what has come there with its leaves.
///
/// # Errors
/// When the disk did not take it.
pub fn advance(files: &[Growing]) -> Result<(), Error> {
    // What is taken here was written before the sync.
    let taken: Vec<_> = files.iter().map(|(_, promised)| promised.take()).collect();
    files.iter().try_for_each(|(opened, _)| sync(opened))?;
    for (((location, file), promised), leaves) in iter::zip(files, &taken) {
        // What memory holds of a file proves nothing of the disk.
        file.forget();
        promised.compare(location, leaves);
    }
    Ok(())
}

/// How many leaves, which begin with number `first`, are on the disk as they should be, up
/// to the first that is not.
fn sound(location: &Location, first: u64, leaves: &[Digest]) -> u64 {
    let Ok(file) = location.open_uncached() else {
        return 0;
    };
    let mut buffer = Aligned::new(CHUNK);
    let mut sound = 0;
    for leaves in leaves.chunks(CHUNK / LEAF_BYTES as usize) {
        let chunk = &mut buffer[..leaves.len() * LEAF_BYTES as usize];
        let at = (first + sound) * LEAF_BYTES;
        if file.read_exact_at(chunk, at).is_err() {
            break;
        }
        let hashes = hash_each(chunk, LEAF_BYTES as usize);
        let pairs = iter::zip(&hashes, leaves);
        let agree = pairs.take_while(|(hash, leaf)| Digest::from_bytes(**hash) == **leaf);
        let count = agree.count();
        sound += count as u64;
        if count < leaves.len() {
            break;
        }
    }
    sound
}
