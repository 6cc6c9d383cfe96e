//! The genres of all tracks, and how many tracks have one.

use {
    super::tally::Tally,
    crate::{error::Error, scan::column, table::Table},
};

#[derive(Debug, Default)]
pub(super) struct Genres {
    pub(super) tally: Tally,
    /// Tracks that have a genre.
    pub(super) tracks: u64,
    /// The first track of a stretch of the table, and the last.
    ends: Option<(u32, u32)>,
}

impl Genres {
    pub(super) fn read(table: &Table) -> Result<Self, Error> {
        let mut all = Self::default();
        table.scan(
            |group| Self::of_group(table, group),
            |_, part| {
                all.append(part);
                Ok(())
            },
        )?;
        Ok(all)
    }

    fn of_group(table: &Table, group: usize) -> Result<Self, Error> {
        let mut part = Self::default();
        table.tally(group, "genre", |genre, count| part.tally.add(genre, count))?;
        for batch in table.batches_at(table.rows_of(group), &["row"])? {
            for row in column::<u32>(table, &batch, "row")?.values() {
                let last = part.ends.map(|(_, last)| last);
                part.tracks += u64::from(last != Some(*row));
                part.ends = Some((part.ends.map_or(*row, |(first, _)| first), *row));
            }
        }
        Ok(part)
    }

    /// Adds what follows.
    fn append(&mut self, next: Self) {
        self.tally.merge(next.tally);
        self.tracks += next.tracks;
        if let Some((first, last)) = next.ends {
            // A track may begin in one row group and end in the next.
            let is_begun = self.ends.is_some_and(|(_, before)| before == first);
            self.tracks -= u64::from(is_begun);
            self.ends = Some((self.ends.map_or(first, |(first, _)| first), last));
        }
    }
}

/// The texts of a column, counted over all rows.
pub(super) fn tally(table: &Table, column: &'static str) -> Result<Tally, Error> {
    let mut all = Tally::default();
    let of_group = |group| {
        let mut part = Tally::default();
        table.tally(group, column, |text, count| part.add(text, count))?;
        Ok(part)
    };
    table.scan(of_group, |_, part| {
        all.merge(part);
        Ok(())
    })?;
    Ok(all)
}
