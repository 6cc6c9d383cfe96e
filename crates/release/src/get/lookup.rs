use {
    super::{http::Client, source::From, target::Target},
    crate::{
        error::Error,
        public::map::{MAP, MapRecord, each_record, for_each_line},
    },
    longplay_model::{Digest, Form, Silent, portable_component},
    longplay_store::{
        Home, Mode, NoWay, Stores, TrancheStore, disk::Location, holdings::Holdings,
        names::TrancheName,
    },
    std::{
        fs::File,
        io::{BufRead, BufReader},
        path::Path,
    },
};

/// The item to fetch, and the others that were named too, in the order of the
/// map.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub chosen: MapRecord,
    pub others: Vec<MapRecord>,
}

/// Reads the map at hand, or the one of the source.
pub fn lookup(
    target: &Target,
    from: &From,
    map: Option<&Path>,
    client: &Client,
) -> Result<Found, Error> {
    let mut matches = Matches {
        target,
        found: Vec::new(),
        records: 0,
    };
    match (map, from) {
        (Some(path), _) => matches.read_file(path)?,
        (None, From::Folder(folder)) => matches.read_file(&folder.join(MAP))?,
        (None, From::Archive { home, tranches }) => match target {
            Target::Digest(digest) if matches.read_holdings(home, tranches, digest).is_some() => {}
            _ => matches.read_archive(tranches)?,
        },
        (None, From::Url(base)) => {
            let url = format!("{base}{MAP}");
            let lines = client.stream(&url)?;
            matches.read(BufReader::new(lines), &url)?;
        }
    }
    matches.choose()
}

/// The way to tranches that were found before.
struct There<'a>(&'a Location);

impl Stores for There<'_> {
    fn find(&self, _: &TrancheStore, _: &Path) -> Result<Location, NoWay> {
        Ok(self.0.clone())
    }

    fn claim(&self, _: &TrancheStore, _: &str) -> Result<(), NoWay> {
        Err("an archive that is only read takes no store".into())
    }
}

struct Matches<'a> {
    target: &'a Target,
    found: Vec<MapRecord>,
    records: u64,
}

impl Matches<'_> {
    fn read_file(&mut self, path: &Path) -> Result<(), Error> {
        let file = File::open(path).map_err(|source| Error::Read {
            path: path.into(),
            source,
        })?;
        self.read(BufReader::new(file), &path.display().to_string())
    }

    fn read(&mut self, lines: impl BufRead, place: &str) -> Result<(), Error> {
        let mut parse = |line: &[u8]| serde_json::from_slice(line).map(Some);
        for_each_line(lines, place, &mut parse, &mut |record| {
            self.look_at(record);
            Ok(())
        })
    }

    /// Asks the archive's index of digests; `None` where that does not lead to the
    /// blob for whatever reason, and the tranches themselves are to be read.
    fn read_holdings(&mut self, home: &Path, tranches: &Location, digest: &Digest) -> Option<()> {
        let home = Home::open_with(home, Mode::Read, &There(tranches), &Silent).ok()?;
        let holdings = Holdings::open(&home, &Silent).ok()?;
        for held in holdings.find(&[*digest], &Silent).ok()? {
            for place in held.places {
                if let Ok(Some(record)) = holdings.record(&place) {
                    let tranche = place.tranche.to_string();
                    self.look_at(MapRecord { tranche, record });
                }
            }
        }
        (!self.found.is_empty()).then_some(())
    }

    fn read_archive(&mut self, tranches: &Location) -> Result<(), Error> {
        for (tranche, dir) in sealed(tranches)? {
            each_record(&dir, &mut |record| {
                let tranche = tranche.clone();
                self.look_at(MapRecord { tranche, record });
                Ok(())
            })?;
        }
        Ok(())
    }

    /// A map may come from anywhere: names that would lead out of the folder
    /// are passed over.
    fn look_at(&mut self, line: MapRecord) {
        self.records += 1;
        let is_sound = line.tranche.parse::<TrancheName>().is_ok()
            && portable_component(&line.record.pack) == line.record.pack;
        if is_sound && self.target.names(&line.record) {
            self.found.push(line);
        }
    }

    fn choose(mut self) -> Result<Found, Error> {
        let best = (0..self.found.len()).min_by_key(|at| (rank(&self.found[*at]), *at));
        match best {
            None => Err(Error::Find {
                target: self.target.to_string(),
                records: self.records,
            }),
            Some(at) => Ok(Found {
                chosen: self.found.remove(at),
                others: self.found,
            }),
        }
    }
}

const fn rank(line: &MapRecord) -> u8 {
    match line.record.form {
        Some(Form::Original) => 0,
        Some(Form::Lossless) => 1,
        Some(Form::Access) => 2,
        None => 3,
    }
}

/// Sealed tranches in the order of their numbers.
fn sealed(dir: &Location) -> Result<Vec<(String, Location)>, Error> {
    let entries = dir.list().map_err(|source| Error::Read {
        path: dir.into(),
        source,
    })?;
    let mut tranches = Vec::new();
    for entry in entries {
        let name = entry.name.to_string_lossy().into_owned();
        if let Ok(parsed) = name.parse::<TrancheName>() {
            let path = dir.join(&name);
            tranches.push((parsed, name, path));
        }
    }
    tranches.sort();
    let named = tranches.into_iter().map(|(_, name, path)| (name, path));
    Ok(named.collect())
}
