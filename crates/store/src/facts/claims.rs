use {
    crate::{
        bag::parse_info,
        facts::{kits::HeldKit, known::Known, observe::Observation, place::Place},
        kit::Kit,
        pack::is_piece_length,
    },
    longplay_model::Digest,
    serde::Serialize,
    std::{
        collections::{BTreeMap, BTreeSet},
        sync::Arc,
    },
};

/// What the journal says of a tranche.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Promise {
    pub tranche: Option<String>,
    /// Digest of `tagmanifest-sha256.txt`.
    pub data: Option<Digest>,
    /// The same of the recovery bag.
    pub recovery: Option<Digest>,
}

/// How packs form stripes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Geometry {
    pub k: u8,
    pub m: u8,
    pub piece_length: u64,
    pub stripes: u32,
}

/// What a data file should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFact {
    pub place: Place,
    pub known: Known,
}

/// What a recovery pack should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryFact {
    pub place: Place,
    pub j: u8,
    /// Of its recovery data, bytes 0 to `D`−1: from the kit.
    pub coded: Option<Known>,
    /// Of the whole file: from leaf file and manifest of the recovery bag.
    pub whole: Option<Known>,
}

/// What a stripe should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeFacts {
    pub number: u32,
    /// In the order of the code; a last stripe may have fewer than `k`.
    pub data: Vec<FileFact>,
    pub recovery: Vec<RecoveryFact>,
    /// `D`.
    pub data_bytes: Option<u64>,
    pub kit: Option<Arc<Kit>>,
}

/// One voice on what the files of a stripe should be.
#[derive(Debug, Clone)]
pub struct Source {
    pub weight: u64,
    /// The files of the stripe, where the source knows them.
    pub files: Vec<Place>,
    pub claims: BTreeMap<Place, Known>,
}

impl Source {
    /// A kit speaks once for each recovery pack that holds it, and louder than
    /// a leaf file, whose first line has no digest of its own.
    pub fn of_kit(held: &HeldKit) -> Self {
        let place = |path: &longplay_model::RelativePath| Place::data(path.as_str());
        let known = |file: &crate::kit::KitFile| Known {
            bytes: Some(file.bytes),
            sha256: Some(file.sha256),
            root: Some(file.root),
            subtrees: file.subtrees.0.clone(),
            leaves: None,
        };
        let files = &held.kit.files;
        Self {
            weight: 2 * held.holders.len() as u64,
            files: files.iter().map(|file| place(&file.path)).collect(),
            claims: files
                .iter()
                .map(|file| (place(&file.path), known(file)))
                .collect(),
        }
    }

    /// How much the source is worth: what it rests on, and how many files on
    /// disk are what it says.
    pub fn votes(&self, seen: &BTreeSet<Digest>) -> u64 {
        self.weight + self.borne_out(seen)
    }

    /// Files of the stripe that are on disk as the source says.
    pub fn borne_out(&self, seen: &BTreeSet<Digest>) -> u64 {
        let claims = self.files.iter().filter_map(|place| self.claims.get(place));
        claims
            .filter(|known| known.sha256.is_some_and(|digest| seen.contains(&digest)))
            .count() as u64
    }
}

/// The digests of all files that were read.
pub fn digests(seen: &BTreeMap<Place, Observation>) -> BTreeSet<Digest> {
    seen.values().map(|seen| seen.sha256).collect()
}

/// The claim with most votes, completed by others of the same digest.
pub fn choose<'a>(claims: impl Iterator<Item = (u64, &'a Known)>) -> Option<Known> {
    type Claims<'a> = Vec<(u64, &'a Known)>;
    let mut by_digest: BTreeMap<Digest, (u64, Claims)> = BTreeMap::new();
    for (votes, known) in claims {
        let Some(digest) = known.sha256 else { continue };
        let entry = by_digest.entry(digest).or_default();
        entry.0 += votes;
        entry.1.push((votes, known));
    }
    let (_, mut best) = by_digest.into_values().max_by_key(|(votes, _)| *votes)?;
    best.sort_by_key(|(votes, _)| std::cmp::Reverse(*votes));
    best.into_iter()
        .map(|(_, known)| known.clone())
        .reduce(complete)
}

/// `first` with what only `second` knows, unless they contradict each other.
fn complete(mut first: Known, second: Known) -> Known {
    let contradict = |a: Option<Digest>, b: Option<Digest>| a.is_some() && b.is_some() && a != b;
    let lengths_differ = matches!((first.bytes, second.bytes), (Some(a), Some(b)) if a != b);
    if lengths_differ || contradict(first.root, second.root) {
        return first;
    }
    first.bytes = first.bytes.or(second.bytes);
    first.root = first.root.or(second.root);
    if first.subtrees.is_empty() {
        first.subtrees = second.subtrees;
    }
    first.leaves = first.leaves.or(second.leaves);
    first
}

impl Geometry {
    pub fn of_kit(kit: &Kit) -> Self {
        Self {
            k: kit.k,
            m: kit.m,
            piece_length: kit.piece_length,
            stripes: kit.stripes,
        }
    }

    /// From the lines `Longplay-Stripes: 3 of 20+4` and
    /// `Longplay-Piece-Length: 4194304` of a `bag-info.txt`.
    pub fn of_info(text: &str) -> Option<Self> {
        let info = parse_info(text);
        let (stripes, shards) = info.get("Longplay-Stripes")?.split_once(" of ")?;
        let (k, m) = shards.split_once('+')?;
        let piece_length: u64 = info.get("Longplay-Piece-Length")?.parse().ok()?;
        let geometry = Self {
            k: k.parse().ok()?,
            m: m.parse().ok()?,
            piece_length,
            stripes: stripes.parse().ok()?,
        };
        let possible = crate::code::Code::new(geometry.k, geometry.m).is_ok();
        (possible && is_piece_length(piece_length)).then_some(geometry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(content: &[u8]) -> Known {
        Known {
            sha256: Some(Digest::of(content)),
            ..Known::default()
        }
    }

    #[test]
    fn most_votes_win_and_are_added_up() {
        let (right, stale) = (known(b"right"), known(b"stale"));
        let chosen = choose([(2, &stale), (1, &right), (2, &right)].into_iter());
        assert_eq!(chosen, Some(right));
    }

    #[test]
    fn sources_of_one_digest_complete_each_other() {
        let manifest = known(b"x");
        let kit = Known {
            bytes: Some(1),
            root: Some(Digest::of(b"x")),
            ..known(b"x")
        };
        assert_eq!(choose([(5, &manifest), (1, &kit)].into_iter()), Some(kit));
    }

    #[test]
    fn geometry_is_read_from_the_bag_info() {
        let text = "Longplay-Stripes: 3 of 20+4\nLongplay-Piece-Length: 16384\n";
        let geometry = Geometry {
            k: 20,
            m: 4,
            piece_length: 16_384,
            stripes: 3,
        };
        assert_eq!(Geometry::of_info(text), Some(geometry));
        assert_eq!(Geometry::of_info("Longplay-Stripes: 3 of 20+400\n"), None);
    }
}
