use {
    crate::{
        disk::Location,
        error::Error,
        facts::{
            Bag, Facts, Place, StripeFacts,
            observe::{Observation, observe_first},
        },
        kit::{Kit, KitFile, KitRecovery, Subtrees, recovery_pack_bytes},
    },
    longplay_model::Monitor,
    std::collections::BTreeMap,
};

/// The kit of a stripe as at sealing, when none is left: from its data files,
/// all of them whole, and its recovery data. `None` when a small file that
/// belongs into it is lost.
pub fn new_kit(
    facts: &Facts,
    stripe: &StripeFacts,
    data: &[(Place, Observation)],
    recovery: &[(Place, Location)],
    monitor: &dyn Monitor,
) -> Result<Option<Kit>, Error> {
    let coded = data.iter().map(|(_, seen)| seen.bytes).max().unwrap_or(0);
    let mut packs = Vec::new();
    for (place, location) in recovery {
        let seen = observe_first(location, coded, monitor)?;
        packs.extend(kit_recovery(place, &seen));
    }
    let files: Option<Vec<_>> = data
        .iter()
        .map(|(place, seen)| kit_file(place, seen))
        .collect();
    Ok(assemble(facts, stripe, coded, files, packs))
}

fn assemble(
    facts: &Facts,
    stripe: &StripeFacts,
    coded: u64,
    files: Option<Vec<KitFile>>,
    recovery: Vec<KitRecovery>,
) -> Option<Kit> {
    let geometry = facts.geometry?;
    let mut kit = Kit {
        longplay: "kit".into(),
        version: 1,
        tranche: facts.tranche.clone(),
        stripe: stripe.number,
        k: geometry.k,
        m: geometry.m,
        data_bytes: coded,
        pack_bytes: 0,
        piece_length: geometry.piece_length,
        stripes: geometry.stripes,
        files: files?,
        recovery,
        bag: texts(facts, Bag::Data)?,
        recovery_bag: texts(facts, Bag::Recovery)?,
    };
    kit.pack_bytes = recovery_pack_bytes(&kit);
    (kit.recovery.len() == usize::from(kit.m)).then_some(kit)
}

/// All tag files of a bag; `None` when one of them is not known.
fn texts(facts: &Facts, bag: Bag) -> Option<BTreeMap<String, String>> {
    let texts = facts.texts.iter().filter(|(place, _)| place.bag == bag);
    texts
        .map(|(place, fact)| {
            let text = String::from_utf8(fact.text.clone()?).ok()?;
            Some((place.path.clone(), text))
        })
        .collect()
}

fn kit_file(place: &Place, seen: &Observation) -> Option<KitFile> {
    Some(KitFile {
        path: place.path.parse().ok()?,
        bytes: seen.bytes,
        sha256: seen.sha256,
        root: seen.root,
        subtrees: Subtrees(seen.subtrees.clone()),
    })
}

fn kit_recovery(place: &Place, seen: &Observation) -> Option<KitRecovery> {
    Some(KitRecovery {
        path: place.path.parse().ok()?,
        sha256: seen.sha256,
        root: seen.root,
        subtrees: Subtrees(seen.subtrees.clone()),
    })
}
