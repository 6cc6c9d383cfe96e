//! The rows that have an id or code, within the spans that identifiers lead to.

use {
    super::tables::Tables,
    crate::{
        error::Error,
        identifiers::{Kind, Lookup, gtin_key, id_key, isrc_of},
        table::{Id, ReadBefore, Table},
    },
    arrow_array::{Array, ArrayRef, cast::AsArray},
    rayon::prelude::*,
    std::{collections::BTreeMap, ops::Range},
};

/// The column of tracks that holds their codes.
const CODES: &str = "isrcs";

/// Tracks that carry some codes.
#[derive(Debug, Default)]
pub(super) struct Carriers {
    /// Pairs of a code's key and a row, sorted.
    pub(super) hits: Vec<(u64, u64)>,
    /// All codes of each of the rows.
    codes: BTreeMap<u64, ArrayRef>,
}

impl Carriers {
    pub(super) fn rows(&self) -> Vec<u64> {
        self.codes.keys().copied().collect()
    }

    pub(super) const fn codes(&self) -> ReadBefore<'_> {
        ReadBefore {
            column: CODES,
            values: &self.codes,
        }
    }
}

/// Looks through spans.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spans<'a> {
    pub(super) tables: &'a Tables,
    pub(super) identifiers: &'a Lookup,
}

impl Spans<'_> {
    /// The row of the track with this id.
    pub(super) fn of_track(&self, id: &Id) -> Result<Option<u64>, Error> {
        self.with_id(&self.tables.tracks, Kind::Track, "track_id", id)
    }

    /// The row of the release with this id.
    pub(super) fn of_release(&self, id: &Id) -> Result<Option<u64>, Error> {
        self.with_id(&self.tables.releases, Kind::Release, "release_id", id)
    }

    /// The row of the artist with this id.
    pub(super) fn of_artist(&self, id: &Id) -> Result<Option<u64>, Error> {
        self.with_id(&self.tables.artists, Kind::Artist, "artist_id", id)
    }

    fn with_id(
        &self,
        table: &Table,
        kind: Kind,
        column: &'static str,
        id: &Id,
    ) -> Result<Option<u64>, Error> {
        for span in self.identifiers.spans(kind, id_key(&id.0))? {
            for part in table.column_at(span, column) {
                let (first, ids) = part?;
                let ids = ids.as_fixed_size_binary_opt();
                let ids = ids.ok_or_else(|| table.shape(column))?;
                let found = (0..ids.len()).find(|at| ids.is_valid(*at) && ids.value(*at) == id.0);
                if let Some(at) = found {
                    return Ok(Some(first + at as u64));
                }
            }
        }
        Ok(None)
    }

    /// The tracks that carry one of these codes, by their keys, which ascend.
    pub(super) fn of_isrcs(&self, keys: &[u64]) -> Result<Carriers, Error> {
        let mut spans: BTreeMap<u64, (Range<u64>, Vec<u64>)> = BTreeMap::new();
        for (key, span) in self.identifiers.spans_of(Kind::Isrc, keys)? {
            let (_, keys) = spans.entry(span.start).or_insert((span, Vec::new()));
            keys.push(key);
        }
        let spans: Vec<(Range<u64>, Vec<u64>)> = spans.into_values().collect();
        let found: Result<Vec<Carriers>, Error> = spans
            .into_par_iter()
            .map(|(span, keys)| self.that_carry(span, &keys))
            .collect();
        let mut all = Carriers::default();
        for Carriers { hits, codes } in found? {
            all.hits.extend(hits);
            all.codes.extend(codes);
        }
        all.hits.sort_unstable();
        // A track may give a code twice.
        all.hits.dedup();
        Ok(all)
    }

    /// The tracks of a span that carry one of a few codes.
    fn that_carry(&self, span: Range<u64>, keys: &[u64]) -> Result<Carriers, Error> {
        let tracks = &self.tables.tracks;
        let codes: Vec<(u64, String)> = keys.iter().map(|key| (*key, isrc_of(*key))).collect();
        let mut found = Carriers::default();
        for part in tracks.column_at(span, CODES) {
            let (first, column) = part?;
            let told = || tracks.shape("lists of codes");
            let lists = column.as_list_opt::<i32>().ok_or_else(told)?;
            let texts = lists.values().as_string_opt::<i32>().ok_or_else(told)?;
            for (place, ends) in lists.offsets().windows(2).enumerate() {
                let row = first + place as u64;
                for at in ends[0] as usize..ends[1] as usize {
                    let is_it = |code: &&(u64, String)| texts.value(at) == code.1;
                    if let Some((key, _)) = codes.iter().find(is_it) {
                        found.hits.push((*key, row));
                        found.codes.insert(row, column.slice(place, 1));
                    }
                }
            }
        }
        Ok(found)
    }

    /// The rows of the releases that carry a code, by its key.
    pub(super) fn of_gtin(&self, key: u64) -> Result<Vec<u64>, Error> {
        let releases = &self.tables.releases;
        let mut found = Vec::new();
        for span in self.identifiers.spans(Kind::Gtin, key)? {
            for part in releases.column_at(span, "gtin") {
                let (first, codes) = part?;
                let codes = codes.as_string_opt::<i32>();
                let codes = codes.ok_or_else(|| releases.shape("codes of releases"))?;
                let rows = (first..).zip(codes);
                let carry = rows.filter(|(_, code)| code.and_then(gtin_key) == Some(key));
                found.extend(carry.map(|(row, _)| row));
            }
        }
        Ok(found)
    }
}
