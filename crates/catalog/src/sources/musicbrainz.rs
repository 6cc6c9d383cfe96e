//! Releases of MusicBrainz: a line of its release dump, or one document a
//! file (JSON_DUMPS_SCHEMA_NUMBER 1; the same shape as `ws/2/release`).
//!
//! ```text
//!   release ─ media[] ─ pregap, tracks[], data-tracks[] ─ recording ─ isrcs[]
//! ```
//!
//! Core data of MusicBrainz is CC0. `annotation`, `tags`, `genres` and
//! `rating` are not: they are never read and stay in the kept source alone.

use {
    super::{harvest::Harvest, loose::is_gtin},
    longplay_model::{ArtistCredit, CreditedArtist, FindingCode, Isrc, Mbid, TrackRecord},
    serde::{Deserialize, Deserializer, de::DeserializeOwned},
    serde_json::{Error, Value},
    std::{collections::HashSet, str::FromStr},
};

pub(super) fn recognises(keys: &HashSet<String>) -> bool {
    ["id", "title", "media"]
        .iter()
        .all(|key| keys.contains(*key))
        && !keys.contains("artists")
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Release {
    id: String,
    title: String,
    #[serde(default, deserialize_with = "or_default")]
    artist_credit: Vec<Credit>,
    #[serde(default, deserialize_with = "or_default")]
    date: String,
    #[serde(default, deserialize_with = "or_default")]
    barcode: String,
    #[serde(default, deserialize_with = "or_default")]
    label_info: Vec<LabelInfo>,
    #[serde(default, deserialize_with = "or_default")]
    text_representation: TextRepresentation,
    #[serde(deserialize_with = "or_default")]
    media: Vec<Medium>,
}

#[derive(Deserialize)]
struct Credit {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    joinphrase: String,
    artist: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
}

#[derive(Deserialize)]
struct LabelInfo {
    label: Option<Named>,
}

#[derive(Deserialize, Default)]
struct TextRepresentation {
    language: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Medium {
    #[serde(default, deserialize_with = "or_default")]
    position: u32,
    pregap: Option<Track>,
    #[serde(default, deserialize_with = "or_default")]
    tracks: Vec<Track>,
    #[serde(default, deserialize_with = "or_default")]
    data_tracks: Vec<Track>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Track {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    title: String,
    #[serde(default, deserialize_with = "or_default")]
    position: u32,
    length: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    artist_credit: Vec<Credit>,
    recording: Option<Recording>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Recording {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    title: String,
    length: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    artist_credit: Vec<Credit>,
    /// Codes in dumps; objects with an `id` in older answers of the service.
    #[serde(default, deserialize_with = "or_default")]
    isrcs: Vec<Value>,
}

/// MusicBrainz writes null for what it does not know.
fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads one release into its tracks.
pub(super) fn read(document: &[u8], harvest: &mut Harvest) -> Result<(), Error> {
    let release: Release = serde_json::from_slice(document)?;
    let common = common(&release, harvest);
    for (number, medium) in release.media.iter().enumerate() {
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
    Ok(())
}

/// What all tracks of a release share.
fn common(release: &Release, harvest: &mut Harvest) -> TrackRecord {
    let labels = release.label_info.iter().flat_map(|info| &info.label);
    let mut labels = labels
        .map(|label| label.name.clone())
        .filter(|name| !name.is_empty());
    TrackRecord {
        id: String::new(),
        title: String::new(),
        artists: credit(&release.artist_credit),
        recording_mbid: None,
        isrcs: Vec::new(),
        duration_ms: None,
        release_id: Some(release.id.clone()),
        release: Some(release.title.clone()),
        release_artists: Some(credit(&release.artist_credit)).filter(|names| !names.0.is_empty()),
        release_date: parsed(&release.date, "date", harvest),
        gtin: gtin(&release.barcode, harvest),
        label: labels.next(),
        disc: None,
        position: None,
        genres: Vec::new(),
        language: release.text_representation.language.clone(),
        explicit: None,
        popularity: None,
        listens: None,
        popularity_at: None,
        release_popularity: None,
        rights: None,
        synthetic: false,
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
        recording.map(|r| &r.artist_credit),
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
    let lengths = [
        track.length,
        recording.and_then(|recording| recording.length),
    ];
    TrackRecord {
        id: track.id.clone(),
        title: title.cloned().unwrap_or_default(),
        artists: credits.map_or_else(|| common.artists.clone(), |names| credit(names)),
        recording_mbid: parsed::<Mbid>(mbid, &format!("{place}, recording"), harvest),
        isrcs: isrcs(recording, place, harvest),
        duration_ms: lengths.into_iter().flatten().find(|length| *length > 0),
        disc: Some(medium.position).filter(|position| *position > 0),
        position: Some(track.position).filter(|position| *position > 0),
        ..common.clone()
    }
}

fn credit(names: &[Credit]) -> ArtistCredit {
    let credited = |credit: &Credit| CreditedArtist {
        name: credit.name.clone(),
        id: credit
            .artist
            .as_ref()
            .map(|artist| artist.id.clone())
            .filter(|id| !id.is_empty()),
        join: credit.joinphrase.clone(),
        popularity: None,
        followers: None,
    };
    ArtistCredit(names.iter().map(credited).collect())
}

fn isrcs(recording: Option<&Recording>, place: &str, harvest: &mut Harvest) -> Vec<Isrc> {
    let values = recording.map_or(&[][..], |recording| &recording.isrcs);
    let texts = values.iter().map(|value| value.get("id").unwrap_or(value));
    let mut isrcs: Vec<Isrc> = texts
        .filter_map(|value| {
            let text = value.as_str().unwrap_or_default();
            parsed(text, &format!("{place}, isrcs"), harvest)
        })
        .collect();
    isrcs.sort_unstable();
    isrcs.dedup();
    isrcs
}

/// The value of a text; an empty one is absent, a wrong one absent and told.
fn parsed<T: FromStr<Err: ToString>>(text: &str, field: &str, harvest: &mut Harvest) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    let refused = |error: T::Err| harvest.trouble(FindingCode::C003, field, error.to_string());
    text.parse().map_err(refused).ok()
}

/// Barcodes of MusicBrainz are as printed; those that are no GTIN are told.
fn gtin(barcode: &str, harvest: &mut Harvest) -> Option<String> {
    if !barcode.is_empty() && !is_gtin(barcode) {
        let seen = format!("expected a GTIN with its check digit, found {barcode:?}");
        harvest.trouble(FindingCode::C003, "barcode", seen);
    }
    Some(barcode.to_owned()).filter(|barcode| is_gtin(barcode))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: &str = r#"{
        "id": "5c976ee2-d4d4-4932-8f16-54f2b50f8ac5", "title": "Two Discs", "date": "1977-02",
        "barcode": "081227970949", "annotation": "secret", "genres": [{"name": "secret"}],
        "label-info": [{"label": null}, {"label": {"id": "l", "name": "A Label"}}],
        "text-representation": {"language": "eng"},
        "artist-credit": [{"name": "A", "joinphrase": " & ", "artist": {"id": "a", "name": "Aa"}},
                          {"name": "B", "joinphrase": "", "artist": {"id": "b", "name": "Bb"}}],
        "media": [
            {"position": 1, "pregap": {"id": "t0", "position": 0, "length": null, "title": "Before"},
             "tracks": [{"id": "t1", "position": 1, "length": 1000, "title": "One",
                "recording": {"id": "b25f351b-206f-4297-95bd-78459b704144", "title": "One (take 2)", "length": 2000,
                              "isrcs": ["USWB10202616", "USWB10101367", "broken"], "rating": {"value": 5}}}]},
            {"position": 2, "tracks": null, "data-tracks": [{"id": "t2", "position": 3, "title": "",
                "artist-credit": [{"name": "C"}],
                "recording": {"id": "248cc9d1-97ea-493e-84d4-4c5ec718683b", "title": "Film", "length": 5}}]}
        ]}"#;

    fn harvest(document: &str) -> Harvest {
        let mut harvest = Harvest::default();
        read(document.as_bytes(), &mut harvest).unwrap();
        harvest
    }

    #[test]
    fn every_track_of_every_medium_is_a_row() {
        let read = harvest(RELEASE);
        let rows: Vec<_> = read
            .tracks
            .iter()
            .map(|track| {
                let r = &track.record;
                (
                    r.title.as_str(),
                    r.artists.to_string(),
                    r.disc,
                    r.position,
                    r.duration_ms,
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("Before", "A & B".into(), Some(1), None, None),
                ("One", "A & B".into(), Some(1), Some(1), Some(1000)),
                ("Film", "C".into(), Some(2), Some(3), Some(5)),
            ]
        );
    }

    #[test]
    fn release_and_recording_are_told_once_each() {
        let read = harvest(RELEASE);
        let one = &read.tracks[1].record;
        assert_eq!(one.gtin.as_deref(), Some("081227970949"));
        assert_eq!(one.label.as_deref(), Some("A Label"));
        assert_eq!(one.release_date.unwrap().to_string(), "1977-02");
        assert_eq!(one.isrcs.len(), 2);
        assert!(one.genres.is_empty());
        let [trouble] = &read.troubles[..] else {
            panic!("{:?}", read.troubles);
        };
        assert_eq!(trouble.field, "media[0] track 2, isrcs");
    }

    #[test]
    fn what_is_no_release_is_refused() {
        for text in [
            "{}",
            r#"{"id":"1","title":"t"}"#,
            r#"{"id":1,"title":"t","media":[]}"#,
        ] {
            assert!(
                read(text.as_bytes(), &mut Harvest::default()).is_err(),
                "{text}"
            );
        }
        assert_eq!(harvest(r#"{"id":"1","title":"t","media":null}"#).tracks, []);
    }
}
