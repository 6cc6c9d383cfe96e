//! A snapshot whose tables are damaged or gone, made again from its kept sources.

use {
    crate::{
        assemble::Input,
        durable::{self, PARTIAL},
        error::Error,
        import::write_files,
        indexing::SEARCH,
        options::Dirs,
        origin::Origin,
        search::SearchIndex,
        snapshot_meta::{SNAPSHOT, SnapshotMeta, SourceEntry},
    },
    longplay_model::{Digest, Monitor, Unit},
    sha2::{Digest as _, Sha256},
    std::{
        fs::{self, File},
        io::Read,
        path::Path,
    },
};

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// The files of a snapshot that are not as `snapshot.json` says, by their paths
/// in its folder. All are read.
///
/// # Errors
/// Without a `snapshot.json` of this version nothing tells what should be there;
/// [`Error::Interrupted`] when the job is.
pub fn damaged_files(
    dirs: &Dirs,
    snapshot: &str,
    monitor: &dyn Monitor,
) -> Result<Vec<String>, Error> {
    let folder = dirs.catalog.join(snapshot);
    let meta = SnapshotMeta::read(&folder)?.current(&folder)?;
    let bytes = meta.tables.iter().map(|table| table.bytes).sum();
    monitor.begin("reading tables", Some(bytes), Unit::Bytes);
    let mut damaged = Vec::new();
    for table in &meta.tables {
        if digest(&folder.join(&table.name), monitor)? != Some(table.sha256) {
            damaged.push(table.name.clone());
        }
    }
    if SearchIndex::open(&folder.join(SEARCH)).is_err() {
        damaged.push(SEARCH.to_owned());
    }
    Ok(damaged)
}

/// `None` when the file is not there or cannot be read.
fn digest(path: &Path, monitor: &dyn Monitor) -> Result<Option<Digest>, Error> {
    let Ok(mut file) = File::open(path) else {
        return Ok(None);
    };
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        match file.read(&mut buffer) {
            Ok(0) => return Ok(Some(hasher.into())),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                monitor.advance(count as u64);
            }
            Err(_) => return Ok(None),
        }
    }
}

/// Makes the tables and the search index of a snapshot again from the sources
/// that its `snapshot.json` names, and puts them in the places of those that are
/// there. The same version makes the same bytes.
///
/// A remaking that was killed is finished by another: each file is put in its
/// place by itself, `snapshot.json` last.
///
/// # Errors
/// When a source is not kept whole, or as an import.
pub fn remake_snapshot(
    dirs: &Dirs,
    snapshot: &str,
    sort_memory_bytes: u64,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    let home = dirs.catalog.join(snapshot);
    let sources = SnapshotMeta::read(&home)?.current(&home)?.sources;
    let partial = dirs.catalog.join(format!("{PARTIAL}{snapshot}"));
    let inputs: Vec<Input> = sources
        .iter()
        .map(|entry| input(dirs, entry))
        .collect::<Result<_, _>>()?;
    write_files(&partial, &inputs, sources, sort_memory_bytes, monitor)?;
    take_places(&partial.join(SEARCH), &home.join(SEARCH))?;
    take_places(&partial, &home)?;
    durable::rename(&partial.join(SNAPSHOT), &home.join(SNAPSHOT))?;
    durable::remove_dir(&partial)
}

/// What is wrong with a source was told when it was imported.
fn input(dirs: &Dirs, entry: &SourceEntry) -> Result<Input, Error> {
    Ok(Input {
        origin: Origin::open(&dirs.sources, entry)?,
        entry: entry.clone(),
        is_reported: false,
        floor: None,
    })
}

/// Puts the files of one folder, but for `snapshot.json`, in the places of those
/// of another.
fn take_places(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::write(to))?;
    for entry in fs::read_dir(from).map_err(Error::read(from))? {
        let entry = entry.map_err(Error::read(from))?;
        if entry.path().is_file() && entry.file_name() != SNAPSHOT {
            durable::rename(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
