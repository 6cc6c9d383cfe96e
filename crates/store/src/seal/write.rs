//! Writing a tranche: its stripes, then its index, manifests and tag files,
//! then its name.

use {
    crate::{
        bag::{MANIFEST, Manifest, TAG_MANIFEST, format_manifest},
        disk::Location,
        durable::{create_dir, replace},
        error::Error,
        home::Home,
        names::INDEX,
        pieces::{PiecesOfFile, SealedPieces},
        seal::{
            place::{Place, tidy},
            stop::Stop,
            stripe::write_stripe,
            tranche::TranchePlan,
        },
    },
    longplay_model::{Digest, Monitor, Unit},
    std::collections::{BTreeMap, BTreeSet},
};

/// Writes both bags of a tranche and gives them their names. What a killed
/// command left of the same tranche is taken over.
pub fn write_tranche(plan: &TranchePlan, home: &Home, monitor: &dyn Monitor) -> Result<(), Stop> {
    let place = Place::new(&home.workshop(), &plan.name, home.volumes());
    place.prepare()?;
    let bytes = plan.stripes.iter().map(|stripe| stripe.bytes()).sum();
    monitor.begin(&format!("sealing {}", plan.name), Some(bytes), Unit::Bytes);
    let (mut files, mut recovery_files) = (Manifest::new(), Manifest::new());
    let (mut pieces, mut recovery_pieces) = (Vec::new(), Vec::new());
    for stripe in &plan.stripes {
        let record = write_stripe(plan, stripe, &place, monitor)?;
        files.extend(record.files);
        recovery_files.extend(record.recovery_files);
        pieces.extend(record.pieces.files);
        recovery_pieces.extend(record.recovery_pieces.files);
    }
    if plan.has_index() {
        files.insert(INDEX.into(), write_index(plan, &place.bag)?);
    }
    let tagmanifest = finish_bag(&place.bag, &files, &plan.bag)?;
    let recovery = finish_bag(&place.recovery, &recovery_files, &plan.recovery_bag)?;
    // Before the bags have their names: those that have them have their pieces.
    keep(plan, home, plan.name.to_string(), tagmanifest, pieces)?;
    keep(plan, home, plan.name.recovery(), recovery, recovery_pieces)?;
    place.finish()?;
    Ok(())
}

/// Keeps the pieces of a bag.
fn keep(
    plan: &TranchePlan,
    home: &Home,
    bag: String,
    tagmanifest: Digest,
    files: Vec<PiecesOfFile>,
) -> Result<(), Error> {
    let pieces = SealedPieces {
        bag,
        tagmanifest,
        piece_length: plan.piece_length,
        files,
    };
    pieces.write(home.root())
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

/// Writes manifests and tag files, and removes what does not belong; gives the digest
/// of the last manifest.
fn finish_bag(
    bag: &Location,
    payload: &Manifest,
    texts: &BTreeMap<String, String>,
) -> Result<Digest, Error> {
    let mut tags = texts.clone();
    tags.insert(MANIFEST.into(), format_manifest(payload));
    let digests: Manifest = tags
        .iter()
        .map(|(path, text)| (path.clone(), Digest::of(text.as_bytes())))
        .collect();
    let tagmanifest = format_manifest(&digests);
    let digest = Digest::of(tagmanifest.as_bytes());
    tags.insert(TAG_MANIFEST.into(), tagmanifest);
    for (path, text) in &tags {
        replace(bag.join(path), text.as_bytes())?;
    }
    let expected: BTreeSet<String> = payload.keys().chain(tags.keys()).cloned().collect();
    tidy(bag, &expected)?;
    Ok(digest)
}
