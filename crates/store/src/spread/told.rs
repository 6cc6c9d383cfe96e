use {
    crate::{
        disk::Location,
        error::Error,
        spread::{
            links::{bags, noted},
            marker::number_at,
            walk::links_of,
        },
    },
    std::{
        collections::{BTreeMap, BTreeSet},
        path::{Path, PathBuf},
    },
};

/// Disks of an archive whose settings are lost, as the links in its bags tell them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What the archive's folder on them is called.
    pub id: String,
    /// In the order of their numbers; those that are not there come last.
    pub disks: Vec<PathBuf>,
}

/// The disks that links lead to, and those beside that were noted and are there;
/// nothing where no bag has links.
///
/// # Errors
/// When a folder cannot be listed; [`Error::ParseMarker`].
pub fn told_by_links(tranches: &Location) -> Result<Option<Told>, Error> {
    let mut disks: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for bag in bags(tranches)? {
        let links = links_of(&tranches.join(&bag))?.into_iter();
        let parts = links.filter_map(|(path, target)| parts(&target, &bag.join(path)));
        for (disk, id) in parts {
            disks.entry(id).or_default().insert(disk);
        }
    }
    let Some((id, linked)) = disks.into_iter().max_by_key(|(_, linked)| linked.len()) else {
        return Ok(None);
    };
    let (mut present, mut absent) = (BTreeMap::new(), Vec::new());
    for disk in &linked {
        match number_at(&tranches.join(disk), &id)? {
            Some(number) => drop(present.entry(number).or_insert_with(|| disk.clone())),
            None => absent.push(disk.clone()),
        }
    }
    // What was noted may have been given up since.
    for disk in noted(tranches) {
        if let Some(number) = number_at(&tranches.join(&disk), &id)? {
            present.entry(number).or_insert(disk);
        }
    }
    let disks = present.into_values().chain(absent).collect();
    Ok(Some(Told { id, disks }))
}

/// The disk and the name of the archive's folder on it, where a link leads to
/// `path` below that.
fn parts(target: &Path, path: &Path) -> Option<(PathBuf, String)> {
    if !target.is_absolute() || !target.ends_with(path) {
        return None;
    }
    let root = target.ancestors().nth(path.components().count())?;
    let id = root.file_name()?.to_str()?;
    Some((root.parent()?.into(), id.to_owned()))
}
