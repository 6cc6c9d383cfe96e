use {
    crate::{
        facts::{
            known::{Known, LeafSlice},
            place::{Bag, Found, Place},
        },
        leaves::LeafEntry,
        merkle::{LEAF_BYTES, leaf_count, root_of, subtrees_of},
    },
    longplay_model::Digest,
    serde::Deserialize,
    std::collections::BTreeMap,
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
    let proven = leaves.len() as u64 == leaf_count(entry.bytes) && root_of(&leaves) == entry.root;
    SheetClaim {
        known: Known {
            bytes: Some(entry.bytes),
            sha256: Some(entry.sha256),
            root: Some(entry.root),
            subtrees: if proven {
                subtrees_of(&leaves)
            } else {
                Vec::new()
            },
            leaves: Some(LeafSlice {
                location: file.location.clone(),
                offset,
            }),
        },
    }
}

/// Where leaf files stand.
pub const FOLDER: &str = "data/leaves/";

/// All readable leaf files of a bag.
pub fn read_sheets(files: &[Found], bag: Bag) -> Vec<Sheet> {
    files
        .iter()
        .filter(|file| file.place.bag == bag && file.place.path.starts_with(FOLDER))
        .filter_map(read_sheet)
        .collect()
}
