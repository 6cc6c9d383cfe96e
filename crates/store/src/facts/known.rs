use {
    crate::{
        disk::Location,
        facts::observe::{Bytes, Observation},
        merkle::{LEAF_BYTES, SUBTREE_BYTES, leaf_count, root_of, subtrees_of},
    },
    longplay_model::Digest,
};

/// Leaves in a subtree of a kit.
pub const GROUP_LEAVES: u64 = SUBTREE_BYTES / LEAF_BYTES;

/// What is known of the bytes that a file should have. More knowledge finds
/// damage to a smaller place: the digest to the file, subtrees to the MiB,
/// leaves to the 16 KiB.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    pub bytes: Option<u64>,
    pub sha256: Option<Digest>,
    /// BEP 52 pieces root.
    pub root: Option<Digest>,
    /// One a MiB; empty when not known.
    pub subtrees: Vec<Digest>,
    /// Where the leaves stand.
    pub leaves: Option<LeafSlice>,
}

/// A run of hashes in a leaf file on disk. They are believed only where they
/// lead to a known hash above them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafSlice {
    pub location: Location,
    pub offset: u64,
}

/// What is known of one MiB.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    pub subtree: Option<Digest>,
    pub leaves: Option<Vec<Digest>>,
}

impl LeafSlice {
    /// The leaves of a file of `bytes`; what cannot be read of them is zeros.
    pub fn read(&self, bytes: u64) -> Option<Vec<Digest>> {
        let file = Bytes::open(&self.location).ok()?;
        let length = leaf_count(bytes) * 32;
        // A length that the leaf file cannot hold is no reason to allocate it.
        if self.offset > file.bytes || length > file.bytes {
            return None;
        }
        let mut buffer = vec![0; length as usize];
        file.read_at(self.offset, &mut buffer);
        let (hashes, _) = buffer.as_chunks::<32>();
        let hashes = hashes.iter().map(|hash| Digest::from_bytes(*hash));
        Some(hashes.collect())
    }
}

impl Known {
    /// Knowledge of bytes that were read and are right.
    pub fn of(seen: &Observation) -> Self {
        Self {
            bytes: Some(seen.bytes),
            sha256: Some(seen.sha256),
            root: Some(seen.root),
            subtrees: seen.subtrees.clone(),
            leaves: None,
        }
    }

    /// Whether the bytes that were seen are the right ones. Without digest and
    /// root nothing can be said, so it is no.
    pub fn is_met_by(&self, seen: &Observation) -> bool {
        let agrees = |known: &Option<Digest>, seen: Digest| known.is_none_or(|d| d == seen);
        (self.sha256.is_some() || self.root.is_some())
            && self.bytes.is_none_or(|bytes| bytes == seen.bytes)
            && agrees(&self.sha256, seen.sha256)
            && agrees(&self.root, seen.root)
    }

    /// Whether damage can be placed more closely than to the file.
    pub fn has_places(&self) -> bool {
        self.bytes.is_some() && (!self.subtrees.is_empty() || self.leaves.is_some())
    }

    /// What is known of each MiB; empty when the length is not known.
    pub fn groups(&self) -> Vec<Group> {
        let Some(bytes) = self.bytes else {
            return Vec::new();
        };
        let count = bytes.div_ceil(SUBTREE_BYTES) as usize;
        let mut groups: Vec<Group> = (0..count)
            .map(|at| Group {
                subtree: self.subtrees.get(at).copied(),
                leaves: None,
            })
            .collect();
        let slice = self.leaves.as_ref();
        if let Some(hashes) = slice.and_then(|slice| slice.read(bytes)) {
            self.place(&hashes, &mut groups);
        }
        groups
    }

    /// Gives each MiB its leaves where they lead to its subtree; without
    /// subtrees the file's root decides, and without that what is rebuilt is
    /// judged by the digest in the end.
    fn place(&self, hashes: &[Digest], groups: &mut [Group]) {
        let proven = self.root.is_some_and(|root| root_of(hashes) == root);
        let above = subtrees_of(hashes);
        let parts = hashes.chunks(GROUP_LEAVES as usize);
        for ((group, leaves), above) in groups.iter_mut().zip(parts).zip(above) {
            if proven || group.subtree.is_none_or(|subtree| subtree == above) {
                group.leaves = Some(leaves.to_vec());
            }
        }
    }
}
