use {
    crate::{
        facts::{
            Bag, Folders, Place, Promise,
            listing::{Listing, Trust, read_listing, read_text},
            observe::Observation,
            place::Found,
            sheets::{FOLDER, ProvenSheet},
        },
        leaves::{LeafEntry, LeafFile, is_written_so},
        merkle::LEAF_BYTES,
        verify::survey::is_large,
    },
    longplay_model::Digest,
    longplay_wide::hash_each,
    std::{collections::BTreeMap, iter, ops::Range},
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
    pub leaves: Vec<Digest>,
    subtrees: Vec<Digest>,
}

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
        let bytes = read_text(&location)?;
        let digest = self.digest_of(sheet)?;
        if digest != Digest::of(&bytes) {
            return None;
        }
        let (leaf_file, subtrees) = LeafFile::parse_with_subtrees(&bytes).ok()?;
        if !is_written_so(&leaf_file, &bytes) {
            return None;
        }
        let file = Found {
            place: sheet.clone(),
            location,
            bytes: bytes.len() as u64,
        };
        let proven = ProvenSheet::new(&file, digest, &leaf_file, &subtrees);
        let LeafFile { files, hashes, .. } = leaf_file;
        let expected = files.into_iter().zip(hashes).zip(subtrees);
        let expected = expected.map(|((entry, leaves), subtrees)| Expected {
            place: Place {
                bag: sheet.bag,
                path: entry.path.to_string(),
            },
            entry,
            leaves,
            subtrees,
        });
        let expected = expected.filter(|it| self.digest_of(&it.place) == Some(it.entry.sha256));
        Some((proven, expected.collect()))
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

    /// What these leaves should be.
    pub fn between(&self, leaves: Range<u64>) -> &[Digest] {
        &self.leaves[leaves.start as usize..leaves.end as usize]
    }

    /// How many leaves of `bytes`, which begin with a leaf at `at`, are as they should be,
    /// up to the first that is not.
    pub fn agrees_from(&self, at: u64, bytes: &[u8]) -> u64 {
        let leaves = self.leaves.iter().skip((at / LEAF_BYTES) as usize);
        let hashes = hash_each(bytes, LEAF_BYTES as usize);
        let pairs = iter::zip(&hashes, leaves);
        pairs
            .take_while(|(hash, leaf)| Digest::from_bytes(**hash) == **leaf)
            .count() as u64
    }

    /// What is seen of a file whose every leaf is as it should be.
    pub fn observation(&self) -> Observation {
        observation(&self.entry, &self.subtrees)
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
