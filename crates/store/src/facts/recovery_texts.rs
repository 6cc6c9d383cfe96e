use {
    crate::{
        bag::Oxum,
        facts::{
            claims::{Geometry, StripeFacts},
            place::{Bag, Place},
            texts::TextFact,
        },
        kit::{Kit, KitFile, KitRecovery, Subtrees, recovery_pack_bytes},
        leaves::{LeafEntry, leaf_file_bytes},
        merkle::{SUBTREE_BYTES, ZERO},
        names::{RECOVERY, TrancheName},
    },
    longplay_model::Digest,
    std::collections::BTreeMap,
};

const INFO: &str = "bag-info.txt";

type Texts = BTreeMap<Place, TextFact>;

/// Completes what is known of the recovery bag's tag files from those of the
/// bag: they are the same but for `bag-info.txt`, and that follows from the
/// other (`docs/format/tranche.md`). So a recovery bag that is lost as a whole
/// can be made again.
pub fn complete(
    texts: &mut Texts,
    tranche: &str,
    geometry: Option<Geometry>,
    stripes: &[StripeFacts],
) {
    let names: Vec<String> = of(texts, Bag::Recovery).into_keys().collect();
    for name in names.iter().filter(|name| *name != INFO) {
        if let Some(text) = of(texts, Bag::Data).remove(name) {
            adopt(texts, name, text);
        }
    }
    let name = tranche.parse::<TrancheName>().ok();
    if let Some((name, geometry)) = name.zip(geometry)
        && let Some(info) = recovery_info(texts, &name, geometry, stripes)
    {
        adopt(texts, INFO, info);
    }
}

/// The texts of a bag that are known.
fn of(texts: &Texts, bag: Bag) -> BTreeMap<String, Vec<u8>> {
    let mine = texts.iter().filter(|(place, _)| place.bag == bag);
    mine.map(|(place, fact)| (place.path.clone(), fact.text.clone().unwrap_or_default()))
        .collect()
}

/// Takes `text` where none is known and its digest is no other.
fn adopt(texts: &mut Texts, name: &str, text: Vec<u8>) {
    let digest = Digest::of(&text);
    let Some(fact) = texts.get_mut(&Place::recovery(name)) else {
        return;
    };
    if fact.text.is_none() && !text.is_empty() && fact.digest.is_none_or(|known| known == digest) {
        *fact = TextFact {
            digest: Some(digest),
            text: Some(text),
        };
    }
}

fn recovery_info(
    texts: &Texts,
    name: &TrancheName,
    geometry: Geometry,
    stripes: &[StripeFacts],
) -> Option<Vec<u8>> {
    let is_complete = stripes.len() as u64 == u64::from(geometry.stripes);
    let info = of(texts, Bag::Data)
        .remove(INFO)
        .filter(|info| !info.is_empty() && is_complete)?;
    let info = String::from_utf8(info).ok()?;
    let draft = rewritten(&info, name, Oxum::default());
    let mut recovery_bag = strings(of(texts, Bag::Recovery))?;
    recovery_bag.insert(INFO.into(), draft);
    let bag = strings(of(texts, Bag::Data))?;
    let mut lengths = Vec::new();
    for stripe in stripes {
        let kit = blank_kit(name, geometry, stripe, &bag, &recovery_bag)?;
        let bytes = recovery_pack_bytes(&kit);
        let entries: Vec<LeafEntry> = kit
            .recovery
            .iter()
            .map(|pack| blank_entry(pack, bytes))
            .collect();
        lengths.extend(entries.iter().map(|entry| entry.bytes));
        lengths.push(leaf_file_bytes(&kit.tranche, stripe.number, &entries));
    }
    Some(rewritten(&info, name, lengths.into_iter().collect()).into_bytes())
}

fn strings(texts: BTreeMap<String, Vec<u8>>) -> Option<BTreeMap<String, String>> {
    let texts = texts.into_iter();
    texts
        .map(|(path, text)| Some((path, String::from_utf8(text).ok()?)))
        .collect()
}

/// The `bag-info.txt` of the recovery bag from that of the bag.
fn rewritten(info: &str, name: &TrancheName, payload: Oxum) -> String {
    let Oxum { bytes, files } = payload;
    let line = |line: &str| match line.split_once(": ") {
        Some(("External-Identifier", _)) => format!("External-Identifier: {name}{RECOVERY}\n"),
        Some(("External-Description", text)) => {
            format!("External-Description: Recovery packs of {name}: {text}\n")
        }
        Some(("Payload-Oxum", _)) => format!("Payload-Oxum: {bytes}.{files}\n"),
        _ => format!("{line}\n"),
    };
    info.lines().map(line).collect()
}

/// A kit of the right length: digests are of one length, whatever they say.
fn blank_kit(
    name: &TrancheName,
    geometry: Geometry,
    stripe: &StripeFacts,
    bag: &BTreeMap<String, String>,
    recovery_bag: &BTreeMap<String, String>,
) -> Option<Kit> {
    let lengths: Vec<u64> = stripe
        .data
        .iter()
        .map(|file| file.known.bytes)
        .collect::<Option<_>>()?;
    let longest = lengths.iter().copied().max()?;
    let files = stripe.data.iter().zip(&lengths).map(|(file, bytes)| {
        Some(KitFile {
            path: file.place.path.parse().ok()?,
            bytes: *bytes,
            sha256: ZERO,
            root: ZERO,
            subtrees: blank_subtrees(*bytes),
        })
    });
    let recovery = (0..geometry.m.into()).map(|j| KitRecovery {
        path: name.recovery_path(stripe.number, j),
        sha256: ZERO,
        root: ZERO,
        subtrees: blank_subtrees(longest),
    });
    Some(Kit {
        longplay: "kit".into(),
        version: 1,
        tranche: name.to_string(),
        stripe: stripe.number,
        k: geometry.k,
        m: geometry.m,
        data_bytes: longest,
        pack_bytes: 0,
        piece_length: geometry.piece_length,
        stripes: geometry.stripes,
        files: files.collect::<Option<_>>()?,
        recovery: recovery.collect(),
        bag: bag.clone(),
        recovery_bag: recovery_bag.clone(),
    })
}

fn blank_subtrees(bytes: u64) -> Subtrees {
    Subtrees(vec![ZERO; bytes.div_ceil(SUBTREE_BYTES) as usize])
}

fn blank_entry(pack: &KitRecovery, bytes: u64) -> LeafEntry {
    LeafEntry {
        path: pack.path.clone(),
        bytes,
        sha256: ZERO,
        root: ZERO,
    }
}
