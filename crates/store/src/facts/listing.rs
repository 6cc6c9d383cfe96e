use {
    crate::{
        bag::{MANIFEST, Manifest, TAG_MANIFEST, format_manifest, parse_manifest},
        disk::Location,
        facts::place::{Bag, Folders, Place},
        stranger::READER_NAME,
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
/// damaged, it is made again from its lines and from the files that it names; what has
/// the digest then is the tag manifest, and proves as much as the file itself would.
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
        let on_disk = names.into_iter().filter_map(|name| match name {
            MANIFEST => None,
            name => Some((name, text(name)?)),
        });
        let on_disk = on_disk.chain([(MANIFEST, payload_text.clone())]);
        let on_disk = on_disk.map(|(name, text)| (name.to_owned(), Digest::of(&text)));
        if let Some(remade) = remade(&tags, &on_disk.collect(), promised) {
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

/// Lines that are tried in two ways, at most: a tag manifest has five.
const MOST_DOUBTED: usize = 10;

/// The tag manifest that has the promised digest, each of its lines as it is told or
/// as the file on disk says.
fn remade(told: &Manifest, on_disk: &Manifest, promised: Digest) -> Option<Manifest> {
    let mut lines = on_disk.clone();
    let of_told = told.iter().filter(|(name, _)| is_plain(name));
    lines.extend(of_told.map(|(name, digest)| (name.clone(), *digest)));
    // A name that no file has may be a damaged one.
    let doubted: Vec<(&String, Option<&Digest>)> = told
        .keys()
        .map(|name| (name, on_disk.get(name)))
        .filter(|(name, digest)| digest.is_none_or(|digest| told.get(*name) != Some(digest)))
        .collect();
    if doubted.len() > MOST_DOUBTED {
        return None;
    }
    let mut candidates = (0..1u32 << doubted.len()).map(|from_disk| {
        let mut lines = lines.clone();
        for (at, (name, digest)) in doubted.iter().enumerate() {
            if from_disk >> at & 1 == 1 {
                match digest {
                    Some(digest) => lines.insert((*name).clone(), **digest),
                    None => lines.remove(*name),
                };
            }
        }
        lines
    });
    let is_promised = |lines: &Manifest| Digest::of(format_manifest(lines).as_bytes()) == promised;
    candidates.find(is_promised)
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
        // A line that cannot be read, one that is wrong, and one whose file is damaged.
        let told = manifest(&[("bag-info.txt", "flipped"), ("bagit.txt", "b")]);
        let on_disk = manifest(&[("bag-info.txt", "a"), ("bagit.txt", "x"), (MANIFEST, "c")]);
        assert_eq!(remade(&told, &on_disk, promised), Some(whole.clone()));
        // The name of a line is damaged.
        let told = manifest(&[("bag-inf0.txt", "a"), ("bagit.txt", "b"), (MANIFEST, "c")]);
        assert_eq!(remade(&told, &whole, promised), Some(whole.clone()));
        // Nothing is left of the tag manifest.
        let nothing = Manifest::new();
        assert_eq!(remade(&nothing, &whole, promised), Some(whole.clone()));
        // A file is lost.
        assert_eq!(remade(&whole, &nothing, promised), Some(whole));
        // Nothing tells the digest of a file.
        let lost = manifest(&[("bag-info.txt", "flipped")]);
        assert_eq!(remade(&lost, &on_disk, promised), None);
    }
}
