use {
    crate::{
        bag::MANIFEST,
        facts::{
            listing::{Listing, TAG_FILES, Trust, is_plain, own_text, read_text},
            place::{Bag, Folders, Place},
        },
        kit::Kit,
    },
    longplay_model::Digest,
    std::collections::{BTreeMap, BTreeSet},
};

/// What a small file of a bag should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFact {
    /// `None` when no source is left that knows.
    pub digest: Option<Digest>,
    /// `None` when the digest is known and the text is lost.
    pub text: Option<Vec<u8>>,
}

/// What the tag files of a bag should be: `kits` with the number of recovery
/// packs that hold each.
pub fn text_facts(
    folders: &Folders,
    bag: Bag,
    listing: &Listing,
    kits: &[(&Kit, u64)],
) -> BTreeMap<Place, TextFact> {
    let listed = listing
        .tags
        .keys()
        .filter(|_| listing.tags_trust == Trust::Proven);
    let named = kits.iter().flat_map(|(kit, _)| texts_of(kit, bag).keys());
    let names: BTreeSet<&str> = listed
        .chain(named)
        .map(String::as_str)
        .chain(TAG_FILES)
        .filter(|name| *name != MANIFEST && is_plain(name))
        .collect();
    names
        .into_iter()
        .map(|name| {
            let place = Place {
                bag,
                path: name.into(),
            };
            let fact = fact(folders, &place, listing, kits);
            (place, fact)
        })
        .collect()
}

fn texts_of(kit: &Kit, bag: Bag) -> &BTreeMap<String, String> {
    match bag {
        Bag::Data => &kit.bag,
        Bag::Recovery => &kit.recovery_bag,
    }
}

fn fact(folders: &Folders, place: &Place, listing: &Listing, kits: &[(&Kit, u64)]) -> TextFact {
    let candidates = candidates(folders, place, kits);
    let listed = listing.tags.get(&place.path);
    let mut votes: BTreeMap<Digest, u64> = BTreeMap::new();
    for (weight, text) in &candidates {
        *votes.entry(Digest::of(text)).or_default() += weight;
    }
    if let Some(digest) = listed {
        *votes.entry(*digest).or_default() += match listing.tags_trust {
            Trust::Proven => u64::MAX / 2,
            Trust::Agreed => 2,
            Trust::Alone => 1,
        };
    }
    let best = votes
        .into_iter()
        .filter(|(_, votes)| *votes > 0)
        .max_by_key(|(_, votes)| *votes);
    let digest = best.map(|(digest, _)| digest);
    let text = candidates
        .into_iter()
        .map(|(_, text)| text)
        .find(|text| Some(Digest::of(text)) == digest);
    TextFact { digest, text }
}

/// Texts that the file may have, with their votes. What this longplay would
/// write has none, but serves where its digest is the right one.
fn candidates(folders: &Folders, place: &Place, kits: &[(&Kit, u64)]) -> Vec<(u64, Vec<u8>)> {
    let held = kits.iter().filter_map(|(kit, holders)| {
        let text = texts_of(kit, place.bag).get(&place.path)?;
        Some((2 * holders, text.clone().into_bytes()))
    });
    let on_disk = folders.location_of(place).and_then(|it| read_text(&it));
    let own = own_text(&place.path).map(|text| (0, text.as_bytes().to_vec()));
    held.chain(on_disk.map(|text| (1, text)))
        .chain(own)
        .collect()
}
