use {
    crate::{
        bag::{BAGIT_TXT, MANIFEST, Manifest, TAG_MANIFEST, format_manifest, parse_manifest},
        disk::Location,
        facts::place::{Bag, Folders, Place},
        stranger::{READER, READER_NAME},
    },
    longplay_model::{Digest, RelativePath},
    std::collections::{BTreeMap, BTreeSet},
};

/// A text of a bag that is longer is not read.
const MOST_TEXT_BYTES: u64 = 256 << 20;

/// The tag files of every bag, but for the manifests.
pub const TAG_FILES: [&str; 4] = ["README.txt", "bag-info.txt", "bagit.txt", READER_NAME];

/// What the two manifests of a bag say, line by line: a damaged line spoils
/// itself alone.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    pub payload: Manifest,
    pub tags: Manifest,
    /// How far `payload` can be believed.
    pub payload_trust: Trust,
    /// How far `tags` can be believed.
    pub tags_trust: Trust,
}

/// What stands behind a manifest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Nothing but itself.
    #[default]
    Alone,
    /// The tag manifest has its digest.
    Agreed,
    /// The journal has the digest of the tag manifest, which is there or could be made
    /// again: nothing else is true.
    Proven,
}

/// Reads the manifests of a bag; what is missing or damaged says nothing.
///
/// `promised` is the digest that the journal has of the tag manifest. Where that is
/// damaged, it is made again from its lines, from the files that it names and from those
/// of the other bag; what has the digest then is the tag manifest, and proves as much as
/// the file itself would.
pub fn read_listing(folders: &Folders, bag: Bag, promised: Option<Digest>) -> Listing {
    let text = |name: &str| {
        let place = Place {
            bag,
            path: name.into(),
        };
        read_text(&folders.location_of(&place)?)
    };
    let tags_text = text(TAG_MANIFEST).unwrap_or_default();
    let payload_text = text(MANIFEST).unwrap_or_default();
    let mut proven = promised == Some(Digest::of(&tags_text));
    let mut tags = lines(&tags_text);
    if let Some(promised) = promised.filter(|_| !proven) {
        let names = tags.keys().map(String::as_str).chain(TAG_FILES);
        let names: BTreeSet<&str> = names.filter(|name| is_plain(name)).collect();
        let files = names.iter().filter(|name| **name != MANIFEST);
        let on_disk = files.clone().filter_map(|name| Some((*name, text(name)?)));
        let on_disk = on_disk.chain([(MANIFEST, payload_text.clone())]);
        let on_disk = on_disk.map(|(name, text)| (name.to_owned(), Digest::of(&text)));
        let beside = files.map(|name| ((*name).to_owned(), beside(folders, bag, name)));
        if let Some(remade) = remade(&tags, &on_disk.collect(), &beside.collect(), promised) {
            (tags, proven) = (remade, true);
        }
    }
    let agreed = tags.get(MANIFEST) == Some(&Digest::of(&payload_text));
    Listing {
        payload: lines(&payload_text),
        tags,
        payload_trust: match (agreed, proven) {
            (true, true) => Trust::Proven,
            (true, false) => Trust::Agreed,
            (false, _) => Trust::Alone,
        },
        tags_trust: match (proven, agreed) {
            (true, _) => Trust::Proven,
            (false, true) => Trust::Agreed,
            (false, false) => Trust::Alone,
        },
    }
}

/// The text of a tag file that this longplay writes into every tranche.
pub fn own_text(name: &str) -> Option<&'static str> {
    match name {
        "bagit.txt" => Some(BAGIT_TXT),
        READER_NAME => Some(READER),
        _ => None,
    }
}

/// What a tag file may be besides: most are alike in both bags, and some in every
/// tranche.
fn beside(folders: &Folders, bag: Bag, name: &str) -> Vec<Digest> {
    let place = Place {
        bag: match bag {
            Bag::Data => Bag::Recovery,
            Bag::Recovery => Bag::Data,
        },
        path: name.into(),
    };
    let other = folders.location_of(&place).and_then(|it| read_text(&it));
    let own = own_text(name).map(|text| Digest::of(text.as_bytes()));
    other
        .map(|text| Digest::of(&text))
        .into_iter()
        .chain(own)
        .collect()
}

/// A tag manifest has five lines, each of which may be one of four. More than these are
/// not tried.
const MOST_TRIES: usize = 1 << 12;

/// The tag manifest that has the promised digest, each of its lines as it is told, as
/// the file on disk says, or as what lies beside says.
fn remade(
    told: &Manifest,
    on_disk: &Manifest,
    beside: &BTreeMap<String, Vec<Digest>>,
    promised: Digest,
) -> Option<Manifest> {
    let names = told.keys().chain(on_disk.keys()).chain(beside.keys());
    let names: BTreeSet<&String> = names.filter(|name| is_plain(name)).collect();
    let choices: Vec<(&String, Vec<Option<Digest>>)> = names
        .into_iter()
        .map(|name| {
            let beside = beside.get(name).map_or(&[][..], Vec::as_slice);
            (name, choices(told.get(name), on_disk.get(name), beside))
        })
        .collect();
    let tries = choices
        .iter()
        .try_fold(1usize, |tries, (_, digests)| {
            tries.checked_mul(digests.len())
        })
        .filter(|tries| *tries <= MOST_TRIES)?;
    let nth = |mut nth: usize| -> Manifest {
        let lines = choices.iter().filter_map(|(name, digests)| {
            let digest = digests[nth % digests.len()];
            nth /= digests.len();
            Some(((*name).clone(), digest?))
        });
        lines.collect()
    };
    let is_promised = |lines: &Manifest| Digest::of(format_manifest(lines).as_bytes()) == promised;
    (0..tries).map(nth).find(is_promised)
}

/// What a line may say, the likeliest first; `None` where it may not be there.
fn choices(
    told: Option<&Digest>,
    on_disk: Option<&Digest>,
    beside: &[Digest],
) -> Vec<Option<Digest>> {
    if told.is_some() && told == on_disk {
        return vec![told.copied()];
    }
    let digests = told.into_iter().chain(on_disk).chain(beside);
    let mut all: Vec<Option<Digest>> = Vec::new();
    for digest in digests.copied().map(Some) {
        if !all.contains(&digest) {
            all.push(digest);
        }
    }
    // A name that no file has may be a damaged one.
    if on_disk.is_none() {
        all.push(None);
    }
    all
}

/// A tag manifest, or a kit, names tag files at the top of the bag and nowhere else.
pub fn is_plain(name: &str) -> bool {
    !name.contains('/') && name.parse::<RelativePath>().is_ok()
}

/// The lines that can be read.
fn lines(text: &[u8]) -> Manifest {
    text.split(|byte| *byte == b'\n')
        .filter_map(|line| std::str::from_utf8(line).ok())
        .filter_map(|line| parse_manifest(line).ok())
        .flatten()
        .collect::<BTreeMap<_, _>>()
}

/// The bytes of a small file; `None` when it is absent, unreadable or no small
/// file.
pub fn read_text(location: &Location) -> Option<Vec<u8>> {
    let bytes = location.read_first(MOST_TEXT_BYTES).ok()?;
    ((bytes.len() as u64) < MOST_TEXT_BYTES).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(lines: &[(&str, &str)]) -> Manifest {
        let lines = lines.iter();
        lines
            .map(|(name, text)| ((*name).to_owned(), Digest::of(text.as_bytes())))
            .collect()
    }

    #[test]
    fn a_damaged_tag_manifest_is_made_again() {
        let whole = manifest(&[("bag-info.txt", "a"), ("bagit.txt", "b"), (MANIFEST, "c")]);
        let promised = Digest::of(format_manifest(&whole).as_bytes());
        let none = BTreeMap::new();
        let remade_of =
            |told: &Manifest, on_disk: &Manifest| remade(told, on_disk, &none, promised);
        // A line that cannot be read, one that is wrong, and one whose file is damaged.
        let told = manifest(&[("bag-info.txt", "flipped"), ("bagit.txt", "b")]);
        let on_disk = manifest(&[("bag-info.txt", "a"), ("bagit.txt", "x"), (MANIFEST, "c")]);
        assert_eq!(remade_of(&told, &on_disk), Some(whole.clone()));
        // The name of a line is damaged.
        let told = manifest(&[("bag-inf0.txt", "a"), ("bagit.txt", "b"), (MANIFEST, "c")]);
        assert_eq!(remade_of(&told, &whole), Some(whole.clone()));
        // Nothing is left of the tag manifest.
        let nothing = Manifest::new();
        assert_eq!(remade_of(&nothing, &whole), Some(whole.clone()));
        // A file is lost.
        assert_eq!(remade_of(&whole, &nothing), Some(whole.clone()));
        // Nothing tells the digest of a file, but one that lies beside.
        let lost = manifest(&[("bag-info.txt", "flipped")]);
        assert_eq!(remade_of(&lost, &on_disk), None);
        let beside = ["y", "b"].map(|text| Digest::of(text.as_bytes()));
        let beside = BTreeMap::from([("bagit.txt".to_owned(), beside.to_vec())]);
        assert_eq!(
            remade(&lost, &on_disk, &beside, promised),
            Some(whole.clone())
        );
        // Its file is lost too.
        let lost = manifest(&[("bag-info.txt", "a"), (MANIFEST, "c")]);
        assert_eq!(remade(&lost, &lost, &beside, promised), Some(whole));
        // So many names that not all can be tried.
        let many: Vec<String> = (0..13).map(|at| format!("{at}.txt")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "a")).collect();
        assert_eq!(remade_of(&manifest(&many), &nothing), None);
    }
}
