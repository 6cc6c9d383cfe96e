use {
    crate::{
        error::Error,
        indexes::for_each_record,
        remake::{bench::Bench, tranche::Here},
    },
    longplay_model::{Access, Digest, Event, MemberKind},
    std::collections::BTreeSet,
};

/// Blobs in one entry.
const BATCH: usize = 4096;

/// Enters that blobs have left staging which are not there, and which tranches
/// hold in the class that their receipts want: a kill may have kept that entry
/// from the journal. Gives their number.
pub fn enter_emptied(bench: &Bench, here: &[Here]) -> Result<u64, Error> {
    let mut absent = absent(bench)?;
    if absent.is_empty() {
        return Ok(0);
    }
    let wanted: BTreeSet<Digest> = absent.iter().map(|(blob, _)| *blob).collect();
    for tranche in here {
        for_each_record(&tranche.folders.data, tranche.asked, &mut |record| {
            if record.kind != MemberKind::Fingerprints {
                absent.remove(&(record.sha256, record.access));
            }
            Ok(())
        })?;
    }
    let missing: BTreeSet<Digest> = absent.iter().map(|(blob, _)| *blob).collect();
    let held: Vec<Digest> = wanted.difference(&missing).copied().collect();
    for blobs in held.chunks(BATCH) {
        bench.record_rebuilt(vec![Event::StagingEmptied {
            blobs: blobs.to_vec(),
        }])?;
    }
    Ok(held.len() as u64)
}

/// Blobs that staging should hold and does not, with the class that is wanted.
fn absent(bench: &Bench) -> Result<BTreeSet<(Digest, Access)>, Error> {
    let mut absent = BTreeSet::new();
    let state = bench.state();
    let is_absent = |blob: &Digest| !bench.staging.contains(blob);
    if !state.needed_blobs()?.iter().any(is_absent) {
        return Ok(absent);
    }
    for receipt in state.staged()? {
        if is_absent(&receipt.blob) {
            absent.insert((receipt.blob, receipt.access));
        }
    }
    for receipt in state.staged_covers()? {
        let blob = receipt.cover.map(|cover| cover.blob);
        absent.extend(blob.filter(is_absent).map(|blob| (blob, receipt.access)));
    }
    Ok(absent)
}

/// Blobs in staging of which no receipt speaks, and no whole tranche holds:
/// after a loss of the journal nothing else is left of them.
pub fn unclaimed(bench: &Bench, here: &[Here]) -> Result<BTreeSet<Digest>, Error> {
    let needed = bench.state().needed_blobs()?;
    let mut blobs: BTreeSet<Digest> = bench.staging.blobs()?.into_iter().collect();
    blobs.retain(|blob| !needed.contains(blob));
    for tranche in here.iter().filter(|tranche| tranche.is_whole) {
        if blobs.is_empty() {
            break;
        }
        for_each_record(&tranche.folders.data, tranche.asked, &mut |record| {
            blobs.remove(&record.sha256);
            Ok(())
        })?;
    }
    Ok(blobs)
}
