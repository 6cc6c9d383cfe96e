//! Writing a tranche: its stripes, then its index, manifests and tag files,
//! then its name.

use {
    crate::{
        bag::{MANIFEST, Manifest, TAG_MANIFEST, format_manifest},
        disk::Location,
        durable::{create_dir, replace},
        error::Error,
        names::INDEX,
        seal::{
            place::{Place, tidy},
            stop::Stop,
            stripe::write_stripe,
            tranche::TranchePlan,
        },
        spread::Volumes,
    },
    longplay_model::{Digest, Monitor, Unit},
    std::collections::{BTreeMap, BTreeSet},
};

/// Writes both bags of a tranche and gives them their names. What a killed
/// command left of the same tranche is taken over.
pub fn write_tranche(
    plan: &TranchePlan,
    tranches: &Location,
    volumes: &Volumes,
    monitor: &dyn Monitor,
) -> Result<(), Stop> {
    let place = Place::new(tranches, &plan.name, volumes);
    place.prepare()?;
    let bytes = plan.stripes.iter().map(|stripe| stripe.bytes()).sum();
    monitor.begin(&format!("sealing {}", plan.name), Some(bytes), Unit::Bytes);
    let (mut files, mut recovery_files) = (Manifest::new(), Manifest::new());
    for stripe in &plan.stripes {
        let record = write_stripe(plan, stripe, &place, monitor)?;
        files.extend(record.files);
        recovery_files.extend(record.recovery_files);
    }
    if plan.has_index() {
        files.insert(INDEX.into(), write_index(plan, &place.bag)?);
    }
    finish_bag(&place.bag, &files, &plan.bag)?;
    finish_bag(&place.recovery, &recovery_files, &plan.recovery_bag)?;
    place.finish()?;
    Ok(())
}

/// `data/index.jsonl`: head and records of each pack, in order.
fn write_index(plan: &TranchePlan, bag: &Location) -> Result<Digest, Error> {
    let packs = plan.shards().filter_map(|shard| shard.pack());
    let lines: Vec<u8> = packs.flat_map(|pack| pack.index_lines()).collect();
    let path = bag.join(INDEX);
    create_dir(path.folder())?;
    replace(&path, &lines)?;
    Ok(Digest::of(&lines))
}

/// Writes manifests and tag files, and removes what does not belong.
fn finish_bag(
    bag: &Location,
    payload: &Manifest,
    texts: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let mut tags = texts.clone();
    tags.insert(MANIFEST.into(), format_manifest(payload));
    let digests: Manifest = tags
        .iter()
        .map(|(path, text)| (path.clone(), Digest::of(text.as_bytes())))
        .collect();
    tags.insert(TAG_MANIFEST.into(), format_manifest(&digests));
    for (path, text) in &tags {
        replace(bag.join(path), text.as_bytes())?;
    }
    let expected: BTreeSet<String> = payload.keys().chain(tags.keys()).cloned().collect();
    tidy(bag, &expected)
}
