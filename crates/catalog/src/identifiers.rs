//! The way in by any id: `identifiers.parquet`, sorted by kind and key.
//!
//! A key is a number that an identifier becomes. Codes become one that gives
//! them back; of ids and digests it is the first bits, so that a row found is
//! looked at before it counts.
//!
//! Where all rows of a page are unpacked to look at one, the table tells the
//! page and not the row: a span of rows, by its first. The last bits of a row
//! number do not compress, and would be a fifth of the table.

use {
    crate::{
        error::Error,
        table::{Table, table},
        tables::IdentifierLine,
    },
    longplay_model::{Digest, Isrc, Mbid},
    serde::{Deserialize, Serialize},
    std::{collections::BTreeSet, ops::Range, path::Path},
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
    /// Row of a recording's representative → its rows, where it has several.
    Recording,
    /// Release id → row of `releases`.
    Release,
    /// Hash of artist credit and title → row of the representative of each
    /// recording of which a track has them.
    Text,
    /// Track id → row of `tracks`.
    Track,
}

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
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

    /// Rows of a span: the key leads to the first row of the one in which its
    /// row is. Ids are looked for in longer ones, as they are looked up one by
    /// one, and codes by the hundred.
    const fn span(self) -> u32 {
        match self {
            Self::Artist | Self::Release | Self::Track => 1024,
            Self::Gtin | Self::Isrc => 256,
            Self::Blob | Self::Mbid | Self::Recording | Self::Text => 1,
        }
    }

    /// A row as the table tells it.
    pub(crate) const fn told(self, row: u32) -> u32 {
        row - row % self.span()
    }
}

/// How many bits the keys of ids and texts have in a table: there are one to
/// two keys for each track. Few share one, and the table stays small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct IdBits(u32);

/// Before they are cut.
const WHOLE_BITS: u32 = 32;

impl Default for IdBits {
    fn default() -> Self {
        Self(WHOLE_BITS)
    }
}

impl IdBits {
    pub(crate) fn of_tracks(tracks: u64) -> Self {
        let bits = u64::BITS - tracks.leading_zeros();
        Self(bits.clamp(8, WHOLE_BITS))
    }

    /// Keys are below this.
    pub(crate) fn end(self) -> u64 {
        1 << self.0.min(WHOLE_BITS)
    }

    /// The key as the table has it.
    pub(crate) fn cut(self, kind: Kind, key: u64) -> u64 {
        match kind {
            Kind::Artist | Kind::Release | Kind::Text | Kind::Track => {
                key >> WHOLE_BITS.saturating_sub(self.0)
            }
            Kind::Blob | Kind::Gtin | Kind::Isrc | Kind::Mbid | Kind::Recording => key,
        }
    }
}

/// The key of a track, release or artist before it is cut: the first four
/// bytes of its id, big-endian.
pub(crate) fn id_key(id: &[u8; 16]) -> u64 {
    head(id) >> 8
}

/// The key of a MusicBrainz recording: the first five bytes of its id,
/// big-endian.
pub(crate) fn mbid_key(id: &Mbid) -> u64 {
    head(id.as_bytes())
}

/// The key of a file: the first five bytes of its digest, big-endian.
pub(crate) fn blob_key(blob: &Digest) -> u64 {
    head(blob.as_bytes())
}

/// The key of an artist credit and title before it is cut: the first four
/// bytes of their hash.
pub(crate) fn text_key(hash: [u8; 8]) -> u64 {
    head(&hash) >> 8
}

fn head(bytes: &[u8]) -> u64 {
    bytes[..5]
        .iter()
        .fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// The key of an ISRC: country and registrant as digits of base 36, then the
/// seven decimal digits. The order of keys is that of the codes.
pub(crate) fn isrc_key(isrc: &Isrc) -> u64 {
    let (prefix, number) = isrc.as_str().split_at(5);
    let prefix = prefix.bytes().fold(0, |key, byte| {
        // Digits come before letters, as in ASCII.
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            _ => byte.wrapping_sub(b'A').wrapping_add(10),
        };
        key * 36 + u64::from(digit)
    });
    let number = number
        .bytes()
        .fold(0, |key, byte| key * 10 + u64::from(byte & 15));
    prefix * 10_000_000 + number
}

/// The code that has this key.
pub(crate) fn isrc_of(key: u64) -> String {
    let (mut prefix, number) = (key / 10_000_000, key % 10_000_000);
    let mut head = [0; 5];
    for byte in head.iter_mut().rev() {
        let digit = (prefix % 36) as u8;
        *byte = if digit < 10 { b'0' } else { b'A' - 10 } + digit;
        prefix /= 36;
    }
    format!("{}{number:07}", String::from_utf8_lossy(&head))
}

/// The key of a GTIN: its digits as a number, so that leading zeros of longer
/// forms do not matter (GS1 General Specifications §3.3.2).
pub(crate) fn gtin_key(gtin: &str) -> Option<u64> {
    gtin.parse().ok()
}

table! {
    /// What a key leads to.
    Hit {
        row: u32,
    }
}

/// An open table of identifiers.
#[derive(Debug)]
pub(crate) struct Lookup {
    table: Table,
    /// The row groups of each kind, in the order of the kinds.
    kinds: Vec<Range<usize>>,
    id_bits: IdBits,
}

impl Lookup {
    pub(crate) fn open(path: &Path, id_bits: IdBits) -> Result<Self, Error> {
        let table = Table::open(path)?;
        let names: Vec<&str> = table
            .groups()
            .map(|group| table.text_of(group, "kind"))
            .collect::<Result<_, _>>()?;
        let groups = |kind: Kind| {
            let from = names.partition_point(|name| *name < kind.name());
            from..names.partition_point(|name| *name <= kind.name())
        };
        let kinds = Kind::ALL.into_iter().map(groups).collect();
        Ok(Self {
            table,
            kinds,
            id_bits,
        })
    }

    /// A key as the table has it.
    pub(crate) fn key(&self, kind: Kind, key: u64) -> u64 {
        self.id_bits.cut(kind, key)
    }

    /// The spans of rows that a key leads to, lowest first. One of the rows in
    /// each has the key, as far as it is not shared.
    pub(crate) fn spans(&self, kind: Kind, key: u64) -> Result<Vec<Range<u64>>, Error> {
        let found = self.spans_of(kind, &[key])?;
        Ok(found.into_iter().map(|(_, span)| span).collect())
    }

    /// The same for many keys, which ascend, each with its spans.
    pub(crate) fn spans_of(
        &self,
        kind: Kind,
        keys: &[u64],
    ) -> Result<Vec<(u64, Range<u64>)>, Error> {
        let mut told = self.hits(kind, keys)?;
        told.dedup();
        let span = u64::from(kind.span());
        let found = told.into_iter().map(|(key, row)| (key, row..row + span));
        Ok(found.collect())
    }

    /// The rows under a key, lowest first. A key that is the beginning of an
    /// id is also that of others: whoever asks looks at what the rows hold.
    pub(crate) fn rows(&self, kind: Kind, key: u64) -> Result<Vec<u64>, Error> {
        let found = self.rows_of(kind, &[key])?;
        Ok(found.into_iter().map(|(_, row)| row).collect())
    }

    /// The same for many keys, which ascend: pairs of key, as the table has
    /// it, and row, sorted.
    pub(crate) fn rows_of(&self, kind: Kind, keys: &[u64]) -> Result<Vec<(u64, u64)>, Error> {
        debug_assert_eq!(kind.span(), 1, "{kind:?} leads to spans");
        self.hits(kind, keys)
    }

    fn hits(&self, kind: Kind, keys: &[u64]) -> Result<Vec<(u64, u64)>, Error> {
        let cut = |key: &u64| self.key(kind, *key);
        let mut keys: Vec<u64> = keys.iter().map(cut).collect();
        keys.dedup();
        let groups = self.kinds[kind as usize].clone();
        let hits = self.table.lines_with::<Hit>(groups, "key", &keys)?;
        let found = hits.into_iter().map(|(key, hit)| (key, hit.row.into()));
        Ok(found.collect())
    }

    /// The rows of all recordings of which a track has one of these texts, by
    /// their keys, which ascend. Others of their tracks have other texts.
    pub(crate) fn rows_of_texts(&self, keys: &[u64]) -> Result<Vec<u64>, Error> {
        let hits = self.rows_of(Kind::Text, keys)?;
        let recordings: BTreeSet<u64> = hits.into_iter().map(|(_, row)| row).collect();
        self.members(&recordings.into_iter().collect::<Vec<_>>())
    }

    /// The rows of the recordings that the tracks in these rows stand for;
    /// rows ascend and do not repeat.
    pub(crate) fn members(&self, representatives: &[u64]) -> Result<Vec<u64>, Error> {
        let others = self.rows_of(Kind::Recording, representatives)?;
        let mut rows = representatives.to_vec();
        rows.extend(others.into_iter().map(|(_, row)| row));
        rows.sort_unstable();
        Ok(rows)
    }

    /// Keys of a kind that have about as many entries between them.
    pub(crate) fn quantiles(&self, kind: Kind) -> Result<Vec<u64>, Error> {
        let groups = self.kinds[kind as usize].clone();
        self.table.least_of(groups, "key")
    }

    /// All keys of a kind with their rows, as the table tells them, sorted.
    pub(crate) fn lines(
        &self,
        kind: Kind,
    ) -> Result<impl Iterator<Item = Result<IdentifierLine, Error>> + use<>, Error> {
        self.table.lines_of(self.kinds[kind as usize].clone())
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{table::TableWriter, tables::IDENTIFIERS_LAYOUT},
        proptest::prelude::*,
    };

    #[test]
    fn kinds_are_in_the_order_of_their_names() {
        assert!(Kind::ALL.is_sorted());
        assert!(Kind::ALL.map(Kind::name).is_sorted());
        let numbers = Kind::ALL.map(|kind| kind as usize);
        assert_eq!(numbers.to_vec(), (0..9).collect::<Vec<_>>());
    }

    #[test]
    fn keys_are_as_the_format_says() {
        let track: [u8; 16] = std::array::from_fn(|at| at as u8 + 1);
        assert_eq!(id_key(&track), 0x0102_0304);
        assert_eq!(mbid_key(&Mbid::from_bytes(track)), 0x01_0203_0405);
        assert_eq!(blob_key(&Digest::from_bytes([0xfe; 32])), 0xfe_fefe_fefe);
        assert_eq!(text_key([0xab, 0xcd, 0xef, 1, 2, 3, 4, 5]), 0xabcd_ef01);
        let isrc = |text: &str| isrc_key(&text.parse().unwrap());
        // A = 10 and Z = 35 to the base of 36, B = 11, 0 and 9 as they are.
        let prefix = (((10 * 36 + 35) * 36 + 11) * 36) * 36 + 9;
        assert_eq!(isrc("AZB091234567"), prefix * 10_000_000 + 1_234_567);
        assert!(isrc("AA9999999999") < isrc("AAA000000000"));
        assert!(isrc("ZZZZZ9999999") < 1 << 50);
        assert_eq!(gtin_key("4006381333931"), Some(4_006_381_333_931));
        assert_eq!(gtin_key("04006381333931"), gtin_key("4006381333931"));
        assert_eq!(gtin_key("none"), None);
    }

    #[test]
    fn keys_of_ids_are_as_long_as_a_table_needs() {
        let bits = |tracks| IdBits::of_tracks(tracks);
        let expected = [
            (0, 8),
            (1_000_000, 20),
            (256_039_007, 28),
            (u32::MAX.into(), 32),
        ];
        for (tracks, expected) in expected {
            assert_eq!(bits(tracks), IdBits(expected));
            assert_eq!(bits(tracks).end(), 1 << expected);
        }
        let cut = |kind| bits(1_000_000).cut(kind, 0xffff_fc01);
        assert_eq!(cut(Kind::Track), 0xf_ffff);
        assert_eq!(cut(Kind::Isrc), 0xffff_fc01);
        assert_eq!(IdBits::default().cut(Kind::Text, 7), 7);
    }

    /// Entries of a kind, a key and a row, in any order, as a table.
    fn written(entries: &[(usize, u64, u32)], dir: &Path) -> Lookup {
        let path = dir.join("i.parquet");
        let layout = crate::table::Layout {
            page_rows: 32,
            pages: &[("row", 50), ("kind", 1000)],
            group_rows: 300,
            ..IDENTIFIERS_LAYOUT
        };
        let mut entries = entries.to_vec();
        entries.sort_unstable();
        let mut writer = TableWriter::create(&path, &layout).unwrap();
        for same in entries.chunk_by(|a, b| a.0 == b.0) {
            for (kind, key, row) in same.iter().copied() {
                let (kind, row) = (Kind::ALL[kind], Kind::ALL[kind].told(row));
                let kind = kind.name().into();
                writer.push(IdentifierLine { kind, key, row }).unwrap();
            }
            writer.end_group().unwrap();
        }
        writer.finish().unwrap();
        Lookup::open(&path, IdBits::default()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn every_identifier_is_found_and_no_other(
            entries in prop::collection::vec((0usize..9, 0u64..60, 0u32..3000), 0..2000),
            asked in prop::collection::btree_set(0u64..70, 0..9),
            high in any::<bool>(),
        ) {
            // Keys that are negative as signed numbers sort after all others.
            let shift = if high { u64::MAX - 65 } else { 0 };
            let entries: Vec<_> = entries.into_iter().map(|(kind, key, row)| (kind, key + shift, row)).collect();
            let dir = tempfile::tempdir().unwrap();
            let lookup = written(&entries, dir.path());
            let asked: Vec<u64> = asked.into_iter().map(|key| key.saturating_add(shift)).collect();
            let mut asked = asked;
            asked.dedup();
            for (number, kind) in Kind::ALL.into_iter().enumerate() {
                let of_kind = || entries.iter().filter(move |entry| entry.0 == number);
                let mut expected: Vec<(u64, u64)> = of_kind()
                    .filter(|entry| asked.contains(&entry.1))
                    .map(|entry| (entry.1, entry.2.into()))
                    .collect();
                expected.sort_unstable();
                if kind.span() > 1 {
                    let mut told: Vec<(u64, u64)> = expected
                        .iter()
                        .map(|(key, row)| (*key, row / u64::from(kind.span()) * u64::from(kind.span())))
                        .collect();
                    told.dedup();
                    let spans = lookup.spans_of(kind, &asked).unwrap();
                    prop_assert!(spans.iter().all(|(_, span)| span.end - span.start == u64::from(kind.span())));
                    let starts: Vec<(u64, u64)> = spans.into_iter().map(|(key, span)| (key, span.start)).collect();
                    prop_assert_eq!(starts, told);
                } else {
                    prop_assert_eq!(&lookup.rows_of(kind, &asked).unwrap(), &expected);
                    if let Some(key) = asked.first() {
                        let rows: Vec<u64> = expected.iter().filter(|hit| hit.0 == *key).map(|hit| hit.1).collect();
                        prop_assert_eq!(lookup.rows(kind, *key).unwrap(), rows);
                    }
                }
                prop_assert_eq!(lookup.lines(kind).unwrap().count(), of_kind().count());
            }
        }
    }
}
