//! The way in by any id: `identifiers.parquet`, sorted by kind and value.

use {
    crate::{
        error::Error,
        sort::Sorter,
        table::{Key, Table, TableFile, TableWriter},
        tables::{IDENTIFIERS_LAYOUT, IdentifierLine},
    },
    std::path::Path,
};

/// What an identifier identifies; the order is that of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Artist id → row of `artists`.
    Artist,
    /// Digest of a file → row of `tracks`.
    Blob,
    /// GTIN → row of `releases`.
    Gtin,
    /// ISRC → row of `tracks`.
    Isrc,
    /// MusicBrainz recording → row of `tracks`.
    Mbid,
    /// Recording id → row of `tracks`.
    Recording,
    /// Release id → row of `releases`.
    Release,
    /// Hash of artist credit and title → row of `tracks`.
    Text,
    /// Track id → row of `tracks`.
    Track,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Artist,
        Self::Blob,
        Self::Gtin,
        Self::Isrc,
        Self::Mbid,
        Self::Recording,
        Self::Release,
        Self::Text,
        Self::Track,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Blob => "blob",
            Self::Gtin => "gtin",
            Self::Isrc => "isrc",
            Self::Mbid => "mbid",
            Self::Recording => "recording",
            Self::Release => "release",
            Self::Text => "text",
            Self::Track => "track",
        }
    }
}

/// Collects identifiers in any order.
pub(crate) struct Identifiers(Sorter);

/// A zero ends the value, so that shorter values come first; eight bytes of
/// row number follow.
const TAIL: usize = 9;

impl Identifiers {
    pub(crate) fn new(dir: &Path, memory: usize) -> Self {
        Self(Sorter::new(dir, "identifiers", memory))
    }

    pub(crate) fn add(&mut self, kind: Kind, value: &str, row: u64) -> Result<(), Error> {
        let mut key = Vec::with_capacity(1 + value.len() + TAIL);
        key.push(kind as u8);
        key.extend(value.bytes());
        key.push(0);
        key.extend(row.to_be_bytes());
        self.0.push(&key, &[])
    }

    /// Writes the table.
    pub(crate) fn finish(self, path: &Path) -> Result<TableFile, Error> {
        let mut writer = TableWriter::create(path, &IDENTIFIERS_LAYOUT)?;
        let mut last = None;
        for entry in self.0.finish()? {
            let (key, _) = entry?;
            let (kind, line) = line_of(&key).expect("written by this run");
            if last.is_some_and(|last| last != kind) {
                writer.end_group()?;
            }
            last = Some(kind);
            writer.push(line)?;
        }
        writer.finish()
    }
}

fn line_of(key: &[u8]) -> Option<(Kind, IdentifierLine)> {
    let (value, tail) = key.split_at_checked(key.len().checked_sub(TAIL)?)?;
    let (kind, value) = value.split_first()?;
    let kind = *Kind::ALL.get(usize::from(*kind))?;
    let line = IdentifierLine {
        kind: kind.name().into(),
        value: String::from_utf8(value.to_vec()).ok()?,
        row: u64::from_be_bytes(tail.last_chunk().copied()?),
    };
    Some((kind, line))
}

/// An open table of identifiers.
#[derive(Debug)]
pub(crate) struct Lookup {
    table: Table,
    /// The kind of each row group.
    kinds: Vec<Option<String>>,
}

impl Lookup {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let table = Table::open(path)?;
        let kinds = table.group_minima("kind")?;
        Ok(Self { table, kinds })
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The rows that carry this identifier, lowest first.
    pub(crate) fn rows(&self, kind: Kind, value: &str) -> Result<Vec<u64>, Error> {
        let mut rows = Vec::new();
        for (group, group_kind) in self.kinds.iter().enumerate() {
            if group_kind
                .as_deref()
                .is_some_and(|name| name != kind.name())
            {
                continue;
            }
            let lines: Vec<IdentifierLine> =
                self.table
                    .lines_of_group(group, "value", Key::Text(value))?;
            let hits = lines
                .into_iter()
                .filter(|line| line.kind == kind.name() && line.value == value);
            rows.extend(hits.map(|line| line.row));
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    #[test]
    fn kinds_are_in_the_order_of_their_names() {
        assert!(Kind::ALL.is_sorted());
        assert!(Kind::ALL.map(Kind::name).is_sorted());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn every_identifier_is_found_and_no_other(
            entries in prop::collection::vec((0usize..9, "[a-c]{1,3}", 0u64..50), 0..2000),
            asked in "[a-c]{1,3}",
        ) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("i.parquet");
            let mut identifiers = Identifiers::new(dir.path(), 5000);
            for (kind, value, row) in &entries {
                identifiers.add(Kind::ALL[*kind], value, *row).unwrap();
            }
            prop_assert_eq!(identifiers.finish(&path).unwrap().rows, entries.len() as u64);
            let lookup = Lookup::open(&path).unwrap();
            for (number, kind) in Kind::ALL.into_iter().enumerate() {
                let same = |entry: &&(usize, String, u64)| entry.0 == number && entry.1 == asked;
                let mut rows: Vec<u64> = entries.iter().filter(same).map(|entry| entry.2).collect();
                rows.sort_unstable();
                prop_assert_eq!(lookup.rows(kind, &asked).unwrap(), rows);
            }
        }
    }
}
