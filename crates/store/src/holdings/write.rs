use {
    super::{
        block::{BLOCK_BYTES, BLOCK_ENTRIES, Block, Seed},
        cover::{Covered, Head, Listed, MAGIC, TRAILER_BYTES, VERSION, file_of, seed_of},
        entry::Entry,
        file::Draft,
    },
    crate::{disk::Location, error::Error},
    longplay_model::Digest,
};

/// A segment that is being written, entry by entry.
#[derive(Debug)]
pub struct Writer {
    draft: Draft,
    seed: Seed,
    tranches: Vec<Covered>,
    entries: Vec<Entry>,
    written: u64,
    fences: Vec<u8>,
}

impl Writer {
    /// Begins the segment of `tranches` in a folder. Nothing bears its name
    /// before [`Self::finish`].
    pub fn create(folder: &Location, tranches: Vec<Covered>) -> Result<Self, Error> {
        Ok(Self {
            draft: Draft::create(folder, "segment.tmp")?,
            seed: seed_of(&tranches),
            tranches,
            entries: Vec::with_capacity(BLOCK_ENTRIES),
            written: 0,
            fences: Vec::new(),
        })
    }

    /// Takes the next entry; entries come ascending.
    pub fn push(&mut self, entry: Entry) -> Result<(), Error> {
        self.entries.push(entry);
        match self.entries.len() == BLOCK_ENTRIES {
            true => self.end_block(),
            false => Ok(()),
        }
    }

    fn end_block(&mut self) -> Result<(), Error> {
        let Some(first) = self.entries.first() else {
            return Ok(());
        };
        self.fences.extend(first.prefix().to_le_bytes());
        let number = self.fences.len() as u64 / 8 - 1;
        let block = Block::write(self.seed, number, &self.entries);
        self.written += self.entries.len() as u64;
        self.entries.clear();
        self.draft.write(&block)
    }

    /// Makes the segment durable. It counts when the list names it.
    pub fn finish(mut self) -> Result<Listed, Error> {
        self.end_block()?;
        let blocks = self.fences.len() as u64 / 8;
        let head = Head {
            longplay: "holdings".into(),
            version: VERSION,
            entries: self.written,
            blocks,
            fences_sha256: Digest::of(&self.fences),
            tranches: self.tranches,
        };
        let head = serde_json::to_vec(&head).expect("strings and numbers are always JSON");
        let at = blocks * BLOCK_BYTES as u64 + self.fences.len() as u64;
        self.draft.write(&self.fences)?;
        self.draft.write(&head)?;
        self.draft.write(b"\n")?;
        self.draft.write(&at.to_le_bytes())?;
        self.draft.write(&(head.len() as u64).to_le_bytes())?;
        self.draft.write(MAGIC)?;
        let digest = Digest::of(&head);
        let listed = Listed {
            file: file_of(&digest),
            bytes: at + head.len() as u64 + 1 + TRAILER_BYTES,
            head: digest,
        };
        self.draft.finish(&listed.file)?;
        Ok(listed)
    }
}
