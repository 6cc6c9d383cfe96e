//! The files of a stripe while they are written, a portion at a time.

use {
    crate::{
        disk::{DiskFile, Location},
        error::Error,
        kit::{KitFile, KitRecovery, Subtrees},
        leaves::LeafEntry,
        merkle::{LeafHasher, root_of},
        pack::ShardStream,
        seal::{shard::ShardPlan, stop::Stop},
        spread::Berth,
    },
    longplay_model::{Digest, RelativePath},
    sha2::{Digest as _, Sha256},
};

/// A file that is written from start to end and hashed as it is.
struct HashedFile {
    berth: Berth,
    /// Where the bytes are written: on a disk under another name, until they are
    /// whole.
    location: Location,
    file: Box<dyn DiskFile>,
    whole: Sha256,
    leaves: LeafHasher,
    bytes: u64,
}

impl HashedFile {
    /// Begins the file anew, if a killed command left a part of it.
    fn create(berth: Berth) -> Result<Self, Error> {
        berth.make_folders()?;
        let location = match berth.is_linked() {
            true => berth.unfinished(),
            false => berth.file.clone(),
        };
        let file = location
            .create()
            .map_err(|source| Error::write(&location, source))?;
        Ok(Self {
            berth,
            location,
            file,
            whole: Sha256::new(),
            leaves: LeafHasher::new(),
            bytes: 0,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.whole.update(bytes);
        self.leaves.update(bytes);
        let written = self.file.write_all_at(bytes, self.bytes);
        self.bytes += bytes.len() as u64;
        written.map_err(|source| Error::write(&self.location, source))
    }

    /// Makes the file durable, and its link in the bag.
    fn finish(self, path: RelativePath) -> Result<Finished, Error> {
        let synced = self.file.sync();
        synced.map_err(|source| Error::write(&self.location, source))?;
        if self.berth.is_linked() {
            self.berth.land()?;
        }
        Ok(Finished {
            path,
            bytes: self.bytes,
            sha256: self.whole.into(),
            leaves: self.leaves.finish(),
        })
    }
}

/// What a file of a stripe turned out to be.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Relative to its bag.
    pub path: RelativePath,
    pub bytes: u64,
    pub sha256: Digest,
    pub leaves: Vec<Digest>,
}

impl Finished {
    pub fn leaf_entry(&self) -> LeafEntry {
        LeafEntry {
            path: self.path.clone(),
            bytes: self.bytes,
            sha256: self.sha256,
            root: root_of(&self.leaves),
        }
    }

    pub fn kit_file(&self) -> KitFile {
        KitFile {
            path: self.path.clone(),
            bytes: self.bytes,
            sha256: self.sha256,
            root: root_of(&self.leaves),
            subtrees: Subtrees::of_leaves(&self.leaves),
        }
    }
}

/// A data file: read from its sources, written, and held for coding.
pub struct DataLane<'a> {
    shard: &'a ShardPlan,
    stream: ShardStream<'a>,
    file: HashedFile,
    buffer: Vec<u8>,
    filled: usize,
}

impl<'a> DataLane<'a> {
    pub fn create(shard: &'a ShardPlan, berth: Berth, portion: usize) -> Result<Self, Error> {
        Ok(Self {
            shard,
            stream: shard.stream(),
            file: HashedFile::create(berth)?,
            buffer: vec![0; portion],
            filled: 0,
        })
    }

    /// Reads and writes the next portion; at the end of the file a shorter
    /// one, then none.
    pub fn advance(&mut self) -> Result<(), Stop> {
        let filled = self.stream.fill(&mut self.buffer);
        self.filled = filled.map_err(|fault| Stop::Faults(vec![fault]))?;
        self.file.write(&self.buffer[..self.filled])?;
        Ok(())
    }

    /// The portion that was read last.
    pub fn portion(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    pub fn finish(self) -> Result<Finished, Error> {
        assert_eq!(
            self.file.bytes,
            self.shard.bytes(),
            "a shard is as long as its plan says"
        );
        self.file.finish(self.shard.path.clone())
    }
}

/// A recovery pack: coded, then written, then ended by its kit.
pub struct RecoveryLane {
    path: RelativePath,
    file: HashedFile,
    buffer: Vec<u8>,
}

impl RecoveryLane {
    pub fn create(path: RelativePath, berth: Berth, portion: usize) -> Result<Self, Error> {
        Ok(Self {
            file: HashedFile::create(berth)?,
            path,
            buffer: vec![0; portion],
        })
    }

    /// Where the next portion is coded.
    pub fn portion_mut(&mut self, length: usize) -> &mut [u8] {
        &mut self.buffer[..length]
    }

    /// Writes the first `length` bytes of the portion.
    pub fn advance(&mut self, length: usize) -> Result<(), Error> {
        self.file.write(&self.buffer[..length])
    }

    /// What was written so far, as the kit tells it.
    pub fn so_far(&self) -> KitRecovery {
        let leaves = self.file.leaves.clone().finish();
        KitRecovery {
            path: self.path.clone(),
            sha256: self.file.whole.clone().into(),
            root: root_of(&leaves),
            subtrees: Subtrees::of_leaves(&leaves),
        }
    }

    /// Writes kit and trailer.
    pub fn finish(mut self, tail: &[u8]) -> Result<Finished, Error> {
        self.file.write(tail)?;
        self.file.finish(self.path)
    }
}
