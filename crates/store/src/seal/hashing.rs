//! What is hashed of the files of a stripe while they pass, all of them side by side.
//!
//! ```text
//!   portions ─┬─ whole files, leaves of 16 KiB ─► SHA-256 ─┐ in groups that fill the
//!             ├─ blobs ─────────────────────────► SHA-256 ─┤ machine's registers, and
//!             └─ pieces ────────────────────────► SHA-1   ─┘ threads take one by one
//! ```

use {
    crate::{
        merkle::{FileHasher, advance_files},
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

    /// SHA-256 and leaves of what has passed.
    pub fn so_far(&self) -> (Digest, Vec<Digest>) {
        self.file.clone().finish()
    }

    /// SHA-256, leaves, and the SHA-1 of each piece.
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
}

/// Hashes all portions, on several threads. Whether blobs are what they were is left
/// to be asked.
pub fn hash(mut portions: Vec<Portion>) {
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
    // The longest tasks first; the others fill up what threads have left.
    let mut tasks: Vec<Task> = groups(files, side_by_side_with_pieces())
        .map(Task::Files)
        .collect();
    tasks.extend(groups(sha256, side_by_side::<[u32; 8]>()).map(Task::Sha256));
    tasks.extend(groups(sha1, side_by_side::<[u32; 5]>()).map(Task::Sha1));
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
