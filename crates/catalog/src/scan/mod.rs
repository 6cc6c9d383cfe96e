//! Questions about all tracks: tables read column by column.

mod figures;

pub(crate) use figures::{Told, figures_at, popularity_within};

use {
    crate::{
        error::Error,
        table::{Cell, Table},
        tables::{
            ARTISTS, GENRES, POPULARITY, RELEASE_ARTISTS, RELEASES, RIGHTS, TRACK_ARTISTS, TRACKS,
        },
    },
    arrow_array::RecordBatch,
    std::{ops::Range, path::Path},
};

/// The tables that questions are asked of.
pub(crate) struct Tables {
    pub(crate) tracks: Table,
    pub(crate) track_artists: Table,
    pub(crate) genres: Table,
    pub(crate) popularity: Table,
    pub(crate) rights: Table,
    pub(crate) releases: Table,
    pub(crate) release_artists: Table,
    pub(crate) artists: Table,
}

impl Tables {
    /// Opens the tables of the snapshot in the folder `dir`.
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let table = |name| Table::open(&dir.join(name));
        Ok(Self {
            tracks: table(TRACKS)?,
            track_artists: table(TRACK_ARTISTS)?,
            genres: table(GENRES)?,
            popularity: table(POPULARITY)?,
            rights: table(RIGHTS)?,
            releases: table(RELEASES)?,
            release_artists: table(RELEASE_ARTISTS)?,
            artists: table(ARTISTS)?,
        })
    }
}

/// A column of a batch as the array of its type.
pub(crate) fn column<'a, C: Cell>(
    table: &Table,
    batch: &'a RecordBatch,
    name: &'static str,
) -> Result<&'a C::Column, Error> {
    let column = batch.column_by_name(name);
    column
        .and_then(|column| C::column(column.as_ref()))
        .ok_or_else(|| table.shape(name))
}

/// The row groups of a table, sorted by kind, that are of one kind.
pub(crate) fn groups_of(table: &Table, kind: &str) -> Result<Range<usize>, Error> {
    let mut found: Option<Range<usize>> = None;
    for group in table.groups() {
        if table.text_of(group, "kind")? == kind {
            let start = found.map_or(group, |range| range.start);
            found = Some(start..group + 1);
        }
    }
    Ok(found.unwrap_or(0..0))
}
