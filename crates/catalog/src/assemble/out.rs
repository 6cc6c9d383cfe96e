//! What all writers of tables share.

use {
    super::{
        elsewhere::Elsewhere,
        figures::{Figure, Figures},
    },
    crate::{
        error::Error, identifier_writer::Identifiers, snapshot_meta::SourceEntry,
        tables::TRACKS_LAYOUT,
    },
    longplay_model::Monitor,
    std::sync::{Mutex, PoisonError},
};

pub(super) struct Out<'a> {
    pub(super) monitor: &'a dyn Monitor,
    pub(super) elsewhere: Elsewhere,
    pub(super) sources: Vec<SourceEntry>,
    pub(super) figures: Mutex<Figures>,
    pub(super) identifiers: Identifiers,
    /// Tracks of the snapshot.
    pub(super) tracks: u32,
}

impl Out<'_> {
    /// Stops where somebody asks for it.
    pub(super) fn go_on(&self) -> Result<(), Error> {
        go_on(self.monitor)
    }

    /// Takes figures in, those of each kind in the order of rows.
    pub(super) fn tell(&self, told: &[Figure]) -> Result<(), Error> {
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        figures.push(told)
    }

    pub(super) fn source_name(&self, source: u16) -> &str {
        &self.sources[usize::from(source)].name
    }

    /// Parts of what is spread by row: one a row group of `tracks`.
    pub(super) fn row_parts(&self) -> usize {
        Self::part_of_row(self.tracks.saturating_sub(1)) + 1
    }

    pub(super) fn part_of_row(row: u32) -> usize {
        row as usize / TRACKS_LAYOUT.group_rows
    }

    /// The same for entities, of which some stand behind all tracks.
    pub(super) fn part_of_first(&self, row: u32) -> usize {
        Self::part_of_row(row).min(self.row_parts() - 1)
    }
}

/// Stops where somebody asks for it.
pub(super) fn go_on(monitor: &dyn Monitor) -> Result<(), Error> {
    match monitor.is_interrupted() {
        true => Err(Error::Interrupted),
        false => Ok(()),
    }
}
