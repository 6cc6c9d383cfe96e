//! The files of a stripe while they are written, a portion at a time.

use {
    crate::{
        behind::Opened,
        disk::{Aligned, DiskFile, Location},
        error::Error,
        kit::{KitFile, KitRecovery, Subtrees},
        leaves::LeafEntry,
        pack::{PassingBlobs, ShardStream, SourceFault, Span},
        pieces::PiecesOfFile,
        seal::{
            hashing::{FileHashes, Passing, Portion, hash},
            shard::ShardPlan,
            sheet::LeavesOfFile,
            writer::Unwritten,
        },
        spread::Berth,
    },
    longplay_model::{Digest, RelativePath},
    std::{mem, sync::Arc},
};

/// A file that is written from start to end, and hashed beside the others.
pub struct HashedFile {
    berth: Berth,
    /// Where the bytes are written: on a disk under another name, until they are
    /// whole.
    location: Location,
    file: Arc<dyn DiskFile>,
    hashes: FileHashes,
    leaves: LeavesOfFile,
    bytes: u64,
}

impl HashedFile {
    /// Begins the file anew, if a killed command left a part of it.
    pub fn create(berth: Berth, piece_length: u64, leaves: LeavesOfFile) -> Result<Self, Error> {
        berth.make_folders()?;
        let location = match berth.is_linked() {
            true => berth.unfinished(),
            false => berth.file.clone(),
        };
        let file = location
            .create_uncached()
            .map_err(|source| Error::write(&location, source))?;
        Ok(Self {
            berth,
            location,
            file: file.into(),
            hashes: FileHashes::new(piece_length),
            leaves,
            bytes: 0,
        })
    }

    /// What is to be hashed and what is to be written of the next bytes.
    fn pass<'a>(
        &'a mut self,
        bytes: &'a [u8],
        blobs: Option<Passing<'a>>,
    ) -> (Portion<'a>, Unwritten<'a>) {
        let at = self.bytes;
        self.bytes += bytes.len() as u64;
        let portion = Portion {
            bytes,
            hashes: &mut self.hashes,
            blobs,
        };
        let unwritten = Unwritten {
            location: &self.location,
            file: &*self.file,
            at,
            bytes,
        };
        (portion, unwritten)
    }

    /// Takes the leaves of what was hashed out of memory.
    fn keep_leaves(&mut self) -> Result<(), Error> {
        self.leaves.take(|held| self.hashes.move_leaves(held))
    }

    /// SHA-256, subtrees and root of what was hashed.
    fn so_far(&self) -> (Digest, Vec<Digest>, Digest) {
        let (sha256, last) = self.hashes.so_far();
        let (subtrees, root) = self.leaves.so_far(&last);
        (sha256, subtrees, root)
    }

    /// Bytes that come after all portions.
    fn end(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.file.write_all_at(bytes, self.bytes);
        self.bytes += bytes.len() as u64;
        written.map_err(|source| Error::write(&self.location, source))
    }

    fn opened(&self) -> Opened {
        (self.location.clone(), self.file.clone())
    }

    /// Makes the file durable, and its link in the bag.
    fn finish(mut self, path: RelativePath) -> Result<Finished, Error> {
        let synced = self.file.sync();
        synced.map_err(|source| Error::write(&self.location, source))?;
        if self.berth.is_linked() {
            self.berth.land()?;
        }
        let (sha256, last, pieces) = self.hashes.finish();
        self.leaves.take(|held| held.extend(last))?;
        let (subtrees, root) = self.leaves.finish()?;
        Ok(Finished {
            path,
            bytes: self.bytes,
            sha256,
            root,
            subtrees: Subtrees(subtrees),
            pieces,
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
    pub root: Digest,
    pub subtrees: Subtrees,
    /// SHA-1 of each piece of the tranche's piece length.
    pub pieces: Vec<[u8; 20]>,
}

impl Finished {
    pub fn leaf_entry(&self) -> LeafEntry {
        LeafEntry {
            path: self.path.clone(),
            bytes: self.bytes,
            sha256: self.sha256,
            root: self.root,
        }
    }

    pub fn pieces(&self) -> PiecesOfFile {
        PiecesOfFile {
            path: self.path.clone(),
            bytes: self.bytes,
            pieces: self.pieces.clone(),
        }
    }

    pub fn kit_file(&self) -> KitFile {
        KitFile {
            path: self.path.clone(),
            bytes: self.bytes,
            sha256: self.sha256,
            root: self.root,
            subtrees: self.subtrees.clone(),
        }
    }
}

/// A data file: read from its sources, written, and held for hashing and coding.
pub struct DataLane<'a> {
    shard: &'a ShardPlan,
    stream: ShardStream<'a>,
    file: HashedFile,
    buffer: Aligned,
    filled: usize,
    blobs: PassingBlobs,
    /// Where blobs stand in the portion that was read last.
    spans: Vec<Span>,
    /// Why it could not be read to its end.
    unread: Option<SourceFault>,
}

impl<'a> DataLane<'a> {
    pub fn new(shard: &'a ShardPlan, file: HashedFile, portion: usize) -> Self {
        Self {
            shard,
            stream: shard.stream(),
            file,
            buffer: Aligned::new(portion),
            filled: 0,
            blobs: PassingBlobs::default(),
            spans: Vec::new(),
            unread: None,
        }
    }

    /// Reads the next portion; at the end of the file a shorter
    /// one, then none. Whether its sources were what they were is told by
    /// [`Self::check`], when it was hashed.
    pub fn advance(&mut self) {
        let filled = self.stream.fill(&mut self.buffer);
        self.spans = self.stream.take_spans();
        match filled {
            Ok(filled) => self.filled = filled,
            Err(fault) => {
                // What came before the fault is hashed: its blobs may be wrong too.
                self.filled = self.spans.last().map_or(0, |span| span.range.end);
                self.unread = Some(fault);
            }
        }
    }

    /// What is to be hashed and what is to be written of the portion that was read last.
    pub fn pass(&mut self) -> (Portion<'_>, Unwritten<'_>) {
        let blobs = (&mut self.blobs, mem::take(&mut self.spans));
        self.file.pass(&self.buffer[..self.filled], Some(blobs))
    }

    /// Takes the leaves of what was hashed out of memory.
    pub fn keep_leaves(&mut self) -> Result<(), Error> {
        self.file.keep_leaves()
    }

    /// The first source that is not what it was.
    pub fn check(&mut self) -> Result<(), SourceFault> {
        self.blobs.close()?;
        self.unread.take().map_or(Ok(()), Err)
    }

    /// The file that is written.
    pub fn opened(&self) -> Opened {
        self.file.opened()
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
    buffer: Aligned,
}

impl RecoveryLane {
    pub fn new(path: RelativePath, file: HashedFile, portion: usize) -> Self {
        Self {
            file,
            path,
            buffer: Aligned::new(portion),
        }
    }

    /// Takes the leaves of what was hashed out of memory.
    pub fn keep_leaves(&mut self) -> Result<(), Error> {
        self.file.keep_leaves()
    }

    /// The file that is written.
    pub fn opened(&self) -> Opened {
        self.file.opened()
    }

    /// Where the next portion is coded.
    pub fn portion_mut(&mut self, length: usize) -> &mut [u8] {
        &mut self.buffer[..length]
    }

    /// What is to be hashed and written of the first `length` bytes of the portion.
    pub fn pass(&mut self, length: usize) -> (Portion<'_>, Unwritten<'_>) {
        self.file.pass(&self.buffer[..length], None)
    }

    /// What was written so far, as the kit tells it.
    pub fn so_far(&self) -> KitRecovery {
        let (sha256, subtrees, root) = self.file.so_far();
        KitRecovery {
            path: self.path.clone(),
            sha256,
            root,
            subtrees: Subtrees(subtrees),
        }
    }

    /// Writes kit and trailer.
    pub fn finish(mut self, tail: &[u8]) -> Result<Finished, Error> {
        self.file.end(tail)?;
        hash(vec![Portion {
            bytes: tail,
            hashes: &mut self.file.hashes,
            blobs: None,
        }]);
        self.file.finish(self.path)
    }
}
