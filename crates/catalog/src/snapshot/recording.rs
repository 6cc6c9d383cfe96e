//! A recording is called by the MusicBrainz id of the track that stands for
//! it, otherwise by that track's own id.

use {
    super::rows::{Marks, Rows},
    crate::{
        error::Error,
        table::{Cell, Id, Table, table},
    },
    arrow_array::RecordBatch,
    longplay_model::{Mbid, RecordingId, TrackId},
    std::collections::BTreeMap,
};

table! {
    /// What names a recording.
    Identity {
        track_id: Id,
        recording_mbid: Option<Id>,
    }
}

/// The id of the recording that this track stands for.
pub(super) fn named(track: &Id, mbid: Option<&Id>) -> RecordingId {
    match mbid {
        Some(mbid) => RecordingId::of_mbid(&Mbid::from_bytes(mbid.0)),
        None => RecordingId::of_track(&TrackId::from_bytes(track.0)),
    }
}

/// The recording that the track in this row stands for.
pub(super) fn name(tracks: &Table, row: u64) -> Result<RecordingId, Error> {
    let names = names(tracks, &[row])?;
    let name = names.into_values().next();
    name.ok_or_else(|| tracks.shape("all rows that other tables point at"))
}

/// The recordings that the tracks in these rows stand for; rows ascend and do
/// not repeat.
pub(super) fn names(tracks: &Table, rows: &[u64]) -> Result<BTreeMap<u64, RecordingId>, Error> {
    let lines = tracks.lines_at::<Identity>(rows)?;
    let names = lines
        .iter()
        .map(|line| named(&line.track_id, line.recording_mbid.as_ref()));
    Ok(rows.iter().copied().zip(names).collect())
}

/// The names of all recordings of which another row may ask: 16 bytes for
/// each recording of several tracks, and a bit a track.
pub(super) struct Names {
    rows: Rows,
    ids: Vec<RecordingId>,
}

impl Names {
    pub(super) fn read(tracks: &Table) -> Result<Self, Error> {
        let mut marks = Marks::none(tracks.rows());
        tracks.scan(
            |group| tracks.batches_at(tracks.rows_of(group), &["recording"]),
            |group, batches| {
                let own = tracks.rows_of(group);
                let recordings = recordings(tracks, &batches)?;
                let others = own.zip(recordings).filter(|(row, other)| row != other);
                others.for_each(|(_, recording)| marks.add(recording));
                Ok(())
            },
        )?;
        let rows = marks.finish();
        let mut ids = Vec::with_capacity(rows.count() as usize);
        tracks.scan(
            |group| marked(tracks, group, &rows),
            |_, names| {
                ids.extend(names);
                Ok(())
            },
        )?;
        Ok(Self { rows, ids })
    }

    /// The name of the recording that `row` stands for, if another row is of
    /// it too.
    pub(super) fn get(&self, row: u64) -> Option<RecordingId> {
        let number = self.rows.number(row)?;
        self.ids.get(number as usize).copied()
    }
}

fn recordings(tracks: &Table, batches: &[RecordBatch]) -> Result<Vec<u64>, Error> {
    let mut recordings = Vec::new();
    for batch in batches {
        let column = batch
            .column_by_name("recording")
            .and_then(|column| u32::column(column.as_ref()))
            .ok_or_else(|| tracks.shape("recording"))?;
        recordings.extend(column.values().iter().map(|row| u64::from(*row)));
    }
    Ok(recordings)
}

/// The names of the chosen rows of a row group.
fn marked(tracks: &Table, group: usize, chosen: &Rows) -> Result<Vec<RecordingId>, Error> {
    let rows = tracks.rows_of(group);
    let picked: Vec<u64> = rows.filter(|row| chosen.contains(*row)).collect();
    Ok(names(tracks, &picked)?.into_values().collect())
}
