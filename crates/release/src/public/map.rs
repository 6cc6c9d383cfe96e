//! `map.jsonl`: where every released item is, to the byte.

use {
    crate::error::Error,
    longplay_model::IndexRecord,
    longplay_store::{disk::Location, names::INDEX},
    serde::{Deserialize, Serialize},
    std::io::{BufRead, BufReader, Write},
};

/// The name of the file.
pub const MAP: &str = "map.jsonl";

/// One line of the map: a record of a pack's index, and the tranche that the
/// pack is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapRecord {
    pub tranche: String,
    #[serde(flatten)]
    pub record: IndexRecord,
}

/// Appends the records of the tranche in `dir` in the order of its packs.
/// Gives their number.
pub fn append(dir: &Location, tranche: &str, out: &mut dyn Write) -> Result<u64, Error> {
    let mut records = 0;
    each_record(dir, &mut |record| {
        records += 1;
        let line = MapRecord {
            tranche: tranche.into(),
            record,
        };
        write_line(&line, out)
    })?;
    Ok(records)
}

fn write_line(line: &MapRecord, out: &mut dyn Write) -> Result<(), Error> {
    let mut bytes = serde_json::to_vec(line).map_err(|source| Error::WriteJson {
        path: MAP.into(),
        source,
    })?;
    bytes.push(b'\n');
    out.write_all(&bytes).map_err(|source| Error::Write {
        path: MAP.into(),
        source,
    })
}

/// Gives the records of `data/index.jsonl` to `sink`. A tranche without packs
/// has none.
pub fn each_record(
    dir: &Location,
    sink: &mut dyn FnMut(IndexRecord) -> Result<(), Error>,
) -> Result<(), Error> {
    let path = dir.join(INDEX);
    let lines = path.about().and_then(|about| path.range(0..about.bytes));
    let lines = match lines {
        Ok(lines) => lines,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(Error::Read {
                path: path.into(),
                source,
            });
        }
    };
    for_each_line(
        BufReader::new(lines),
        &path.to_string(),
        &mut |line| match line.starts_with(b"{\"longplay\":") {
            true => Ok(None),
            false => serde_json::from_slice(line).map(Some),
        },
        sink,
    )
}

/// What a line says, or `None` for a line to skip.
type Parse<'a, T> = dyn FnMut(&[u8]) -> Result<Option<T>, serde_json::Error> + 'a;

/// Reads JSON lines one at a time; `parse` gives `None` for a line to skip.
pub fn for_each_line<T>(
    mut lines: impl BufRead,
    place: &str,
    parse: &mut Parse<T>,
    sink: &mut dyn FnMut(T) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut text = Vec::new();
    for number in 1u64.. {
        text.clear();
        let read = lines.read_until(b'\n', &mut text);
        let length = read.map_err(|source| Error::ReadStream {
            place: place.into(),
            source,
        })?;
        if length == 0 {
            break;
        }
        let value = parse(text.trim_ascii()).map_err(|source| Error::ReadMap {
            place: place.into(),
            line: number,
            source,
        })?;
        value.map_or(Ok(()), &mut *sink)?;
    }
    Ok(())
}
