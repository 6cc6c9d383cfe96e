//! A recording is called by the MusicBrainz id of the track that stands for
//! it, otherwise by that track's own id.

use {
    crate::{
        error::Error,
        table::{Id, Table, table},
    },
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
