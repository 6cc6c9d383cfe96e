//! Reading back what was sealed, before the journal vouches for it.

use {
    crate::{
        bag::TAG_MANIFEST,
        disk::{Kind, Location},
        error::Error,
        facts::{Folders, Promise},
        names::TrancheName,
        seal::place::Place,
        spread::Volumes,
        verify,
    },
    longplay_model::{Digest, Event, Monitor, Quiet},
};

/// Verifies both bags of a finished tranche.
///
/// Gives the journal's entry, or `None` when anything is damaged; what is wrong
/// is told only when the tranche was written just now (`is_fresh`): one that a
/// killed command left is written again and no loss.
pub fn check(
    tranches: &Location,
    name: &TrancheName,
    volumes: &Volumes,
    is_fresh: bool,
    monitor: &dyn Monitor,
) -> Result<Option<Event>, Error> {
    let place = Place::new(tranches, name, volumes);
    let bags = (&place.finished_bag, &place.finished_recovery);
    let quiet = Quiet(monitor);
    let monitor = if is_fresh { monitor } else { &quiet };
    let folders = Folders {
        data: bags.0.clone(),
        recovery: Some(bags.1.clone()),
        volumes: volumes.clone(),
    };
    // What this run wrote itself it may judge by its own leaf files.
    let promise = match is_fresh {
        true => Promise {
            tranche: Some(name.to_string()),
            data: Some(tag_manifest(bags.0)?),
            recovery: Some(tag_manifest(bags.1)?),
        },
        false => Promise::default(),
    };
    let report = verify::verify_written(&folders, &promise, monitor)?;
    if !report.is_sound() {
        return Ok(None);
    }
    Ok(Some(Event::Sealing {
        tranche: name.to_string(),
        tagmanifest: tag_manifest(bags.0)?,
        recovery: tag_manifest(bags.1)?,
        bytes: payload_bytes(bags.0)?,
        recovery_bytes: payload_bytes(bags.1)?,
    }))
}

fn tag_manifest(bag: &Location) -> Result<Digest, Error> {
    let path = bag.join(TAG_MANIFEST);
    let bytes = path.read().map_err(|source| Error::read(path, source))?;
    Ok(Digest::of(&bytes))
}

/// Bytes below `data/`.
fn payload_bytes(bag: &Location) -> Result<u64, Error> {
    folder_bytes(&bag.join("data"))
}

fn folder_bytes(folder: &Location) -> Result<u64, Error> {
    let entries = folder.list().map_err(|source| Error::ListFolder {
        path: folder.into(),
        source,
    })?;
    let mut sum = 0;
    for entry in entries {
        let path = folder.join(&entry.name);
        sum += match entry.kind {
            Kind::Folder => folder_bytes(&path)?,
            Kind::File | Kind::Other => {
                let about = path.about();
                about.map_err(|source| Error::read(&path, source))?.bytes
            }
        };
    }
    Ok(sum)
}
