//! The head of a segment: which tranches it covers.

use {
    super::block::Seed,
    longplay_model::Digest,
    serde::{Deserialize, Serialize},
};

/// The last bytes of a segment.
pub const MAGIC: &[u8; 8] = b"lp-hold\n";

/// Bytes of the trailer.
pub const TRAILER_BYTES: u64 = 24;

pub const VERSION: u32 = 1;

/// Ending of the names of segments.
pub const ENDING: &str = ".holdings";

/// The head of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// `holdings`.
    pub longplay: String,
    /// 1.
    pub version: u32,
    pub entries: u64,
    pub blocks: u64,
    pub fences_sha256: Digest,
    /// In the order of their sealing; entries name them by their place here.
    pub tranches: Vec<Covered>,
}

/// A tranche that is wholly in a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    pub name: String,
    /// Digest of its `tagmanifest-sha256.txt`, as the journal has it.
    pub tagmanifest: Digest,
    /// Members of its packs.
    pub entries: u64,
}

/// A segment as the list has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub file: String,
    /// Of the whole file.
    pub bytes: u64,
    /// Digest of its head.
    pub head: Digest,
}

/// What ties the blocks of a segment of these tranches to it.
pub fn seed_of(tranches: &[Covered]) -> Seed {
    Seed::of(&serde_json::to_vec(tranches).expect("strings and numbers are always JSON"))
}

/// The name of a segment with this head.
pub fn file_of(head: &Digest) -> String {
    format!("{}{ENDING}", &head.to_string()[..16])
}
