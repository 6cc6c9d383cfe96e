use {
    crate::{
        bag::{MANIFEST, Manifest, TAG_MANIFEST, parse_manifest},
        disk::Location,
        facts::place::{Bag, Folders, Place},
    },
    longplay_model::Digest,
    std::collections::BTreeMap,
};

/// A text of a bag that is longer is not read.
const MOST_TEXT_BYTES: u64 = 256 << 20;

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
    /// The journal has the digest of the tag manifest: nothing else is true.
    Proven,
}

/// Reads the manifests of a bag; what is missing or damaged says nothing.
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
    let proven = promised == Some(Digest::of(&tags_text));
    let tags = lines(&tags_text);
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
