//! What if all but packs and recovery packs is gone?
//!
//! ```text
//!   kits, tag files ─► longplay.toml
//!   journal         ─► state.sqlite
//!   packs and kits  ─► leaf files, index, manifests, tag files, byte for byte
//!                       │
//!                       └─► journal: sealings, receipts, what has left staging
//! ```
//!
//! Everything is made again from what is there; what is sound is left as it is.
//! Packs are healed on the way as far as recovery goes. Entries of the journal
//! that are made again say so. Facts that were in the journal alone, as when
//! something was verified, are lost with it; `docs/format/journal.md` lists them.

mod bench;
mod folders;
mod heard;
mod receipts;
mod settings;
mod staged;
mod tranche;

pub use tranche::TrancheLook;

use {
    crate::{
        cache,
        disk::Location,
        error::Error,
        facts::Promise,
        holdings::Holdings,
        home::{Home, Mode, TRANCHES},
        indexes::Asked,
        lock::Lock,
        names::TrancheName,
        nowhere::{self, LostTrack, tracks_nowhere},
        remake::{
            bench::{Bench, Opened},
            heard::Heard,
            receipts::remake_receipts,
            settings::{Settings, look},
            tranche::Here,
        },
        repair::RepairSummary,
        seal::{doubt::staging_has_all, pending},
        spread::Volumes,
        staging::Staging,
        state::SealedTranche,
        stores::Stores,
        verify::absent_disks,
    },
    longplay_model::{
        ByteSize, Clock, Digest, Event, Finding,
        FindingCode::{S015, S017, S018, S024, S025},
        Monitor,
    },
    serde::Serialize,
    std::collections::BTreeMap,
};

/// Why a tranche is left to the sealing that began it.
const UNENDED: &str = "its sealing has not ended, and it is not whole: run seal";

/// What was made again, or would be.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Remade {
    /// The tranche that told the settings, where they were lost.
    pub settings: Option<String>,
    /// The state cache was made again from the journal.
    pub cache: bool,
    /// Tranches of which something is here.
    pub tranches: u64,
    /// Those that the journal did not know, and now does.
    pub entered: Vec<String>,
    /// What became of tranches of which something was missing or damaged.
    pub repaired: Vec<RepairSummary>,
    /// Files on disks that have their links again.
    pub links: u64,
    /// Tracks that have a receipt again.
    pub receipts: u64,
    /// Tranches that the journal knows and of which nothing is here.
    pub gone: Vec<SealedTranche>,
    /// Tracks of these that no other tranche holds.
    pub lost: Vec<LostTrack>,
    /// Blobs in staging of which no receipt is left.
    pub unclaimed: Vec<Digest>,
}

/// Makes again what the archive in `root` has lost beside its packs and recovery
/// packs; with `is_dry_run` nothing but the state cache is written. What will be
/// made of each tranche is given to `planned` first. Its tranches may lie in one of
/// `stores`, as long as its settings say so.
///
/// A remaking that was killed is finished by another.
///
/// # Errors
/// [`Error::NoSettings`] where there is neither `longplay.toml` nor a tranche;
/// [`Error::DiskAbsent`] where a disk of the archive is not there, but for a dry run;
/// [`Error::FindStore`]; when a file cannot be written, or the job is interrupted.
pub fn remake(
    root: impl Into<Location>,
    stores: &dyn Stores,
    is_dry_run: bool,
    clock: &dyn Clock,
    planned: &mut dyn FnMut(&TrancheLook),
    monitor: &dyn Monitor,
) -> Result<Remade, Error> {
    let (root, monitor) = (&root.into(), &Heard::new(monitor));
    let mut remade = Remade::default();
    let bench = open(root, stores, is_dry_run, clock, monitor, &mut remade)?;
    remade.cache |= monitor.has(S015);
    if bench.acts() {
        remade.links = bench.relink()?;
    }
    for finding in absent_disks(&bench.volumes) {
        monitor.finding(finding);
    }
    let was_lost = begin_journal(&bench, monitor)?;
    let here = tranches(&bench, planned, monitor, &mut remade)?;
    if was_lost {
        tell_gaps(&bench, monitor)?;
    }
    remade.receipts = remake_receipts(&bench, &here, monitor)?;
    staged::enter_emptied(&bench, &here)?;
    let was_lost = was_lost || !remade.entered.is_empty() || remade.receipts > 0;
    if was_lost || monitor.has(S017) {
        unclaimed(&bench, &here, monitor, &mut remade)?;
    }
    if !remade.gone.is_empty() {
        let bags = here.iter().map(|it| (&it.folders.data, it.asked));
        remade.lost = tracks_nowhere(bench.state(), bags)?;
        nowhere::finding(&remade.lost)
            .into_iter()
            .for_each(|finding| monitor.finding(finding));
    }
    if let Opened::ToAct(home) = &bench.opened {
        Holdings::open(home, monitor)?;
    }
    Ok(remade)
}

/// Opens the archive, by settings that are made again first where they are lost.
fn open<'a>(
    root: &Location,
    stores: &dyn Stores,
    is_dry_run: bool,
    clock: &'a dyn Clock,
    monitor: &Heard,
    remade: &mut Remade,
) -> Result<Bench<'a>, Error> {
    let settings = look(root)?;
    remade.cache = !root.join(cache::STATE).is_file();
    let workshop = root.join(TRANCHES);
    let (opened, tranches, volumes) = match (settings, is_dry_run) {
        (Settings::Lost(new), true) => {
            monitor.finding(new.finding());
            remade.settings = Some(new.told_by);
            let volumes = Volumes::find(root, &new.config)?;
            let state = cache::in_memory(root, monitor)?;
            (Opened::Journal(Box::new(state)), workshop.clone(), volumes)
        }
        _ => {
            let home = match is_dry_run {
                true => Home::open_with(root, Mode::Read, stores, monitor)?,
                false => open_to_act(root, stores, monitor, remade)?,
            };
            home.check_journal(monitor)?;
            let (tranches, volumes) = (home.tranches_dir(), home.volumes().clone());
            let home = Box::new(home);
            let opened = match is_dry_run {
                true => Opened::ToLook(home),
                false => Opened::ToAct(home),
            };
            (opened, tranches, volumes)
        }
    };
    Ok(Bench {
        opened,
        tranches,
        unended: pending::read_in(&workshop)?,
        workshop,
        volumes,
        staging: Staging::new(root.join("staging")),
        clock,
    })
}

fn open_to_act(
    root: &Location,
    stores: &dyn Stores,
    monitor: &Heard,
    remade: &mut Remade,
) -> Result<Home, Error> {
    let lock = Lock::take(root)?;
    // Who had the lock until now may have written settings.
    let config = match look(root)? {
        Settings::Sound(config) => config,
        Settings::Lost(new) => {
            monitor.finding(new.write(root)?);
            remade.settings = Some(new.told_by);
            new.config
        }
    };
    Home::open_held(root, config, stores, lock, monitor)
}

/// Whether the journal is empty: its first entry is made again then.
fn begin_journal(bench: &Bench, monitor: &Heard) -> Result<bool, Error> {
    if bench.state().position()?.seq > 0 {
        return Ok(false);
    }
    if let Opened::ToAct(home) = &bench.opened {
        let name = home.config().name.clone();
        bench.record_rebuilt(vec![Event::Creation { name }])?;
    }
    if !bench.named()?.is_empty() {
        let seen = "it has no entry, and tranches are there";
        monitor.finding(Finding::new(S017, "journal", seen));
    }
    Ok(true)
}

/// Makes again what is lost of each tranche, in their order, and enters into the
/// journal those that it does not know.
fn tranches(
    bench: &Bench,
    planned: &mut dyn FnMut(&TrancheLook),
    monitor: &dyn Monitor,
    remade: &mut Remade,
) -> Result<Vec<Here>, Error> {
    let sealed = bench.state().sealed()?;
    let known: BTreeMap<TrancheName, SealedTranche> = sealed
        .into_iter()
        .filter_map(|sealed| Some((sealed.name.parse().ok()?, sealed)))
        .collect();
    let mut names = bench.named()?;
    names.extend(known.keys().cloned());
    let mut here = Vec::new();
    for name in names {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let folders = bench.folders_of(&name);
        if bench.is_on_its_way(&name) {
            monitor.finding(Finding::new(S024, name.to_string(), UNENDED));
            continue;
        }
        let recovery = folders.recovery.as_ref();
        if !folders.data.is_folder() && !recovery.is_some_and(Location::is_folder) {
            bench.tranches.has_answered()?;
            let gone = known.get(&name).cloned();
            gone.iter()
                .for_each(|gone| monitor.finding(told_gone(gone)));
            remade.gone.extend(gone);
            continue;
        }
        let promise = known.get(&name).map(promise);
        let look = tranche::look(&folders, &name, promise, monitor)?;
        here.extend(one(bench, name, &look, planned, monitor, remade)?);
    }
    remade.tranches = here.len() as u64;
    Ok(here)
}

fn promise(sealed: &SealedTranche) -> Promise {
    Promise {
        tranche: Some(sealed.name.clone()),
        data: Some(sealed.tagmanifest),
        recovery: Some(sealed.recovery),
    }
}

fn told_gone(gone: &SealedTranche) -> Finding {
    let seen = format!(
        "neither of its folders is there: {} in packs, and {} of recovery",
        ByteSize(gone.bytes),
        ByteSize(gone.recovery_bytes)
    );
    Finding::new(S018, &gone.name, seen)
}

/// One tranche; `None` when its folder bears the name of another.
fn one(
    bench: &Bench,
    name: TrancheName,
    look: &TrancheLook,
    planned: &mut dyn FnMut(&TrancheLook),
    monitor: &dyn Monitor,
    remade: &mut Remade,
) -> Result<Option<Here>, Error> {
    if let Some(other) = look.other_name().filter(|_| look.is_unknown) {
        let seen = format!("its own files call it {other:?}");
        monitor.finding(Finding::new(S024, name.to_string(), seen));
        return Ok(None);
    }
    if !look.is_sound() || look.is_unknown {
        planned(look);
    }
    let folders = bench.folders_of(&name);
    if !bench.acts() {
        let here = Here {
            name,
            folders,
            is_whole: look.is_sound(),
            asked: Asked::Packs,
        };
        if look.is_unknown {
            remade.entered.push(here.name.to_string());
        }
        return Ok(Some(here));
    }
    let (summary, remaining) = look.heal(&folders, monitor)?;
    if let Some(event) = summary.as_ref().and_then(RepairSummary::event) {
        bench.record(event)?;
    }
    remade.repaired.extend(summary);
    let here = Here::new(name, folders, &remaining);
    if look.is_unknown {
        // What it lacks staging still holds, until the journal vouches for it.
        let is_unended = bench.unended.contains(&here.name);
        let sealing = match is_unended && !here.is_whole {
            true if is_made_again(bench, &here.name) => Err(UNENDED.to_owned()),
            _ => here.sealing(&remaining),
        };
        match sealing {
            Ok(event) => {
                bench.record_rebuilt(vec![event])?;
                remade.entered.push(here.name.to_string());
            }
            Err(why) => monitor.finding(Finding::new(S024, here.name.to_string(), why)),
        }
    }
    Ok(Some(here))
}

/// Whether sealing makes a tranche again that it left damaged: all of it waits.
fn is_made_again(bench: &Bench, name: &TrancheName) -> bool {
    staging_has_all(&bench.staging, &bench.folders_of(name).data)
}

/// Tranches are numbered without gaps: a number that no folder bears, below one
/// that a folder bears, was a tranche.
fn tell_gaps(bench: &Bench, monitor: &dyn Monitor) -> Result<(), Error> {
    let mut next = 1;
    for name in bench.named()? {
        (next..name.number).for_each(|number| {
            let seen = format!("no folder bears this number, and {name} is there");
            monitor.finding(Finding::new(S018, format!("tranche {number:04}"), seen));
        });
        next = next.max(name.number + 1);
    }
    Ok(())
}

/// Takes blobs that nothing speaks of out of staging, where the next intake would
/// remove them.
fn unclaimed(
    bench: &Bench,
    here: &[Here],
    monitor: &dyn Monitor,
    remade: &mut Remade,
) -> Result<(), Error> {
    for blob in staged::unclaimed(bench, here)? {
        let bytes = bench.staging.length(&blob).unwrap_or(0);
        if bench.acts() {
            bench.staging.set_unclaimed(&blob)?;
        }
        let seen = format!("{bytes} bytes, of which neither journal nor tranche tells");
        let subject = format!("staging/unclaimed/{blob}");
        monitor.finding(Finding::new(S025, subject, seen));
        remade.unclaimed.push(blob);
    }
    Ok(())
}
