//! Recordings of which only some tracks may leave.

use {
    super::rows::Rows,
    crate::{
        error::Error,
        identifiers::{Kind, Lookup},
    },
};

/// Recordings whose representative is not open, by its old row and with the
/// new rows of their open tracks.
pub(super) struct Regrouped {
    /// Old row of the representative, and new row of a track, both ascending.
    by_old: Vec<(u32, u32)>,
}

impl Regrouped {
    pub(super) fn read(identifiers: &Lookup, tracks: &Rows) -> Result<Self, Error> {
        let mut by_old = Vec::new();
        each_group(identifiers, |representative, rows| {
            if !tracks.contains(representative) {
                let rows = rows.iter().filter_map(|row| tracks.number(*row));
                by_old.extend(rows.map(|row| (representative as u32, row)));
            }
            Ok(())
        })?;
        Ok(Self { by_old })
    }

    pub(super) fn first_of(&self, representative: u32) -> Option<u32> {
        let at = self
            .by_old
            .partition_point(|(old, _)| *old < representative);
        let (old, row) = self.by_old.get(at)?;
        (*old == representative).then_some(*row)
    }
}

/// Gives `each` the row of the representative of every recording of several
/// tracks, and the rows of all of them.
pub(super) fn each_group(
    identifiers: &Lookup,
    mut each: impl FnMut(u64, &[u64]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut group: Option<(u64, Vec<u64>)> = None;
    let mut tell = |(representative, mut rows): (u64, Vec<u64>)| {
        rows.push(representative);
        rows.sort_unstable();
        each(representative, &rows)
    };
    for line in identifiers.lines(Kind::Recording)? {
        let line = line?;
        let done = group.take_if(|(key, _)| *key != line.key);
        done.map_or(Ok(()), &mut tell)?;
        let (_, rows) = group.get_or_insert_with(|| (line.key, Vec::new()));
        rows.push(line.row.into());
    }
    group.map_or(Ok(()), tell)
}
