//! How is a tranche healed?
//!
//! ```text
//!   report ─ plan_repair ─► RepairPlan ─ repair ─► names back ─► stripes ─► small files
//!                           (printed)                              │
//!                            new file beside the old, read back, renamed over it
//! ```
//!
//! Different byte ranges may be rebuilt from different shards, so a stripe is
//! healed as long as no more than `m` of its `k + m` files are damaged at the
//! same place. What is beyond that is left as it is, named track by track, and
//! everything else is healed. A killed repair is finished by verifying and
//! repairing again.

mod donor;
mod fetch;
mod judge;
mod making;
mod mend;
mod moves;
mod new_kit;
mod plan;
mod read_back;
mod rebuild;
mod shift;
mod solve;
mod survivors;
mod target;

pub use {
    donor::{Donor, FolderDonor},
    fetch::Fetch,
    plan::{Loss, Move, Rebuild, RepairPlan, plan_repair},
    shift::Shift,
};

use {
    crate::{
        disk::{Kind, Location},
        durable::{TEMPORARY, create_dir, remove_if_present},
        error::Error,
        facts::{Folders, Place, Runs},
        home::Home,
        merkle::LEAF_BYTES,
        repair::{
            fetch::{Refusals, fetches},
            plan::{counted, moves_of},
            rebuild::{Outcome, fill_stripes, heal_stripe},
            shift::{shift_all, shifts},
        },
        verify::{
            Contents, Examined, TouchedItem, TrancheReport, examine, in_words, of_home,
            shard::Shard,
            small::Small,
            survey::{Seen, Survey},
        },
    },
    longplay_model::{Event, Finding, FindingCode, Monitor, Unit},
    serde::Serialize,
    std::{fmt, io, mem},
};

/// Small files are made from each other; so many rounds make them all.
const ROUNDS: usize = 6;

/// Items named in one finding; the summary names all.
const MOST_NAMED: usize = 20;

/// What a repair did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RepairSummary {
    pub tranche: String,
    /// Files that got their names back.
    pub renamed: Vec<Place>,
    /// Packs and recovery packs that are whole now.
    pub healed: Vec<Place>,
    /// Packs and recovery packs that are less damaged than before, and still
    /// damaged.
    pub partly: Vec<Place>,
    /// Small files that were made again.
    pub rewritten: Vec<Place>,
    /// Packs and recovery packs that came to another disk.
    pub shifted: Vec<Place>,
    pub bytes_written: u64,
    /// What is beyond recovery (S012).
    pub lost: Vec<Finding>,
    /// Every item that has bytes in what is beyond recovery, pack by pack.
    pub lost_items: Vec<LostItem>,
    /// What is still wrong, the lost included.
    pub remaining: Vec<Finding>,
    /// Packs and recovery packs that turned out to be damaged when others were made from
    /// them: the plan did not know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub found_meanwhile: Vec<Place>,
}

/// An item of which bytes are beyond recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LostItem {
    /// The pack, with its bag.
    pub pack: String,
    #[serde(flatten)]
    pub item: TouchedItem,
}

impl fmt::Display for LostItem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}, in {}", self.item, self.pack)
    }
}

impl RepairSummary {
    /// Adds what became of files; one that was healed in part before may be
    /// whole now.
    fn take(&mut self, outcome: &Outcome) {
        self.partly.retain(|place| !outcome.healed.contains(place));
        self.healed.extend_from_slice(&outcome.healed);
        self.partly.extend_from_slice(&outcome.partly);
        self.bytes_written += outcome.bytes_written;
    }

    /// Whether the tranche is now as it was sealed.
    pub fn is_whole(&self) -> bool {
        self.remaining.is_empty() && self.lost.is_empty()
    }

    /// What the journal should know of this; nothing when nothing was changed.
    pub fn event(&self) -> Option<Event> {
        let changed = [
            &self.renamed,
            &self.healed,
            &self.partly,
            &self.rewritten,
            &self.shifted,
        ];
        let files: Vec<String> = changed
            .into_iter()
            .flatten()
            .map(Place::to_string)
            .collect();
        (!files.is_empty()).then(|| Event::Repair {
            tranche: self.tranche.clone(),
            files,
        })
    }
}

/// Does what `plan` says, and looks at the result. What is beyond recovery here
/// comes from another copy, a `donor`, if there is one.
///
/// # Errors
/// When a file cannot be written, the disk is full, a disk of the archive is not
/// there, or the job is interrupted; verifying and repairing again goes on from there.
pub fn repair(
    folders: &Folders,
    plan: &RepairPlan,
    donor: Option<&dyn Donor>,
    monitor: &dyn Monitor,
) -> Result<RepairSummary, Error> {
    let mut summary = RepairSummary {
        tranche: plan.tranche.clone(),
        ..RepairSummary::default()
    };
    let Some(examined) = &plan.examined else {
        return Ok(summary);
    };
    folders.volumes.complete()?;
    sweep(folders)?;
    summary.renamed = moves::rename_back(folders, &plan.moves)?;
    let (mut last, doubtful) = heal_unread(examined, folders, monitor, &mut summary)?;
    let is_damaged = |shard: &&Shard| doubtful.contains(&shard.place) && !shard.is_sound();
    let damaged = last.shards.iter().filter(is_damaged);
    summary.found_meanwhile = damaged.map(|shard| shard.place.clone()).collect();
    if !doubtful.is_empty() || !moves_of(&last.shards).is_empty() {
        last = put_back(last, folders, monitor, &mut summary)?;
        last = heal(&last, folders, monitor, &mut summary)?;
    }
    if let Some(donor) = donor {
        last = heal_from(last, folders, donor, monitor, &mut summary)?;
    }
    summary.shifted = shift_all(&last, folders, &shifts(&last), monitor)?;
    if !summary.shifted.is_empty() {
        last = look(&last, folders, Outcome::default(), monitor)?;
    }
    summary.rewritten.sort();
    summary.rewritten.dedup();
    tell(&last, &mut summary, monitor);
    Ok(summary)
}

/// Makes the folders of sealed tranches that are gone, so that another copy can
/// fill them: the journal knows what each has to be. Gives those that were made.
///
/// # Errors
/// When a folder cannot be made.
pub fn make_room(home: &Home, tranches: Option<&[String]>) -> Result<Vec<Location>, Error> {
    let mut made = Vec::new();
    for sealed in home.state().sealed()? {
        if tranches.is_some_and(|names| !names.contains(&sealed.name)) {
            continue;
        }
        let (Folders { data, recovery, .. }, _) = of_home(home, &sealed);
        for folder in recovery.into_iter().chain([data]) {
            if !folder.exists() {
                create_dir(&folder)?;
                made.push(folder);
            }
        }
    }
    Ok(made)
}

/// Removes those of `made` that nothing came into.
///
/// # Errors
/// When an empty folder cannot be removed.
pub fn leave_no_empty(made: &[Location]) -> Result<(), Error> {
    for folder in made {
        // One that is not empty stays: that is no failure.
        match folder.remove_folder() {
            Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => {
                return Err(Error::write(folder, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Fetches what the code cannot make again, so that it can make the rest; where
/// that does not suffice, small files, by which more may be known.
fn heal_from(
    mut last: Examined,
    folders: &Folders,
    donor: &dyn Donor,
    monitor: &dyn Monitor,
    summary: &mut RepairSummary,
) -> Result<Examined, Error> {
    let mut refusals = Refusals::new();
    for _ in 0..ROUNDS {
        if last.is_sound() {
            break;
        }
        last = put_back(last, folders, monitor, summary)?;
        let wanted = fetches(&last);
        let leaves: u64 = wanted.iter().map(|fetch| fetch.leaves.count()).sum();
        monitor.begin("fetching", Some(leaves * LEAF_BYTES), Unit::Bytes);
        let filled = fill_stripes(&last, folders, &wanted, donor, monitor, &mut refusals)?;
        let mut has_more = !filled.seen.is_empty();
        if has_more {
            summary.take(&filled);
            last = look(&last, folders, filled, monitor)?;
            last = heal(&last, folders, monitor, summary)?;
        }
        if !last.is_sound() {
            let came = mend::fetch_small(&last, folders, donor, &mut refusals)?;
            has_more |= !came.is_empty();
            summary.rewritten.extend(came);
            last = look(&last, folders, Outcome::default(), monitor)?;
            last = put_back(last, folders, monitor, summary)?;
            last = heal(&last, folders, monitor, summary)?;
        }
        if !has_more {
            break;
        }
    }
    for (path, seen) in refusals.into_iter().filter(|_| !last.is_sound()) {
        monitor.finding(Finding::new(FindingCode::S020, path, seen));
    }
    Ok(last)
}

/// Gives files their names back that are known only now; what the tranche is then.
fn put_back(
    last: Examined,
    folders: &Folders,
    monitor: &dyn Monitor,
    summary: &mut RepairSummary,
) -> Result<Examined, Error> {
    let moves = moves_of(&last.shards);
    if moves.is_empty() {
        return Ok(last);
    }
    summary.renamed.extend(moves::rename_back(folders, &moves)?);
    look(&last, folders, Outcome::default(), monitor)
}

/// What the tranche is after something became of its files.
fn look(
    before: &Examined,
    folders: &Folders,
    outcome: Outcome,
    monitor: &dyn Monitor,
) -> Result<Examined, Error> {
    let seen = known_now(before, outcome);
    let survey = &before.survey;
    examine(folders, &survey.promise, &seen, &survey.proven, monitor)
}

/// Heals every stripe by its code, then makes small files again; what the
/// tranche is then.
fn heal(
    examined: &Examined,
    folders: &Folders,
    monitor: &dyn Monitor,
    summary: &mut RepairSummary,
) -> Result<Examined, Error> {
    let healed = heal_unread(examined, folders, monitor, summary)?;
    Ok(healed.0)
}

/// The same where nobody has read some of the files: they are read meanwhile. Gives those
/// that were read otherwise than they should be, too; their stripes are left as they were.
fn heal_unread(
    examined: &Examined,
    folders: &Folders,
    monitor: &dyn Monitor,
    summary: &mut RepairSummary,
) -> Result<(Examined, Vec<Place>), Error> {
    let mut outcome = Outcome::default();
    for stripe in &examined.survey.facts.stripes {
        heal_stripe(examined, folders, stripe, monitor, &mut outcome)?;
    }
    summary.take(&outcome);
    let doubtful = mem::take(&mut outcome.doubtful);
    let mut seen = known_now(examined, outcome);
    seen.retain(|place, _| !doubtful.contains(place));
    let last = mend_all(examined, folders, &seen, monitor, summary)?;
    Ok((last, doubtful))
}

/// What large files are by now: those that were replaced have been read back,
/// those that were renamed are what they were.
fn known_now(examined: &Examined, outcome: Outcome) -> Seen {
    let mut seen = examined.survey.seen.clone();
    let moved: Vec<&Shard> = examined
        .shards
        .iter()
        .filter(|shard| shard.is_moved())
        .collect();
    let holders = moved.iter().filter_map(|shard| shard.holder.as_ref());
    holders.for_each(|holder| {
        seen.remove(holder);
    });
    for shard in moved {
        let before = shard
            .holder
            .as_ref()
            .and_then(|place| examined.survey.seen.get(place));
        seen.extend(before.map(|before| (shard.place.clone(), before.clone())));
    }
    seen.extend(outcome.seen);
    seen
}

/// Makes small files until none can be made any more.
fn mend_all(
    examined: &Examined,
    folders: &Folders,
    seen: &Seen,
    monitor: &dyn Monitor,
    summary: &mut RepairSummary,
) -> Result<Examined, Error> {
    let Survey {
        promise, proven, ..
    } = &*examined.survey;
    let mut last = examine(folders, promise, seen, proven, monitor)?;
    for _ in 0..ROUNDS {
        let written = mend::mend(&last, folders, monitor)?;
        if written.is_empty() {
            break;
        }
        summary.rewritten.extend(written);
        last = examine(folders, promise, seen, proven, monitor)?;
    }
    Ok(last)
}

/// Removes what killed commands left half written, in the bags and on the disks.
fn sweep(folders: &Folders) -> Result<(), Error> {
    for bag in [Some(&folders.data), folders.recovery.as_ref()]
        .into_iter()
        .flatten()
    {
        sweep_folder(bag)?;
        let name = bag.file_name().unwrap_or_default();
        for volume in folders.volumes.present() {
            sweep_folder(&volume.root.join(name))?;
        }
    }
    Ok(())
}

fn sweep_folder(folder: &Location) -> Result<(), Error> {
    for entry in folder.entries()? {
        let name = entry.name.to_string_lossy();
        let inner = folder.join(&entry.name);
        if entry.kind == Kind::Folder {
            sweep_folder(&inner)?;
        } else if name.starts_with(TEMPORARY) && name.ends_with(".tmp") {
            remove_if_present(&inner)?;
        }
    }
    Ok(())
}

/// Tells what is still wrong, and names what is lost with it.
fn tell(last: &Examined, summary: &mut RepairSummary, monitor: &dyn Monitor) {
    let contents = last.contents();
    let shards = || last.shards.iter().filter(|shard| !shard.is_sound());
    summary.lost = shards()
        .map(|shard| lost_shard(last, shard, &contents))
        .collect();
    summary.lost_items = shards()
        .flat_map(|shard| lost_items(last, shard, &contents))
        .collect();
    let smalls = last.smalls.iter().filter(|small| !small.is_sound());
    summary
        .lost
        .extend(smalls.map(|small| lost_small(last, small)));
    summary
        .lost
        .iter()
        .for_each(|finding| monitor.finding(finding.clone()));
    let report = TrancheReport::of_all(last.clone());
    let at_risk = report
        .findings
        .iter()
        .filter(|it| it.code == FindingCode::S031);
    at_risk.for_each(|finding| monitor.finding(finding.clone()));
    summary.remaining = report.damage().cloned().collect();
}

fn lost_shard(last: &Examined, shard: &Shard, contents: &Contents) -> Finding {
    let bad: &Runs = &shard.condition.bad;
    let seen = match contents.touched(shard.place.file_name(), bad) {
        _ if shard.is_recovery() => "too much of its stripe is damaged to make it again".into(),
        Some(items) if items.is_empty() => "no track is touched".into(),
        Some(items) => format!("lost: {}", in_words(&items, MOST_NAMED)),
        None => "no index is left that tells its tracks".into(),
    };
    let leaves = format!("{} of 16 KiB", counted(bad));
    let subject = shard.place.subject(&last.survey.facts.tranche);
    Finding::new(FindingCode::S012, subject, seen).at(leaves)
}

fn lost_items(last: &Examined, shard: &Shard, contents: &Contents) -> Vec<LostItem> {
    let items = match shard.is_recovery() {
        true => None,
        false => contents.touched(shard.place.file_name(), &shard.condition.bad),
    };
    let lost = |item| LostItem {
        pack: shard.place.subject(&last.survey.facts.tranche),
        item,
    };
    items.into_iter().flatten().map(lost).collect()
}

fn lost_small(last: &Examined, small: &Small) -> Finding {
    let subject = small.place.subject(&last.survey.facts.tranche);
    let seen = "what it is made from is lost";
    Finding::new(FindingCode::S012, subject, seen)
}
