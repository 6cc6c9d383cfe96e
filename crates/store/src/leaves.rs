//! `data/leaves/<tranche>-s<stripe>.leaves`: the hash of every 16 KiB of a
//! stripe, so that damage is found to the block (`docs/format/tranche.md`).

use {
    crate::{
        disk::DiskFile,
        merkle::{LEAF_BYTES, TreeHasher, leaf_count, root_of},
        work::each,
    },
    longplay_model::{Digest, RelativePath},
    serde::{Deserialize, Serialize},
    sha2::{Digest as _, Sha256},
    std::io,
    thiserror::Error,
};

/// No longer first line is read, and so much of a leaf file is held at a time.
const MOST_HEAD: u64 = 16 << 20;
const PORTION: u64 = 8 << 20;

/// Leaves of a leaf file with more bytes are not kept in memory: those of 32 GiB.
const MOST_KEPT: u64 = 64 << 20;

/// The leaves of the files of a stripe, or of its recovery packs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafFile {
    pub tranche: String,
    pub stripe: u32,
    pub files: Vec<LeafEntry>,
    /// For each of `files`, the SHA-256 of each of its blocks.
    pub hashes: Vec<Vec<Digest>>,
}

/// What the first line of a leaf file says of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeafEntry {
    /// Relative to the bag.
    pub path: RelativePath,
    pub bytes: u64,
    pub sha256: Digest,
    /// BEP 52 pieces root.
    pub root: Digest,
}

/// Why bytes are no leaf file.
#[derive(Debug, Error)]
pub enum ParseLeavesError {
    #[error("the first line does not end")]
    NoHead,
    #[error("the first line is no head of a leaf file")]
    Head(#[source] serde_json::Error),
    #[error("version {found} is newer than 1")]
    Newer { found: u32 },
    #[error("not a leaf file of {LEAF_BYTES} bytes a leaf")]
    NotLeaves,
    #[error("expected {expected} bytes of hashes, found {found}")]
    Length { expected: u64, found: u64 },
    #[error("the leaves of {path} do not lead to its root")]
    Root { path: RelativePath },
}

#[derive(Serialize)]
struct HeadRef<'a> {
    longplay: &'static str,
    version: u32,
    tranche: &'a str,
    stripe: u32,
    leaf_bytes: u64,
    files: &'a [LeafEntry],
}

#[derive(Deserialize)]
struct Head {
    longplay: String,
    version: u32,
    tranche: String,
    stripe: u32,
    leaf_bytes: u64,
    files: Vec<LeafEntry>,
}

impl Head {
    /// Whether so many bytes of leaves come after it.
    fn check_length(&self, found: u64) -> Result<(), ParseLeavesError> {
        let sum = self.files.iter().try_fold(0u64, |sum, file| {
            sum.checked_add(leaf_count(file.bytes).checked_mul(32)?)
        });
        match sum {
            Some(sum) if sum == found => Ok(()),
            _ => Err(ParseLeavesError::Length {
                expected: sum.unwrap_or(u64::MAX),
                found,
            }),
        }
    }
}

impl LeafFile {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.head().to_line();
        let hashes = self.hashes.iter().flatten();
        bytes.extend(hashes.flat_map(|leaf| leaf.as_bytes()));
        bytes
    }

    fn head(&self) -> LeafHead<'_> {
        LeafHead {
            tranche: &self.tranche,
            stripe: self.stripe,
            files: &self.files,
        }
    }

    /// Reads a leaf file; one that parses has leaves that lead to the roots in
    /// its first line.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseLeavesError> {
        let (head, body) = parse_head(bytes)?;
        head.check_length(body.len() as u64)?;
        Ok(Self {
            hashes: split(body, &head.files)?,
            tranche: head.tranche,
            stripe: head.stripe,
            files: head.files,
        })
    }
}

/// What the first line of a leaf file says.
#[derive(Debug, Clone, Copy)]
pub struct LeafHead<'a> {
    pub tranche: &'a str,
    pub stripe: u32,
    pub files: &'a [LeafEntry],
}

impl LeafHead<'_> {
    /// With its line feed. How long it is does not depend on digests and roots.
    pub fn to_line(&self) -> Vec<u8> {
        let head = HeadRef {
            longplay: "leaves",
            version: 1,
            tranche: self.tranche,
            stripe: self.stripe,
            leaf_bytes: LEAF_BYTES,
            files: self.files,
        };
        let mut line = serde_json::to_vec(&head).expect("strings and numbers are always JSON");
        line.push(b'\n');
        line
    }
}

/// A leaf file whose leaves lead to the roots in its first line.
#[derive(Debug)]
pub(crate) struct ProvenLeaves {
    pub tranche: String,
    pub stripe: u32,
    pub files: Vec<LeafEntry>,
    /// Those of each of `files`.
    pub subtrees: Vec<Vec<Digest>>,
    /// Those of each of `files`, where there are few.
    pub leaves: Option<Vec<Vec<Digest>>>,
    /// Of the leaf file, and how long it and its first line are.
    pub sha256: Digest,
    pub bytes: u64,
    pub head_bytes: u64,
    /// The first line is as it is written, and not in another way.
    pub is_written_so: bool,
}

/// Reads a leaf file from its start to its end and proves it, portion by portion: that of
/// a large stripe does not fit into memory.
///
/// # Errors
/// Of the disk; inside, why the bytes are no leaf file.
pub(crate) fn prove(file: &dyn DiskFile) -> io::Result<Result<ProvenLeaves, ParseLeavesError>> {
    let bytes = file.bytes()?;
    let line = read_line(file, bytes)?;
    let head = match parse_head(&line) {
        Ok((head, _)) => head,
        Err(error) => return Ok(Err(error)),
    };
    let head_bytes = line.len() as u64;
    if let Err(error) = head.check_length(bytes - head_bytes) {
        return Ok(Err(error));
    }
    let mut whole = Sha256::new_with_prefix(&line);
    let is_kept = bytes - head_bytes <= MOST_KEPT;
    let trees = head.files.iter().map(|entry| Tree::of(entry, is_kept));
    let mut trees: Vec<Tree> = trees.collect();
    let (mut at, mut first) = (head_bytes, 0);
    let mut buffer = vec![0; PORTION.min(bytes - head_bytes) as usize];
    while at < bytes {
        let portion = &mut buffer[..(bytes - at).min(PORTION) as usize];
        file.read_exact_at(portion, at)?;
        at += portion.len() as u64;
        let mut jobs = vec![Job::Whole(&mut whole, portion)];
        first += take_leaves(&mut trees[first..], portion, &mut jobs);
        each(&mut jobs, Job::run);
    }
    let subtrees = trees.into_iter().map(Tree::finish);
    Ok(subtrees.collect::<Result<Vec<_>, _>>().map(|proven| {
        let (subtrees, leaves): (Vec<_>, Vec<_>) = proven.into_iter().unzip();
        let as_written = LeafHead {
            tranche: &head.tranche,
            stripe: head.stripe,
            files: &head.files,
        };
        ProvenLeaves {
            is_written_so: as_written.to_line() == line,
            sha256: whole.into(),
            tranche: head.tranche,
            stripe: head.stripe,
            files: head.files,
            subtrees,
            leaves: leaves.into_iter().collect(),
            bytes,
            head_bytes,
        }
    }))
}

/// The first line with its line feed; all of it that is read where there is none.
pub(crate) fn read_line(file: &dyn DiskFile, bytes: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut length = 4096;
    loop {
        length = (4 * length).min(bytes).min(MOST_HEAD);
        line.resize(length as usize, 0);
        file.read_exact_at(&mut line, 0)?;
        if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            line.truncate(end + 1);
            return Ok(line);
        }
        if length == bytes.min(MOST_HEAD) {
            return Ok(line);
        }
    }
}

/// The tree of a file in the making.
struct Tree<'a> {
    entry: &'a LeafEntry,
    /// Bytes of leaves that have not come.
    left: u64,
    hasher: TreeHasher,
    kept: Option<Vec<Digest>>,
}

impl<'a> Tree<'a> {
    fn of(entry: &'a LeafEntry, is_kept: bool) -> Self {
        Self {
            kept: is_kept.then(Vec::new),
            entry,
            left: leaf_count(entry.bytes) * 32,
            hasher: TreeHasher::default(),
        }
    }

    fn finish(self) -> Result<(Vec<Digest>, Option<Vec<Digest>>), ParseLeavesError> {
        let (subtrees, root) = self.hasher.finish();
        match root == self.entry.root {
            true => Ok((subtrees, self.kept)),
            false => Err(ParseLeavesError::Root {
                path: self.entry.path.clone(),
            }),
        }
    }
}

/// What a thread does with a portion of a leaf file.
enum Job<'a> {
    Whole(&'a mut Sha256, &'a [u8]),
    Leaves(&'a mut TreeHasher, &'a mut Option<Vec<Digest>>, &'a [u8]),
}

impl Job<'_> {
    fn run(&mut self) {
        match self {
            Self::Whole(hasher, bytes) => hasher.update(&**bytes),
            Self::Leaves(hasher, kept, bytes) => {
                let leaves = hashes_of(bytes);
                hasher.update(&leaves);
                if let Some(kept) = kept {
                    kept.extend(leaves);
                }
            }
        }
    }
}

/// Gives the next leaves to the files that they are of, and tells how many of these have
/// all of theirs.
fn take_leaves<'a>(trees: &'a mut [Tree], mut portion: &'a [u8], jobs: &mut Vec<Job<'a>>) -> usize {
    let mut complete = 0;
    for tree in trees {
        let (mine, rest) = portion.split_at(tree.left.min(portion.len() as u64) as usize);
        portion = rest;
        tree.left -= mine.len() as u64;
        complete += usize::from(tree.left == 0);
        jobs.push(Job::Leaves(&mut tree.hasher, &mut tree.kept, mine));
        if portion.is_empty() {
            break;
        }
    }
    complete
}

/// The files of which a leaf file tells, from its first line with the line feed; their
/// hashes are not looked at.
pub fn files_of_head(line: &[u8]) -> Result<Vec<LeafEntry>, ParseLeavesError> {
    parse_head(line).map(|(head, _)| head.files)
}

/// Bytes of the leaf file that will list `files`; known before their hashes.
pub fn leaf_file_bytes(tranche: &str, stripe: u32, files: &[LeafEntry]) -> u64 {
    let hashes: u64 = files.iter().map(|file| leaf_count(file.bytes) * 32).sum();
    let head = LeafHead {
        tranche,
        stripe,
        files,
    };
    head.to_line().len() as u64 + hashes
}

fn parse_head(bytes: &[u8]) -> Result<(Head, &[u8]), ParseLeavesError> {
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .ok_or(ParseLeavesError::NoHead)?;
    let head: Head = serde_json::from_slice(&bytes[..end]).map_err(ParseLeavesError::Head)?;
    if head.longplay != "leaves" || head.leaf_bytes != LEAF_BYTES {
        return Err(ParseLeavesError::NotLeaves);
    }
    if head.version != 1 {
        return Err(ParseLeavesError::Newer {
            found: head.version,
        });
    }
    Ok((head, &bytes[end + 1..]))
}

/// The leaves of each file; `body` has as many hashes as `files` have leaves.
fn split(mut body: &[u8], files: &[LeafEntry]) -> Result<Vec<Vec<Digest>>, ParseLeavesError> {
    let parts = files.iter().map(|file| {
        let (mine, rest) = body.split_at((leaf_count(file.bytes) * 32) as usize);
        body = rest;
        (file, mine)
    });
    let mut parts: Vec<(&LeafEntry, &[u8])> = parts.collect();
    let proven = each(&mut parts, |(file, mine)| {
        let leaves = hashes_of(mine);
        match root_of(&leaves) == file.root {
            true => Ok(leaves),
            false => Err(ParseLeavesError::Root {
                path: file.path.clone(),
            }),
        }
    });
    proven.into_iter().collect()
}

/// The leaves in `bytes`, as far as they are whole.
pub(crate) fn hashes_of(bytes: &[u8]) -> Vec<Digest> {
    let (hashes, _) = bytes.as_chunks::<32>();
    hashes
        .iter()
        .map(|hash| Digest::from_bytes(*hash))
        .collect()
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{
            disk::Location,
            merkle::{leaves_of, subtrees_of},
        },
        std::iter,
    };

    fn sample() -> LeafFile {
        let contents: [Vec<u8>; 3] = [vec![7; 40_000], Vec::new(), vec![1; 16_384]];
        let hashes: Vec<_> = contents.iter().map(|bytes| leaves_of(bytes)).collect();
        let files = contents
            .iter()
            .zip(&hashes)
            .enumerate()
            .map(|(number, (bytes, leaves))| LeafEntry {
                path: format!("data/packs/{number}.tar").parse().unwrap(),
                bytes: bytes.len() as u64,
                sha256: Digest::of(bytes),
                root: root_of(leaves),
            })
            .collect();
        LeafFile {
            tranche: "0001-audio-open".into(),
            stripe: 0,
            files,
            hashes,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let file = sample();
        let bytes = file.to_bytes();
        assert_eq!(LeafFile::parse(&bytes).unwrap(), file);
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        assert_eq!(files_of_head(&bytes[..end]).unwrap(), file.files);
        assert_eq!(
            leaf_file_bytes(&file.tranche, file.stripe, &file.files),
            bytes.len() as u64
        );
    }

    /// What is proven of a file of these bytes.
    fn proven(bytes: &[u8]) -> Result<ProvenLeaves, ParseLeavesError> {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::from(folder.path()).join("leaves");
        location.create().unwrap().write_all_at(bytes, 0).unwrap();
        prove(&*location.open().unwrap()).unwrap()
    }

    #[test]
    fn a_file_is_proven_as_it_is_parsed() {
        let file = sample();
        let bytes = file.to_bytes();
        let proven = proven(&bytes).unwrap();
        assert_eq!(proven.files, file.files);
        assert_eq!(proven.sha256, Digest::of(&bytes));
        assert_eq!(proven.bytes, bytes.len() as u64);
        let subtrees = file.hashes.iter().map(|leaves| subtrees_of(leaves));
        assert_eq!(proven.subtrees, subtrees.collect::<Vec<_>>());
        assert_eq!(proven.leaves.as_ref(), Some(&file.hashes));
        let body = &bytes[proven.head_bytes as usize..];
        assert_eq!(body.len(), 32 * file.hashes.concat().len());
    }

    #[test]
    fn a_file_of_many_portions_is_proven() {
        // Leaves of 9 and 17 MiB: a portion has those of one file or of two.
        let lengths = [9 << 20, 17 << 20, 32, 0].map(|bytes: u64| bytes / 32);
        let number = |n: u64| Digest::from_bytes([n as u8; 32]);
        let hashes = lengths.map(|count| (0..count).map(number).collect::<Vec<_>>());
        let files = iter::zip(["a", "b", "c", "d"], &hashes).map(|(path, leaves)| LeafEntry {
            path: path.parse().unwrap(),
            bytes: leaves.len() as u64 * LEAF_BYTES,
            sha256: number(1),
            root: root_of(leaves),
        });
        let mut file = LeafFile {
            files: files.collect(),
            hashes: hashes.into(),
            ..sample()
        };
        let told = proven(&file.to_bytes()).unwrap();
        let subtrees = file.hashes.iter().map(|leaves| subtrees_of(leaves));
        assert_eq!(told.subtrees, subtrees.collect::<Vec<_>>());
        *file.hashes[1].last_mut().unwrap() = number(99);
        let refused = proven(&file.to_bytes()).unwrap_err();
        assert!(matches!(refused, ParseLeavesError::Root { path } if path.as_str() == "b"));
    }

    #[test]
    fn a_first_line_that_is_written_otherwise_is_told() {
        let bytes = sample().to_bytes();
        let spaced = [b"{ ", &bytes[1..]].concat();
        for (bytes, expected) in [(&bytes, true), (&spaced, false)] {
            assert_eq!(proven(bytes).unwrap().is_written_so, expected);
            let file = LeafFile::parse(bytes).unwrap();
            assert_eq!(file.to_bytes() == *bytes, expected);
        }
    }

    #[test]
    fn any_flipped_bit_of_a_hash_is_found() {
        let bytes = sample().to_bytes();
        let body = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for at in body..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            let is_root = |error| matches!(error, ParseLeavesError::Root { .. });
            assert!(is_root(LeafFile::parse(&damaged).unwrap_err()));
            assert!(is_root(proven(&damaged).unwrap_err()));
        }
    }

    #[test]
    fn cut_and_extended_files_are_refused() {
        let bytes = sample().to_bytes();
        let longer = [&bytes[..], b"x"].concat();
        for wrong in [&bytes[..bytes.len() - 1], &longer, &bytes[..30], b""] {
            assert!(LeafFile::parse(wrong).is_err());
            assert!(proven(wrong).is_err());
        }
        assert!(files_of_head(&bytes[..30]).is_err());
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        let mut file = sample();
        file.files[0].bytes = u64::MAX;
        file.files[2].bytes = u64::MAX;
        let refused = [
            LeafFile::parse(&file.to_bytes()).unwrap_err(),
            proven(&file.to_bytes()).unwrap_err(),
        ];
        let is_length = |it: &ParseLeavesError| matches!(it, ParseLeavesError::Length { .. });
        assert!(refused.iter().all(is_length));
    }
}
