//! The full-text index of a snapshot, made from its tables.

use {
    crate::{
        error::Error,
        search::{Docs, SearchBuilder, SearchStats, Workshop},
        table::{Cell, Table},
        tables::{ARTISTS, TRACK_ARTISTS, TRACKS},
    },
    arrow_array::{Array, RecordBatch, StringArray, UInt32Array},
    longplay_model::{Monitor, Unit},
    rayon::prelude::*,
    std::path::Path,
};

/// The folder of the index in a snapshot.
pub(crate) const SEARCH: &str = "search";

/// Row groups that are read side by side.
const WINDOW: usize = 4;

/// Indexes titles and artists of the tables in `tables`. The names of all
/// artists are in memory, about 20 bytes each.
pub(crate) fn index_tables(
    tables: &Path,
    workshop: Workshop<'_>,
    monitor: &dyn Monitor,
) -> Result<SearchStats, Error> {
    let tracks = Table::open(&tables.join(TRACKS))?;
    let credits = Table::open(&tables.join(TRACK_ARTISTS))?;
    let names = Names::read(&Table::open(&tables.join(ARTISTS))?)?;
    monitor.begin("indexing words", Some(tracks.rows()), Unit::Items);
    let Workshop {
        dir,
        spill,
        memory,
        threads,
    } = workshop;
    let mut builder = SearchBuilder::create(dir, spill, memory, threads)?;
    let groups: Vec<usize> = tracks.groups().collect();
    for window in groups.chunks(WINDOW) {
        let docs: Vec<Docs> = window
            .par_iter()
            .map(|group| docs_of(&tracks, &credits, &names, *group))
            .collect::<Result<_, Error>>()?;
        for docs in docs {
            monitor.advance(docs.len() as u64);
            builder.push_batch(docs)?;
        }
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
    }
    builder.finish(monitor)
}

/// The documents of a row group of `tracks`.
fn docs_of(tracks: &Table, credits: &Table, names: &Names, group: usize) -> Result<Docs, Error> {
    let rows = tracks.rows_of(group);
    let columns = ["row", "artist", "name"];
    let credited = credits.batches_with(credits.groups(), "row", rows.clone(), &columns)?;
    let credited: Vec<Credits> = credited
        .iter()
        .map(|batch| Credits::of(credits, batch))
        .collect::<Result<_, _>>()?;
    let mut credited = credited.iter().flat_map(Credits::lines).peekable();
    let mut docs = Docs::default();
    let mut row = rows.start;
    for batch in tracks.batches_at(rows, &["title"])? {
        for title in column::<String>(tracks, &batch, "title")?.iter() {
            docs.begin(title.unwrap_or_default());
            while let Some(credit) = credited.next_if(|credit| u64::from(credit.row) <= row) {
                if u64::from(credit.row) == row {
                    let canonical = names.get(credit.artist).unwrap_or_default();
                    docs.add(canonical);
                    credit.name.iter().for_each(|name| docs.add(name));
                }
            }
            row += 1;
        }
    }
    Ok(docs)
}

/// A name of a track's credit.
struct Credit<'a> {
    row: u32,
    artist: u32,
    name: Option<&'a str>,
}

/// Columns of `track_artists`.
struct Credits<'a> {
    rows: &'a UInt32Array,
    artists: &'a UInt32Array,
    names: &'a StringArray,
}

impl<'a> Credits<'a> {
    fn of(table: &Table, batch: &'a RecordBatch) -> Result<Self, Error> {
        Ok(Self {
            rows: column::<u32>(table, batch, "row")?,
            artists: column::<u32>(table, batch, "artist")?,
            names: column::<String>(table, batch, "name")?,
        })
    }

    fn lines(&self) -> impl Iterator<Item = Credit<'_>> {
        (0..self.rows.len()).map(|at| Credit {
            row: self.rows.value(at),
            artist: self.artists.value(at),
            name: self.names.is_valid(at).then(|| self.names.value(at)),
        })
    }
}

fn column<'a, T: Cell>(
    table: &Table,
    batch: &'a RecordBatch,
    name: &'static str,
) -> Result<&'a T::Column, Error> {
    let column = batch.column_by_name(name);
    let column = column.and_then(|column| T::column(column.as_ref()));
    column.ok_or_else(|| table.shape(name))
}

/// The names of all artists, by row.
struct Names {
    parts: Vec<StringArray>,
    /// The row that each part begins with.
    starts: Vec<usize>,
}

impl Names {
    fn read(artists: &Table) -> Result<Self, Error> {
        let mut names = Self {
            parts: Vec::new(),
            starts: Vec::new(),
        };
        let mut row = 0;
        for batch in artists.batches_at(0..artists.rows(), &["name"])? {
            names.starts.push(row);
            row += batch.num_rows();
            names
                .parts
                .push(column::<String>(artists, &batch, "name")?.clone());
        }
        Ok(names)
    }

    fn get(&self, row: u32) -> Option<&str> {
        let row = row as usize;
        let part = self
            .starts
            .partition_point(|start| *start <= row)
            .checked_sub(1)?;
        let at = row - self.starts[part];
        (at < self.parts[part].len()).then(|| self.parts[part].value(at))
    }
}
