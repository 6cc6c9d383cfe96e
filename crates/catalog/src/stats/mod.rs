//! What does a snapshot hold, counted over all of it?
//!
//! ```text
//!   tracks, genres, rights, popularity ─ row group by row group ─┐
//!   releases: dates                                              ├─► Stats
//!   identifiers: ISRCs, sorted                                  ─┘
//! ```
//!
//! Only the columns that are counted are read, row groups side by side; what
//! is kept of them are counts.

mod codes;
mod count;
mod durations;
pub mod picture;
mod tally;
mod years;

pub use {
    durations::{DurationBar, Durations, Spike},
    years::Year,
};

use {
    self::count::Counted,
    crate::{
        error::Error, scan::Tables, snapshot::Snapshot, snapshot_meta::Counts, table::Table,
        tables::IDENTIFIERS,
    },
    longplay_model::{Monitor, Unit},
    serde::Serialize,
};

/// The counts of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stats {
    pub snapshot: String,
    pub counts: Counts,
    /// By their number in the snapshot.
    pub sources: Vec<SourceCount>,
    /// Tracks that have the thing at all.
    pub with: With,
    /// By release date; years without any are left out.
    pub years: Vec<Year>,
    pub undated_releases: u64,
    pub durations: Durations,
    /// The most given first, with how many tracks; at most as many as asked.
    pub genres: Vec<Named>,
    /// Genres in all.
    pub genre_names: u64,
    pub languages: Vec<Named>,
    pub explicit: Explicit,
    /// Tracks with 0, 1, 2 … codes; the last number is that of 10 or more.
    pub isrcs_a_track: Vec<u64>,
    /// Codes in all.
    pub isrcs: u64,
    /// Codes on 1, 2, 3 … tracks; the last number is that of 10 or more.
    pub tracks_an_isrc: Vec<u64>,
    /// Tracks of at least this popularity.
    pub popularity: Vec<AtLeast>,
    pub access: Vec<Named>,
}

/// What a source gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceCount {
    pub name: String,
    pub format: String,
    pub records: u64,
    /// Tracks of the snapshot that are this source's.
    pub tracks: u64,
    /// Whether its records may leave the archive.
    pub is_open: bool,
}

/// Tracks that have the thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct With {
    pub isrc: u64,
    pub mbid: u64,
    pub duration: u64,
    pub release: u64,
    pub genre: u64,
    pub popularity: u64,
    /// Made up.
    pub synthetic: u64,
}

/// How many tracks have this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    pub name: String,
    pub tracks: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Explicit {
    pub yes: u64,
    pub no: u64,
    pub unknown: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AtLeast {
    pub popularity: u8,
    pub tracks: u64,
}

/// Counts a snapshot; at most `names` genres and languages are named.
///
/// # Errors
/// When a table cannot be read, or the user stops it.
pub fn stats(snapshot: &Snapshot, names: usize, monitor: &dyn Monitor) -> Result<Stats, Error> {
    let tables = Tables::open(snapshot.dir())?;
    let meta = snapshot.sources();
    monitor.begin("counting tracks", Some(tables.tracks.rows()), Unit::Items);
    let mut all = Counted::default();
    let count = |group| match monitor.is_interrupted() {
        true => Err(Error::Interrupted),
        false => count::group(&tables, group, meta.len()),
    };
    tables.tracks.scan(count, |group, counted| {
        let rows = tables.tracks.rows_of(group);
        monitor.advance(rows.end - rows.start);
        all.merge(counted);
        Ok(())
    })?;
    let (years, undated_releases) = years::years(&tables.releases)?;
    let identifiers = Table::open(&snapshot.dir().join(IDENTIFIERS))?;
    let (isrcs, tracks_an_isrc) = codes::tracks_a_code(&identifiers)?;
    let mut genres = named(all.genres.ranked());
    let genre_names = genres.len() as u64;
    let mut languages = named(all.languages.ranked());
    genres.truncate(names);
    languages.truncate(names);
    let tracks = all.by_source.iter().copied().chain(std::iter::repeat(0));
    Ok(Stats {
        snapshot: snapshot.id().to_owned(),
        counts: snapshot.counts(),
        sources: meta.iter().zip(tracks).map(source_count).collect(),
        with: all.with,
        years,
        undated_releases,
        durations: all.seconds.finish(),
        genres,
        genre_names,
        languages,
        explicit: all.explicit,
        isrcs_a_track: all.isrcs_a_track.to_vec(),
        isrcs,
        tracks_an_isrc,
        popularity: at_least(&all.popularity),
        access: named(all.access.ranked()),
    })
}

fn source_count((source, tracks): (&crate::snapshot::SourceInfo, u64)) -> SourceCount {
    let rights = source.records_rights.as_ref();
    SourceCount {
        name: source.name.clone(),
        format: source.format.to_owned(),
        records: source.records,
        tracks,
        is_open: rights.is_some_and(|rights| rights.uri.access() == longplay_model::Access::Open),
    }
}

fn named(ranked: Vec<(String, u64)>) -> Vec<Named> {
    let named = ranked.into_iter();
    named.map(|(name, tracks)| Named { name, tracks }).collect()
}

/// The popularities that counts are given for.
pub(crate) const STEPS: [u8; 12] = [0, 1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];

fn at_least(between: &[u64; STEPS.len()]) -> Vec<AtLeast> {
    let at_least = |(step, popularity)| AtLeast {
        popularity,
        tracks: between[step..].iter().sum(),
    };
    STEPS.into_iter().enumerate().map(at_least).collect()
}
