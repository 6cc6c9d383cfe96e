//! A part of an item: its bytes and those around them up to the next leaf, with as few
//! hashes as lead to something that is trusted (`docs/format/release.md`).
//!
//! ```text
//!   target ─ map ─► record ─ plan ─► leaves ─ hashes, groups, root ─► file
//! ```

mod job;
mod judge;
mod keep;
mod plan;
mod range;
mod sheet;
mod witness;

pub use {
    plan::{PartPlan, ProvenBy},
    range::Part,
};

use {
    super::{
        copy::digest_of,
        http::Client,
        lookup::{Found, lookup},
        options::GetOptions,
        shelf::Shelf,
        source::From,
    },
    crate::{error::Error, public::map::MapRecord},
    job::{Job, Trouble, differs},
    judge::{ask, judge},
    keep::{Hasher, keep},
    longplay_model::{Digest, IndexRecord, Monitor, Unit, portable_component},
    longplay_store::{
        durable::{remove_if_present, rename_new, temporary_of},
        merkle::{LEAF_BYTES, LeafHasher},
    },
    serde::Serialize,
    sha2::{Digest as _, Sha256},
    sheet::Sheet,
    std::path::{Path, PathBuf},
    witness::{Witness, released, sealed},
};

/// What was fetched of an item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GotPart {
    pub tranche: String,
    pub record: IndexRecord,
    pub part: Part,
    /// The bytes of the part and no others, in a file `START+LENGTH <name of the item>`;
    /// absent when they are not proven (R004).
    pub path: Option<PathBuf>,
    /// What was read of the pack, and which hashes of leaves.
    pub plan: PartPlan,
    /// Where the hashes stand that the bytes were compared with; absent when they
    /// differ.
    pub against: Option<String>,
    /// As in [`Got`](super::Got).
    pub others: Vec<MapRecord>,
    pub requests: u64,
    pub bytes_fetched: u64,
}

/// Finds what [`get_part`] would fetch, and fetches no more than the map.
pub fn find_part(
    target: &str,
    part: Part,
    from: &From,
    map: Option<&Path>,
) -> Result<(Found, PartPlan), Error> {
    let client = Client::new();
    let found = lookup(&target.parse()?, from, map, &client)?;
    let near = near(from, map);
    let sheet = match at_hand(near.as_ref(), &found.chosen, &client) {
        Ok(sheet) => sheet,
        // It will be told when it is needed.
        Err(Trouble::Differs(_)) => None,
        Err(Trouble::Failed(error)) => return Err(error),
    };
    let plan = plan(&found.chosen, part, from, sheet.as_ref(), near.as_ref())?;
    Ok((found, plan))
}

/// Brings a part of one item out of `from` into the folder `out`, which must exist, and
/// proves exactly its bytes, without the rest of the item.
///
/// `target` and `map` are those of [`get`](super::get). What else stands in the folder
/// of the map as it does in a public folder is at hand too: with the proofs of the
/// tranche there, nothing is fetched but the leaves that hold the part, and the hashes
/// of at most seven leaves on either side; with the leaf files there too, no hashes. So
/// short an item that this would be more is read whole, and compared with its SHA-256.
///
/// # Errors
/// [`Error::PartBeyond`], [`Error::FindProofs`], and those of [`get`](super::get). Bytes
/// and hashes that do not lead to what is trusted are told as R004, and nothing is kept.
pub fn get_part(
    target: &str,
    part: Part,
    from: &From,
    map: Option<&Path>,
    out: &Path,
    options: &GetOptions,
    monitor: &dyn Monitor,
) -> Result<GotPart, Error> {
    let client = Client::new();
    let Found { chosen, others } = lookup(&target.parse()?, from, map, &client)?;
    let near = near(from, map);
    let sheet = at_hand(near.as_ref(), &chosen, &client);
    let job = Job {
        chosen: &chosen,
        part,
        shelf: Shelf::of(from),
        options,
        client: &client,
        monitor,
    };
    let mut plan = plan(&chosen, part, from, None, near.as_ref())?;
    let fetched = sheet.and_then(|sheet| {
        plan = self::plan(&chosen, part, from, sheet.as_ref(), near.as_ref())?;
        fetch(&job, &mut plan, from, sheet, near.as_ref(), out)
    });
    let (path, against) = match fetched {
        Ok((path, against)) => (Some(path), Some(against)),
        Err(Trouble::Failed(error)) => return Err(error),
        Err(Trouble::Differs(finding)) => {
            monitor.finding(*finding);
            (None, None)
        }
    };
    let (requests, bytes_fetched) = (client.requests(), client.bytes());
    let MapRecord { tranche, record } = chosen;
    Ok(GotPart {
        tranche,
        record,
        part,
        path,
        plan,
        against,
        others,
        requests,
        bytes_fetched,
    })
}

/// The folder in which proofs and leaf files may be at hand, laid out as in a public
/// folder.
fn near(from: &From, map: Option<&Path>) -> Option<Shelf> {
    match (from, map) {
        (From::Archive { .. }, _) | (From::Url(_), None) => None,
        (_, Some(map)) => {
            let map = longplay_store::disk::Location::from(map);
            Some(Shelf::Folder(map.folder()))
        }
        (From::Folder(folder), None) => Some(Shelf::Folder(folder.into())),
    }
}

fn at_hand(
    near: Option<&Shelf>,
    chosen: &MapRecord,
    client: &Client,
) -> Result<Option<Sheet>, Trouble> {
    match near {
        Some(near) => Sheet::at_hand(near, &chosen.tranche, client),
        None => Ok(None),
    }
}

/// What will be read, as far as is known before anything is.
fn plan(
    chosen: &MapRecord,
    part: Part,
    from: &From,
    sheet: Option<&Sheet>,
    near: Option<&Shelf>,
) -> Result<PartPlan, Error> {
    let pack = &chosen.record.pack;
    let proof = sheet.and_then(|sheet| sheet.find(pack).ok());
    let leaves = proof.map(|(proof, _)| format!("{}/{}", chosen.tranche, proof.leaves));
    let is_near = near.zip(leaves).is_some_and(|(near, path)| near.has(&path));
    let has_leaves = is_near || matches!(from, From::Archive { .. });
    let pack_bytes = proof.map_or(u64::MAX, |(proof, _)| proof.bytes);
    PartPlan::new(&chosen.record, part, pack_bytes, has_leaves)
}

/// Gives the file, and what it was compared with.
fn fetch(
    job: &Job,
    plan: &mut PartPlan,
    from: &From,
    sheet: Option<Sheet>,
    near: Option<&Shelf>,
    out: &Path,
) -> Result<(PathBuf, String), Trouble> {
    let record = &job.chosen.record;
    let item = record.path.as_str().rsplit('/').next().unwrap_or_default();
    let path = out.join(portable_component(&format!("{} {item}", job.part)));
    let temporary = PathBuf::from(temporary_of(&path));
    let against = match plan.by {
        ProvenBy::Digest => by_digest(job, plan, &temporary),
        ProvenBy::Leaves => {
            let witness = witness(job, from, sheet, near)?;
            reach(job, &witness)?;
            let has_leaves = matches!(witness.known, witness::Known::Leaves(_));
            *plan = PartPlan::new(record, job.part, witness.pack_bytes, has_leaves)?;
            by_leaves(job, plan, &witness, &temporary)
        }
    };
    match against.and_then(|against| Ok((put(&temporary, &path)?, against))) {
        Ok(done) => Ok(done),
        Err(trouble) => {
            // The first failure is the one to tell.
            let _ = remove_if_present(&temporary);
            Err(trouble)
        }
    }
}

fn witness(
    job: &Job,
    from: &From,
    sheet: Option<Sheet>,
    near: Option<&Shelf>,
) -> Result<Witness, Trouble> {
    if matches!(from, From::Archive { .. }) {
        return sealed(job);
    }
    let sheet = match sheet {
        Some(sheet) => sheet,
        None => Sheet::open(job.shelf.clone(), &job.chosen.tranche, job.client)?,
    };
    released(job, &sheet, near.unwrap_or(&job.shelf))
}

/// A map that tells bytes beyond the end of a pack tells of another pack.
fn reach(job: &Job, witness: &Witness) -> Result<(), Trouble> {
    let part = job.part.in_pack(&job.chosen.record)?;
    match part.end <= witness.pack_bytes {
        true => Ok(()),
        false => {
            let seen = format!("the pack has {} bytes", witness.pack_bytes);
            Err(differs(&job.pack(), part, seen))
        }
    }
}

fn by_digest(job: &Job, plan: &PartPlan, to: &Path) -> Result<String, Trouble> {
    let record = &job.chosen.record;
    let part = job.part.in_pack(record)?;
    let found = take(job, plan, &part, Hasher::Digest(Sha256::new()), to)?;
    let (found, expected) = (found[0], record.sha256);
    match found == expected {
        true => Ok(format!("SHA-256 {expected} of the item")),
        false => {
            let seen = format!("SHA-256 {found} instead of {expected}");
            Err(differs(&job.pack(), plan.read.clone(), seen))
        }
    }
}

fn by_leaves(job: &Job, plan: &PartPlan, witness: &Witness, to: &Path) -> Result<String, Trouble> {
    let part = job.part.in_pack(&job.chosen.record)?;
    let asked = ask(job, plan, witness)?;
    let leaves = take(job, plan, &part, Hasher::Leaves(LeafHasher::new()), to)?;
    judge(job, plan.read.start / LEAF_BYTES, &leaves, &asked, witness)?;
    Ok(witness.against.clone())
}

/// Reads what is planned into the file `to`, and hashes all of it.
fn take(
    job: &Job,
    plan: &PartPlan,
    part: &std::ops::Range<u64>,
    mut hasher: Hasher,
    to: &Path,
) -> Result<Vec<Digest>, Trouble> {
    let read = plan.read.clone();
    let length = read.end - read.start;
    job.monitor
        .begin(job.chosen.record.path.as_str(), Some(length), Unit::Bytes);
    let found = keep(job, read.clone(), part, &mut hasher, to)?;
    match found == length {
        true => Ok(hasher.finish()),
        false => {
            let seen = format!("{found} bytes instead of {length}");
            Err(differs(&job.pack(), read, seen))
        }
    }
}

/// Gives the proven bytes their name. A file that has it already is kept, and must be
/// the same.
fn put(temporary: &Path, path: &Path) -> Result<PathBuf, Error> {
    if path.symlink_metadata().is_err() {
        rename_new(temporary, path)?;
        return Ok(path.into());
    }
    let is_same = digest_of(path)? == digest_of(temporary)?;
    remove_if_present(temporary)?;
    match is_same {
        true => Ok(path.into()),
        false => Err(Error::KeepOutput { path: path.into() }),
    }
}
