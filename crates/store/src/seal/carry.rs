//! Bringing a tranche from where it was made to a store elsewhere.
//!
//! Who is killed on the way still has the tranche where it was made, and goes on.

use {
    crate::{
        bag::TAG_MANIFEST,
        disk::{DiskFile, Location},
        durable::{create_dir, put_in_place, remove_dir, remove_if_present, temporary_of},
        error::Error,
        facts::{Bag, Folders, Place as FilePlace, place::Found},
        home::Home,
        names::TrancheName,
        pieces,
        seal::{place::Place, plan::folder_names},
    },
    longplay_model::{Monitor, Unit},
    std::{
        collections::{BTreeMap, BTreeSet},
        io,
    },
};

/// Bytes copied at a time, where a file cannot be put whole.
const CHUNK: u64 = 1 << 20;

/// Brings both bags of a finished tranche to where sealed tranches lie, if that is
/// elsewhere. What is there with the right length is not brought again: reading back
/// tells whether it is right. What does not belong there is removed.
pub fn carry(home: &Home, name: &TrancheName, monitor: &dyn Monitor) -> Result<(), Error> {
    if !home.keeps_elsewhere() {
        return Ok(());
    }
    let (made, far) = (
        bags(home, &home.workshop(), name),
        bags(home, &home.tranches_dir(), name),
    );
    let there = far.walk()?;
    // An answer that did not come must not be taken for an empty store.
    home.tranches_dir().has_answered()?;
    let there: BTreeMap<FilePlace, u64> = there
        .into_iter()
        .map(|found| (found.place, found.bytes))
        .collect();
    let mut files = made.walk()?;
    let expected: BTreeSet<FilePlace> = files.iter().map(|file| file.place.clone()).collect();
    for place in there.keys().filter(|place| !expected.contains(place)) {
        if let Some(location) = far.location_of(place) {
            remove_if_present(location)?;
        }
    }
    files.retain(|file| there.get(&file.place) != Some(&file.bytes));
    // Recovery first, and the tag manifest of the bag last.
    files.sort_by_key(|file| {
        let is_data = file.place.bag == Bag::Data;
        (is_data, file.place.path == TAG_MANIFEST, file.place.clone())
    });
    let bytes = files.iter().map(|file| file.bytes).sum();
    monitor.begin(&format!("bringing {name}"), Some(bytes), Unit::Bytes);
    for file in &files {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        if let Some(to) = far.location_of(&file.place) {
            bring(file, &to)?;
        }
        monitor.advance(file.bytes);
    }
    Ok(())
}

/// Where the bags of a tranche stand, or would stand, below `tranches`.
pub fn bags(home: &Home, tranches: &Location, name: &TrancheName) -> Folders {
    let place = Place::new(tranches, name, home.volumes());
    Folders {
        data: place.finished_bag,
        recovery: Some(place.finished_recovery),
        volumes: home.volumes().clone(),
    }
}

fn bring(file: &Found, to: &Location) -> Result<(), Error> {
    let failed = |source| Error::Carry {
        from: file.location.path().into(),
        to: to.into(),
        source,
    };
    let source = file.location.open();
    let source = source.map_err(|error| Error::read(&file.location, error))?;
    match to.put(&*source) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            create_dir(to.folder())?;
            let temporary = temporary_of(to);
            copy(&*source, &temporary).map_err(failed)?;
            put_in_place(&temporary, to)
        }
        put => put.map_err(failed),
    }
}

fn copy(source: &dyn DiskFile, to: &Location) -> io::Result<()> {
    let copy = to.create()?;
    let length = source.bytes()?;
    let mut buffer = vec![0; CHUNK.min(length) as usize];
    let mut at = 0;
    while at < length {
        let part = &mut buffer[..CHUNK.min(length - at) as usize];
        source.read_exact_at(part, at)?;
        copy.write_all_at(part, at)?;
        at += part.len() as u64;
    }
    copy.sync()
}

/// Removes what was made here of tranches that the journal says lie elsewhere.
pub fn clear(home: &Home) -> Result<(), Error> {
    if !home.keeps_elsewhere() {
        return Ok(());
    }
    let sealed = home.state().sealed()?;
    let sealed: BTreeSet<String> = sealed.into_iter().map(|it| it.name).collect();
    for folder in folder_names(&home.workshop())? {
        let name = folder.strip_suffix(crate::names::RECOVERY);
        if sealed.contains(name.unwrap_or(&folder)) {
            remove_dir(&home.workshop().join(&folder))?;
        }
    }
    Ok(())
}

/// Removes both bags of a tranche that is not what it should be, with their pieces, what
/// was made here last: as long as that is there, the journal asks for the tranche.
pub fn remove(home: &Home, name: &TrancheName) -> Result<(), Error> {
    pieces::remove(home.root(), &name.to_string())?;
    pieces::remove(home.root(), &name.recovery())?;
    Place::new(&home.tranches_dir(), name, home.volumes()).remove_finished()?;
    match home.keeps_elsewhere() {
        true => Place::new(&home.workshop(), name, home.volumes()).remove_finished(),
        false => Ok(()),
    }
}
