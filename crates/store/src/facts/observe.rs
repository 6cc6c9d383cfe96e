use {
    crate::{
        disk::{DiskFile, Location, fill_at},
        error::Error,
        merkle::{FileHasher, LEAF_BYTES, root_of, subtrees_of},
    },
    longplay_model::{Digest, Monitor},
    std::{
        ops::Range,
        sync::atomic::{AtomicU64, Ordering},
    },
};

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// What the bytes of a file are. Leaves are not kept: 1 MiB subtrees find the
/// place of damage, and only there leaves are hashed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub bytes: u64,
    pub sha256: Digest,
    /// BEP 52 pieces root.
    pub root: Digest,
    /// As in kits: one a MiB (`docs/format/recovery.md`).
    pub subtrees: Vec<Digest>,
    /// Leaves that the disk refused to give; they were hashed as zeros.
    pub unreadable: u64,
}

/// Reads a file once, hashing it whole and by leaves. What memory holds of it
/// is let go first: the bytes are those of the disk.
///
/// What the disk cannot read counts as zeros, leaf by leaf, and the rest is
/// read on.
///
/// # Errors
/// The file cannot be opened.
pub fn observe(location: &Location, monitor: &dyn Monitor) -> Result<Observation, Error> {
    observe_first(location, u64::MAX, monitor)
}

/// The same of the first `limit` bytes.
pub fn observe_first(
    location: &Location,
    limit: u64,
    monitor: &dyn Monitor,
) -> Result<Observation, Error> {
    let file = Bytes::open(location)?;
    file.file.forget();
    file.file.read_ahead();
    let end = file.bytes.min(limit);
    let mut hasher = FileHasher::new();
    let mut buffer = vec![0; CHUNK];
    let mut at = 0;
    while at < end {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let length = (end - at).min(CHUNK as u64) as usize;
        let chunk = &mut buffer[..length];
        file.read_at(at, chunk);
        hasher.update(chunk);
        at += length as u64;
        monitor.advance(length as u64);
    }
    let (sha256, leaves) = hasher.finish();
    Ok(Observation {
        bytes: end,
        sha256,
        root: root_of(&leaves),
        subtrees: subtrees_of(&leaves),
        unreadable: file.unreadable.into_inner(),
    })
}

/// A file whose unreadable and absent parts read as zeros.
#[derive(Debug)]
pub struct Bytes {
    file: Box<dyn DiskFile>,
    pub bytes: u64,
    unreadable: AtomicU64,
}

impl Bytes {
    pub fn open(location: &Location) -> Result<Self, Error> {
        let file = location.open().and_then(Self::of);
        file.map_err(|source| Error::read(location, source))
    }

    pub(crate) fn of(file: Box<dyn DiskFile>) -> std::io::Result<Self> {
        Ok(Self {
            bytes: file.bytes()?,
            file,
            unreadable: AtomicU64::new(0),
        })
    }

    /// Tells that these bytes will be read soon.
    pub fn will_need(&self, bytes: Range<u64>) {
        self.file.will_need(bytes);
    }

    /// Fills `buffer` from `offset` on; `offset` is a multiple of 16 KiB where
    /// it matters that only unreadable leaves are lost.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) {
        if self.fill(offset, buffer).is_ok() {
            return;
        }
        for (number, leaf) in buffer.chunks_mut(LEAF_BYTES as usize).enumerate() {
            if self
                .fill(offset + number as u64 * LEAF_BYTES, leaf)
                .is_err()
            {
                leaf.fill(0);
                self.unreadable.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Bytes beyond the end are zeros.
    fn fill(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        let filled = fill_at(&*self.file, buffer, offset)?;
        buffer[filled..].fill(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::merkle::leaves_of, longplay_model::Silent};

    #[test]
    fn a_file_is_hashed_whole_and_by_leaves() {
        let folder = tempfile::tempdir().unwrap();
        let path = Location::from(folder.path()).join("a");
        let bytes: Vec<u8> = (0..2_500_000u32).map(|n| (n >> 5) as u8).collect();
        std::fs::write(path.path(), &bytes).unwrap();
        let seen = observe(&path, &Silent).unwrap();
        let leaves = leaves_of(&bytes);
        assert_eq!(seen.sha256, Digest::of(&bytes));
        assert_eq!(seen.root, root_of(&leaves));
        assert_eq!(seen.subtrees, subtrees_of(&leaves));
        let part = observe_first(&path, 20_000, &Silent).unwrap();
        assert_eq!(
            (part.bytes, part.sha256),
            (20_000, Digest::of(&bytes[..20_000]))
        );
    }

    #[test]
    fn beyond_the_end_are_zeros() {
        let folder = tempfile::tempdir().unwrap();
        let path = Location::from(folder.path()).join("a");
        std::fs::write(path.path(), b"abc").unwrap();
        let mut buffer = [1; 5];
        Bytes::open(&path).unwrap().read_at(1, &mut buffer);
        assert_eq!(&buffer, b"bc\0\0\0");
    }
}
