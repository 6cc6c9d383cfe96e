//! `tranches/.seal.json`: which tranches the current sealing writes, so that
//! the next one knows what a killed one had come to (`docs/format/tranche.md`).

use {
    crate::{disk::Location, durable, error::Error, home::Home, names::TrancheName},
    serde::{Deserialize, Serialize},
    std::{collections::BTreeSet, io::ErrorKind},
};

/// Name of the note in the folder of tranches.
pub const NOTE: &str = ".seal.json";

#[derive(Debug, Serialize, Deserialize)]
struct Note {
    longplay: String,
    version: u32,
    tranches: BTreeSet<String>,
}

/// The tranches of a sealing that has not ended; none when none was begun.
pub fn read(home: &Home) -> Result<BTreeSet<TrancheName>, Error> {
    read_in(&home.workshop())
}

/// The same of the folder where tranches are made.
pub fn read_in(workshop: &Location) -> Result<BTreeSet<TrancheName>, Error> {
    let path = workshop.join(NOTE);
    let bytes = match path.read() {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(source) => return Err(Error::read(path, source)),
    };
    let note: Note = match serde_json::from_slice(&bytes) {
        Ok(note) => note,
        Err(source) => {
            return Err(Error::ParseSealNote {
                path: path.into(),
                source,
            });
        }
    };
    Ok(note
        .tranches
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect())
}

/// Notes `tranches`, durably, in place of what was noted before; with none the
/// note is removed.
pub fn write(home: &Home, tranches: &BTreeSet<TrancheName>) -> Result<(), Error> {
    if tranches.is_empty() {
        return remove(home);
    }
    let note = Note {
        longplay: "seal".into(),
        version: 1,
        tranches: tranches.iter().map(TrancheName::to_string).collect(),
    };
    let bytes = serde_json::to_vec(&note).expect("strings and numbers are always JSON");
    durable::replace(path(home), &bytes)
}

fn remove(home: &Home) -> Result<(), Error> {
    let path = path(home);
    if !path.exists() {
        return Ok(());
    }
    durable::remove_if_present(&path)?;
    durable::sync_dir(home.workshop())
}

fn path(home: &Home) -> Location {
    home.workshop().join(NOTE)
}
