//! A track as one row, for CSV and Parquet.

use {
    super::{
        gather::{Chunk, Track},
        record::credit_text,
        sources::Sources,
    },
    crate::table::{Id, table},
    longplay_model::Timestamp,
};

table! {
    /// A track with all that it points at, in one row.
    FlatLine {
        /// 0 is the most popular track of the snapshot.
        rank: u32,
        track_id: Id,
        recording_id: Id,
        source: String,
        source_id: String,
        title: String,
        artists: String,
        release: Option<String>,
        release_artists: Option<String>,
        release_date: Option<String>,
        gtin: Option<String>,
        label: Option<String>,
        disc: Option<u32>,
        position: Option<u32>,
        duration_ms: Option<u32>,
        isrcs: Vec<String>,
        recording_mbid: Option<Id>,
        genres: Vec<String>,
        language: Option<String>,
        explicit: Option<bool>,
        popularity: Option<f32>,
        listens: Option<u64>,
        popularity_at: Option<Timestamp>,
        rights: Option<String>,
        rights_basis: Option<String>,
        access: String,
        synthetic: bool,
    }
}

pub(super) fn flat(track: &Track, chunk: &Chunk, sources: &Sources) -> FlatLine {
    let line = &track.line;
    let release = line.release.and_then(|row| chunk.releases.get(&row));
    let release_artists = release.map(|release| credit_text(&release.credit, chunk));
    FlatLine {
        rank: track.row,
        track_id: line.track_id,
        recording_id: Id(*track.recording.as_bytes()),
        source: sources.name(line.source).to_owned(),
        source_id: sources.id_of(line.source, line.source_id.as_ref(), line.record),
        title: line.title.clone(),
        artists: credit_text(&track.credit, chunk),
        release: release.map(|release| release.line.title.clone()),
        release_artists: release_artists.filter(|credit| !credit.is_empty()),
        release_date: release.and_then(|release| release.line.date.clone()),
        gtin: release.and_then(|release| release.line.gtin.clone()),
        label: release.and_then(|release| release.line.label.clone()),
        disc: line.disc,
        position: line.position,
        duration_ms: line.duration_ms,
        isrcs: line.isrcs.clone(),
        recording_mbid: line.recording_mbid,
        genres: track.genres.clone(),
        language: line.language.clone(),
        explicit: line.explicit,
        popularity: track.told.popularity.map(|told| told.value as f32),
        listens: track.told.listens.map(|told| told.value as u64),
        popularity_at: track.told.at(),
        rights: track.rights.uri.clone(),
        rights_basis: track.rights.basis.clone(),
        access: track.rights.access.clone(),
        synthetic: line.synthetic,
    }
}
