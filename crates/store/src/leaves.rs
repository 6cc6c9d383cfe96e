//! `data/leaves/<tranche>-s<stripe>.leaves`: the hash of every 16 KiB of a
//! stripe, so that damage is found to the block (`docs/format/tranche.md`).

use {
    crate::{
        merkle::{LEAF_BYTES, leaf_count, subtrees_and_root},
        work::each,
    },
    longplay_model::{Digest, RelativePath},
    serde::{Deserialize, Serialize},
    thiserror::Error,
};

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

impl LeafFile {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = head(&self.tranche, self.stripe, &self.files);
        let hashes = self.hashes.iter().flatten();
        bytes.extend(hashes.flat_map(|leaf| leaf.as_bytes()));
        bytes
    }

    /// Reads a leaf file; one that parses has leaves that lead to the roots in
    /// its first line.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseLeavesError> {
        Self::parse_with_subtrees(bytes).map(|(file, _)| file)
    }

    /// The same, with the subtrees of each file, which come by the way.
    pub(crate) fn parse_with_subtrees(
        bytes: &[u8],
    ) -> Result<(Self, Vec<Vec<Digest>>), ParseLeavesError> {
        let (head, body) = parse_head(bytes)?;
        let expected = head
            .files
            .iter()
            .try_fold(0u64, |sum, file| {
                sum.checked_add(leaf_count(file.bytes).checked_mul(32)?)
            })
            .unwrap_or(u64::MAX);
        let found = body.len() as u64;
        if expected != found {
            return Err(ParseLeavesError::Length { expected, found });
        }
        let (hashes, subtrees) = split(body, &head.files)?.into_iter().unzip();
        let file = Self {
            tranche: head.tranche,
            stripe: head.stripe,
            files: head.files,
            hashes,
        };
        Ok((file, subtrees))
    }
}

/// The files of which a leaf file tells, from its first line with the line feed; their
/// hashes are not looked at.
pub fn files_of_head(line: &[u8]) -> Result<Vec<LeafEntry>, ParseLeavesError> {
    parse_head(line).map(|(head, _)| head.files)
}

/// Whether `bytes`, of which `file` was parsed, are those that it is written as: the
/// hashes are, and the first line may be written in other ways.
pub(crate) fn is_written_so(file: &LeafFile, bytes: &[u8]) -> bool {
    bytes.starts_with(&head(&file.tranche, file.stripe, &file.files))
}

/// Bytes of the leaf file that will list `files`; known before their hashes.
pub fn leaf_file_bytes(tranche: &str, stripe: u32, files: &[LeafEntry]) -> u64 {
    let hashes: u64 = files.iter().map(|file| leaf_count(file.bytes) * 32).sum();
    head(tranche, stripe, files).len() as u64 + hashes
}

fn head(tranche: &str, stripe: u32, files: &[LeafEntry]) -> Vec<u8> {
    let head = HeadRef {
        longplay: "leaves",
        version: 1,
        tranche,
        stripe,
        leaf_bytes: LEAF_BYTES,
        files,
    };
    let mut line = serde_json::to_vec(&head).expect("strings and numbers are always JSON");
    line.push(b'\n');
    line
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

type LeavesAndSubtrees = (Vec<Digest>, Vec<Digest>);

/// Those of each file; `body` has as many hashes as `files` have leaves.
fn split(mut body: &[u8], files: &[LeafEntry]) -> Result<Vec<LeavesAndSubtrees>, ParseLeavesError> {
    let parts = files.iter().map(|file| {
        let (mine, rest) = body.split_at((leaf_count(file.bytes) * 32) as usize);
        body = rest;
        (file, mine)
    });
    let mut parts: Vec<(&LeafEntry, &[u8])> = parts.collect();
    let proven = each(&mut parts, |(file, mine)| {
        let leaves = hashes_of(mine);
        let (subtrees, root) = subtrees_and_root(&leaves);
        match root == file.root {
            true => Ok((leaves, subtrees)),
            false => Err(ParseLeavesError::Root {
                path: file.path.clone(),
            }),
        }
    });
    proven.into_iter().collect()
}

fn hashes_of(bytes: &[u8]) -> Vec<Digest> {
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
        crate::merkle::{leaves_of, root_of},
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

    #[test]
    fn a_first_line_that_is_written_otherwise_is_told() {
        let bytes = sample().to_bytes();
        let spaced = [b"{ ", &bytes[1..]].concat();
        for (bytes, expected) in [(&bytes, true), (&spaced, false)] {
            let file = LeafFile::parse(bytes).unwrap();
            assert_eq!(is_written_so(&file, bytes), expected);
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
            assert!(matches!(
                LeafFile::parse(&damaged),
                Err(ParseLeavesError::Root { .. })
            ));
        }
    }

    #[test]
    fn cut_and_extended_files_are_refused() {
        let bytes = sample().to_bytes();
        assert!(LeafFile::parse(&bytes[..bytes.len() - 1]).is_err());
        assert!(LeafFile::parse(&[&bytes[..], b"x"].concat()).is_err());
        assert!(LeafFile::parse(&bytes[..30]).is_err());
        assert!(files_of_head(&bytes[..30]).is_err());
        assert!(LeafFile::parse(b"").is_err());
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        let mut file = sample();
        file.files[0].bytes = u64::MAX;
        file.files[2].bytes = u64::MAX;
        assert!(matches!(
            LeafFile::parse(&file.to_bytes()),
            Err(ParseLeavesError::Length { .. })
        ));
    }
}
