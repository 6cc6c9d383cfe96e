//! Where a tranche is while it is written.

use {
    crate::{
        disk::Location,
        durable::{create_dir, remove_dir, remove_if_present, rename_new, sync_dir},
        error::Error,
        home::Home,
        names::{PARTIAL, RECOVERY, TrancheName},
        pieces,
        seal::{plan::folder_names, request::Payload},
        spread::{self, Berth, Turn, Volumes},
    },
    std::collections::BTreeSet,
};

/// Ending of the name of the folder that tells of finished stripes.
const STRIPES: &str = "-stripes";

/// Folders of a tranche, before and after it is finished.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The bag that is being written.
    pub bag: Location,
    /// The recovery bag that is being written.
    pub recovery: Location,
    /// What is known of finished stripes.
    pub stripes: Location,
    pub finished_bag: Location,
    pub finished_recovery: Location,
    name: TrancheName,
    volumes: &'a Volumes,
}

impl<'a> Place<'a> {
    pub fn new(tranches: &Location, name: &TrancheName, volumes: &'a Volumes) -> Self {
        Self {
            bag: tranches.join(format!("{PARTIAL}{name}")),
            recovery: tranches.join(format!("{PARTIAL}{}", name.recovery())),
            stripes: tranches.join(format!("{PARTIAL}{name}{STRIPES}")),
            finished_bag: tranches.join(name.to_string()),
            finished_recovery: tranches.join(name.recovery()),
            name: name.clone(),
            volumes,
        }
    }

    /// Where the `nth` file of a stripe is written, one of the bag.
    pub fn of_data(&self, path: &str, stripe: u32, nth: usize) -> Berth {
        let turn = self.turn(stripe, nth);
        let name = self.name.to_string();
        self.volumes.berth(&self.bag, &name, path, turn)
    }

    /// The same of the recovery bag.
    pub fn of_recovery(&self, path: &str, stripe: u32, nth: usize) -> Berth {
        let turn = self.turn(stripe, nth);
        let name = self.name.recovery();
        self.volumes.berth(&self.recovery, &name, path, turn)
    }

    const fn turn(&self, stripe: u32, nth: usize) -> Turn {
        Turn {
            tranche: self.name.number,
            stripe,
            nth,
        }
    }

    /// Makes the folders. A recovery bag that was finished before its tranche
    /// is taken back.
    pub fn prepare(&self) -> Result<(), Error> {
        if self.finished_recovery.is_folder() && !self.recovery.exists() {
            rename_new(&self.finished_recovery, &self.recovery)?;
        }
        create_dir(&self.bag)?;
        create_dir(&self.recovery)?;
        create_dir(&self.stripes)
    }

    /// Gives both bags their names, the recovery bag first. On the disks remains
    /// what they lead to, and nothing else.
    pub fn finish(&self) -> Result<(), Error> {
        spread::remove_unlinked(&self.bag, &self.name.to_string(), self.volumes)?;
        spread::remove_unlinked(&self.recovery, &self.name.recovery(), self.volumes)?;
        rename_new(&self.recovery, &self.finished_recovery)?;
        rename_new(&self.bag, &self.finished_bag)?;
        remove_dir(&self.stripes)
    }

    /// Removes both finished bags, the tranche last, so that a kill in between
    /// leaves one that is found to be damaged again.
    pub fn remove_finished(&self) -> Result<(), Error> {
        spread::remove_bag(&self.name.recovery(), self.volumes)?;
        spread::remove_bag(&self.name.to_string(), self.volumes)?;
        remove_dir(&self.finished_recovery)?;
        remove_dir(&self.finished_bag)
    }
}

/// Removes folders of tranches like those that `payload` makes, but for those
/// `wanted`, what they lead to on the disks, and their pieces: nobody writes them any
/// more.
pub fn sweep<'a>(
    home: &Home,
    payload: &Payload,
    wanted: impl Iterator<Item = &'a TrancheName>,
) -> Result<(), Error> {
    let wanted: BTreeSet<&TrancheName> = wanted.collect();
    let tranches = home.workshop();
    for folder in folder_names(&tranches)? {
        let name = partial_of(&folder);
        if name.is_some_and(|name| payload.makes(name.kind) && !wanted.contains(&name)) {
            let bag = folder.strip_prefix(PARTIAL).unwrap_or(&folder);
            spread::remove_bag(bag, home.volumes())?;
            // A note of stripes may outlive the bags' getting their names.
            if !bag.ends_with(STRIPES) {
                pieces::remove(home.root(), bag)?;
            }
            remove_dir(&tranches.join(&folder))?;
        }
    }
    Ok(())
}

/// The tranche that a folder of an unfinished sealing belongs to.
fn partial_of(folder: &str) -> Option<TrancheName> {
    let name = folder.strip_prefix(PARTIAL)?;
    let name = name
        .strip_suffix(RECOVERY)
        .or_else(|| name.strip_suffix(STRIPES))
        .unwrap_or(name);
    name.parse().ok()
}

/// Removes files of `folder` that are not `expected`, and makes the names in
/// it and in its folders durable. Paths are relative, with `/`.
pub fn tidy(folder: &Location, expected: &BTreeSet<String>) -> Result<(), Error> {
    tidy_below(folder, "", expected)
}

fn tidy_below(folder: &Location, prefix: &str, expected: &BTreeSet<String>) -> Result<(), Error> {
    for name in folder_names(folder)? {
        let (path, inner) = (folder.join(&name), format!("{prefix}{name}"));
        if path.is_folder() {
            tidy_below(&path, &format!("{inner}/"), expected)?;
        } else if !expected.contains(&inner) {
            remove_if_present(&path)?;
        }
    }
    sync_dir(folder)
}
