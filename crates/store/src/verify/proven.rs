use {
    crate::{
        facts::{
            Bag, Folders, Place, Promise,
            listing::{Listing, Trust, read_listing, read_text},
            observe::Observation,
            sheets::FOLDER,
        },
        leaves::{LeafEntry, LeafFile},
        merkle::subtrees_of,
        verify::survey::is_large,
    },
    longplay_model::Digest,
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

    /// What a leaf file says of its files; nothing where it is not what it
    /// should be.
    pub fn files_of(&self, sheet: &Place) -> Vec<Expected> {
        self.read(sheet).unwrap_or_default()
    }

    fn read(&self, sheet: &Place) -> Option<Vec<Expected>> {
        let (bag, listing) = self.bags.iter().find(|(bag, _)| *bag == sheet.bag)?;
        let bytes = read_text(&self.folders.location_of(sheet)?)?;
        if listing.payload.get(&sheet.path) != Some(&Digest::of(&bytes)) {
            return None;
        }
        let LeafFile { files, hashes, .. } = LeafFile::parse(&bytes).ok()?;
        let expected = files
            .into_iter()
            .zip(hashes)
            .map(|(entry, leaves)| Expected {
                place: Place {
                    bag: *bag,
                    path: entry.path.to_string(),
                },
                entry,
                leaves,
            });
        let is_listed =
            |it: &Expected| listing.payload.get(&it.place.path) == Some(&it.entry.sha256);
        Some(expected.filter(is_listed).collect())
    }
}

impl Expected {
    pub const fn bytes(&self) -> u64 {
        self.entry.bytes
    }

    /// What is seen of a file whose every leaf is as it should be.
    pub fn observation(&self) -> Observation {
        Observation {
            bytes: self.entry.bytes,
            sha256: self.entry.sha256,
            root: self.entry.root,
            subtrees: subtrees_of(&self.leaves),
            unreadable: 0,
        }
    }
}
