//! What is hashed of the files of a stripe while they pass, all of them side by side.
//!
//! ```text
//!   portions ─┬─ whole files, leaves of 16 KiB ─► SHA-256 ─┐ in groups that fill the
//!             ├─ blobs ─────────────────────────► SHA-256 ─┤ machine's registers, and
//!             └─ pieces ────────────────────────► SHA-1   ─┘ threads take one by one
//! ```

use {
    crate::{
        merkle::{FileHasher, LeafHasher, advance_files},
        pack::{PassingBlobs, Span},
        pieces::PieceHasher,
        work::each,
    },
    longplay_model::Digest,
    longplay_wide::{
        Sha1Stream, Sha256Stream, advance_each, side_by_side, side_by_side_with_pieces,
    },
    std::cmp::Reverse,
};

/// The hashes of a file on its way.
#[derive(Debug)]
pub struct FileHashes {
    file: FileHasher,
    pieces: PieceHasher,
}

impl FileHashes {
    pub fn new(piece_length: u64) -> Self {
        Self {
            file: FileHasher::new(),
            pieces: PieceHasher::new(piece_length),
        }
    }

    /// Moves the leaves that are whole to the end of `to`.
    pub fn move_leaves(&mut self, to: &mut Vec<Digest>) {
        self.file.move_leaves(to);
    }

    /// SHA-256 of what has passed, and those of its leaves that were not moved away.
    pub fn so_far(&self) -> (Digest, Vec<Digest>) {
        self.file.clone().finish()
    }

    /// The same, and the SHA-1 of each piece.
    pub fn finish(self) -> (Digest, Vec<Digest>, Vec<[u8; 20]>) {
        let (whole, leaves) = self.file.finish();
        (whole, leaves, self.pieces.finish())
    }
}

/// The next bytes of a file.
pub struct Portion<'a> {
    pub bytes: &'a [u8],
    pub hashes: &'a mut FileHashes,
    /// Where blobs stand in the bytes, of a file that has any.
    pub blobs: Option<Passing<'a>>,
}

/// Blobs, and where they stand in a portion.
pub type Passing<'a> = (&'a mut PassingBlobs, Vec<Span>);

type FileJob<'a> = (&'a mut FileHasher, &'a [u8]);
type Sha256Job<'a> = (&'a mut Sha256Stream, &'a [u8]);
type Sha1Job<'a> = (&'a mut Sha1Stream, &'a [u8]);

/// What a thread does at a time.
enum Task<'a> {
    Files(Vec<FileJob<'a>>),
    Sha256(Vec<Sha256Job<'a>>),
    Sha1(Vec<Sha1Job<'a>>),
    Leaves(&'a mut LeafHasher, &'a [u8]),
}

/// Hashes all portions, on several threads. Whether blobs are what they were is left
/// to be asked.
pub fn hash(portions: Vec<Portion>) {
    hash_by(portions, side_by_side_with_pieces());
}

/// The same, with so many files at a time of which whole and leaves are hashed together,
/// or none.
fn hash_by(mut portions: Vec<Portion>, together: Option<usize>) {
    let (mut files, mut sha256, mut sha1) = (Vec::new(), Vec::new(), Vec::new());
    for Portion {
        bytes,
        hashes,
        blobs,
    } in &mut portions
    {
        files.push((&mut hashes.file, *bytes));
        sha1.extend(hashes.pieces.advance(bytes));
        if let Some((blobs, spans)) = blobs {
            sha256.extend(blobs.advance(std::mem::take(spans), bytes));
        }
    }
    let (mut tasks, mut leaves) = (Vec::new(), Vec::new());
    match together {
        Some(least) => tasks.extend(groups(files, least).map(Task::Files)),
        None => {
            for (file, bytes) in files {
                let (stream, hasher) = file.apart();
                sha256.push((stream, bytes));
                leaves.push(Task::Leaves(hasher, bytes));
            }
        }
    }
    // The longest tasks first; the others fill up what threads have left.
    tasks.extend(groups(sha256, side_by_side::<[u32; 8]>()).map(Task::Sha256));
    tasks.extend(groups(sha1, side_by_side::<[u32; 5]>()).map(Task::Sha1));
    tasks.extend(leaves);
    each(&mut tasks, Task::run);
    drop(tasks);
    for portion in portions {
        portion.hashes.pieces.close();
    }
}

impl Task<'_> {
    fn run(&mut self) {
        match self {
            Self::Files(jobs) => advance_files(jobs),
            Self::Sha256(jobs) => advance_each(jobs),
            Self::Sha1(jobs) => advance_each(jobs),
            Self::Leaves(hasher, bytes) => hasher.update(bytes),
        }
    }
}

/// Groups of jobs of about one length, each of as many as go side by side or more.
fn groups<S>(mut jobs: Vec<(S, &[u8])>, least: usize) -> impl Iterator<Item = Vec<(S, &[u8])>> {
    jobs.retain(|(_, bytes)| !bytes.is_empty());
    jobs.sort_by_key(|(_, bytes)| Reverse(bytes.len()));
    let count = (jobs.len() / least).max(1);
    let size = jobs.len().div_ceil(count).max(1);
    let mut jobs = jobs.into_iter();
    std::iter::from_fn(move || {
        let group: Vec<_> = jobs.by_ref().take(size).collect();
        (!group.is_empty()).then_some(group)
    })
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::merkle::leaves_of,
        sha1::{Digest as _, Sha1},
        std::array::from_fn,
    };

    #[test]
    fn files_are_hashed_together_with_their_leaves_or_apart() {
        let files: [Vec<u8>; 5] = from_fn(|file| {
            let bytes = 0..70_000 - 16_000 * file as u32;
            bytes
                .map(|n| (n.wrapping_mul(n) >> (7 + file)) as u8)
                .collect()
        });
        for together in [None, Some(1), Some(3)] {
            let mut hashes: [_; 5] = from_fn(|_| FileHashes::new(32 << 10));
            for at in (0..70_000).step_by(32 << 10) {
                let next =
                    |file: &'_ Vec<u8>| at.min(file.len())..(at + (32 << 10)).min(file.len());
                let portions = hashes.iter_mut().zip(&files).map(|(hashes, file)| Portion {
                    bytes: &file[next(file)],
                    hashes,
                    blobs: None,
                });
                hash_by(portions.collect(), together);
            }
            for (hashes, file) in hashes.into_iter().zip(&files) {
                assert_eq!(hashes.so_far(), (Digest::of(file), leaves_of(file)));
                let (sha256, leaves, pieces) = hashes.finish();
                assert_eq!((sha256, leaves), (Digest::of(file), leaves_of(file)));
                let expected = file.chunks(32 << 10).map(|piece| {
                    let mut piece = piece.to_vec();
                    piece.resize(32 << 10, 0);
                    Sha1::digest(piece).into()
                });
                assert_eq!(pieces, expected.collect::<Vec<[u8; 20]>>());
            }
        }
    }
}
