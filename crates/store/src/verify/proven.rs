use {
    crate::{
        facts::{
            Bag, Folders, Place, Promise,
            known::LeafSlice,
            listing::{Listing, Trust, read_listing},
            observe::Observation,
            place::Found,
            sheets::{FOLDER, ProvenSheet},
        },
        leaves::{LeafEntry, prove},
        merkle::{LEAF_BYTES, root_of},
        verify::survey::is_large,
    },
    longplay_model::Digest,
    longplay_wide::hash_each,
    std::{collections::BTreeMap, iter, ops::Range, sync::Arc},
};

/// Leaf files that the journal vouches for: it has the digest of the tag
/// manifest, that of the manifest, and that of the leaf file.
#[derive(Debug)]
pub struct Proven<'a> {
    folders: &'a Folders,
    bags: Vec<(Bag, Listing)>,
}

/// What a large file should be, to the leaf.
#[derive(Debug, Clone)]
pub struct Expected {
    pub place: Place,
    entry: LeafEntry,
    subtrees: Vec<Digest>,
    /// Its leaves, where memory holds them, and where they stand.
    kept: Option<Leaves>,
    slice: Option<LeafSlice>,
}

/// The leaves of a file, as they should be.
#[derive(Debug, Clone)]
pub struct Leaves(Arc<Vec<Digest>>);

impl<'a> Proven<'a> {
    pub fn new(folders: &'a Folders, promise: &Promise) -> Self {
        let digests = [(Bag::Data, promise.data), (Bag::Recovery, promise.recovery)];
        let bags = digests.map(|(bag, digest)| (bag, read_listing(folders, bag, digest)));
        let is_proven = |(_, listing): &(Bag, Listing)| listing.payload_trust == Trust::Proven;
        Self {
            folders,
            bags: bags.into_iter().filter(is_proven).collect(),
        }
    }

    /// The large files that should be there.
    pub fn large(&self) -> impl Iterator<Item = Place> {
        self.listed().filter(is_large)
    }

    pub fn sheets(&self) -> impl Iterator<Item = Place> {
        self.listed().filter(|place| place.path.starts_with(FOLDER))
    }

    fn listed(&self) -> impl Iterator<Item = Place> {
        self.bags.iter().flat_map(|(bag, listing)| {
            let paths = listing.payload.keys();
            paths.map(|path| Place {
                bag: *bag,
                path: path.clone(),
            })
        })
    }

    /// What a leaf file is and says of its files; nothing where it is not what it
    /// should be.
    pub fn read(&self, sheet: &Place) -> Option<(ProvenSheet, Vec<Expected>)> {
        let location = self.folders.location_of(sheet)?;
        let mut proven = prove(&*location.open().ok()?).ok()?.ok()?;
        if self.digest_of(sheet)? != proven.sha256 || !proven.is_written_so {
            return None;
        }
        let file = Found {
            place: sheet.clone(),
            location,
            bytes: proven.bytes,
        };
        let mut kept = proven.leaves.take().into_iter().flatten();
        let proven = ProvenSheet::new(&file, proven);
        let files = iter::zip(&proven.sheet.files, &proven.entries);
        let expected = files.filter_map(|(place, entry)| {
            let kept = kept.next().map(|leaves| Leaves(leaves.into()));
            let known = &proven.sheet.claims.get(place)?.known;
            let is_listed = self.digest_of(place) == Some(entry.sha256);
            is_listed.then(|| Expected {
                place: place.clone(),
                entry: entry.clone(),
                subtrees: known.subtrees.clone(),
                kept,
                slice: known.leaves.clone(),
            })
        });
        let expected = expected.collect();
        Some((proven, expected))
    }

    /// What the files of these leaf files should be.
    pub fn read_all(&self, sheets: impl IntoIterator<Item = Place>) -> BTreeMap<Place, Expected> {
        let read = sheets.into_iter().filter_map(|sheet| self.read(&sheet));
        let expected = read.flat_map(|(_, expected)| expected);
        expected.map(|it| (it.place.clone(), it)).collect()
    }

    /// What the files should be of which a leaf file that was read speaks.
    pub fn observations<'b>(
        &'b self,
        proven: &'b ProvenSheet,
    ) -> impl Iterator<Item = (&'b Place, Observation)> {
        let files = proven.sheet.files.iter().zip(&proven.entries);
        files.filter_map(|(place, entry)| {
            let subtrees = &proven.sheet.claims.get(place)?.known.subtrees;
            let is_listed = self.digest_of(place) == Some(entry.sha256);
            is_listed.then(|| (place, observation(entry, subtrees)))
        })
    }

    fn digest_of(&self, place: &Place) -> Option<Digest> {
        let (_, listing) = self.bags.iter().find(|(bag, _)| *bag == place.bag)?;
        listing.payload.get(&place.path).copied()
    }
}

impl Expected {
    pub const fn bytes(&self) -> u64 {
        self.entry.bytes
    }

    /// Its leaves; those of a large stripe do not fit into memory, and are read again.
    /// Nothing where the leaf file gives others by now.
    pub fn leaves(&self) -> Option<Leaves> {
        if self.kept.is_some() {
            return self.kept.clone();
        }
        let leaves = self.slice.as_ref()?.read(self.entry.bytes)?;
        (root_of(&leaves) == self.entry.root).then(|| Leaves(leaves.into()))
    }

    /// What is seen of a file whose every leaf is as it should be.
    pub fn observation(&self) -> Observation {
        observation(&self.entry, &self.subtrees)
    }
}

impl Leaves {
    /// What these leaves should be.
    pub fn between(&self, leaves: Range<u64>) -> &[Digest] {
        &self.0[leaves.start as usize..leaves.end as usize]
    }

    /// How many leaves of `bytes`, which begin with a leaf at `at`, are as they should be,
    /// up to the first that is not.
    pub fn agrees_from(&self, at: u64, bytes: &[u8]) -> u64 {
        let leaves = self.0.iter().skip((at / LEAF_BYTES) as usize);
        let hashes = hash_each(bytes, LEAF_BYTES as usize);
        let pairs = iter::zip(&hashes, leaves);
        pairs
            .take_while(|(hash, leaf)| Digest::from_bytes(**hash) == **leaf)
            .count() as u64
    }
}

fn observation(entry: &LeafEntry, subtrees: &[Digest]) -> Observation {
    Observation {
        bytes: entry.bytes,
        sha256: entry.sha256,
        root: entry.root,
        subtrees: subtrees.to_vec(),
        unreadable: 0,
    }
}
