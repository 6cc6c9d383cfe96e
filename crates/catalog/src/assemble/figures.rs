//! Figures on their way into `popularity`: by kind, metric and source, each in
//! the order of rows.

use {
    super::elsewhere::Elsewhere,
    crate::{
        error::Error,
        figures::Fact,
        shuffle::{pack, unpack},
        spill::{Spill, spill_struct},
        table::{TableFile, TableWriter, batch},
        tables::{POPULARITY_LAYOUT, PopularityLine},
    },
    longplay_model::{Mbid, Timestamp},
    rayon::prelude::*,
    std::{
        collections::BTreeMap,
        fs::{self, File},
        io::{BufReader, Read, Write},
        path::{Path, PathBuf},
    },
};

/// Bytes that are gathered before they go to the file.
const BLOCK: usize = 1 << 20;

/// Blocks that are made into lines side by side.
const WINDOW: usize = 4;

/// A figure about a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    pub(super) kind: &'static str,
    pub(super) metric: &'static str,
    pub(super) source: u16,
    pub(super) value: Value,
}

/// What it says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    pub(super) row: u32,
    pub(super) value: f64,
    pub(super) inherited: bool,
    pub(super) at: Option<Timestamp>,
}

spill_struct!(Value {
    row,
    value,
    inherited,
    at
});

type Key = (&'static str, &'static str, u16);

/// Takes in figures, those of each kind in the order of rows.
pub(super) struct Figures {
    dir: PathBuf,
    spools: BTreeMap<Key, Spool>,
}

/// The figures of one kind, metric and source.
struct Spool {
    path: PathBuf,
    file: File,
    pending: Vec<u8>,
}

impl Figures {
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.into(),
            spools: BTreeMap::new(),
        }
    }

    pub(super) fn push(&mut self, figures: &[Figure]) -> Result<(), Error> {
        for figure in figures {
            let key = (figure.kind, figure.metric, figure.source);
            let number = self.spools.len();
            let spool = match self.spools.get_mut(&key) {
                Some(spool) => spool,
                None => {
                    let path = self.dir.join(format!("figures-{number}"));
                    let file = File::create(&path).map_err(Error::write(&path))?;
                    self.spools.entry(key).or_insert(Spool {
                        path,
                        file,
                        pending: Vec::new(),
                    })
                }
            };
            figure.value.put(&mut spool.pending);
            if spool.pending.len() >= BLOCK {
                spool.write()?;
            }
        }
        Ok(())
    }

    /// Writes the table.
    pub(super) fn finish(self, path: &Path) -> Result<TableFile, Error> {
        let mut table = TableWriter::<PopularityLine>::create(path, &POPULARITY_LAYOUT)?;
        for (key, mut spool) in self.spools {
            spool.write()?;
            spool.copy(key, &mut table)?;
            table.end_group()?;
            fs::remove_file(&spool.path).map_err(Error::write(&spool.path))?;
        }
        table.finish()
    }
}

impl Spool {
    fn write(&mut self) -> Result<(), Error> {
        let packed = pack(&self.pending);
        self.pending.clear();
        let length = (packed.len() as u32).to_le_bytes();
        let written = self.file.write_all(&length);
        written
            .and_then(|()| self.file.write_all(&packed))
            .map_err(Error::write(&self.path))
    }

    fn copy(&self, key: Key, table: &mut TableWriter<PopularityLine>) -> Result<(), Error> {
        let file = File::open(&self.path).map_err(Error::read(&self.path))?;
        let mut file = BufReader::new(file);
        loop {
            let blocks = (0..WINDOW).map_while(|_| block(&mut file).transpose());
            let blocks: Vec<Vec<u8>> = blocks
                .collect::<Result<_, _>>()
                .map_err(Error::read(&self.path))?;
            if blocks.is_empty() {
                return Ok(());
            }
            let batches: Vec<_> = blocks
                .into_par_iter()
                .map(|packed| {
                    let mut bytes = Vec::new();
                    unpack(&mut &packed[..], &mut bytes).map_err(Error::read(&self.path))?;
                    Ok(batch(
                        Value::all(&bytes).into_iter().map(|value| line(key, value)),
                    ))
                })
                .collect::<Result<_, Error>>()?;
            batches
                .iter()
                .try_for_each(|batch| table.push_batch(batch))?;
        }
    }
}

/// The next block, packed; none at the end.
fn block(file: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    if file.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    file.read_exact(&mut length[1..])?;
    let mut packed = vec![0; u32::from_le_bytes(length) as usize];
    file.read_exact(&mut packed)?;
    Ok(Some(packed))
}

fn line((kind, metric, source): Key, value: Value) -> PopularityLine {
    PopularityLine {
        kind: kind.into(),
        metric: metric.into(),
        source,
        row: value.row,
        inherited: value.inherited,
        value: value.value,
        at: value.at,
    }
}

/// A figure of a release or artist, of which sources give no time.
pub(super) fn figure(
    kind: &'static str,
    metric: &'static str,
    source: u16,
    row: u32,
    value: f64,
) -> Figure {
    Figure {
        kind,
        metric,
        source,
        value: Value {
            row,
            value,
            inherited: false,
            at: None,
        },
    }
}

/// A figure that another source tells.
pub(super) fn told(kind: &'static str, row: u32, fact: &Fact) -> Figure {
    let mut figure = figure(kind, fact.metric.name(), fact.source, row, fact.value);
    figure.value.at = fact.at;
    figure
}

/// What a source calls a release or artist, where that is an id of
/// MusicBrainz and other sources tell figures by such.
pub(super) fn mbid_of(source_id: &Option<String>, elsewhere: &Elsewhere) -> Option<Mbid> {
    match elsewhere.is_empty() {
        true => None,
        false => source_id.as_deref()?.parse().ok(),
    }
}
