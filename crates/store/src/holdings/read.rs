use {
    super::{
        block::{BLOCK_BYTES, Block, Seed},
        cover::{Covered, Head, Listed, MAGIC, TRAILER_BYTES, VERSION, file_of, seed_of},
        entry::{Entry, prefix_of},
        file::Places,
    },
    crate::disk::Location,
    longplay_model::Digest,
    std::io,
    thiserror::Error,
};

/// A segment of which fences and head are in memory.
#[derive(Debug)]
pub struct Segment {
    file: Places,
    seed: Seed,
    fences: Vec<u64>,
    pub listed: Listed,
    pub entries: u64,
    pub tranches: Vec<Covered>,
}

/// Why a file of the index says nothing.
#[derive(Debug, Error)]
pub enum Damage {
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    #[error("it cannot be understood: {0}")]
    Parse(serde_json::Error),
    #[error("it is of another kind or version")]
    Version,
    #[error("it has {found} bytes instead of {expected}")]
    Length { expected: u64, found: u64 },
    #[error("its trailer is damaged")]
    Trailer,
    #[error("its head has another digest than the list says")]
    Head,
    #[error("its fences have another digest than its head says")]
    Fences,
    #[error("block {0} does not have its check")]
    Block(u64),
}

/// A head that is longer is not read: a million tranches.
const MOST_HEAD_BYTES: u64 = 256 << 20;

impl Segment {
    /// Opens a segment of the list: reads its trailer, head and fences.
    pub fn open(folder: &Location, listed: &Listed) -> Result<Self, Damage> {
        let file = Places::open(&folder.join(&listed.file)).map_err(Damage::Read)?;
        if file.bytes != listed.bytes {
            return Err(Damage::Length {
                expected: listed.bytes,
                found: file.bytes,
            });
        }
        let (at, text) = read_head(&file)?;
        match Digest::of(&text) == listed.head {
            true => Self::of(file, listed.clone(), at, &text),
            false => Err(Damage::Head),
        }
    }

    /// A segment that no list names: it is what its own head says.
    pub fn alone(file: Places) -> Result<Self, Damage> {
        let (at, text) = read_head(&file)?;
        let head = Digest::of(&text);
        let listed = Listed {
            file: file_of(&head),
            bytes: file.bytes,
            head,
        };
        Self::of(file, listed, at, &text)
    }

    fn of(file: Places, listed: Listed, at: u64, text: &[u8]) -> Result<Self, Damage> {
        let head: Head = serde_json::from_slice(text).map_err(Damage::Parse)?;
        if head.longplay != "holdings" || head.version != VERSION {
            return Err(Damage::Version);
        }
        let fences = read_fences(&file, &head, at)?;
        Ok(Self {
            seed: seed_of(&head.tranches),
            fences,
            listed,
            entries: head.entries,
            tranches: head.tranches,
            file,
        })
    }

    /// All entries of a blob, in the order of their places.
    pub fn find(&self, digest: &Digest) -> Result<Vec<Entry>, Damage> {
        let prefix = prefix_of(digest.as_bytes());
        let begin = self.fences.partition_point(|fence| *fence < prefix);
        let end = self.fences.partition_point(|fence| *fence <= prefix);
        let mut found = Vec::new();
        for number in begin.saturating_sub(1)..end {
            let block = self.block(number as u64)?;
            found.extend(block.of_digest(digest));
        }
        match found.iter().all(|entry| self.covers(entry)) {
            true => Ok(found),
            false => Err(Damage::Block(begin as u64)),
        }
    }

    /// Whether the list has the tranche of this entry.
    fn covers(&self, entry: &Entry) -> bool {
        (entry.tranche() as usize) < self.tranches.len()
    }

    pub const fn blocks(&self) -> u64 {
        self.fences.len() as u64
    }

    /// The entries of a block.
    pub fn block(&self, number: u64) -> Result<Block, Damage> {
        let mut bytes = [0; BLOCK_BYTES];
        let at = number * BLOCK_BYTES as u64;
        self.file.fill(at, &mut bytes).map_err(Damage::Read)?;
        Block::check(self.seed, number, bytes).ok_or(Damage::Block(number))
    }

    /// Bytes of memory that it takes as long as it is open.
    pub fn resident_bytes(&self) -> u64 {
        let names = self.tranches.iter().map(|it| it.name.capacity());
        let lists = size_of_val(&self.fences[..]) + size_of_val(&self.tranches[..]);
        (size_of::<Self>() + lists + names.sum::<usize>()) as u64
    }
}

/// The place of the head, and its bytes.
fn read_head(file: &Places) -> Result<(u64, Vec<u8>), Damage> {
    let end = file.bytes.checked_sub(TRAILER_BYTES);
    let end = end.ok_or(Damage::Trailer)?;
    let trailer = file.read(end, TRAILER_BYTES).map_err(Damage::Read)?;
    let word = |at: usize| {
        trailer[at..]
            .first_chunk()
            .copied()
            .map_or(0, u64::from_le_bytes)
    };
    let (at, length) = (word(0), word(8));
    let is_sound = trailer.ends_with(MAGIC)
        && length <= MOST_HEAD_BYTES
        && at.checked_add(length + 1) == Some(end);
    if !is_sound {
        return Err(Damage::Trailer);
    }
    let mut line = file.read(at, length + 1).map_err(Damage::Read)?;
    match line.pop() {
        Some(b'\n') => Ok((at, line)),
        _ => Err(Damage::Head),
    }
}

/// The fences, which end where the head begins.
fn read_fences(file: &Places, head: &Head, end: u64) -> Result<Vec<u64>, Damage> {
    let bytes = head.blocks.checked_mul(8);
    let begin = head.blocks.checked_mul(BLOCK_BYTES as u64);
    let (Some(bytes), Some(begin)) = (bytes, begin) else {
        return Err(Damage::Trailer);
    };
    if begin.checked_add(bytes) != Some(end) {
        return Err(Damage::Trailer);
    }
    let bytes = file.read(begin, bytes).map_err(Damage::Read)?;
    if Digest::of(&bytes) != head.fences_sha256 {
        return Err(Damage::Fences);
    }
    let words = bytes.chunks_exact(8);
    Ok(words
        .filter_map(|word| word.first_chunk().copied().map(u64::from_le_bytes))
        .collect())
}
