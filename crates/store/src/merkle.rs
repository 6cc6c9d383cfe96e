//! The tree that torrents, range checks and audits share: SHA-256 over blocks
//! of 16 KiB, hashed in pairs upwards (BEP 52, *pieces root*).

use {
    longplay_model::Digest,
    longplay_wide::{PiecesJob, Sha256Stream, advance_each, advance_with_pieces, hash_each},
    sha2::{Digest as _, Sha256},
};

/// Bytes of a leaf (BEP 52).
pub const LEAF_BYTES: u64 = 16 << 10;

const LEAF: usize = LEAF_BYTES as usize;

/// Bytes that one subtree of a kit stands for.
pub const SUBTREE_BYTES: u64 = 1 << 20;

/// Leaves under a subtree, and how high it stands above them.
const SUBTREE_LEAVES: usize = (SUBTREE_BYTES / LEAF_BYTES) as usize;
const SUBTREE_HEIGHT: u32 = SUBTREE_LEAVES.trailing_zeros();

/// The hash that stands for leaves beyond the end of a file (BEP 52).
pub const ZERO: Digest = Digest::from_bytes([0; 32]);

/// Cuts a stream of bytes into leaves and hashes each.
#[derive(Debug, Clone, Default)]
pub struct LeafHasher {
    leaves: Vec<[u8; 32]>,
    open: Sha256,
    filled: usize,
}

impl LeafHasher {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the stream, in portions of any length.
    pub fn update(&mut self, mut bytes: &[u8]) {
        if self.filled == 0 {
            let (whole, rest) = bytes.split_at(bytes.len() / LEAF * LEAF);
            self.leaves.extend(hash_each(whole, LEAF));
            bytes = rest;
        }
        while !bytes.is_empty() {
            let room = LEAF - self.filled;
            let (head, tail) = bytes.split_at(room.min(bytes.len()));
            self.open.update(head);
            self.filled += head.len();
            if self.filled == LEAF {
                self.close();
            }
            bytes = tail;
        }
    }

    fn close(&mut self) {
        let leaf = std::mem::take(&mut self.open);
        self.leaves.push(leaf.finalize().into());
        self.filled = 0;
    }

    /// Moves the leaves that are whole to the end of `to`: who keeps them elsewhere needs
    /// no memory for all of them.
    fn move_to(&mut self, to: &mut Vec<Digest>) {
        to.extend(self.leaves.drain(..).map(Digest::from_bytes));
    }

    /// The leaves of the stream that were not moved away; a last leaf may be shorter than
    /// 16 KiB, and an empty stream has none.
    pub fn finish(mut self) -> Vec<Digest> {
        if self.filled > 0 {
            self.close();
        }
        self.leaves.into_iter().map(Digest::from_bytes).collect()
    }
}

/// Hashes a file whole and by leaves, both at once.
#[derive(Debug, Clone, Default)]
pub struct FileHasher {
    whole: Sha256Stream,
    leaves: LeafHasher,
}

impl FileHasher {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the file, in portions of any length; those of whole
    /// leaves are the fastest.
    pub fn update(&mut self, bytes: &[u8]) {
        advance_files(&mut [(self, bytes)]);
    }

    /// Both hashers, for who gives the next bytes to each.
    pub(crate) fn apart(&mut self) -> (&mut Sha256Stream, &mut LeafHasher) {
        (&mut self.whole, &mut self.leaves)
    }

    /// Moves the leaves that are whole to the end of `to`.
    pub fn move_leaves(&mut self, to: &mut Vec<Digest>) {
        self.leaves.move_to(to);
    }

    /// SHA-256 of what has passed, and those of its leaves that were not moved away.
    pub fn finish(self) -> (Digest, Vec<Digest>) {
        (
            Digest::from_bytes(self.whole.finish()),
            self.leaves.finish(),
        )
    }
}

/// Takes the next bytes of several files, as many at a time as the machine can.
pub fn advance_files(jobs: &mut [(&mut FileHasher, &[u8])]) {
    let mut whole_leaves = Vec::with_capacity(jobs.len());
    for (file, bytes) in &mut *jobs {
        if file.leaves.filled == 0 {
            let (whole, rest) = bytes.split_at(bytes.len() / LEAF * LEAF);
            whole_leaves.push(PiecesJob {
                stream: &mut file.whole,
                bytes: whole,
                hashes: &mut file.leaves.leaves,
            });
            *bytes = rest;
        }
    }
    advance_with_pieces(&mut whole_leaves, LEAF);
    let mut rests = Vec::with_capacity(jobs.len());
    for (file, bytes) in jobs {
        file.leaves.update(bytes);
        rests.push((&mut file.whole, *bytes));
    }
    advance_each(&mut rests);
}

/// The leaves of `bytes`.
pub fn leaves_of(bytes: &[u8]) -> Vec<Digest> {
    let mut hasher = LeafHasher::new();
    hasher.update(bytes);
    hasher.finish()
}

/// How many leaves a file of `bytes` has.
pub const fn leaf_count(bytes: u64) -> u64 {
    bytes.div_ceil(LEAF_BYTES)
}

/// The pieces root over `leaves`; 32 zero bytes for an empty file.
pub fn root_of(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => ZERO,
        _ => Layer::of(leaves).into_root(),
    }
}

/// The hashes of the subtrees of 1 MiB each (64 leaves), the last completed
/// with zero hashes; of a file of up to 1 MiB the root alone, of an empty file
/// nothing.
pub fn subtrees_of(leaves: &[Digest]) -> Vec<Digest> {
    piece_layer(leaves, SUBTREE_BYTES)
}

/// Subtrees and root at once: the tree is hashed upwards a single time.
pub fn subtrees_and_root(leaves: &[Digest]) -> (Vec<Digest>, Digest) {
    if leaves.len() <= SUBTREE_LEAVES {
        return (subtrees_of(leaves), root_of(leaves));
    }
    let subtrees = Layer::of(leaves).above(SUBTREE_HEIGHT);
    let root = subtrees.clone().into_root();
    (subtrees.digests(), root)
}

/// The tree over leaves that come bit by bit and are not kept: only what stands above them
/// is.
#[derive(Debug, Clone, Default)]
pub struct TreeHasher {
    subtrees: Vec<Digest>,
    /// Leaves that do not fill a subtree yet.
    open: Vec<Digest>,
}

impl TreeHasher {
    /// Takes the next leaves.
    pub fn update(&mut self, leaves: &[Digest]) {
        self.open.extend(leaves);
        let whole = self.open.len() / SUBTREE_LEAVES * SUBTREE_LEAVES;
        if whole == 0 {
            return;
        }
        self.subtrees
            .extend(layer(&self.open[..whole], SUBTREE_HEIGHT));
        self.open.drain(..whole);
    }

    /// Subtrees and root, as [`subtrees_and_root`] gives them of all leaves.
    pub fn finish(mut self) -> (Vec<Digest>, Digest) {
        if self.subtrees.is_empty() {
            return (subtrees_of(&self.open), root_of(&self.open));
        }
        self.subtrees.extend(layer(&self.open, SUBTREE_HEIGHT));
        let subtrees = Layer {
            zero: Layer::of(&[]).above(SUBTREE_HEIGHT).zero,
            ..Layer::of(&self.subtrees)
        };
        let root = subtrees.into_root();
        (self.subtrees, root)
    }
}

/// The hashes of the pieces of `piece_length` bytes, a power of two of at
/// least 16 KiB (BEP 52, *piece layers*); of a file of up to one piece the
/// root alone.
pub fn piece_layer(leaves: &[Digest], piece_length: u64) -> Vec<Digest> {
    let width = (piece_length / LEAF_BYTES).max(1);
    if leaves.is_empty() {
        return Vec::new();
    }
    if leaves.len() as u64 <= width {
        return vec![root_of(leaves)];
    }
    layer(leaves, width.trailing_zeros())
}

fn layer(leaves: &[Digest], height: u32) -> Vec<Digest> {
    Layer::of(leaves).above(height).digests()
}

/// Hashes of one height of a tree.
#[derive(Debug, Clone)]
struct Layer {
    hashes: Vec<[u8; 32]>,
    /// What is missing at the right end: a subtree of zero leaves.
    zero: [u8; 32],
}

impl Layer {
    fn of(leaves: &[Digest]) -> Self {
        Self {
            hashes: leaves.iter().map(|leaf| *leaf.as_bytes()).collect(),
            zero: *ZERO.as_bytes(),
        }
    }

    /// The layer that stands `height` higher.
    fn above(mut self, height: u32) -> Self {
        for _ in 0..height {
            if !self.hashes.len().is_multiple_of(2) {
                self.hashes.push(self.zero);
            }
            // Pairs stand side by side.
            self.hashes = hash_each(self.hashes.as_flattened(), 64);
            self.zero = hash_each([self.zero; 2].as_flattened(), 64)[0];
        }
        self
    }

    /// The hash over all of a layer that is not empty.
    fn into_root(self) -> Digest {
        let height = self.hashes.len().next_power_of_two().trailing_zeros();
        self.above(height).digests()[0]
    }

    fn digests(self) -> Vec<Digest> {
        self.hashes.into_iter().map(Digest::from_bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn parent(left: &Digest, right: &Digest) -> Digest {
        Digest::of(&[*left.as_bytes(), *right.as_bytes()].concat())
    }

    /// The tree as BEP 52 describes it: every zero leaf written out.
    fn naive_root(leaves: &[Digest]) -> Digest {
        let mut level = leaves.to_vec();
        level.resize(leaves.len().next_power_of_two(), ZERO);
        while level.len() > 1 {
            level = level
                .chunks(2)
                .map(|pair| parent(&pair[0], &pair[1]))
                .collect();
        }
        level[0]
    }

    fn numbered(count: usize) -> Vec<Digest> {
        (0..count).map(|n| Digest::of(&n.to_be_bytes())).collect()
    }

    #[test]
    fn an_empty_file_has_no_leaf_and_a_root_of_zeros() {
        assert_eq!(leaves_of(b""), []);
        assert_eq!(root_of(&[]), ZERO);
        assert_eq!(subtrees_of(&[]), []);
    }

    #[test]
    fn the_root_of_one_leaf_is_the_leaf() {
        assert_eq!(root_of(&leaves_of(b"abc")), Digest::of(b"abc"));
    }

    #[test]
    fn roots_agree_with_the_tree_written_out() {
        for count in 1..70 {
            let leaves = numbered(count);
            assert_eq!(root_of(&leaves), naive_root(&leaves), "{count} leaves");
        }
    }

    #[test]
    fn subtrees_hash_up_to_the_root() {
        for count in [64, 65, 128, 129, 200, 257] {
            let leaves = numbered(count);
            let subtrees = subtrees_of(&leaves);
            let mut full = leaves.clone();
            full.resize(subtrees.len() * 64, ZERO);
            assert!(
                subtrees
                    .iter()
                    .zip(full.chunks(64))
                    .all(|(s, l)| *s == naive_root(l))
            );
        }
        assert_eq!(subtrees_of(&numbered(3)), [root_of(&numbered(3))]);
    }

    #[test]
    fn subtrees_and_root_at_once_are_those_of_each() {
        for count in [0, 1, 2, 63, 64, 65, 128, 129, 200, 257, 1000] {
            let leaves = numbered(count);
            let expected = (subtrees_of(&leaves), root_of(&leaves));
            assert_eq!(subtrees_and_root(&leaves), expected, "{count} leaves");
        }
    }

    #[test]
    fn a_tree_over_leaves_that_come_bit_by_bit_is_the_same() {
        for count in [0, 1, 2, 63, 64, 65, 127, 128, 129, 200, 257, 1000] {
            let leaves = numbered(count);
            for portion in [1, 7, 64, 100, 1000] {
                let mut tree = TreeHasher::default();
                leaves.chunks(portion).for_each(|some| tree.update(some));
                let expected = subtrees_and_root(&leaves);
                assert_eq!(tree.finish(), expected, "{count} leaves by {portion}");
            }
        }
    }

    #[test]
    fn leaves_that_were_moved_away_are_not_given_again() {
        let bytes: Vec<u8> = (0..5 * LEAF + 9).map(|n| (n >> 6) as u8).collect();
        let (mut hasher, mut moved) = (FileHasher::new(), Vec::new());
        for portion in bytes.chunks(2 * LEAF + 5) {
            hasher.update(portion);
            hasher.move_leaves(&mut moved);
        }
        assert_eq!(moved, leaves_of(&bytes[..5 * LEAF]));
        let last = Digest::of(&bytes[5 * LEAF..]);
        assert_eq!(hasher.finish(), (Digest::of(&bytes), vec![last]));
    }

    #[test]
    fn piece_layer_of_one_leaf_a_piece_is_the_leaves() {
        assert_eq!(piece_layer(&numbered(5), LEAF_BYTES), numbered(5));
    }

    proptest! {
        #[test]
        fn portions_do_not_matter(length in 0usize..70_000, cuts in prop::collection::vec(0usize..70_000, 0..6)) {
            let bytes: Vec<u8> = (0..length).map(|n| ((n * 7) >> 3) as u8).collect();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(length)).collect();
            cuts.extend([0, length]);
            cuts.sort_unstable();
            let mut hasher = LeafHasher::new();
            // Files of different lengths, side by side.
            let files: Vec<_> = (0..5).map(|n| &bytes[..length - length / 4 * n]).collect();
            let mut hashers = vec![FileHasher::new(); files.len()];
            for pair in cuts.windows(2) {
                hasher.update(&bytes[pair[0]..pair[1]]);
                let next = files.iter().map(|file| {
                    let [start, end] = [pair[0], pair[1]].map(|cut| cut.min(file.len()));
                    &file[start..end]
                });
                advance_files(&mut hashers.iter_mut().zip(next).collect::<Vec<_>>());
            }
            let leaves_of = |file: &[u8]| file.chunks(LEAF).map(Digest::of).collect::<Vec<_>>();
            prop_assert_eq!(hasher.finish(), leaves_of(&bytes));
            for (hasher, file) in hashers.into_iter().zip(files) {
                prop_assert_eq!(hasher.finish(), (Digest::of(file), leaves_of(file)));
            }
        }
    }
}
