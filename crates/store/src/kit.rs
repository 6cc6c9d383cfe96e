//! The end of a recovery pack: all that is needed to rebuild a stripe when
//! every leaf file, index, manifest and tag file is gone
//! (`docs/format/recovery.md`).

use {
    crate::{merkle::SUBTREE_BYTES, pack::is_piece_length},
    longplay_model::{Digest, RelativePath},
    serde::{Deserialize, Serialize},
    std::{
        collections::BTreeMap,
        io::{self, Read, Seek, SeekFrom},
    },
    thiserror::Error,
};

/// Bytes of the trailer, the very end of a recovery pack.
pub const TRAILER_BYTES: u64 = 128;

/// Room for what of a kit follows from its own length.
const OPEN_BYTES: u64 = 96;

const MAGIC: &[u8; 8] = b"LPKIT001";
const END: &[u8; 8] = b"LPKITEND";

/// A kit that is longer than this is not read; 1 TiB of shards needs 64 MiB.
const MOST_KIT_BYTES: u64 = 1 << 30;

/// The same in all recovery packs of a stripe; keys are written in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kit {
    /// `kit`.
    pub longplay: String,
    /// 1.
    pub version: u32,
    pub tranche: String,
    pub stripe: u32,
    pub k: u8,
    pub m: u8,
    /// `D`: bytes of recovery data, the length of the longest file.
    pub data_bytes: u64,
    /// Bytes of each recovery pack of the stripe, kit and trailer included.
    pub pack_bytes: u64,
    /// `P`.
    pub piece_length: u64,
    /// Stripes of the tranche.
    pub stripes: u32,
    pub files: Vec<KitFile>,
    pub recovery: Vec<KitRecovery>,
    /// Small files of the bag: path → text.
    pub bag: BTreeMap<String, String>,
    /// Small files of the recovery bag: path → text.
    pub recovery_bag: BTreeMap<String, String>,
}

/// A data file of the stripe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitFile {
    /// Relative to the bag.
    pub path: RelativePath,
    pub bytes: u64,
    pub sha256: Digest,
    /// BEP 52 pieces root.
    pub root: Digest,
    pub subtrees: Subtrees,
}

/// The recovery data of a recovery pack: its bytes 0 to `D`−1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitRecovery {
    /// Relative to the recovery bag.
    pub path: RelativePath,
    pub sha256: Digest,
    pub root: Digest,
    pub subtrees: Subtrees,
}

/// The hashes of each MiB of a file, written as one string of hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subtrees(pub Vec<Digest>);

/// The text is no sequence of SHA-256 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected hexadecimal digits in groups of 64")]
pub struct ParseSubtreesError;

/// The last 128 bytes of a recovery pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trailer {
    /// `D`: the kit starts here.
    pub data_bytes: u64,
    pub kit_bytes: u64,
    pub kit_sha256: Digest,
    pub stripe: u32,
    pub j: u32,
}

/// Why there is no kit to be read.
#[derive(Debug, Error)]
pub enum ReadKitError {
    #[error("the file cannot be read")]
    Read(#[source] io::Error),
    #[error("the file ends before its trailer")]
    Short,
    #[error("the last 128 bytes are no trailer, or it is damaged")]
    Trailer,
    #[error("the kit does not lie before the trailer")]
    Place,
    #[error("the kit has another digest than the trailer says")]
    Digest,
    #[error("the kit is no JSON of a kit")]
    Parse(#[source] serde_json::Error),
    #[error("the kit is of version {found}, newer than 1")]
    Newer { found: u32 },
    #[error("the kit contradicts its trailer or itself")]
    Contradiction,
}

impl Kit {
    /// The bytes that stand in the recovery pack.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and numbers are always JSON")
    }

    /// # Errors
    /// When the bytes are no kit, or it speaks of an impossible geometry.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadKitError> {
        let Versioned { version } = serde_json::from_slice(bytes).map_err(ReadKitError::Parse)?;
        if version > 1 {
            return Err(ReadKitError::Newer { found: version });
        }
        let kit: Self = serde_json::from_slice(bytes).map_err(ReadKitError::Parse)?;
        match kit.is_consistent() {
            true => Ok(kit),
            false => Err(ReadKitError::Contradiction),
        }
    }

    fn is_consistent(&self) -> bool {
        let longest = self.files.iter().map(|file| file.bytes).max();
        let counted = |subtrees: &Subtrees, bytes: u64| {
            subtrees.0.len() as u64 == bytes.div_ceil(SUBTREE_BYTES)
        };
        self.longplay == "kit"
            && crate::code::Code::new(self.k, self.m).is_ok()
            && is_piece_length(self.piece_length)
            && self.files.len() <= usize::from(self.k)
            && self.recovery.len() == usize::from(self.m)
            && longest == Some(self.data_bytes)
            && self.pack_bytes >= self.data_bytes
            && self
                .files
                .iter()
                .all(|file| counted(&file.subtrees, file.bytes))
            && self
                .recovery
                .iter()
                .all(|pack| counted(&pack.subtrees, self.data_bytes))
    }

    /// The end of recovery pack `j`, from byte `D` on: kit, zeros, trailer.
    /// `pack_bytes` must leave room for them ([`recovery_pack_bytes`]).
    pub fn tail(&self, j: u32) -> Vec<u8> {
        self.tail_after(self.to_bytes(), j)
    }

    /// The same, where the bytes of the kit are at hand.
    pub(crate) fn tail_after(&self, mut tail: Vec<u8>, j: u32) -> Vec<u8> {
        let trailer = Trailer {
            data_bytes: self.data_bytes,
            kit_bytes: tail.len() as u64,
            kit_sha256: Digest::of(&tail),
            stripe: self.stripe,
            j,
        };
        let zeros_end = self.pack_bytes - self.data_bytes - TRAILER_BYTES;
        tail.resize((tail.len() as u64).max(zeros_end) as usize, 0);
        tail.extend(trailer.to_bytes());
        tail
    }
}

/// Bytes of every recovery pack of a stripe whose kit is `kit`; of the kit,
/// `pack_bytes` and the `Payload-Oxum` of the recovery bag may still be open,
/// since both follow from this length.
///
/// They are counted with 96 bytes, which is room for 20 digits of the one and
/// the whole line of the other.
pub fn recovery_pack_bytes(kit: &Kit) -> u64 {
    let mut open = kit.clone();
    open.pack_bytes = 0;
    if let Some(info) = open.recovery_bag.get_mut("bag-info.txt") {
        *info = without_oxum(info);
    }
    let tail = open.to_bytes().len() as u64 + OPEN_BYTES + TRAILER_BYTES;
    (open.data_bytes + tail).next_multiple_of(open.piece_length)
}

fn without_oxum(info: &str) -> String {
    info.lines()
        .filter(|line| !line.starts_with("Payload-Oxum:"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

impl Trailer {
    pub fn to_bytes(&self) -> [u8; TRAILER_BYTES as usize] {
        let mut bytes = [0; TRAILER_BYTES as usize];
        bytes[0..8].copy_from_slice(MAGIC);
        bytes[8..16].copy_from_slice(&self.data_bytes.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.kit_bytes.to_le_bytes());
        bytes[24..56].copy_from_slice(self.kit_sha256.as_bytes());
        bytes[56..60].copy_from_slice(&self.stripe.to_le_bytes());
        bytes[60..64].copy_from_slice(&self.j.to_le_bytes());
        let digest = Digest::of(&bytes[..64]);
        bytes[64..96].copy_from_slice(digest.as_bytes());
        bytes[120..128].copy_from_slice(END);
        bytes
    }

    /// `None` when the bytes are no trailer or any of them is damaged.
    pub fn parse(bytes: &[u8; TRAILER_BYTES as usize]) -> Option<Self> {
        let trailer = Self {
            data_bytes: u64::from_le_bytes(part(bytes, 8)),
            kit_bytes: u64::from_le_bytes(part(bytes, 16)),
            kit_sha256: Digest::from_bytes(part(bytes, 24)),
            stripe: u32::from_le_bytes(part(bytes, 56)),
            j: u32::from_le_bytes(part(bytes, 60)),
        };
        (trailer.to_bytes() == *bytes).then_some(trailer)
    }
}

fn part<const N: usize>(bytes: &[u8; TRAILER_BYTES as usize], at: usize) -> [u8; N] {
    *bytes[at..]
        .first_chunk()
        .expect("every field lies within the trailer")
}

/// Reads trailer and kit from the end of a recovery pack.
pub fn read_kit(file: &mut (impl Read + Seek)) -> Result<(Kit, Trailer), ReadKitError> {
    let length = file.seek(SeekFrom::End(0)).map_err(ReadKitError::Read)?;
    let end = length
        .checked_sub(TRAILER_BYTES)
        .ok_or(ReadKitError::Short)?;
    let mut bytes = [0; TRAILER_BYTES as usize];
    file.seek(SeekFrom::Start(end))
        .map_err(ReadKitError::Read)?;
    file.read_exact(&mut bytes).map_err(ReadKitError::Read)?;
    let trailer = Trailer::parse(&bytes).ok_or(ReadKitError::Trailer)?;
    read_kit_at(file, &trailer, end)
}

/// Reads the kit that `trailer` tells of; `end` is the offset of the trailer.
pub fn read_kit_at(
    file: &mut (impl Read + Seek),
    trailer: &Trailer,
    end: u64,
) -> Result<(Kit, Trailer), ReadKitError> {
    let kit_end = trailer.data_bytes.checked_add(trailer.kit_bytes);
    if kit_end.is_none_or(|kit_end| kit_end > end) || trailer.kit_bytes > MOST_KIT_BYTES {
        return Err(ReadKitError::Place);
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(trailer.data_bytes))
        .map_err(ReadKitError::Read)?;
    let mut portion = file.take(trailer.kit_bytes);
    portion
        .read_to_end(&mut bytes)
        .map_err(ReadKitError::Read)?;
    if Digest::of(&bytes) != trailer.kit_sha256 {
        return Err(ReadKitError::Digest);
    }
    let kit = Kit::parse(&bytes)?;
    let agrees = kit.data_bytes == trailer.data_bytes
        && kit.stripe == trailer.stripe
        && trailer.j < u32::from(kit.m);
    match agrees {
        true => Ok((kit, *trailer)),
        false => Err(ReadKitError::Contradiction),
    }
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl From<Subtrees> for String {
    fn from(subtrees: Subtrees) -> Self {
        subtrees.0.iter().map(Digest::to_string).collect()
    }
}

impl TryFrom<String> for Subtrees {
    type Error = ParseSubtreesError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (groups, rest) = text.as_bytes().as_chunks::<64>();
        if !rest.is_empty() {
            return Err(ParseSubtreesError);
        }
        let digests = groups.iter().map(|group| {
            let text = std::str::from_utf8(group).ok()?;
            text.parse().ok()
        });
        digests
            .collect::<Option<_>>()
            .map(Self)
            .ok_or(ParseSubtreesError)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use {super::*, std::io::Cursor};

    pub fn sample() -> Kit {
        let digest = Digest::of(b"x");
        Kit {
            longplay: "kit".into(),
            version: 1,
            tranche: "0001-audio-open".into(),
            stripe: 3,
            k: 4,
            m: 2,
            data_bytes: 3 << 20,
            pack_bytes: (3 << 20) + 32_768,
            piece_length: 16_384,
            stripes: 4,
            files: vec![KitFile {
                path: "data/packs/0001-audio-open-000012.tar".parse().unwrap(),
                bytes: 3 << 20,
                sha256: digest,
                root: digest,
                subtrees: Subtrees(vec![digest; 3]),
            }],
            recovery: (0..2)
                .map(|j| KitRecovery {
                    path: format!("data/recovery/r{j}.rec").parse().unwrap(),
                    sha256: digest,
                    root: digest,
                    subtrees: Subtrees(vec![digest; 3]),
                })
                .collect(),
            bag: [("README.txt".into(), "Read „me“.\n".into())].into(),
            recovery_bag: [(
                "bag-info.txt".into(),
                "A: b\nPayload-Oxum: 12345.6\n".into(),
            )]
            .into(),
        }
    }

    fn pack() -> Vec<u8> {
        let kit = sample();
        let mut pack = vec![0; kit.data_bytes as usize];
        pack.extend(kit.tail(1));
        pack
    }

    #[test]
    fn the_kit_is_found_from_the_end() {
        let pack = pack();
        assert_eq!(pack.len() as u64, sample().pack_bytes);
        let (kit, trailer) = read_kit(&mut Cursor::new(&pack)).unwrap();
        assert_eq!(kit, sample());
        assert_eq!((trailer.stripe, trailer.j), (3, 1));
        assert_eq!(trailer.kit_bytes, kit.to_bytes().len() as u64);
    }

    #[test]
    fn keys_come_in_the_order_of_the_format() {
        let text = String::from_utf8(sample().to_bytes()).unwrap();
        let start = "{\"longplay\":\"kit\",\"version\":1,\"tranche\":\"0001-audio-open\",\
            \"stripe\":3,\"k\":4,\"m\":2,\"data_bytes\":3145728,\"pack_bytes\":3178496,\
            \"piece_length\":16384,\"stripes\":4,\"files\":[{\"path\":";
        assert!(text.starts_with(start), "{text}");
    }

    #[test]
    fn every_damaged_byte_of_kit_and_trailer_is_found() {
        let whole = pack();
        let kit_end = sample().data_bytes as usize + sample().to_bytes().len();
        let trailer = whole.len() - TRAILER_BYTES as usize;
        for at in (sample().data_bytes as usize..kit_end).chain(trailer..whole.len()) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x20;
            assert!(read_kit(&mut Cursor::new(&damaged)).is_err(), "byte {at}");
        }
    }

    #[test]
    fn files_cut_short_are_refused() {
        let whole = pack();
        for length in [0, 127, 128, whole.len() - 1, whole.len() - 16_384] {
            assert!(read_kit(&mut Cursor::new(&whole[..length])).is_err());
        }
    }

    #[test]
    fn a_trailer_that_points_astray_is_refused() {
        for (data_bytes, kit_bytes) in [(u64::MAX, 2), (0, u64::MAX), (1 << 40, 1)] {
            let trailer = Trailer {
                data_bytes,
                kit_bytes,
                kit_sha256: Digest::of(b""),
                stripe: 0,
                j: 0,
            };
            let bytes = trailer.to_bytes();
            assert_eq!(Trailer::parse(&bytes), Some(trailer));
            assert!(matches!(
                read_kit(&mut Cursor::new(&bytes[..])),
                Err(ReadKitError::Place)
            ));
        }
    }

    #[test]
    fn the_length_leaves_room_for_what_follows_from_it() {
        let mut kit = sample();
        kit.pack_bytes = recovery_pack_bytes(&kit);
        assert_eq!(kit.tail(0).len() as u64, kit.pack_bytes - kit.data_bytes);
        assert_eq!(kit.pack_bytes % kit.piece_length, 0);
        let longest = format!("A: b\nPayload-Oxum: {0}.{0}\n", u64::MAX);
        kit.recovery_bag.insert("bag-info.txt".into(), longest);
        assert_eq!(recovery_pack_bytes(&kit), kit.pack_bytes);
        kit.pack_bytes = u64::MAX;
        let stretched = kit.to_bytes().len() as u64 + TRAILER_BYTES;
        assert!(kit.data_bytes + stretched <= recovery_pack_bytes(&kit));
    }

    #[test]
    fn subtrees_are_whole_digests() {
        assert!(Subtrees::try_from("ab".to_owned()).is_err());
        assert!(Subtrees::try_from("g".repeat(64)).is_err());
        assert_eq!(Subtrees::try_from(String::new()), Ok(Subtrees(Vec::new())));
    }
}
