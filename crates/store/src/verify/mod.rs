//! Is a tranche what was promised?
//!
//! ```text
//!   both bags ── every file read once ──► survey ─► shards, small files ─► report
//!                                          (facts)                          └► findings
//! ```
//!
//! Every damaged leaf of 16 KiB is listed as long as a leaf file is left, else
//! every damaged MiB of the kits, else every damaged file. Nothing is changed.

mod examined;
mod findings;
mod report;
pub(crate) mod shard;
pub(crate) mod small;
pub(crate) mod survey;
mod tracks;

pub(crate) use {
    examined::Examined,
    tracks::{Contents, in_words},
};
pub use {
    report::{FileReport, FileState, TrancheReport, VerifyReport},
    tracks::TouchedItem,
};

use {
    crate::{
        error::Error,
        facts::{Folders, Promise},
        home::Home,
        names::RECOVERY,
        state::SealedTranche,
        verify::{shard::shards, small::smalls, survey::survey},
    },
    longplay_model::{Finding, FindingCode, Monitor},
    std::{collections::BTreeMap, path::Path, sync::Arc},
};

/// What to verify.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Names of tranches; all sealed ones when `None`.
    pub tranches: Option<Vec<String>>,
}

/// Verifies tranches of an archive against its journal.
///
/// # Errors
/// When a folder cannot be listed or a file not be opened, or the job is
/// interrupted. Damage is no error.
pub fn verify(
    home: &Home,
    options: &VerifyOptions,
    monitor: &dyn Monitor,
) -> Result<VerifyReport, Error> {
    let wanted = |sealed: &SealedTranche| match &options.tranches {
        Some(names) => names.contains(&sealed.name),
        None => true,
    };
    let mut report = VerifyReport::default();
    for sealed in home
        .state()
        .sealed()?
        .iter()
        .filter(|sealed| wanted(sealed))
    {
        let (folders, promise) = of_home(home, sealed);
        report
            .tranches
            .push(verify_promised(&folders, &promise, monitor)?);
    }
    for name in options.tranches.iter().flatten() {
        if !report.tranches.iter().any(|tranche| tranche.name == *name) {
            report.tranches.push(unknown(name, monitor));
        }
    }
    Ok(report)
}

/// Where a sealed tranche is and what the journal says of it.
pub fn of_home(home: &Home, sealed: &SealedTranche) -> (Folders, Promise) {
    let folder = |name: String| home.tranches_dir().join(name);
    let folders = Folders {
        data: folder(sealed.name.clone()),
        recovery: Some(folder(format!("{}{RECOVERY}", sealed.name))),
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
pub fn verify_tranche(
    tranche: &Path,
    recovery: Option<&Path>,
    monitor: &dyn Monitor,
) -> Result<TrancheReport, Error> {
    let folders = Folders {
        data: tranche.into(),
        recovery: recovery.map(Path::to_owned),
    };
    verify_promised(&folders, &Promise::default(), monitor)
}

/// Verifies a tranche of which the journal may know something.
pub fn verify_promised(
    folders: &Folders,
    promise: &Promise,
    monitor: &dyn Monitor,
) -> Result<TrancheReport, Error> {
    let is_there = |path: &Path| path.is_dir();
    let folder_name = folders
        .data
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    if !is_there(&folders.data) && !folders.recovery.as_deref().is_some_and(is_there) {
        let name = promise.tranche.clone().unwrap_or(folder_name.into_owned());
        let finding = Finding::new(FindingCode::S018, &name, "its folder is not there");
        monitor.finding(finding.clone());
        return Ok(TrancheReport::absent(&name, finding));
    }
    let report = TrancheReport::new(examine(folders, promise, &BTreeMap::new(), monitor)?);
    report
        .findings
        .iter()
        .for_each(|finding| monitor.finding(finding.clone()));
    Ok(report)
}

/// Looks at everything; large files in `known` were read before.
pub(crate) fn examine(
    folders: &Folders,
    promise: &Promise,
    known: &survey::Seen,
    monitor: &dyn Monitor,
) -> Result<Examined, Error> {
    let survey = survey(folders, promise, known, monitor)?;
    let shards = shards(&survey)?;
    let smalls = smalls(&survey, &shards)?;
    Ok(Examined {
        survey: Arc::new(survey),
        shards,
        smalls,
    })
}
