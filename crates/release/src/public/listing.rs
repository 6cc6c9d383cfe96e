//! `tranches.json`: what is public, for programs (`docs/format/release.md`).

use {
    crate::torrent::{InfohashV1, Metainfo},
    longplay_model::{Access, Digest, RightsUri, Timestamp},
    serde::{Deserialize, Serialize},
    std::{fs, path::Path},
};

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// `tranches`.
    pub longplay: String,
    /// 1.
    pub version: u32,
    /// Name of the archive.
    pub archive: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// In the order of release.
    pub tranches: Vec<PublicTranche>,
}

/// One released tranche.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublicTranche {
    pub name: String,
    /// `metadata`, `audio` or `art`.
    pub phase: String,
    pub access: Access,
    pub sealed: Timestamp,
    /// When it could be released first: sealed, and its embargo over.
    pub opened: Timestamp,
    /// Bytes of all files of the bag.
    pub bytes: u64,
    pub files: u64,
    pub recordings: u64,
    pub covers: u64,
    pub duration_ms: u64,
    /// Items by rights statement, by URI.
    pub rights: Vec<RightsCount>,
    /// Digest of `tagmanifest-sha256.txt`, from which all else follows.
    pub tagmanifest: Digest,
    pub torrent: PublicTorrent,
    /// Absent where there are no packs, and in listings of before there were proofs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proofs: Option<PublicProofs>,
    pub recovery: PublicRecovery,
}

/// What parts of packs can be proven by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicProofs {
    /// Beside this file.
    pub file: String,
    pub sha256: Digest,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RightsCount {
    pub uri: RightsUri,
    pub items: u64,
}

/// The recovery packs of a tranche: a bag and a torrent of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublicRecovery {
    pub name: String,
    pub bytes: u64,
    pub files: u64,
    pub tagmanifest: Digest,
    pub torrent: PublicTorrent,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublicTorrent {
    /// Beside this file.
    pub file: String,
    pub infohash_v1: InfohashV1,
    pub infohash_v2: Digest,
    pub magnet: String,
    pub piece_length: u64,
}

/// The name of the file.
pub const LISTING: &str = "tranches.json";

impl Listing {
    pub fn new(archive: &str, contact: Option<&str>) -> Self {
        Self {
            longplay: "tranches".into(),
            version: 1,
            archive: archive.into(),
            contact: contact.map(str::to_owned),
            tranches: Vec::new(),
        }
    }

    /// The listing of an earlier release, when there is one that can be read.
    /// Nothing rests on it that is not checked.
    pub fn open(folder: &Path) -> Option<Self> {
        let bytes = fs::read(folder.join(LISTING)).ok()?;
        let listing: Self = serde_json::from_slice(&bytes).ok()?;
        (listing.longplay == "tranches" && listing.version == 1).then_some(listing)
    }

    pub fn find(&self, name: &str) -> Option<&PublicTranche> {
        self.tranches.iter().find(|tranche| tranche.name == name)
    }

    /// The text of the file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// When the archive was last added to; 1970 where nothing is public.
    pub fn updated(&self) -> Timestamp {
        let opened = self.tranches.iter().map(|tranche| tranche.opened);
        opened
            .max()
            .unwrap_or_else(|| Timestamp::from_unix_seconds(0))
    }
}

impl PublicTorrent {
    /// Of a hybrid torrent; `None` for any other.
    pub fn of(metainfo: &Metainfo) -> Option<Self> {
        Some(Self {
            file: format!("{}.torrent", metainfo.name),
            infohash_v1: metainfo.infohash_v1?,
            infohash_v2: metainfo.infohash_v2?,
            magnet: metainfo.magnet(),
            piece_length: metainfo.piece_length,
        })
    }
}
