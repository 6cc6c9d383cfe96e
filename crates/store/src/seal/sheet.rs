//! The leaf file of a bag's part of a stripe, written while its files are: of gigabytes
//! that pass, memory holds a few leaves.

use {
    crate::{
        disk::{DiskFile, Location},
        durable::{create_dir, put_in_place, temporary_of},
        error::Error,
        leaves::{LeafHead, prove},
        merkle::{TreeHasher, leaf_count},
    },
    longplay_model::Digest,
    std::{
        io::{self, ErrorKind},
        mem,
        sync::Arc,
    },
};

/// Leaves of a file that are held before they are written.
const MOST_HELD: usize = 2048;

/// A leaf file whose files are on their way.
pub struct SheetWriter {
    target: Location,
    temporary: Location,
    file: Arc<dyn DiskFile>,
}

impl SheetWriter {
    /// Begins the leaf file that will stand at `target`; of its `files` only paths and
    /// lengths are known. Gives it, and a place for the leaves of each of them.
    pub fn create(
        target: Location,
        head: &LeafHead<'_>,
    ) -> Result<(Self, Vec<LeavesOfFile>), Error> {
        create_dir(target.folder())?;
        let temporary = temporary_of(&target);
        let created = temporary.create();
        let file: Arc<dyn DiskFile> = created
            .map_err(|source| Error::write(&temporary, source))?
            .into();
        let sheet = Self {
            target,
            temporary,
            file,
        };
        let mut at = head.to_line().len() as u64;
        let places = head.files.iter().map(|entry| {
            let leaves = LeavesOfFile {
                sheet: sheet.temporary.clone(),
                file: sheet.file.clone(),
                at,
                held: Vec::new(),
                tree: TreeHasher::default(),
            };
            at += leaf_count(entry.bytes) * 32;
            leaves
        });
        let places = places.collect();
        Ok((sheet, places))
    }

    /// Writes what is known of the files now, proves that their leaves stand there, and
    /// gives the leaf file its name. Gives its digest.
    pub fn finish(self, head: &LeafHead<'_>) -> Result<Digest, Error> {
        let written = self.file.write_all_at(&head.to_line(), 0);
        let synced = written.and_then(|()| self.file.sync());
        synced.map_err(|source| Error::write(&self.temporary, source))?;
        let proven = self.temporary.open().and_then(|file| prove(&*file));
        let proven = proven.map_err(|source| Error::read(&self.temporary, source))?;
        let proven = proven.ok().filter(|proven| proven.files == head.files);
        let Some(proven) = proven else {
            let source = io::Error::new(
                ErrorKind::InvalidData,
                "what was written is read as something else",
            );
            return Err(Error::read(&self.temporary, source));
        };
        put_in_place(&self.temporary, &self.target)?;
        Ok(proven.sha256)
    }
}

/// Where the leaves of one file go.
pub struct LeavesOfFile {
    sheet: Location,
    file: Arc<dyn DiskFile>,
    /// Where the next ones stand.
    at: u64,
    held: Vec<Digest>,
    tree: TreeHasher,
}

impl LeavesOfFile {
    /// Takes the next leaves, which `give` puts at the end of what it is given.
    pub fn take(&mut self, give: impl FnOnce(&mut Vec<Digest>)) -> Result<(), Error> {
        let before = self.held.len();
        give(&mut self.held);
        self.tree.update(&self.held[before..]);
        match self.held.len() < MOST_HELD {
            true => Ok(()),
            false => self.write(),
        }
    }

    /// Subtrees and root of the leaves so far, with these after them.
    pub fn so_far(&self, last: &[Digest]) -> (Vec<Digest>, Digest) {
        let mut tree = self.tree.clone();
        tree.update(last);
        tree.finish()
    }

    /// The same of all leaves, when they are written.
    pub fn finish(mut self) -> Result<(Vec<Digest>, Digest), Error> {
        self.write()?;
        Ok(self.tree.finish())
    }

    fn write(&mut self) -> Result<(), Error> {
        let held = mem::take(&mut self.held);
        let bytes: Vec<u8> = held.iter().flat_map(|leaf| *leaf.as_bytes()).collect();
        let written = self.file.write_all_at(&bytes, self.at);
        self.at += bytes.len() as u64;
        written.map_err(|source| Error::write(&self.sheet, source))
    }
}
