use {
    crate::{
        disk::DiskFile,
        facts::{
            known::{Known, LeafSlice},
            place::{Bag, Found, Place},
        },
        leaves::{LeafEntry, ProvenLeaves, hashes_of, read_line},
        merkle::{LEAF_BYTES, TreeHasher, leaf_count},
    },
    longplay_model::Digest,
    serde::Deserialize,
    sha2::{Digest as _, Sha256},
    std::{collections::BTreeMap, io, iter, sync::Arc},
};

/// Bytes of leaves that are read at a time.
const PORTION: u64 = 1 << 20;

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

/// Reads what can be read of a leaf file; `None` when its first line is lost, or the disk
/// does not give it.
pub fn read_sheet(file: &Found) -> Option<Sheet> {
    sheet(file, &*file.location.open().ok()?).ok()?
}

fn sheet(file: &Found, opened: &dyn DiskFile) -> io::Result<Option<Sheet>> {
    let bytes = opened.bytes()?;
    let line = read_line(opened, bytes)?;
    let head = line.strip_suffix(b"\n").map(serde_json::from_slice::<Head>);
    let Some(Ok(head)) = head else {
        return Ok(None);
    };
    if head.longplay != "leaves" || head.version != 1 || head.leaf_bytes != LEAF_BYTES {
        return Ok(None);
    }
    let place = |entry: &LeafEntry| Place {
        bag: file.place.bag,
        path: entry.path.to_string(),
    };
    let mut claims = BTreeMap::new();
    let mut start = line.len() as u64;
    let mut reading = Reading {
        file: opened,
        bytes,
        at: start,
        hasher: Sha256::new_with_prefix(&line),
    };
    for entry in &head.files {
        let length = leaf_count(entry.bytes).saturating_mul(32);
        let end = start.saturating_add(length);
        let (subtrees, root) = reading.leaves(end)?;
        let is_proven = reading.at == end && root == entry.root;
        // A length whose leaves no file of this size can hold is not believed.
        if length <= bytes {
            let subtrees = if is_proven { subtrees } else { Vec::new() };
            claims.insert(place(entry), claim_of(file, entry, subtrees, start));
        }
        start = end;
    }
    reading.rest()?;
    Ok(Some(Sheet {
        place: file.place.clone(),
        digest: reading.hasher.into(),
        tranche: head.tranche,
        stripe: head.stripe,
        files: head.files.iter().map(place).collect(),
        claims,
    }))
}

/// A leaf file that is read from its start to its end.
struct Reading<'a> {
    file: &'a dyn DiskFile,
    bytes: u64,
    at: u64,
    hasher: Sha256,
}

impl Reading<'_> {
    /// Reads leaves up to `end`, or as many as there are.
    fn leaves(&mut self, end: u64) -> io::Result<(Vec<Digest>, Digest)> {
        let mut tree = TreeHasher::default();
        while let Some(portion) = self.next(end.min(self.bytes))? {
            tree.update(&hashes_of(&portion));
        }
        Ok(tree.finish())
    }

    /// Reads what comes after all leaves.
    fn rest(&mut self) -> io::Result<()> {
        while self.next(self.bytes)?.is_some() {}
        Ok(())
    }

    fn next(&mut self, end: u64) -> io::Result<Option<Vec<u8>>> {
        if self.at >= end {
            return Ok(None);
        }
        let mut portion = vec![0; (end - self.at).min(PORTION) as usize];
        self.file.read_exact_at(&mut portion, self.at)?;
        self.hasher.update(&portion);
        self.at += portion.len() as u64;
        Ok(Some(portion))
    }
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
    /// Of a leaf file that stands in `file`.
    pub(crate) fn new(file: &Found, proven: ProvenLeaves) -> Self {
        let place = |entry: &LeafEntry| Place {
            bag: file.place.bag,
            path: entry.path.to_string(),
        };
        let mut offset = proven.head_bytes;
        let mut claims = BTreeMap::new();
        for (entry, subtrees) in iter::zip(&proven.files, proven.subtrees) {
            claims.insert(place(entry), claim_of(file, entry, subtrees, offset));
            offset += 32 * leaf_count(entry.bytes);
        }
        Self {
            bytes: proven.bytes,
            sheet: Sheet {
                place: file.place.clone(),
                digest: proven.sha256,
                tranche: proven.tranche,
                stripe: proven.stripe,
                files: proven.files.iter().map(place).collect(),
                claims,
            },
            entries: proven.files,
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
