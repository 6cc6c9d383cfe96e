//! Which tracks go out?

use {
    super::{
        options::{ExportFilter, ExportOptions, WantedRights},
        sources::Sources,
    },
    crate::{
        error::Error,
        scan::{Tables, column},
        table::Table,
    },
    longplay_model::{Access, Monitor, Timestamp},
    rayon::prelude::*,
    std::ops::{Range, RangeInclusive},
};

/// Calls `take` with the rows that go out, ascending, at most `chunk` at once.
pub(super) fn chosen(
    tables: &Tables,
    sources: &Sources,
    options: &ExportOptions,
    chunk: usize,
    monitor: &dyn Monitor,
    take: &mut dyn FnMut(&[u64]) -> Result<(), Error>,
) -> Result<(), Error> {
    let wanted = Wanted::new(tables, sources, options)?;
    let mut left = options.limit.unwrap_or(u64::MAX);
    let mut rows: Vec<u64> = Vec::new();
    let groups: Vec<usize> = tables.tracks.groups().collect();
    for window in groups.chunks(rayon::current_num_threads()) {
        let found: Vec<Vec<u64>> = window
            .par_iter()
            .map(|group| wanted.rows(&tables.tracks.rows_of(*group)))
            .collect::<Result<_, Error>>()?;
        for found in found {
            let found = &found[..found.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
            left -= found.len() as u64;
            rows.extend(found);
        }
        while rows.len() >= chunk {
            let rest = rows.split_off(chunk);
            take(&rows)?;
            rows = rest;
        }
        let read = |group: usize| tables.tracks.rows_of(group);
        monitor.advance(read(window[window.len() - 1]).end - read(window[0]).start);
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        if left == 0 {
            break;
        }
    }
    match rows.is_empty() {
        true => Ok(()),
        false => take(&rows),
    }
}

/// What is asked, with the releases that answer it.
struct Wanted<'a> {
    tables: &'a Tables,
    sources: &'a Sources,
    open_only: bool,
    clock: Timestamp,
    filter: &'a ExportFilter,
    /// One bit a release, where labels or years are asked for.
    releases: Option<Vec<u64>>,
}

impl<'a> Wanted<'a> {
    fn new(
        tables: &'a Tables,
        sources: &'a Sources,
        options: &'a ExportOptions,
    ) -> Result<Self, Error> {
        let filter = &options.filter;
        let asks = !filter.labels.is_empty() || filter.years.is_some();
        let releases = asks.then(|| releases(&tables.releases, filter));
        Ok(Self {
            tables,
            sources,
            open_only: options.open_only,
            clock: options.clock,
            filter,
            releases: releases.transpose()?,
        })
    }

    /// Those of a stretch of rows that are wanted.
    fn rows(&self, rows: &Range<u64>) -> Result<Vec<u64>, Error> {
        let is_asked = |row| {
            let tracks = self.filter.tracks.as_ref();
            tracks.is_none_or(|tracks| tracks.contains(row))
        };
        let mut keeps: Vec<bool> = rows.clone().map(is_asked).collect();
        if !keeps.contains(&true) {
            return Ok(Vec::new());
        }
        let from = self.by_track(rows, &mut keeps)?;
        self.by_rights(rows, &mut keeps)?;
        self.by_genre(rows, &mut keeps)?;
        self.by_popularity(rows, &from, &mut keeps)?;
        let kept = rows.clone().zip(keeps);
        Ok(kept.filter_map(|(row, keep)| keep.then_some(row)).collect())
    }

    /// Goes by what `tracks` holds; the sources of the tracks.
    fn by_track(&self, rows: &Range<u64>, keeps: &mut [bool]) -> Result<Vec<u16>, Error> {
        let table = &self.tables.tracks;
        let mut columns = vec!["source"];
        columns.extend((!self.filter.languages.is_empty()).then_some("language"));
        columns.extend(self.releases.as_ref().map(|_| "release"));
        let mut from = Vec::with_capacity(keeps.len());
        for batch in table.batches_at(rows.clone(), &columns)? {
            let keeps = &mut keeps[from.len()..];
            let sources = column::<u16>(table, &batch, "source")?.values();
            from.extend_from_slice(sources);
            if self.open_only {
                let is_open = sources.iter().map(|source| self.sources.is_open(*source));
                keep(keeps, is_open);
            }
            if !self.filter.languages.is_empty() {
                let languages = column::<String>(table, &batch, "language")?;
                let wanted = languages
                    .iter()
                    .map(|it| is_one(it, &self.filter.languages));
                keep(keeps, wanted);
            }
            if let Some(bits) = &self.releases {
                let releases = column::<u32>(table, &batch, "release")?;
                keep(keeps, releases.iter().map(|row| is_set(bits, row)));
            }
        }
        Ok(from)
    }

    fn by_rights(&self, rows: &Range<u64>, keeps: &mut [bool]) -> Result<(), Error> {
        let Some(rights) = &self.filter.rights else {
            return Ok(());
        };
        let table = &self.tables.rights;
        let name = match rights {
            WantedRights::Open => "access",
            WantedRights::Uri(_) => "uri",
        };
        let mut at = 0;
        for batch in table.batches_at(rows.clone(), &[name])? {
            let texts = column::<String>(table, &batch, name)?;
            let holds = |text: Option<&str>| match rights {
                WantedRights::Open => {
                    let access = text.and_then(|text| text.parse::<Access>().ok());
                    access.is_some_and(|access| access.is_open_at(self.clock))
                }
                WantedRights::Uri(uri) => text == Some(uri.as_str()),
            };
            keep(&mut keeps[at..], texts.iter().map(holds));
            at += batch.num_rows();
        }
        Ok(())
    }

    fn by_genre(&self, rows: &Range<u64>, keeps: &mut [bool]) -> Result<(), Error> {
        if self.filter.genres.is_empty() {
            return Ok(());
        }
        let table = &self.tables.genres;
        let mut has = vec![false; keeps.len()];
        let columns = ["row", "genre"];
        for batch in table.batches_with(table.groups(), "row", rows.clone(), &columns)? {
            let numbers = column::<u32>(table, &batch, "row")?.values();
            let genres = column::<String>(table, &batch, "genre")?;
            for (row, genre) in numbers.iter().zip(genres.iter()) {
                let place = u64::from(*row).checked_sub(rows.start);
                let slot = place.and_then(|place| has.get_mut(place as usize));
                if let Some(has) = slot {
                    *has |= is_one(genre, &self.filter.genres);
                }
            }
        }
        keep(keeps, has.into_iter());
        Ok(())
    }

    fn by_popularity(
        &self,
        rows: &Range<u64>,
        from: &[u16],
        keeps: &mut [bool],
    ) -> Result<(), Error> {
        let Some(least) = self.filter.min_popularity else {
            return Ok(());
        };
        let allowed = |source| !self.open_only || self.sources.is_open(source);
        let told = self.tables.figures.popularity(rows, from, allowed)?;
        keep(
            keeps,
            told.into_iter().map(|popularity| popularity >= least),
        );
        Ok(())
    }
}

/// Leaves only what also holds.
fn keep(keeps: &mut [bool], holds: impl Iterator<Item = bool>) {
    let keeps = keeps.iter_mut().zip(holds);
    keeps.for_each(|(keep, holds)| *keep &= holds);
}

fn is_one(text: Option<&str>, wanted: &[String]) -> bool {
    let is = |text: &str| {
        wanted
            .iter()
            .any(|it| it == text || it.to_lowercase() == text.to_lowercase())
    };
    text.is_some_and(is)
}

fn is_set(bits: &[u64], row: Option<u32>) -> bool {
    let word = |row: u32| bits.get(row as usize / 64).copied().unwrap_or(0) >> (row % 64);
    row.is_some_and(|row| word(row) & 1 == 1)
}

/// One bit for each release of the labels and years.
fn releases(table: &Table, filter: &ExportFilter) -> Result<Vec<u64>, Error> {
    let mut bits = vec![0; table.rows().div_ceil(64) as usize];
    let holds = |date: Option<&str>, label: Option<&str>| {
        let year = date.and_then(|date| date.get(..4)?.parse().ok());
        let in_years = |years: &RangeInclusive<u16>| year.is_some_and(|year| years.contains(&year));
        filter.years.as_ref().is_none_or(in_years)
            && (filter.labels.is_empty() || is_one(label, &filter.labels))
    };
    let read = |group: usize| {
        let mut wanted = Vec::new();
        let rows = table.rows_of(group);
        for batch in table.batches_at(rows, &["date", "label"])? {
            let dates = column::<String>(table, &batch, "date")?;
            let labels = column::<String>(table, &batch, "label")?;
            wanted.extend(
                dates
                    .iter()
                    .zip(labels.iter())
                    .map(|(date, label)| holds(date, label)),
            );
        }
        Ok(wanted)
    };
    table.scan(read, |group, wanted| {
        let rows = table.rows_of(group);
        for row in rows
            .zip(wanted)
            .filter_map(|(row, wanted)| wanted.then_some(row))
        {
            bits[(row / 64) as usize] |= 1 << (row % 64);
        }
        Ok(())
    })?;
    Ok(bits)
}
