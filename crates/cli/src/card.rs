//! A track for people, and for programs.

use {
    crate::report::Report,
    longplay_catalog::{ArtistDetails, ReleaseDetails, TrackDetails},
    longplay_model::{ArtistCredit, grouped},
    serde_json::{Value, json},
    std::fmt::Display,
};

/// All that is known of a track, a line each.
pub fn card(track: &TrackDetails) -> Report {
    let release = track.release.as_ref();
    let rows = [
        ("track", Some(track.track.to_string())),
        ("recording", Some(track.recording.to_string())),
        ("release", release.map(release_text)),
        ("label", release.and_then(|release| release.label.clone())),
        ("gtin", release.and_then(|release| release.gtin.clone())),
        ("place", place(track)),
        ("duration", track.duration_ms.map(clock)),
        ("isrcs", list(&track.isrcs)),
        ("musicbrainz", track.recording_mbid.map(|id| id.to_string())),
        ("genres", list(&track.genres)),
        ("language", track.language.clone()),
        (
            "explicit",
            track
                .explicit
                .map(|it| if it { "yes" } else { "no" }.to_owned()),
        ),
        ("popularity", track.popularity.map(|it| it.to_string())),
        ("listens", track.listens.map(grouped)),
        ("rank", Some(grouped(track.rank))),
        ("source", Some(source_text(track))),
        ("rights", Some(rights_text(track))),
        ("file", track.file.as_ref().map(|file| file.path.clone())),
        ("made_up", track.synthetic.then(|| "yes".to_owned())),
    ];
    let title = format!("{} – {}", track.artists, track.title);
    rows.into_iter()
        .filter_map(|(key, text)| Some((key, text?)))
        .fold(Report::new(title), |report, (key, text)| {
            report.row(key, text)
        })
}

/// A track on one line.
pub fn line(track: &TrackDetails) -> String {
    let duration = track.duration_ms.map(clock).unwrap_or_default();
    let release = track.release.as_ref();
    let release = release.map(|release| format!(" · {}", release_text(release)));
    format!(
        "{}  {duration:>5}  {} – {}{}",
        track.track,
        track.artists,
        track.title,
        release.unwrap_or_default()
    )
}

/// A track as an object, with what is not known left out.
pub fn object(track: &TrackDetails) -> Value {
    let mut object = json!({
        "track": track.track,
        "recording": track.recording,
        "rank": track.rank,
        "source": track.source_name,
        "source_id": track.source_id,
        "source_record": track.source_record,
        "title": track.title,
        "artists": credit(&track.artists),
        "release": track.release.as_ref().map(release_object),
        "isrcs": track.isrcs,
        "recording_mbid": track.recording_mbid,
        "disc": track.disc,
        "position": track.position,
        "duration_ms": track.duration_ms,
        "genres": track.genres,
        "language": track.language,
        "explicit": track.explicit,
        "popularity": track.popularity,
        "listens": track.listens,
        "popularity_at": track.popularity_at,
        "rights": track.rights.statement,
        "access": track.rights.access,
        "file": track.file,
        "synthetic": track.synthetic,
    });
    without_nulls(&mut object);
    object
}

pub fn release_object(release: &ReleaseDetails) -> Value {
    let mut object = json!({
        "release": release.id,
        "source_id": release.source_id,
        "title": release.title,
        "artist": release.artist.to_string(),
        "date": release.date,
        "gtin": release.gtin,
        "label": release.label,
        "popularity": release.popularity,
        "tracks": release.tracks,
    });
    without_nulls(&mut object);
    object
}

pub fn artist_object(artist: &ArtistDetails) -> Value {
    let mut object = json!({
        "artist": artist.id,
        "source_id": artist.source_id,
        "name": artist.name,
        "popularity": artist.popularity,
        "followers": artist.followers,
        "tracks": artist.tracks,
    });
    without_nulls(&mut object);
    object
}

fn without_nulls(object: &mut Value) {
    if let Some(object) = object.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
}

fn credit(artists: &ArtistCredit) -> Value {
    let artists = artists.0.iter().map(|artist| {
        let mut object = json!({
            "name": artist.name,
            "id": artist.id,
            "join": (!artist.join.is_empty()).then_some(&artist.join),
            "popularity": artist.popularity,
            "followers": artist.followers,
        });
        without_nulls(&mut object);
        object
    });
    artists.collect()
}

pub fn release_text(release: &ReleaseDetails) -> String {
    match &release.date {
        Some(date) => format!("{} ({date})", release.title),
        None => release.title.clone(),
    }
}

pub fn artist_text(artist: &ArtistDetails) -> String {
    match artist.tracks {
        1 => format!("{}, 1 track", artist.name),
        tracks => format!("{}, {} tracks", artist.name, grouped(tracks.into())),
    }
}

fn place(track: &TrackDetails) -> Option<String> {
    match (track.disc, track.position) {
        (Some(disc), Some(position)) => Some(format!("disc {disc}, track {position}")),
        (None, Some(position)) => Some(format!("track {position}")),
        (disc, None) => disc.map(|disc| format!("disc {disc}")),
    }
}

fn source_text(track: &TrackDetails) -> String {
    format!(
        "{}:{}, record {}",
        track.source_name, track.source_id, track.source_record
    )
}

fn rights_text(track: &TrackDetails) -> String {
    let statement = track.rights.statement.as_ref();
    let label = statement.map_or("unknown".to_owned(), |it| it.uri.label());
    format!("{label}, {}", track.rights.access)
}

fn list(values: &[impl Display]) -> Option<String> {
    let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// Minutes and seconds, rounded to the nearest second.
pub fn clock(duration_ms: u32) -> String {
    let seconds = duration_ms.saturating_add(500) / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
