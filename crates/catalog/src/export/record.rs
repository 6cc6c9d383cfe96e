//! A track as the record that a source would have told it by.

use {
    super::{
        gather::{Chunk, Part, Track},
        sources::Sources,
    },
    longplay_model::{ArtistCredit, CreditedArtist, Mbid, RightsStatement, TrackRecord},
};

pub(super) fn record(track: &Track, chunk: &Chunk, sources: &Sources) -> TrackRecord {
    let line = &track.line;
    let release = line.release.and_then(|row| chunk.releases.get(&row));
    let id = sources.id_of(line.source, line.source_id.as_ref(), line.record);
    let release_id = release.and_then(|release| {
        let id = release.line.source_id.clone()?;
        Some(sources.unique(release.line.source, id))
    });
    let release_artists = release.map(|release| credit(&release.credit, chunk, sources));
    TrackRecord {
        id: sources.unique(line.source, id),
        title: line.title.clone(),
        artists: credit(&track.credit, chunk, sources),
        recording_mbid: line.recording_mbid.map(|id| Mbid::from_bytes(id.0)),
        isrcs: line.isrcs.iter().filter_map(|it| it.parse().ok()).collect(),
        duration_ms: line.duration_ms,
        release_id,
        release: release.map(|release| release.line.title.clone()),
        release_artists: release_artists.filter(|credit| !credit.0.is_empty()),
        release_date: release.and_then(|it| it.line.date.as_ref()?.parse().ok()),
        gtin: release.and_then(|it| it.line.gtin.clone()),
        label: release.and_then(|it| it.line.label.clone()),
        disc: line.disc,
        position: line.position,
        genres: track.genres.clone(),
        language: line.language.clone(),
        explicit: line.explicit,
        popularity: track.told.popularity.map(|told| told.value as f32),
        listens: track.told.listens.map(|told| told.value as u64),
        popularity_at: track.told.at(),
        release_popularity: release.and_then(|it| Some(it.told.popularity?.value as f32)),
        rights: rights(track),
        synthetic: line.synthetic,
    }
}

fn credit(parts: &[Part], chunk: &Chunk, sources: &Sources) -> ArtistCredit {
    let artist = |part: &Part| {
        let artist = chunk.artists.get(&part.artist)?;
        let id = artist.line.source_id.clone();
        Some(CreditedArtist {
            name: part.name.as_ref().unwrap_or(&artist.line.name).clone(),
            id: id.map(|id| sources.unique(artist.line.source, id)),
            join: part.join.clone(),
            popularity: artist.told.popularity.map(|told| told.value as f32),
            followers: artist.told.followers.map(|told| told.value as u64),
        })
    };
    ArtistCredit(parts.iter().filter_map(artist).collect())
}

/// The credit as one text.
pub(super) fn credit_text(parts: &[Part], chunk: &Chunk) -> String {
    let mut text = String::new();
    for part in parts {
        if let Some(artist) = chunk.artists.get(&part.artist) {
            text += part.name.as_ref().unwrap_or(&artist.line.name);
            text += &part.join;
        }
    }
    text
}

fn rights(track: &Track) -> Option<RightsStatement> {
    Some(RightsStatement {
        uri: track.rights.uri.as_ref()?.parse().ok()?,
        basis: track.rights.basis.clone().unwrap_or_default(),
    })
}
