//! What the indexes of a tranche say of its members, however much of them is
//! left.

use {
    crate::{
        disk::Location,
        error::Error,
        names::INDEX,
        pack::{MOST_LINE_BYTES, read_index},
    },
    longplay_model::IndexRecord,
    std::{
        io::{BufRead, BufReader, Read},
        path::Path,
    },
};

/// Where the packs stand in a bag.
pub(crate) const PACKS: &str = "data/packs";

/// Which index of a bag is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// `data/index.jsonl`; where it is not there, the packs.
    Joined,
    /// The own index of each pack, which has a digest.
    Packs,
}

/// Gives `take` each record of the packs of a bag, in their order. `false` when
/// some of it could not be read; a bag that is absent has none.
///
/// # Errors
/// When a folder cannot be listed, or `take` fails.
pub(crate) fn for_each_record(
    bag: &Location,
    asked: Asked,
    take: &mut dyn FnMut(IndexRecord) -> Result<(), Error>,
) -> Result<bool, Error> {
    let joined = match asked {
        Asked::Joined => bag.join(INDEX).whole().ok(),
        Asked::Packs => None,
    };
    match joined {
        Some(lines) => of_lines(lines, take),
        None => of_packs(bag, take),
    }
}

fn of_lines(
    lines: impl Read,
    take: &mut dyn FnMut(IndexRecord) -> Result<(), Error>,
) -> Result<bool, Error> {
    let mut reader = BufReader::new(lines);
    let (mut line, mut is_complete) = (Vec::new(), true);
    loop {
        line.clear();
        let read = reader
            .by_ref()
            .take(MOST_LINE_BYTES)
            .read_until(b'\n', &mut line);
        match read {
            Ok(0) => return Ok(is_complete),
            Ok(_) if line.starts_with(br#"{"longplay":"#) => {}
            Ok(_) => match serde_json::from_slice(&line) {
                Ok(record) => take(record)?,
                Err(_) => is_complete = false,
            },
            Err(_) => return Ok(false),
        }
    }
}

fn of_packs(
    bag: &Location,
    take: &mut dyn FnMut(IndexRecord) -> Result<(), Error>,
) -> Result<bool, Error> {
    let mut is_complete = true;
    for pack in packs(bag)? {
        let index = pack.stream().ok().map(|mut pack| read_index(&mut pack));
        match index {
            Some(Ok(index)) => index.records.into_iter().try_for_each(&mut *take)?,
            _ => is_complete = false,
        }
    }
    Ok(is_complete)
}

fn packs(bag: &Location) -> Result<Vec<Location>, Error> {
    let folder = bag.join(PACKS);
    let entries = folder.entries()?.into_iter();
    let names = entries.map(|entry| entry.name);
    let is_pack = |name: &_| Path::new(name).extension().is_some_and(|it| it == "tar");
    Ok(names
        .filter(is_pack)
        .map(|name| folder.join(name))
        .collect())
}
