//! Identifiers on their way into a table, sorted by kind, key and row.

use {
    crate::{
        error::Error,
        identifiers::{IdBits, Kind},
        shuffle::{Lane, Shuffle, limits, parts_of},
        spill::{Spill, spill_struct},
        table::{Line, TableFile, TableWriter},
        tables::{IDENTIFIERS_LAYOUT, IdentifierLine},
        windows::each_window,
    },
    arrow_array::{RecordBatch, StringArray, UInt32Array, UInt64Array},
    arrow_schema::Schema,
    std::{path::Path, sync::Arc},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: u64,
    row: u32,
}

spill_struct!(Entry { key, row });

/// Collects identifiers in any order.
pub(crate) struct Identifiers {
    kinds: Vec<(Cut, Shuffle)>,
    id_bits: IdBits,
}

/// How the keys of a kind are cut into parts.
enum Cut {
    /// Keys are spread evenly below this one.
    Evenly(u64),
    /// Each part ends before a limit.
    At(Vec<u64>),
}

impl Cut {
    fn part_of(&self, key: u64, parts: usize) -> usize {
        match self {
            Self::Evenly(end) => (u128::from(key) * parts as u128 / u128::from(*end)) as usize,
            Self::At(limits) => limits.partition_point(|limit| *limit <= key),
        }
        .min(parts - 1)
    }
}

impl Identifiers {
    /// For so many tracks; `isrcs` are some of their keys, sorted.
    pub(crate) fn new(
        dir: &Path,
        memory: u64,
        tracks: u32,
        id_bits: IdBits,
        isrcs: &[u64],
    ) -> Self {
        let parts = parts_of(u64::from(tracks) * 32, memory);
        let limits = limits(isrcs, parts);
        let kinds = Kind::ALL.map(|kind| match kind {
            Kind::Isrc => {
                let shuffle = Shuffle::new(dir, kind.name(), limits.len() + 1);
                (Cut::At(limits.clone()), shuffle)
            }
            Kind::Recording => {
                let end = u64::from(tracks.max(1));
                (Cut::Evenly(end), Shuffle::new(dir, kind.name(), parts))
            }
            // Most have 13 digits, and the first few hardly vary.
            Kind::Gtin => {
                let shuffle = Shuffle::new(dir, kind.name(), parts);
                (Cut::Evenly(10_000_000_000_000), shuffle)
            }
            Kind::Artist | Kind::Release | Kind::Text | Kind::Track => {
                let shuffle = Shuffle::new(dir, kind.name(), parts);
                (Cut::Evenly(id_bits.end()), shuffle)
            }
            Kind::Blob | Kind::Mbid => {
                (Cut::Evenly(1 << 40), Shuffle::new(dir, kind.name(), parts))
            }
        });
        Self {
            kinds: kinds.into_iter().collect(),
            id_bits,
        }
    }

    pub(crate) fn lane(&self) -> IdentifierLane<'_> {
        let lanes = self.kinds.iter();
        IdentifierLane {
            lanes: lanes.map(|(cut, shuffle)| (cut, shuffle.lane())).collect(),
            parts: self.kinds.iter().map(|kind| kind.1.parts()).collect(),
            id_bits: self.id_bits,
        }
    }

    /// Writes the table.
    pub(crate) fn finish(self, path: &Path) -> Result<TableFile, Error> {
        let mut table = TableWriter::<IdentifierLine>::create(path, &IDENTIFIERS_LAYOUT)?;
        for (kind, (_, shuffle)) in Kind::ALL.into_iter().zip(self.kinds) {
            let spread = shuffle.finish()?;
            let make = |part| {
                let mut entries = Entry::all(&spread.take(part)?);
                entries.sort_unstable();
                entries.dedup();
                Ok(lines(kind, &entries))
            };
            each_window(spread.parts(), make, |batches| {
                batches.iter().try_for_each(|batch| table.push_batch(batch))
            })?;
            table.end_group()?;
        }
        table.finish()
    }
}

fn lines(kind: Kind, entries: &[Entry]) -> RecordBatch {
    let kinds = std::iter::repeat_n(kind.name(), entries.len());
    let keys = entries.iter().map(|entry| entry.key);
    let rows = entries.iter().map(|entry| kind.told(entry.row));
    let schema = Arc::new(Schema::new(IdentifierLine::fields()));
    RecordBatch::try_new(
        schema,
        vec![
            Arc::new(StringArray::from_iter_values(kinds)),
            Arc::new(UInt64Array::from_iter_values(keys)),
            Arc::new(UInt32Array::from_iter_values(rows)),
        ],
    )
    .expect("the columns of an identifier")
}

/// Takes in the identifiers of one thread.
pub(crate) struct IdentifierLane<'a> {
    lanes: Vec<(&'a Cut, Lane<'a>)>,
    parts: Vec<usize>,
    id_bits: IdBits,
}

impl IdentifierLane<'_> {
    pub(crate) fn push(&mut self, kind: Kind, key: u64, row: u32) -> Result<(), Error> {
        self.push_cut(kind, self.id_bits.cut(kind, key), row)
    }

    /// The same with a key as a table has it.
    pub(crate) fn push_cut(&mut self, kind: Kind, key: u64, row: u32) -> Result<(), Error> {
        let (cut, lane) = &mut self.lanes[kind as usize];
        let part = cut.part_of(key, self.parts[kind as usize]);
        lane.push(part, |out| Entry { key, row }.put(out))
    }
}
