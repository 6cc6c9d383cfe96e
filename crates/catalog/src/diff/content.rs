//! What of a track is compared, as numbers.

use {
    super::merge::Entry,
    crate::{
        error::Error,
        scan::{Tables, column},
        shuffle::{Shuffle, Spread},
        spill::Spill,
        table::{Id, Line, Table, table},
    },
    arrow_array::{Array, cast::AsArray},
    longplay_model::Monitor,
    std::{
        hash::{DefaultHasher, Hash, Hasher},
        ops::Range,
        path::Path,
    },
};

/// A snapshot with hashes of its artists, 16 bytes each, and of its releases,
/// 8 bytes each.
pub(super) struct Contents {
    tables: Tables,
    /// Of the source's id and of the name: a credit tells a name that differs.
    artists: Vec<(u64, u64)>,
    releases: Vec<u64>,
}

table! {
    /// What tells an artist.
    ArtistPart {
        source_id: Option<String>,
        name: String,
    }
}

table! {
    /// What tells a release.
    ReleasePart {
        source_id: Option<String>,
        title: String,
        date: Option<String>,
        gtin: Option<String>,
        label: Option<String>,
    }
}

/// Its hash stays within this run: nothing that is written depends on it.
fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl Contents {
    pub(super) fn read(dir: &Path) -> Result<Self, Error> {
        let tables = Tables::open(dir)?;
        let artists = hashes(&tables.artists, |artist: &ArtistPart| {
            (hash(&artist.source_id), hash(&artist.name))
        })?;
        let releases = hashes(&tables.releases, |release: &ReleasePart| {
            let ReleasePart {
                source_id,
                title,
                date,
                gtin,
                label,
            } = release;
            hash((source_id, title, date, gtin, label))
        })?;
        Ok(Self {
            tables,
            artists,
            releases,
        })
    }

    /// Spreads all tracks by their ids.
    pub(super) fn spread(
        &self,
        scratch: &Path,
        name: &'static str,
        parts: usize,
        monitor: &dyn Monitor,
    ) -> Result<Spread, Error> {
        let shuffle = Shuffle::new(scratch, name, parts);
        let tracks = &self.tables.tracks;
        let spread = |group: usize| {
            let rows = tracks.rows_of(group);
            let mut lane = shuffle.lane();
            for entry in self.entries(&rows)? {
                lane.push(part_of(&entry.id, parts), |out| entry.put(out))?;
            }
            Ok(rows.end - rows.start)
        };
        tracks.scan(spread, |_, tracks| {
            monitor.advance(tracks);
            match monitor.is_interrupted() {
                true => Err(Error::Interrupted),
                false => Ok(()),
            }
        })?;
        shuffle.finish()
    }

    /// The tracks of a stretch of rows.
    fn entries(&self, rows: &Range<u64>) -> Result<Vec<Entry>, Error> {
        const COLUMNS: [&str; 6] = [
            "track_id",
            "source",
            "title",
            "release",
            "duration_ms",
            "isrcs",
        ];
        let table = &self.tables.tracks;
        let mut entries = Vec::with_capacity((rows.end - rows.start) as usize);
        let mut sources = Vec::with_capacity(entries.capacity());
        for batch in table.batches_at(rows.clone(), &COLUMNS)? {
            let ids = column::<Id>(table, &batch, "track_id")?;
            let titles = column::<String>(table, &batch, "title")?;
            let releases = column::<u32>(table, &batch, "release")?;
            let durations = column::<u32>(table, &batch, "duration_ms")?;
            let isrcs = column::<Vec<String>>(table, &batch, "isrcs")?;
            sources.extend_from_slice(column::<u16>(table, &batch, "source")?.values());
            for at in 0..batch.num_rows() {
                let release = releases.is_valid(at).then(|| releases.value(at));
                entries.push(Entry {
                    id: ids
                        .value(at)
                        .try_into()
                        .map_err(|_| table.shape("ids of 16 bytes"))?,
                    row: (rows.start + entries.len() as u64) as u32,
                    title: hash(titles.value(at)),
                    credit: 0,
                    release: self.release(release)?,
                    isrcs: set_hash(&isrcs.value(at)),
                    rights: 0,
                    duration: durations.is_valid(at).then(|| durations.value(at)),
                    popularity: f32::NAN,
                });
            }
        }
        let popularity = self.tables.figures.popularity(rows, &sources, |_| true)?;
        for (entry, popularity) in entries.iter_mut().zip(popularity) {
            entry.popularity = popularity;
        }
        self.rights(rows, &mut entries)?;
        self.credits(rows, &mut entries)?;
        Ok(entries)
    }

    fn release(&self, row: Option<u32>) -> Result<u64, Error> {
        let Some(row) = row else {
            return Ok(0);
        };
        let known = self.releases.get(row as usize).copied();
        known.ok_or_else(|| {
            self.tables
                .releases
                .shape("all rows that other tables point at")
        })
    }

    fn rights(&self, rows: &Range<u64>, entries: &mut [Entry]) -> Result<(), Error> {
        let table = &self.tables.rights;
        let mut entries = entries.iter_mut();
        for batch in table.batches_at(rows.clone(), &["uri", "access"])? {
            let uris = column::<String>(table, &batch, "uri")?;
            let access = column::<String>(table, &batch, "access")?;
            for (rights, entry) in uris.iter().zip(access).zip(&mut entries) {
                entry.rights = hash(rights);
            }
        }
        Ok(())
    }

    /// Folds the names of each credit in their order.
    fn credits(&self, rows: &Range<u64>, entries: &mut [Entry]) -> Result<(), Error> {
        const COLUMNS: [&str; 4] = ["row", "artist", "name", "join"];
        let table = &self.tables.track_artists;
        for batch in table.batches_with(table.groups(), "row", rows.clone(), &COLUMNS)? {
            let numbers = column::<u32>(table, &batch, "row")?.values();
            let artists = column::<u32>(table, &batch, "artist")?.values();
            let names = column::<String>(table, &batch, "name")?;
            let joins = column::<String>(table, &batch, "join")?;
            for (at, row) in numbers.iter().enumerate() {
                let place = u64::from(*row).checked_sub(rows.start);
                let Some(entry) = place.and_then(|place| entries.get_mut(place as usize)) else {
                    continue;
                };
                let artist = self.artists.get(artists[at] as usize);
                let artist = artist.ok_or_else(|| table.shape("rows of artists that are there"))?;
                let (id, own) = *artist;
                let name = names.is_valid(at).then(|| hash(names.value(at)));
                let name = name.unwrap_or(own);
                entry.credit = hash((entry.credit, id, name, joins.value(at)));
            }
        }
        Ok(())
    }
}

/// A hash a row.
fn hashes<L: Line + Send, T: Send>(
    table: &Table,
    hash: impl Fn(&L) -> T + Sync + Send,
) -> Result<Vec<T>, Error> {
    let mut hashes = Vec::with_capacity(table.rows() as usize);
    let read = |group: usize| {
        let mut part = Vec::new();
        for line in table.lines_of::<L>(group..group + 1)? {
            part.push(hash(&line?));
        }
        Ok(part)
    };
    table.scan(read, |_, part| {
        hashes.extend(part);
        Ok(())
    })?;
    Ok(hashes)
}

/// The same whatever the order; 0 for none.
fn set_hash(texts: &dyn Array) -> u64 {
    let Some(texts) = texts.as_string_opt::<i32>() else {
        return 0;
    };
    let mut texts: Vec<&str> = texts.iter().flatten().collect();
    texts.sort_unstable();
    match texts.is_empty() {
        true => 0,
        false => hash(texts),
    }
}

/// Parts are ranges of ids.
fn part_of(id: &[u8; 16], parts: usize) -> usize {
    let [a, b, c, d, ..] = *id;
    let head = u64::from(u32::from_be_bytes([a, b, c, d]));
    ((head * parts as u64) >> 32) as usize
}
