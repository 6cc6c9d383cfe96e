//! `segments.json`: which segments count.

use {
    super::{
        cover::{ENDING, Listed, VERSION, file_of},
        read::{Damage, Segment},
    },
    crate::{
        disk::Location,
        durable::{TEMPORARY, create_dir, remove_if_present, replace},
        error::Error,
    },
    serde::{Deserialize, Serialize},
    std::io::ErrorKind,
};

/// Name of the list.
pub const LIST: &str = "segments.json";

#[derive(Debug, Serialize, Deserialize)]
struct List {
    longplay: String,
    version: u32,
    segments: Vec<Listed>,
}

/// What stands in the folder of an index.
#[derive(Debug, Default)]
pub struct Stock {
    /// The oldest first.
    pub segments: Vec<Segment>,
    /// Files that are not as they should be.
    pub damaged: Vec<(String, Damage)>,
}

/// Opens the segments that count.
pub fn open(folder: &Location) -> Stock {
    let mut stock = Stock::default();
    let list = match read(folder) {
        Ok(list) => list,
        Err(damage) => {
            stock.damaged.push((LIST.into(), damage));
            return stock;
        }
    };
    for listed in list {
        match Segment::open(folder, &listed) {
            Ok(segment) => stock.segments.push(segment),
            Err(damage) => stock.damaged.push((listed.file, damage)),
        }
    }
    stock
}

fn read(folder: &Location) -> Result<Vec<Listed>, Damage> {
    let text = match folder.join(LIST).read() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.map_err(Damage::Read)?,
    };
    let list: List = serde_json::from_slice(&text).map_err(Damage::Parse)?;
    let are_named_well = list
        .segments
        .iter()
        .all(|listed| listed.file == file_of(&listed.head));
    match text_of(&list.segments) == text && are_named_well {
        true => Ok(list.segments),
        false => Err(Damage::Version),
    }
}

fn text_of(segments: &[Listed]) -> Vec<u8> {
    let list = List {
        longplay: "holdings".into(),
        version: VERSION,
        segments: segments.to_vec(),
    };
    let mut text = serde_json::to_vec(&list).expect("strings and numbers are always JSON");
    text.push(b'\n');
    text
}

/// Makes these the segments that count, and removes all others.
pub fn write(folder: &Location, segments: &[Listed]) -> Result<(), Error> {
    create_dir(folder)?;
    replace(folder.join(LIST), &text_of(segments))?;
    sweep(folder, segments)
}

/// Removes segments that are not listed and what killed commands left.
fn sweep(folder: &Location, segments: &[Listed]) -> Result<(), Error> {
    let is_listed = |name: &str| segments.iter().any(|listed| listed.file == name);
    let is_ours = |name: &str| name.ends_with(ENDING) || name.starts_with(TEMPORARY);
    for entry in folder.entries()? {
        let name = entry.name.to_string_lossy();
        if is_ours(&name) && !is_listed(&name) {
            remove_if_present(folder.join(&entry.name))?;
        }
    }
    Ok(())
}
