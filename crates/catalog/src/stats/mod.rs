//! What does a snapshot hold, counted over all of it?
//!
//! ```text
//!   tracks, popularity ─ row group by row group ─┐
//!   genres, rights: by their dictionaries        │
//!   releases: dates                              ├─► Stats
//!   identifiers: ISRCs, sorted                  ─┘
//! ```
//!
//! Only the columns that are counted are read, row groups side by side, and of
//! those that a footer tells nothing; what is kept of them are counts.

mod codes;
mod count;
mod durations;
mod genres;
pub mod picture;
mod tally;
mod told;
mod years;

pub use {
    durations::{DurationBar, Durations, Spike},
    told::{AtLeast, Explicit, Named, SourceCount, Stats, With},
    years::Year,
};

use {
    self::{
        count::Counted,
        genres::{Genres, tally},
        told::STEPS,
    },
    crate::{
        error::Error,
        scan::Tables,
        snapshot::{Snapshot, SourceInfo},
        table::Table,
        tables::IDENTIFIERS,
    },
    longplay_model::{Access, Monitor, Unit},
};

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
    let genres = Genres::read(&tables.genres)?;
    let access = tally(&tables.rights, "access")?;
    let (years, undated_releases) = years::years(&tables.releases)?;
    let identifiers = Table::open(&snapshot.dir().join(IDENTIFIERS))?;
    let (isrcs, tracks_an_isrc) = codes::tracks_a_code(&identifiers)?;
    let genre_tracks = genres.tracks;
    let mut genres = named(genres.tally.ranked());
    let genre_names = genres.len() as u64;
    let mut languages = named(all.languages.ranked());
    genres.truncate(names);
    languages.truncate(names);
    let tracks = all.by_source.iter().copied().chain(std::iter::repeat(0));
    Ok(Stats {
        snapshot: snapshot.id().to_owned(),
        counts: snapshot.counts(),
        sources: meta.iter().zip(tracks).map(source_count).collect(),
        with: With {
            genre: genre_tracks,
            ..all.with
        },
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
        access: named(access.ranked()),
    })
}

fn source_count((source, tracks): (&SourceInfo, u64)) -> SourceCount {
    let rights = source.records_rights.as_ref();
    SourceCount {
        name: source.name.clone(),
        format: source.format.to_owned(),
        records: source.records,
        tracks,
        is_open: rights.is_some_and(|rights| rights.uri.access() == Access::Open),
    }
}

fn named(ranked: Vec<(String, u64)>) -> Vec<Named> {
    let named = ranked.into_iter();
    named.map(|(name, tracks)| Named { name, tracks }).collect()
}

fn at_least(between: &[u64; STEPS.len()]) -> Vec<AtLeast> {
    let at_least = |(step, popularity)| AtLeast {
        popularity,
        tracks: between[step..].iter().sum(),
    };
    STEPS.into_iter().enumerate().map(at_least).collect()
}
