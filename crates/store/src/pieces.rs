//! `pieces/<bag>.pieces`: the SHA-1 of every piece of the packs and recovery packs of
//! a bag, kept from when they were written (`docs/format/pieces.md`).
//!
//! They spare whoever makes torrents a reading of all packs. The folder may be deleted
//! at any time.

pub mod fuzzing;
mod hasher;

pub(crate) use hasher::PieceHasher;

use {
    crate::{
        disk::Location,
        durable::{create_dir, remove_if_present, replace},
        error::Error,
        names::{RECOVERY, TrancheName},
        pack::is_piece_length,
    },
    base64::{Engine as _, engine::general_purpose::STANDARD},
    longplay_model::{Digest, RelativePath},
    serde::{Deserialize, Serialize},
    std::collections::BTreeSet,
    thiserror::Error,
};

/// The folder, in that of the archive.
const FOLDER: &str = "pieces";

const ENDING: &str = ".pieces";

/// Bytes of a SHA-1.
const HASH: usize = 20;

/// Bytes of the digest at the end.
const CHECK: usize = 32;

/// No longer file is written or read: ten times what fits into a torrent.
const MOST_BYTES: u64 = 64 << 20;

/// The pieces of the large files of a bag. In JSON it is a text: the bytes of the file
/// in Base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SealedPieces {
    /// Name of the bag.
    pub bag: String,
    /// SHA-256 of the bag's `tagmanifest-sha256.txt`, and so of all of it.
    pub tagmanifest: Digest,
    pub piece_length: u64,
    /// Packs, or the plain files of a metadata tranche, or recovery packs; each once.
    pub files: Vec<PiecesOfFile>,
}

/// The pieces of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PiecesOfFile {
    /// Relative to the bag.
    pub path: RelativePath,
    pub bytes: u64,
    /// SHA-1 of each piece, the last completed with zeros.
    pub pieces: Vec<[u8; 20]>,
}

impl SealedPieces {
    /// The pieces of the files of `bag` in the archive at `home`; none when they are
    /// absent or damaged in any way.
    pub fn read(home: &Location, bag: &str) -> Option<Self> {
        if !is_bag(bag) {
            return None;
        }
        let path = path_of(home, bag);
        if path.about().ok()?.bytes > MOST_BYTES {
            return None;
        }
        parse(&path.read().ok()?).filter(|pieces| pieces.bag == bag)
    }

    /// Keeps them in the archive at `home`, durably, in place of what stood there.
    pub(crate) fn write(&self, home: &Location) -> Result<(), Error> {
        let bytes = to_bytes(self);
        if bytes.len() as u64 > MOST_BYTES {
            return remove(home, &self.bag);
        }
        let path = path_of(home, &self.bag);
        create_dir(path.folder())?;
        replace(&path, &bytes)
    }
}

/// Removes the pieces of a bag that is no more.
pub(crate) fn remove(home: &Location, bag: &str) -> Result<(), Error> {
    remove_if_present(path_of(home, bag))
}

fn path_of(home: &Location, bag: &str) -> Location {
    home.join(FOLDER).join(format!("{bag}{ENDING}"))
}

fn is_bag(name: &str) -> bool {
    let tranche = name.strip_suffix(RECOVERY).unwrap_or(name);
    tranche.parse::<TrancheName>().is_ok()
}

impl From<SealedPieces> for String {
    fn from(pieces: SealedPieces) -> Self {
        STANDARD.encode(to_bytes(&pieces))
    }
}

/// The text tells no pieces.
#[derive(Debug, Error)]
#[error("these are no pieces of a bag")]
pub struct ParsePiecesError;

impl TryFrom<String> for SealedPieces {
    type Error = ParsePiecesError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = STANDARD.decode(text).map_err(|_| ParsePiecesError)?;
        parse(&bytes).ok_or(ParsePiecesError)
    }
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    longplay: String,
    version: u32,
    bag: String,
    tagmanifest: Digest,
    piece_length: u64,
    files: Vec<HeadFile>,
}

#[derive(Serialize, Deserialize)]
struct HeadFile {
    path: RelativePath,
    bytes: u64,
}

fn to_bytes(pieces: &SealedPieces) -> Vec<u8> {
    let files = pieces.files.iter().map(|file| HeadFile {
        path: file.path.clone(),
        bytes: file.bytes,
    });
    let head = Head {
        longplay: "pieces".into(),
        version: 1,
        bag: pieces.bag.clone(),
        tagmanifest: pieces.tagmanifest,
        piece_length: pieces.piece_length,
        files: files.collect(),
    };
    let mut bytes = serde_json::to_vec(&head).expect("strings and numbers are always JSON");
    bytes.push(b'\n');
    for file in &pieces.files {
        bytes.extend(file.pieces.as_flattened());
    }
    checked(bytes)
}

/// With the digest of the whole at the end.
fn checked(mut bytes: Vec<u8>) -> Vec<u8> {
    let check = Digest::of(&bytes);
    bytes.extend(check.as_bytes());
    bytes
}

fn parse(bytes: &[u8]) -> Option<SealedPieces> {
    let (content, check) = bytes.split_at_checked(bytes.len().checked_sub(CHECK)?)?;
    if Digest::of(content).as_bytes() != check {
        return None;
    }
    let end = content.iter().position(|byte| *byte == b'\n')?;
    let head: Head = serde_json::from_slice(&content[..end]).ok()?;
    let is_ours = head.longplay == "pieces" && head.version == 1 && is_bag(&head.bag);
    let mut paths = BTreeSet::new();
    let is_once = head.files.iter().all(|file| paths.insert(&file.path));
    let files = (is_ours && is_piece_length(head.piece_length) && is_once)
        .then(|| split(&content[end + 1..], &head.files, head.piece_length))??;
    Some(SealedPieces {
        bag: head.bag,
        tagmanifest: head.tagmanifest,
        piece_length: head.piece_length,
        files,
    })
}

/// Gives each file its pieces; none when `body` has more or fewer.
fn split(body: &[u8], files: &[HeadFile], piece_length: u64) -> Option<Vec<PiecesOfFile>> {
    let (mut hashes, rest) = body.as_chunks::<HASH>();
    let mut split = Vec::with_capacity(files.len());
    for file in files {
        let count = usize::try_from(file.bytes.div_ceil(piece_length)).ok()?;
        let (mine, others) = hashes.split_at_checked(count)?;
        hashes = others;
        split.push(PiecesOfFile {
            path: file.path.clone(),
            bytes: file.bytes,
            pieces: mine.to_vec(),
        });
    }
    (hashes.is_empty() && rest.is_empty()).then_some(split)
}

#[cfg(test)]
mod tests;
