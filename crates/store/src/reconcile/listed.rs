use {
    crate::{
        bag::{MANIFEST, Manifest, TAG_MANIFEST, parse_manifest},
        disk::Location,
        error::Error,
        facts::{listing::read_text, sheets},
        leaves::LeafEntry,
        reconcile::present::{Digests, Present, Tree},
    },
    longplay_model::Digest,
    serde::Deserialize,
    std::{
        collections::BTreeMap,
        io::{BufRead, BufReader, Read},
    },
};

/// A longer first line of a leaf file is not read.
const MOST_HEAD_BYTES: u64 = 16 << 20;

/// What a bag should hold, by what the journal proves.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// Digests by path in the bag.
    pub files: Manifest,
    /// Lengths of those that leaf files tell.
    pub bytes: BTreeMap<String, u64>,
    /// Without its manifest nothing below `data/` is known.
    pub has_payload: bool,
}

#[derive(Deserialize)]
struct Head {
    files: Vec<LeafEntry>,
}

/// What a bag should hold whose tag manifest has this digest. The manifests are
/// taken from its folder, or from wherever they stand now.
pub fn listed(
    tree: &Tree,
    bag: &str,
    tag_manifest: Digest,
    present: &Present,
    digests: &mut Digests,
) -> Result<Option<Listed>, Error> {
    let Some(stands) = stands_at(bag, tag_manifest, present, digests)? else {
        return Ok(None);
    };
    let mut listed = Listed::default();
    let tags = manifest(&tree.at(&stands).join(TAG_MANIFEST));
    let payload = tags.get(MANIFEST).copied();
    listed.files = tags;
    listed.files.insert(TAG_MANIFEST.into(), tag_manifest);
    let path = format!("{stands}/{MANIFEST}");
    let is_proven = payload.is_some() && digests.of(&path)? == payload;
    if is_proven {
        listed.has_payload = true;
        listed.files.extend(manifest(&tree.at(&path)));
        listed.bytes = lengths(&tree.at(&stands), &listed.files);
    }
    Ok(Some(listed))
}

/// The folder whose tag manifest is the one that was sealed.
fn stands_at(
    bag: &str,
    tag_manifest: Digest,
    present: &Present,
    digests: &mut Digests,
) -> Result<Option<String>, Error> {
    let ending = format!("/{TAG_MANIFEST}");
    let elsewhere = present.keys().filter_map(|path| path.strip_suffix(&ending));
    for folder in [bag].into_iter().chain(elsewhere) {
        if digests.of(&format!("{folder}{ending}"))? == Some(tag_manifest) {
            return Ok(Some(folder.to_owned()));
        }
    }
    Ok(None)
}

fn manifest(location: &Location) -> Manifest {
    let text = read_text(location).and_then(|text| String::from_utf8(text).ok());
    let manifest = text.and_then(|text| parse_manifest(&text).ok());
    manifest.unwrap_or_default()
}

/// From the first lines of leaf files, which are not proven: a length that is
/// wrong makes a file look moved or lost, and nothing is changed by that alone.
fn lengths(bag: &Location, files: &Manifest) -> BTreeMap<String, u64> {
    let sheets = files.keys().filter(|path| path.starts_with(sheets::FOLDER));
    let heads = sheets.filter_map(|path| head(&bag.join(path)));
    let agree = |entry: &LeafEntry| files.get(entry.path.as_str()) == Some(&entry.sha256);
    let entries = heads.flat_map(|head| head.files).filter(agree);
    entries
        .map(|entry| (entry.path.to_string(), entry.bytes))
        .collect()
}

fn head(location: &Location) -> Option<Head> {
    let file = location.stream().ok()?;
    let mut line = Vec::new();
    let mut reader = BufReader::new(file).take(MOST_HEAD_BYTES);
    reader.read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}
