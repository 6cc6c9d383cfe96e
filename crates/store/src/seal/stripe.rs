//! One pass over a stripe: all its packs advance together, so that every
//! staged byte is read once, and recovery is coded while it passes.

use {
    crate::{
        behind::synced_meanwhile,
        code::Code,
        disk::Location,
        durable::{replace, sync_dir},
        error::Error,
        leaves::{LeafEntry, LeafHead},
        pieces::SealedPieces,
        seal::{
            hashing::hash,
            lane::{DataLane, Finished, HashedFile, RecoveryLane},
            place::Place,
            sheet::{LeavesOfFile, SheetWriter},
            stop::Stop,
            tranche::{StripePlan, TranchePlan},
            writer::write_meanwhile,
        },
        work::{each, workers},
    },
    longplay_model::{Digest, Monitor, RelativePath},
    longplay_wide::Products,
    serde::{Deserialize, Serialize},
    std::{collections::BTreeMap, iter, thread},
};

/// What is known of a stripe that is durable: the digests of its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripeRecord {
    /// Of the plan that the stripe was written by.
    plan: Digest,
    /// By path, relative to the bag.
    pub files: BTreeMap<String, Digest>,
    /// By path, relative to the recovery bag.
    pub recovery_files: BTreeMap<String, Digest>,
    /// Of the data files. What they tell of the bag is not known yet: in place of its
    /// tag manifest stands the plan.
    pub pieces: SealedPieces,
    /// Of the recovery packs.
    pub recovery_pieces: SealedPieces,
}

/// Memory for the portions of all files together.
const MEMORY_BYTES: usize = 64 << 20;

/// Portions are whole leaves, at most 2 MiB: a disk with heads goes from file to file
/// after each, which takes about as long as to write it.
const LEAST_PORTION: usize = 16 << 10;
const MOST_PORTION: usize = 2 << 20;

/// Bytes that are written between two syncs: so many that each file lies in long
/// stretches on a disk with heads, beside the others that grow with it.
const SYNC_EVERY: u64 = 256 << 20;

/// Writes a stripe, unless it is already there as it is planned.
pub fn write_stripe(
    plan: &TranchePlan,
    stripe: &StripePlan,
    place: &Place,
    monitor: &dyn Monitor,
) -> Result<StripeRecord, Stop> {
    let note = place.stripes.join(format!("{:04}.json", stripe.number));
    let digest = plan.digest_of(stripe);
    if let Some(record) = written(&note, digest, stripe, place) {
        monitor.advance(stripe.bytes());
        return Ok(record);
    }
    let record = write_files(plan, stripe, place, digest, monitor)?;
    let bytes = serde_json::to_vec(&record).expect("digests by path are always JSON");
    replace(&note, &bytes)?;
    Ok(record)
}

/// The record of a stripe that a killed command had finished.
fn written(
    note: &Location,
    plan: Digest,
    stripe: &StripePlan,
    place: &Place,
) -> Option<StripeRecord> {
    let record: StripeRecord = serde_json::from_slice(&note.read().ok()?).ok()?;
    let has_length = |path: Location, bytes| path.about().is_ok_and(|file| file.bytes == bytes);
    let data = stripe
        .shards
        .iter()
        .all(|shard| has_length(place.bag.join(shard.path.as_str()), shard.bytes()));
    let present = |bag: &Location, files: &BTreeMap<String, Digest>| {
        files.keys().all(|path| bag.join(path).is_file())
    };
    let whole = record.plan == plan
        && data
        && present(&place.bag, &record.files)
        && present(&place.recovery, &record.recovery_files);
    whole.then_some(record)
}

type Digests = BTreeMap<String, Digest>;

/// A leaf file in the making, and its path in the bag.
type Sheet = (RelativePath, SheetWriter);

fn write_files(
    plan: &TranchePlan,
    stripe: &StripePlan,
    place: &Place,
    digest: Digest,
    monitor: &dyn Monitor,
) -> Result<StripeRecord, Stop> {
    let portion = portion_bytes(plan, stripe);
    let number = stripe.number;
    let (name, blank) = (&plan.name, stripe.blank_entries());
    let path = name.leaves_path(number);
    let (data_sheet, leaves) = sheet(plan, stripe, &place.bag, path, &blank)?;
    let mut data = (0..)
        .zip(iter::zip(&stripe.shards, leaves))
        .map(|(nth, (shard, leaves))| {
            let berth = place.of_data(shard.path.as_str(), number, nth);
            let file = HashedFile::create(berth, plan.piece_length, leaves)?;
            Ok(DataLane::new(shard, file, portion))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let (path, blank) = (
        name.recovery_leaves_path(number),
        plan.blank_recovery_entries(stripe),
    );
    let (recovery_sheet, leaves) = sheet(plan, stripe, &place.recovery, path, &blank)?;
    let mut recovery = (0..)
        .zip(leaves)
        .map(|(j, leaves)| {
            let path = name.recovery_path(number, j);
            let nth = stripe.shards.len() + j as usize;
            let berth = place.of_recovery(path.as_str(), number, nth);
            let file = HashedFile::create(berth, plan.piece_length, leaves)?;
            Ok(RecoveryLane::new(path, file, portion))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    pass_and_sync(plan, stripe, &mut data, &mut recovery, monitor)?;
    let data = finish_data(data)?;
    let recovery = finish_recovery(plan, stripe, &data, recovery)?;
    Ok(StripeRecord {
        plan: digest,
        pieces: pieces(plan, name.to_string(), digest, &data),
        recovery_pieces: pieces(plan, name.recovery(), digest, &recovery),
        files: with_leaves(plan, stripe, data_sheet, &place.bag, &data)?,
        recovery_files: with_leaves(plan, stripe, recovery_sheet, &place.recovery, &recovery)?,
    })
}

/// Begins a leaf file; of its files only paths and lengths are known.
fn sheet(
    plan: &TranchePlan,
    stripe: &StripePlan,
    bag: &Location,
    path: RelativePath,
    files: &[LeafEntry],
) -> Result<(Sheet, Vec<LeavesOfFile>), Error> {
    let head = LeafHead {
        tranche: &plan.name.to_string(),
        stripe: stripe.number,
        files,
    };
    let (writer, leaves) = SheetWriter::create(bag.join(path.as_str()), &head)?;
    Ok(((path, writer), leaves))
}

fn pieces(plan: &TranchePlan, bag: String, digest: Digest, files: &[Finished]) -> SealedPieces {
    SealedPieces {
        bag,
        tagmanifest: digest,
        piece_length: plan.piece_length,
        files: files.iter().map(Finished::pieces).collect(),
    }
}

fn portion_bytes(plan: &TranchePlan, stripe: &StripePlan) -> usize {
    let shards = stripe.shards.len() + usize::from(plan.m);
    let fair = (MEMORY_BYTES / shards).clamp(LEAST_PORTION, MOST_PORTION);
    let needed = usize::try_from(stripe.data_bytes).unwrap_or(MOST_PORTION);
    fair.min(needed.max(1)).next_multiple_of(LEAST_PORTION)
}

/// The pass, and beside it a thread that brings to the disk what was written.
fn pass_and_sync(
    plan: &TranchePlan,
    stripe: &StripePlan,
    data: &mut [DataLane],
    recovery: &mut [RecoveryLane],
    monitor: &dyn Monitor,
) -> Result<(), Stop> {
    let recovered = recovery.iter().map(RecoveryLane::opened);
    let files: Vec<_> = data.iter().map(DataLane::opened).chain(recovered).collect();
    synced_meanwhile(&files, SYNC_EVERY, |wrote| {
        pass(plan, stripe, data, recovery, monitor, wrote)
    })
}

/// Portion by portion: read data, code, hash and write all. `wrote` is told the bytes of
/// each.
fn pass(
    plan: &TranchePlan,
    stripe: &StripePlan,
    data: &mut [DataLane],
    recovery: &mut [RecoveryLane],
    monitor: &dyn Monitor,
    wrote: &dyn Fn(u64),
) -> Result<(), Stop> {
    let code = Code::new(plan.k, plan.m).map_err(|_| Error::Geometry {
        k: plan.k,
        m: plan.m,
    })?;
    let encoder = code.encoder();
    let portion = portion_bytes(plan, stripe) as u64;
    let mut at = 0;
    loop {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted.into());
        }
        // Once even of an empty stripe: its sources are looked at too.
        let length = portion.min(stripe.data_bytes - at) as usize;
        each(data, DataLane::advance);
        code_portion(&encoder, data, recovery, length);
        let recovered = recovery.iter_mut().map(|lane| lane.pass(length));
        let (portions, unwritten) = data.iter_mut().map(DataLane::pass).chain(recovered).unzip();
        write_meanwhile(unwritten, || hash(portions))?;
        check(data)?;
        data.iter_mut().try_for_each(DataLane::keep_leaves)?;
        recovery
            .iter_mut()
            .try_for_each(RecoveryLane::keep_leaves)?;
        let read: usize = data.iter().map(|lane| lane.portion().len()).sum();
        monitor.advance(read as u64);
        wrote((read + recovery.len() * length) as u64);
        at += length as u64;
        if at == stripe.data_bytes {
            return Ok(());
        }
    }
}

/// The first fault of each file.
fn check(data: &mut [DataLane]) -> Result<(), Stop> {
    let checked = data.iter_mut().map(DataLane::check);
    let faults: Vec<_> = checked.filter_map(Result::err).collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Stop::Faults(faults)),
    }
}

/// Codes the portions of `data` into those of `recovery`, cut lengthwise so
/// that every thread has a share.
fn code_portion(
    encoder: &Products,
    data: &[DataLane],
    recovery: &mut [RecoveryLane],
    length: usize,
) {
    let share = length.div_ceil(workers()).next_multiple_of(LEAST_PORTION);
    let mut rest: Vec<&mut [u8]> = recovery
        .iter_mut()
        .map(|lane| lane.portion_mut(length))
        .collect();
    thread::scope(|scope| {
        for start in (0..length).step_by(share) {
            let end = length.min(start + share);
            let mut outputs: Vec<&mut [u8]> = rest
                .iter_mut()
                .map(|slice| {
                    slice
                        .split_off_mut(..end - start)
                        .expect("within the portion")
                })
                .collect();
            let inputs = inputs(encoder, data, start, end);
            scope.spawn(move || encoder.mix(&inputs, &mut outputs));
        }
    });
}

/// Bytes `start` to `end` of each data file; files that a last stripe lacks
/// are empty.
fn inputs<'a>(encoder: &Products, data: &'a [DataLane], start: usize, end: usize) -> Vec<&'a [u8]> {
    let mut inputs: Vec<&[u8]> = data
        .iter()
        .map(DataLane::portion)
        .map(|portion| &portion[portion.len().min(start)..portion.len().min(end)])
        .collect();
    inputs.resize(encoder.inputs(), &[]);
    inputs
}

fn finish_data(lanes: Vec<DataLane>) -> Result<Vec<Finished>, Error> {
    lanes.into_iter().map(DataLane::finish).collect()
}

fn finish_recovery(
    plan: &TranchePlan,
    stripe: &StripePlan,
    data: &[Finished],
    lanes: Vec<RecoveryLane>,
) -> Result<Vec<Finished>, Error> {
    let kit = plan.kit(
        stripe,
        data.iter().map(Finished::kit_file).collect(),
        lanes.iter().map(RecoveryLane::so_far).collect(),
    );
    (0..)
        .zip(lanes)
        .map(|(j, lane)| lane.finish(&kit.tail(j)))
        .collect()
}

/// Finishes the leaf file of `files` and makes their names durable; gives the
/// digests of all.
fn with_leaves(
    plan: &TranchePlan,
    stripe: &StripePlan,
    (path, sheet): Sheet,
    bag: &Location,
    files: &[Finished],
) -> Result<Digests, Error> {
    let entries: Vec<LeafEntry> = files.iter().map(Finished::leaf_entry).collect();
    let digest = sheet.finish(&LeafHead {
        tranche: &plan.name.to_string(),
        stripe: stripe.number,
        files: &entries,
    })?;
    for file in files {
        sync_dir(bag.join(file.path.as_str()).folder())?;
    }
    let digests = files
        .iter()
        .map(|file| (file.path.to_string(), file.sha256));
    Ok(digests.chain([(path.to_string(), digest)]).collect())
}
