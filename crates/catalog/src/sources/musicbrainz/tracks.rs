use {
    super::{
        super::harvest::Harvest,
        entity::{Entity, Medium, Track},
        values::{credit, date, genres, gtin, isrcs, parsed},
    },
    longplay_model::{Mbid, TrackRecord},
};

/// Reads a release into its tracks.
pub(super) fn release(release: Entity, harvest: &mut Harvest) {
    let common = common(&release, harvest);
    let media = release.media.flatten().unwrap_or_default();
    for (number, medium) in media.iter().enumerate() {
        let lists = [
            medium.pregap.as_slice(),
            &medium.tracks,
            &medium.data_tracks,
        ];
        for (at, track) in lists.into_iter().flatten().enumerate() {
            let place = format!("media[{number}] track {}", at + 1);
            let record = track_of(&common, medium, track, &place, harvest);
            harvest.tracks.push(record.into());
        }
    }
}

/// Reads a recording that stands alone: a track without a release.
pub(super) fn recording(recording: Entity, harvest: &mut Harvest) {
    let record = TrackRecord {
        title: recording.title.unwrap_or_default(),
        artists: credit(&recording.artist_credit),
        recording_mbid: parsed(&recording.id, "id", harvest),
        isrcs: isrcs(&recording.isrcs, "isrcs", harvest),
        duration_ms: recording.length.filter(|length| *length > 0),
        genres: genres(recording.genres, "genres", harvest),
        id: recording.id,
        ..TrackRecord::default()
    };
    harvest.tracks.push(record.into());
}

/// What all tracks of a release share.
fn common(release: &Entity, harvest: &mut Harvest) -> TrackRecord {
    let labels = release.label_info.iter().flat_map(|info| &info.label);
    let mut labels = labels
        .map(|label| label.name.clone())
        .filter(|name| !name.is_empty());
    TrackRecord {
        artists: credit(&release.artist_credit),
        release_id: Some(release.id.clone()),
        release: release.title.clone(),
        release_artists: Some(credit(&release.artist_credit)).filter(|names| !names.0.is_empty()),
        release_date: date(&release.date, "date", harvest),
        gtin: gtin(&release.barcode, harvest),
        label: labels.next(),
        genres: genres(release.genres, "genres", harvest),
        language: release.text_representation.language.clone(),
        ..TrackRecord::default()
    }
}

fn track_of(
    common: &TrackRecord,
    medium: &Medium,
    track: &Track,
    place: &str,
    harvest: &mut Harvest,
) -> TrackRecord {
    let recording = track.recording.as_ref();
    let credits = [
        Some(&track.artist_credit),
        recording.map(|recording| &recording.artist_credit),
    ];
    let credits = credits
        .into_iter()
        .flatten()
        .find(|names| !names.is_empty());
    let titles = [
        Some(&track.title),
        recording.map(|recording| &recording.title),
    ];
    let title = titles.into_iter().flatten().find(|title| !title.is_empty());
    let mbid = recording.map_or("", |recording| &recording.id);
    let codes = recording.map_or(&[][..], |recording| &recording.isrcs);
    let lengths = [
        track.length,
        recording.and_then(|recording| recording.length),
    ];
    let own = recording.and_then(|recording| recording.genres);
    let own = genres(own, &format!("{place}, genres"), harvest);
    TrackRecord {
        id: track.id.clone(),
        title: title.cloned().unwrap_or_default(),
        artists: credits.map_or_else(|| common.artists.clone(), |names| credit(names)),
        recording_mbid: parsed::<Mbid>(mbid, &format!("{place}, recording"), harvest),
        isrcs: isrcs(codes, &format!("{place}, isrcs"), harvest),
        duration_ms: lengths.into_iter().flatten().find(|length| *length > 0),
        disc: Some(medium.position).filter(|position| *position > 0),
        position: Some(track.position).filter(|position| *position > 0),
        genres: if own.is_empty() {
            common.genres.clone()
        } else {
            own
        },
        ..common.clone()
    }
}
