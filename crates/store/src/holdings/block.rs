use {
    super::entry::{ENTRY_BYTES, Entry},
    longplay_model::Digest,
    sha2::{Digest as _, Sha256},
};

/// Bytes of a block.
pub const BLOCK_BYTES: usize = 4096;

/// Entries of a whole block.
pub const BLOCK_ENTRIES: usize = 85;

const CHECKED: usize = BLOCK_BYTES - 8;
const COUNT: usize = BLOCK_ENTRIES * ENTRY_BYTES;

/// What ties blocks to their segment: taken from its list of tranches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 8]);

impl Seed {
    /// Of the list as the head has it.
    pub fn of(tranches: &[u8]) -> Self {
        let digest = Digest::of(tranches);
        Self(*digest.as_bytes().first_chunk().expect("a digest is longer"))
    }
}

/// Entries of a block that has its check.
#[derive(Debug)]
pub struct Block {
    bytes: [u8; BLOCK_BYTES],
    count: usize,
}

impl Block {
    /// `None` when these are not the bytes of block `number`.
    pub fn check(seed: Seed, number: u64, bytes: [u8; BLOCK_BYTES]) -> Option<Self> {
        let count = usize::from(u16::from_le_bytes([bytes[COUNT], bytes[COUNT + 1]]));
        let is_sound = bytes[CHECKED..] == check(seed, number, &bytes[..CHECKED]);
        (is_sound && (1..=BLOCK_ENTRIES).contains(&count)).then_some(Self { bytes, count })
    }

    /// The block `number` of these entries, 85 at most.
    pub fn write(seed: Seed, number: u64, entries: &[Entry]) -> [u8; BLOCK_BYTES] {
        let mut bytes = [0; BLOCK_BYTES];
        for (place, entry) in bytes.chunks_exact_mut(ENTRY_BYTES).zip(entries) {
            place.copy_from_slice(entry.as_bytes());
        }
        let count = u16::try_from(entries.len()).expect("a block has 85 entries");
        bytes[COUNT..COUNT + 2].copy_from_slice(&count.to_le_bytes());
        let check = check(seed, number, &bytes[..CHECKED]);
        bytes[CHECKED..].copy_from_slice(&check);
        bytes
    }

    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let entries = self.bytes[..self.count * ENTRY_BYTES].chunks_exact(ENTRY_BYTES);
        entries.filter_map(Entry::read)
    }

    /// Those of a blob.
    pub fn of_digest(&self, digest: &Digest) -> impl Iterator<Item = Entry> {
        let entries = self.bytes[..self.count * ENTRY_BYTES].chunks_exact(ENTRY_BYTES);
        let wanted = *digest.as_bytes();
        entries
            .filter(move |entry| entry[..32] == wanted)
            .filter_map(Entry::read)
    }
}

fn check(seed: Seed, number: u64, bytes: &[u8]) -> [u8; 8] {
    let mut hasher = Sha256::new();
    hasher.update(seed.0);
    hasher.update(number.to_le_bytes());
    hasher.update(bytes);
    let digest: Digest = hasher.into();
    *digest.as_bytes().first_chunk().expect("a digest is longer")
}
