use {
    crate::{
        facts::{
            known::{Known, LeafSlice},
            place::{Bag, Found, Place},
        },
        leaves::{LeafEntry, LeafFile, leaf_file_bytes},
        merkle::{LEAF_BYTES, leaf_count, subtrees_and_root},
    },
    longplay_model::Digest,
    serde::Deserialize,
    std::{collections::BTreeMap, sync::Arc},
};

/// What a leaf file says, taken entry by entry: a damaged hash spoils only the
/// file that it belongs to.
#[derive(Debug, Clone)]
pub struct Sheet {
    pub place: Place,
    /// Of the leaf file as it is.
    pub digest: Digest,
    pub tranche: String,
    pub stripe: u32,
    /// In the order of the stripe.
    pub files: Vec<Place>,
    pub claims: BTreeMap<Place, SheetClaim>,
}

/// A leaf file that is as it was sealed, byte for byte. It is read and proven once for
/// all that is asked of it; its leaves are not kept.
#[derive(Debug)]
pub struct ProvenSheet {
    /// Of the leaf file.
    pub bytes: u64,
    pub sheet: Sheet,
    /// In the order of the stripe.
    pub entries: Vec<LeafEntry>,
}

/// Leaf files that were proven, by their places.
pub type ProvenSheets = BTreeMap<Place, Arc<ProvenSheet>>;

/// What a leaf file says of one file.
#[derive(Debug, Clone)]
pub struct SheetClaim {
    pub known: Known,
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

/// Reads what can be read of a leaf file; `None` when its first line is lost.
pub fn read_sheet(file: &Found) -> Option<Sheet> {
    let bytes = file.location.read().ok()?;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let head: Head = serde_json::from_slice(&bytes[..end]).ok()?;
    let is_ours = head.longplay == "leaves" && head.version == 1 && head.leaf_bytes == LEAF_BYTES;
    is_ours.then(|| sheet(file, head, &bytes, end + 1))
}

fn sheet(file: &Found, head: Head, bytes: &[u8], mut at: usize) -> Sheet {
    let place = |entry: &LeafEntry| Place {
        bag: file.place.bag,
        path: entry.path.to_string(),
    };
    let files = head.files.iter().map(place).collect();
    let mut claims = BTreeMap::new();
    for entry in &head.files {
        let length = usize::try_from(leaf_count(entry.bytes).saturating_mul(32));
        let end = length.ok().and_then(|length| at.checked_add(length));
        let mine = end.and_then(|end| bytes.get(at..end)).unwrap_or(&[]);
        // A length whose leaves no file of this size can hold is not believed.
        if length.is_ok_and(|length| length <= bytes.len()) {
            claims.insert(place(entry), claim(file, entry, mine, at as u64));
        }
        at = end.unwrap_or(usize::MAX);
    }
    Sheet {
        place: file.place.clone(),
        digest: Digest::of(bytes),
        tranche: head.tranche,
        stripe: head.stripe,
        files,
        claims,
    }
}

fn claim(file: &Found, entry: &LeafEntry, hashes: &[u8], offset: u64) -> SheetClaim {
    let (hashes, _) = hashes.as_chunks::<32>();
    let leaves: Vec<_> = hashes
        .iter()
        .map(|hash| Digest::from_bytes(*hash))
        .collect();
    let (subtrees, root) = subtrees_and_root(&leaves);
    let proven = leaves.len() as u64 == leaf_count(entry.bytes) && root == entry.root;
    claim_of(
        file,
        entry,
        if proven { subtrees } else { Vec::new() },
        offset,
    )
}

fn claim_of(file: &Found, entry: &LeafEntry, subtrees: Vec<Digest>, offset: u64) -> SheetClaim {
    SheetClaim {
        known: Known {
            bytes: Some(entry.bytes),
            sha256: Some(entry.sha256),
            root: Some(entry.root),
            subtrees,
            leaves: Some(LeafSlice {
                location: file.location.clone(),
                offset,
            }),
        },
    }
}

impl ProvenSheet {
    /// Of a leaf file that stands in `file` and has this digest; `subtrees` are those of
    /// its files.
    pub fn new(
        file: &Found,
        digest: Digest,
        leaf_file: &LeafFile,
        subtrees: &[Vec<Digest>],
    ) -> Self {
        let LeafFile {
            tranche,
            stripe,
            files,
            hashes,
        } = leaf_file;
        let place = |entry: &LeafEntry| Place {
            bag: file.place.bag,
            path: entry.path.to_string(),
        };
        let bytes = leaf_file_bytes(tranche, *stripe, files);
        let mut offset = bytes - 32 * hashes.iter().map(|leaves| leaves.len() as u64).sum::<u64>();
        let mut claims = BTreeMap::new();
        for (entry, subtrees) in files.iter().zip(subtrees) {
            claims.insert(
                place(entry),
                claim_of(file, entry, subtrees.clone(), offset),
            );
            offset += 32 * leaf_count(entry.bytes);
        }
        Self {
            bytes,
            sheet: Sheet {
                place: file.place.clone(),
                digest,
                tranche: tranche.clone(),
                stripe: *stripe,
                files: files.iter().map(place).collect(),
                claims,
            },
            entries: files.clone(),
        }
    }
}

/// Where leaf files stand.
pub const FOLDER: &str = "data/leaves/";

/// All readable leaf files of a bag; those that were proven before are not read again.
pub fn read_sheets(files: &[Found], bag: Bag, proven: &ProvenSheets) -> Vec<Sheet> {
    let is_sheet = |file: &&Found| file.place.bag == bag && file.place.path.starts_with(FOLDER);
    let sheet = |file: &Found| match proven_of(proven, file) {
        Some(proven) => Some(proven.sheet.clone()),
        None => read_sheet(file),
    };
    files.iter().filter(is_sheet).filter_map(sheet).collect()
}

/// What was proven of a leaf file that has not changed its length since.
pub fn proven_of<'a>(proven: &'a ProvenSheets, file: &Found) -> Option<&'a ProvenSheet> {
    let sheet = proven.get(&file.place)?;
    (sheet.bytes == file.bytes).then_some(&**sheet)
}
