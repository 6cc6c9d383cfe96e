//! Is a tranche what was promised?
//!
//! ```text
//!   journal ─► manifests ─► leaf files ─► large files, leaf by leaf
//!                                              │ sound      │ otherwise: again, whole
//!   both bags ─────────────────────────────────┴────────────┴─► survey ─► report
//! ```
//!
//! Where the journal proves the leaf files, each large file is compared with its
//! leaves and nothing else is hashed. What was read otherwise than it should be is
//! read once more, from the disk, and judged by that reading. Every damaged leaf of 16 KiB
//! is listed as long as a leaf file is left, else every damaged MiB of the kits,
//! else every damaged file. Nothing is changed.

mod examined;
mod findings;
pub(crate) mod leafwise;
mod pace;
pub(crate) mod proven;
mod report;
mod schedule;
pub(crate) mod shard;
pub(crate) mod small;
pub(crate) mod survey;
mod tracks;

pub(crate) use {
    examined::Examined,
    tracks::{Contents, in_words},
};
pub use {
    pace::{Pace, Unhurried},
    report::{FileReport, FileState, TrancheReport, VerifyReport},
    tracks::TouchedItem,
};

use {
    crate::{
        disk::Location,
        error::Error,
        facts::{Folders, Promise, sheets::ProvenSheets},
        home::Home,
        names::RECOVERY,
        spread::Volumes,
        state::SealedTranche,
        verify::{
            pace::Paced,
            report::Looked,
            schedule::{Reading, rounds},
            shard::shards,
            small::smalls,
            survey::survey,
        },
    },
    longplay_model::{Finding, FindingCode, Monitor, Unit},
    std::{
        collections::{BTreeMap, BTreeSet},
        sync::Arc,
    },
};

/// What to verify.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Names of tranches; all sealed ones when `None`.
    pub tranches: Option<Vec<String>>,
    /// Of all bytes, between 0 and 1; everything when `None`. The files that
    /// were read least recently come first.
    pub share: Option<f64>,
    /// Of a stripe that lacks files, and no more than can be made again, the others are not
    /// read: the repair looks at them while it makes what is lost.
    pub to_repair: bool,
}

/// Verifies tranches of an archive against its journal, file by file until the
/// pace is over.
///
/// # Errors
/// When a folder cannot be listed or a file not be opened, or the job is
/// interrupted. Damage is no error. A disk that is not there is told once (S030),
/// and its files are left for another time.
pub fn verify(
    home: &Home,
    options: &VerifyOptions,
    pace: &dyn Pace,
    monitor: &dyn Monitor,
) -> Result<VerifyReport, Error> {
    let monitor = &Paced { monitor, pace };
    for finding in absent_disks(home.volumes()) {
        monitor.finding(finding);
    }
    let sealed = home.state().sealed()?;
    let is_wanted = |it: &&SealedTranche| {
        let names = options.tranches.as_ref();
        names.is_none_or(|names| names.contains(&it.name))
    };
    let mut readings = Vec::new();
    for sealed in sealed.iter().filter(is_wanted) {
        let (folders, promise) = of_home(home, sealed);
        let checks = home.state().file_checks(&sealed.name)?;
        let mut reading = Reading::new(folders, promise, &sealed.name)?.since(sealed, &checks);
        if options.to_repair {
            reading.leave_survivors();
        }
        readings.push(reading);
    }
    let mut report = verify_all(&mut readings, options.share, pace, monitor)?;
    for name in options.tranches.iter().flatten() {
        if !readings.iter().any(|reading| reading.name == *name) {
            report.tranches.push(unknown(name, monitor));
        }
    }
    Ok(report)
}

/// One finding a disk that is not there.
pub(crate) fn absent_disks(volumes: &Volumes) -> impl Iterator<Item = Finding> {
    volumes.absent().iter().map(|path| {
        let seen = format!("{} is missing", volumes.marker(path).display());
        Finding::new(FindingCode::S030, path.display().to_string(), seen)
    })
}

fn verify_all(
    readings: &mut [Reading],
    share: Option<f64>,
    pace: &dyn Pace,
    monitor: &dyn Monitor,
) -> Result<VerifyReport, Error> {
    let rounds = rounds(readings, share);
    let bytes = rounds
        .iter()
        .map(|round| readings[round.tranche].bytes_of(&round.files));
    monitor.begin("reading", Some(bytes.sum()), Unit::Bytes);
    let mut reports = BTreeMap::new();
    for (at, round) in rounds.iter().enumerate() {
        if pace.is_over() {
            break;
        }
        let number = round.tranche;
        readings[number].compare(Some(&round.files), pace, monitor)?;
        if !rounds[at + 1..].iter().any(|later| later.tranche == number) {
            reports.insert(number, report(&mut readings[number], monitor)?);
        }
    }
    let mut files_unread = 0;
    for (number, reading) in readings.iter_mut().enumerate() {
        // What was begun is told, and so is what has no packs at all.
        if !reports.contains_key(&number) && (reading.is_begun() || reading.large_files() == 0) {
            reports.insert(number, report(reading, monitor)?);
        }
        files_unread += match reports.get(&number) {
            Some(report) => report.files_unread,
            None => reading.large_files(),
        };
    }
    Ok(VerifyReport {
        tranches: reports.into_values().collect(),
        files_unread,
    })
}

/// Where a sealed tranche is and what the journal says of it.
pub fn of_home(home: &Home, sealed: &SealedTranche) -> (Folders, Promise) {
    let folder = |name: String| home.tranches_dir().join(name);
    let folders = Folders {
        data: folder(sealed.name.clone()),
        recovery: Some(folder(format!("{}{RECOVERY}", sealed.name))),
        volumes: home.volumes().clone(),
    };
    let promise = Promise {
        tranche: Some(sealed.name.clone()),
        data: Some(sealed.tagmanifest),
        recovery: Some(sealed.recovery),
    };
    (folders, promise)
}

fn unknown(name: &str, monitor: &dyn Monitor) -> TrancheReport {
    let finding = Finding::new(
        FindingCode::S018,
        name,
        "the journal knows no tranche of this name",
    );
    monitor.finding(finding.clone());
    TrancheReport::absent(name, finding)
}

/// Verifies a tranche without an archive: a keeper's copy, say. The bag of
/// recovery packs may be left out.
pub fn verify_tranche(folders: &Folders, monitor: &dyn Monitor) -> Result<TrancheReport, Error> {
    verify_promised(folders, &Promise::default(), monitor)
}

/// Verifies a tranche of which the journal may know something.
pub fn verify_promised(
    folders: &Folders,
    promise: &Promise,
    monitor: &dyn Monitor,
) -> Result<TrancheReport, Error> {
    verify_read(Reading::of(folders, promise)?, monitor)
}

/// The same of one that was just written: what memory holds of its files proves
/// nothing of the disk.
pub(crate) fn verify_written(
    folders: &Folders,
    promise: &Promise,
    monitor: &dyn Monitor,
) -> Result<TrancheReport, Error> {
    verify_read(Reading::of(folders, promise)?.cold(), monitor)
}

fn verify_read(mut reading: Reading, monitor: &dyn Monitor) -> Result<TrancheReport, Error> {
    reading.compare(None, &Unhurried, monitor)?;
    report(&mut reading, monitor)
}

/// What comes of the files that were compared, those that have to be read
/// again or whole, and all small ones.
fn report(reading: &mut Reading, monitor: &dyn Monitor) -> Result<TrancheReport, Error> {
    let folders = &reading.folders;
    let recovery = folders.recovery.as_ref();
    if !folders.data.is_folder() && !recovery.is_some_and(Location::is_folder) {
        folders.data.has_answered()?;
        let finding = Finding::new(FindingCode::S018, &reading.name, "its folder is not there");
        monitor.finding(finding.clone());
        return Ok(TrancheReport::absent(&reading.name, finding));
    }
    let (seen, mut unread) = reading.seen();
    let folders = &reading.folders;
    let by_leaves = seen.len() > unread.len();
    let mut examined = examine(folders, &reading.promise, &seen, &reading.proven, monitor)?;
    examined.unread = unread.clone();
    unread.extend(examined.away().map(|(place, _)| place.clone()));
    let looked = Looked {
        by_leaves,
        unread,
        doubtful: reading.doubtful().cloned().collect(),
    };
    let report = TrancheReport::new(examined, &looked);
    // A disk that is not there is told once, and not by each tranche.
    let findings = report
        .findings
        .iter()
        .filter(|it| it.code != FindingCode::S030);
    findings
        .cloned()
        .for_each(|finding| monitor.finding(finding));
    Ok(report)
}

/// Looks at everything; large files in `known` were read before, and so were leaf files
/// in `proven`.
pub(crate) fn examine(
    folders: &Folders,
    promise: &Promise,
    known: &survey::Seen,
    proven: &ProvenSheets,
    monitor: &dyn Monitor,
) -> Result<Examined, Error> {
    let survey = survey(folders, promise, known, proven, monitor)?;
    let shards = shards(&survey)?;
    let smalls = smalls(&survey, &shards)?;
    // What did not answer is not damaged.
    folders.data.has_answered()?;
    Ok(Examined {
        survey: Arc::new(survey),
        shards,
        smalls,
        unread: BTreeSet::new(),
    })
}
