use {
    crate::{
        disk::{Kind, Location, fill_at},
        durable::{create_dir, remove_dir, remove_if_present, replace, replace_link, sync_dir},
        error::Error,
        spread::{
            volumes::Volumes,
            walk::{files_below, is_unfinished, links_of},
        },
    },
    serde::{Deserialize, Serialize},
    std::{
        collections::{BTreeMap, BTreeSet},
        path::{Path, PathBuf},
    },
};

/// `tranches/.disks.json`: where the links lead (`docs/format/archive.md`).
pub const NOTE: &str = ".disks.json";

/// Bytes of two files that are compared at a time.
const COMPARED_BYTES: usize = 1 << 20;

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    longplay: String,
    version: u32,
    /// Path by number of the disk.
    disks: BTreeMap<u32, PathBuf>,
}

/// Makes links anew whose disks have come to another path; gives their number.
/// Where no disk has moved, nothing is looked at.
///
/// After a kill the same is done again: a link that leads to a file is right.
pub fn follow(tranches: &Location, volumes: &Volumes) -> Result<u64, Error> {
    if volumes.is_empty() {
        return Ok(0);
    }
    let now: BTreeMap<u32, PathBuf> = volumes
        .present()
        .iter()
        .map(|volume| (volume.number, volume.path.clone()))
        .collect();
    let path = tranches.join(NOTE);
    let mut note = read_note(&path);
    if now
        .iter()
        .all(|(number, path)| note.disks.get(number) == Some(path))
    {
        return Ok(0);
    }
    let bags = bags(tranches)?;
    if bags.is_empty() {
        return Ok(0);
    }
    let mut made = 0;
    for bag in bags {
        made += follow_bag(&tranches.join(bag), volumes)?;
    }
    note.disks.extend(now);
    let note = Note {
        longplay: "disks".into(),
        version: 1,
        disks: note.disks,
    };
    let bytes = serde_json::to_vec(&note).expect("paths of the settings are always JSON");
    replace(&path, &bytes)?;
    Ok(made)
}

/// What a damaged note says is made again.
fn read_note(path: &Location) -> Note {
    let bytes = path.read().unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn follow_bag(bag: &Location, volumes: &Volumes) -> Result<u64, Error> {
    let mut made = 0;
    for (path, target) in links_of(bag)? {
        // A disk may be there under its old path as well.
        let is_right = volumes.holding(&target).is_some() && bag.join(&target).is_file();
        let Some(rest) = volumes.below_root(&target).filter(|_| !is_right) else {
            continue;
        };
        let mut files = volumes.present().iter().map(|it| it.root.join(&rest));
        if let Some(file) = files.find(|file| file.is_file()) {
            replace_link(&file, &bag.join(path))?;
            made += 1;
        }
    }
    Ok(made)
}

/// Links files on the disks that no bag leads to into the places that they were
/// made for, where nothing stands: what a killed repair had finished, or whose
/// link was lost. Removes what was left half written, and second copies of what a
/// bag leads to elsewhere. Only `bags` are looked at, which may be gone themselves.
/// Gives the number of links.
pub fn relink(
    tranches: &Location,
    bags: &BTreeSet<String>,
    volumes: &Volumes,
) -> Result<u64, Error> {
    let mut made = 0;
    for volume in volumes.present() {
        let mut files: BTreeMap<String, Vec<(String, Location)>> = BTreeMap::new();
        files_below(&volume.root, &mut |path, file| {
            if is_unfinished(path) {
                return remove_if_present(file);
            }
            // Others are the marker, or of a tranche that is not finished.
            let bag = path.split('/').next().unwrap_or(path);
            if bags.contains(bag) {
                let of_bag = files.entry(bag.to_owned()).or_default();
                of_bag.push((path.to_owned(), file.clone()));
            }
            Ok(())
        })?;
        for (bag, files) in files {
            let links = links_of(&tranches.join(bag))?;
            made += relink_bag(tranches, &links, &files, volumes)?;
        }
    }
    Ok(made)
}

/// `links` are those of the bag, `files` what is of it on one disk.
fn relink_bag(
    tranches: &Location,
    links: &BTreeMap<String, PathBuf>,
    files: &[(String, Location)],
    volumes: &Volumes,
) -> Result<u64, Error> {
    let linked: BTreeSet<&Path> = links.values().map(PathBuf::as_path).collect();
    let mut made = 0;
    let unlinked = files
        .iter()
        .filter(|(_, file)| !linked.contains(file.path()));
    for (path, file) in unlinked {
        let link = tranches.join(path);
        if !link.is_file() {
            create_dir(link.folder())?;
            replace_link(file, &link)?;
            made += 1;
        } else if is_second_copy(file, &link, volumes)? {
            remove_if_present(file)?;
            sync_dir(file.folder())?;
        }
    }
    Ok(made)
}

/// Whether `link` leads to a file of the same bytes on another disk: only such are
/// surely two files.
fn is_second_copy(file: &Location, link: &Location, volumes: &Volumes) -> Result<bool, Error> {
    let Some(target) = link.leads_to() else {
        return Ok(false);
    };
    let (here, there) = (volumes.holding(file.path()), volumes.holding(&target));
    let is_elsewhere = there.is_some_and(|there| here.is_some_and(|here| here != there));
    match is_elsewhere {
        true => are_equal(file, link),
        false => Ok(false),
    }
}

fn are_equal(one: &Location, other: &Location) -> Result<bool, Error> {
    let failed = |source| Error::read(one, source);
    let (a, b) = (one.open().map_err(failed)?, other.open().map_err(failed)?);
    let bytes = a.bytes().map_err(failed)?;
    if b.bytes().map_err(failed)? != bytes {
        return Ok(false);
    }
    let (mut left, mut right) = (vec![0; COMPARED_BYTES], vec![0; COMPARED_BYTES]);
    for at in (0..bytes).step_by(COMPARED_BYTES) {
        let read = fill_at(&*a, &mut left, at).map_err(failed)?;
        let also = fill_at(&*b, &mut right, at).map_err(failed)?;
        if left[..read] != right[..also] {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes files of the bag `name` from the disks that `bag`, where it is being
/// written, does not lead to, and makes the names of the others durable.
pub fn remove_unlinked(bag: &Location, name: &str, volumes: &Volumes) -> Result<(), Error> {
    if volumes.is_empty() {
        return Ok(());
    }
    let linked: BTreeSet<PathBuf> = links_of(bag)?.into_values().collect();
    for volume in volumes.present() {
        let mut unlinked = Vec::new();
        files_below(&volume.root.join(name), &mut |_, file| {
            if !linked.contains(file.path()) {
                unlinked.push(file.clone());
            }
            Ok(())
        })?;
        for file in unlinked {
            remove_if_present(&file)?;
            sync_dir(file.folder())?;
        }
    }
    Ok(())
}

/// Removes all files of the bag `name` from the disks, durably. Whoever calls
/// this removes the bag itself after it: a kill in between leaves one that says
/// what is still to be removed.
pub fn remove_bag(name: &str, volumes: &Volumes) -> Result<(), Error> {
    let volumes = volumes.present().iter();
    volumes
        .map(|volume| volume.root.join(name))
        .try_for_each(|bag| remove_dir(&bag))
}

/// Where links led when it was noted last.
pub fn noted(tranches: &Location) -> Vec<PathBuf> {
    let note = read_note(&tranches.join(NOTE));
    note.disks.into_values().collect()
}

/// Names of the folders in `tranches`.
pub fn bags(tranches: &Location) -> Result<Vec<PathBuf>, Error> {
    let entries = tranches.entries()?.into_iter();
    let folders = entries.filter(|entry| entry.kind == Kind::Folder);
    Ok(folders.map(|entry| entry.name.into()).collect())
}
