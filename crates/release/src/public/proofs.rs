//! `<tranche>.proofs`: what any part of a pack can be proven by, without the
//! rest of the pack (`docs/format/release.md`).
//!
//! ```text
//!   root of the pack ─► groups of 128 KiB ─► leaves of 16 KiB ─► bytes
//!   first line         this file            leaf file            pack
//! ```

use {
    crate::torrent::{piece_of_leaves, root_of_layer},
    longplay_model::{Digest, RelativePath},
    longplay_store::{
        leaves::{LeafFile, leaf_file_bytes},
        merkle::{LEAF_BYTES, ZERO, leaf_count, piece_layer},
    },
    serde::{Deserialize, Serialize},
    thiserror::Error,
};

/// Bytes that one hash of the file stands for: eight leaves, so that a part needs
/// seven hashes at most on either side of it.
pub const GROUP_BYTES: u64 = 128 << 10;

/// Leaves of a group.
pub const GROUP_LEAVES: u64 = GROUP_BYTES / LEAF_BYTES;

/// Bytes of a hash.
pub const HASH_BYTES: u64 = 32;

/// The first line of the file, and where it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofsHead {
    pub packs: Vec<PackProof>,
    pub bytes: u64,
}

/// What the first line says of one pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackProof {
    /// Relative to the bag.
    pub path: RelativePath,
    pub bytes: u64,
    /// BEP 52 pieces root, as in the torrent.
    pub root: Digest,
    /// The leaf file that has its leaves, relative to the bag.
    pub leaves: RelativePath,
    /// Where they begin in it.
    pub offset: u64,
}

/// Why a text is no first line of such a file.
#[derive(Debug, Error)]
pub enum ParseProofsError {
    #[error("the first line does not end")]
    NoHead,
    #[error("the first line is no head of proofs")]
    Head(#[source] serde_json::Error),
    #[error("version {found} is newer than 1")]
    Newer { found: u32 },
    #[error("it holds no proofs of {tranche} with {GROUP_BYTES} bytes a group")]
    Foreign { tranche: String },
}

#[derive(Serialize, Deserialize)]
struct Head<P> {
    longplay: String,
    version: u32,
    tranche: String,
    group_bytes: u64,
    packs: P,
}

/// The name of the file beside the map.
pub fn proofs_of(tranche: &str) -> String {
    format!("{tranche}.proofs")
}

/// Makes the text of the file from one leaf file after the other.
pub struct ProofsWriter {
    tranche: String,
    packs: Vec<PackProof>,
    groups: Vec<Digest>,
}

impl ProofsWriter {
    pub fn new(tranche: &str) -> Self {
        Self {
            tranche: tranche.into(),
            packs: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Adds the packs of the leaf file that has this path in the bag.
    pub fn add(&mut self, path: &RelativePath, file: &LeafFile) {
        let hashes = |leaves: &Vec<Digest>| leaves.len() as u64 * HASH_BYTES;
        let all: u64 = file.hashes.iter().map(hashes).sum();
        let mut offset = leaf_file_bytes(&file.tranche, file.stripe, &file.files) - all;
        for (entry, leaves) in file.files.iter().zip(&file.hashes) {
            self.packs.push(PackProof {
                path: entry.path.clone(),
                bytes: entry.bytes,
                root: entry.root,
                leaves: path.clone(),
                offset,
            });
            self.groups.extend(piece_layer(leaves, GROUP_BYTES));
            offset += hashes(leaves);
        }
    }

    /// The text of the file.
    pub fn finish(self) -> Vec<u8> {
        let head = Head {
            longplay: "proofs".into(),
            version: 1,
            tranche: self.tranche,
            group_bytes: GROUP_BYTES,
            packs: self.packs,
        };
        let mut bytes = serde_json::to_vec(&head).expect("strings and numbers are always JSON");
        bytes.push(b'\n');
        bytes.extend(self.groups.iter().flat_map(|group| group.as_bytes()));
        bytes
    }
}

impl ProofsHead {
    /// Reads the first line of the proofs of `tranche`, its line feed included.
    pub fn parse(line: &[u8], tranche: &str) -> Result<Self, ParseProofsError> {
        let text = line.strip_suffix(b"\n").ok_or(ParseProofsError::NoHead)?;
        let head: Head<Vec<PackProof>> =
            serde_json::from_slice(text).map_err(ParseProofsError::Head)?;
        let is_ours = head.longplay == "proofs" && head.tranche == tranche;
        match (is_ours, head.version, head.group_bytes) {
            (true, 1, GROUP_BYTES) => Ok(Self {
                packs: head.packs,
                bytes: line.len() as u64,
            }),
            (true, found, _) if found > 1 => Err(ParseProofsError::Newer { found }),
            _ => Err(ParseProofsError::Foreign {
                tranche: tranche.into(),
            }),
        }
    }

    /// The pack with this file name, and where its groups begin in the file.
    pub fn find(&self, pack: &str) -> Option<(&PackProof, u64)> {
        let mut offset = self.bytes;
        for proof in &self.packs {
            if proof.path.as_str().rsplit('/').next() == Some(pack) {
                return Some((proof, offset));
            }
            offset = offset.saturating_add(proof.groups().saturating_mul(HASH_BYTES));
        }
        None
    }
}

impl PackProof {
    pub const fn leaves(&self) -> u64 {
        leaf_count(self.bytes)
    }

    /// How many hashes the file has of it.
    pub const fn groups(&self) -> u64 {
        self.bytes.div_ceil(GROUP_BYTES)
    }

    /// Whether these are its groups.
    pub fn proves(&self, groups: &[Digest]) -> bool {
        groups.len() as u64 == self.groups() && root_of_layer(groups, GROUP_BYTES) == self.root
    }

    /// The hash of a group from all its leaves.
    pub fn group_of(&self, leaves: &[Digest]) -> Digest {
        match leaves.is_empty() {
            true => ZERO,
            false => piece_of_leaves(leaves, GROUP_BYTES, self.groups() == 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        longplay_store::{
            leaves::LeafEntry,
            merkle::{leaves_of, root_of},
        },
    };

    fn leaf_file(lengths: &[usize]) -> LeafFile {
        let contents: Vec<Vec<u8>> = lengths.iter().map(|length| vec![7; *length]).collect();
        let hashes: Vec<_> = contents.iter().map(|bytes| leaves_of(bytes)).collect();
        let entry = |(number, bytes): (usize, &Vec<u8>)| LeafEntry {
            path: format!("data/packs/{number}.tar").parse().unwrap(),
            bytes: bytes.len() as u64,
            sha256: Digest::of(bytes),
            root: root_of(&leaves_of(bytes)),
        };
        LeafFile {
            tranche: "0002-audio-open".into(),
            stripe: 0,
            files: contents.iter().enumerate().map(entry).collect(),
            hashes,
        }
    }

    fn written(path: &RelativePath, file: &LeafFile) -> Vec<u8> {
        let mut writer = ProofsWriter::new("0002-audio-open");
        writer.add(path, file);
        writer.finish()
    }

    /// Packs of every number of leaves around one group and two.
    #[test]
    fn groups_lead_to_the_root_and_offsets_to_the_leaves() {
        let lengths = [16_384, 16_385, 100_000, 131_072, 131_073, 262_144, 300_000];
        let file = leaf_file(&lengths);
        let text = file.to_bytes();
        let path: RelativePath = "data/leaves/x.leaves".parse().unwrap();
        let bytes = written(&path, &file);
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let head = ProofsHead::parse(&bytes[..end], "0002-audio-open").unwrap();
        let digests = |bytes: &[u8]| -> Vec<Digest> {
            let (hashes, _) = bytes.as_chunks::<32>();
            hashes.iter().copied().map(Digest::from_bytes).collect()
        };
        for (number, leaves) in file.hashes.iter().enumerate() {
            let (pack, at) = head.find(&format!("{number}.tar")).unwrap();
            let length = (pack.groups() * HASH_BYTES) as usize;
            let groups = digests(&bytes[at as usize..][..length]);
            assert!(pack.proves(&groups));
            let chunks = leaves.chunks(GROUP_LEAVES as usize);
            assert!(
                chunks
                    .map(|leaves| pack.group_of(leaves))
                    .eq(groups.clone())
            );
            let mut other = groups;
            other[0] = ZERO;
            assert!(!pack.proves(&other) && !pack.proves(&other[1..]));
            let length = (pack.leaves() * HASH_BYTES) as usize;
            assert_eq!(digests(&text[pack.offset as usize..][..length]), *leaves);
        }
        assert!(head.find("none.tar").is_none());
    }

    #[test]
    fn what_holds_no_proofs_of_the_tranche_is_refused() {
        let path: RelativePath = "data/leaves/x.leaves".parse().unwrap();
        let bytes = written(&path, &leaf_file(&[5]));
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let line = str::from_utf8(&bytes[..end]).unwrap();
        let parse = |text: &str| ProofsHead::parse(text.as_bytes(), "0002-audio-open");
        assert!(parse(line).is_ok());
        assert!(matches!(
            parse(line.trim_end()),
            Err(ParseProofsError::NoHead)
        ));
        assert!(matches!(parse("{}\n"), Err(ParseProofsError::Head(_))));
        let newer = line.replace("\"version\":1", "\"version\":2");
        assert!(matches!(
            parse(&newer),
            Err(ParseProofsError::Newer { found: 2 })
        ));
        for (from, to) in [
            ("0002-audio-open", "0003-audio-open"),
            ("proofs", "leaves"),
            ("131072", "16384"),
        ] {
            let foreign = parse(&line.replace(from, to));
            assert!(matches!(foreign, Err(ParseProofsError::Foreign { .. })));
        }
    }
}
