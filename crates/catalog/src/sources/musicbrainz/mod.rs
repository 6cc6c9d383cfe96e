//! Releases, recordings and artists of MusicBrainz: a line of its JSON dumps,
//! or one document a file (JSON_DUMPS_SCHEMA_NUMBER 1; the same shape as the
//! answers of `ws/2`), and redirects (`docs/format/musicbrainz.md`).
//!
//! ```text
//!   release ─ media[] ─ pregap, tracks[], data-tracks[] ─ recording ─ isrcs[]
//! ```
//!
//! Core data of MusicBrainz is CC0. `annotation`, `tags`, `genres` and
//! `rating` are not: only genres have a place in the tables, and only where
//! they are asked for; the others stay in the kept source alone.

mod dump;
mod entity;
mod tracks;
mod values;

pub(crate) use dump::schema_of_dump;

use {
    super::harvest::{ArtistFact, Harvest},
    entity::Entity,
    serde::de::Error as _,
    serde_json::Error,
    std::collections::HashSet,
};

/// What a document tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Release,
    Recording,
    Artist,
    Redirect,
}

/// The kind of a document with these keys, if it is of MusicBrainz.
pub(super) fn recognises(keys: &HashSet<String>) -> Option<Kind> {
    let all = |wanted: &[&str]| wanted.iter().all(|key| keys.contains(*key));
    if all(&["redirect"]) {
        Some(Kind::Redirect)
    } else if is_artist(keys) {
        Some(Kind::Artist)
    } else if !all(&["id", "title"]) || all(&["artists"]) {
        None
    } else if all(&["media"]) {
        Some(Kind::Release)
    } else {
        all(&["length", "video"]).then_some(Kind::Recording)
    }
}

/// Labels and areas have names as artists do; whatever is told with its type
/// tells of an artist its gender too.
fn is_artist(keys: &HashSet<String>) -> bool {
    let has = |key: &str| keys.contains(key);
    let is_named = ["id", "name", "sort-name"].into_iter().all(has);
    is_named && (has("gender") || !has("type-id"))
}

/// Reads one document, whatever its kind.
pub(super) fn read(document: &str, harvest: &mut Harvest) -> Result<(), Error> {
    let entity: Entity = serde_json::from_str(document)?;
    if let Some(redirect) = &entity.redirect {
        harvest.redirects.push((redirect.from, redirect.to));
        return Ok(());
    }
    if entity.id.is_empty() {
        return Err(Error::missing_field("id"));
    }
    match (&entity.title, &entity.media, &entity.video) {
        (Some(_), Some(_), _) => tracks::release(entity, harvest),
        (Some(_), None, Some(_)) => tracks::recording(entity, harvest),
        _ => artist(entity, harvest)?,
    }
    Ok(())
}

fn artist(artist: Entity, harvest: &mut Harvest) -> Result<(), Error> {
    let is_other = artist.type_id.is_some() && artist.gender.is_none();
    let (Some(name), Some(_), false) = (artist.name, artist.sort_name, is_other) else {
        return Err(Error::custom(
            "expected a release with its media, a recording, an artist or a redirect",
        ));
    };
    harvest.artists.push(ArtistFact {
        id: artist.id,
        name,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        longplay_model::{Isrc, Mbid},
        proptest::prelude::*,
        serde_json::json,
    };

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
        read(document, &mut harvest).unwrap();
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
            r#"{"id":"1","name":"a label","sort-name":"a label","type-id":null,"label-code":1}"#,
            r#"{"title":"t","media":[]}"#,
            r#"{"redirect":{"from":"1","to":"2"}}"#,
            r#"{"id":"1","title":"t","length":-1,"video":false}"#,
            r#"{"id":"1","title":"a track","length":1,"number":"A1","recording":{"id":"2"}}"#,
            "[]",
        ] {
            assert!(read(text, &mut Harvest::default()).is_err(), "{text}");
        }
        assert_eq!(harvest(r#"{"id":"1","title":"t","media":null}"#).tracks, []);
    }

    #[test]
    fn genres_come_when_they_are_asked_for() {
        let text = r#"{"id":"1","title":"t","genres":[{"name":"a"},{"name":"b"}],"media":[{"tracks":[
            {"id":"1","recording":{"id":"","genres":[{"name":"c"}]}}, {"id":"2"}]}]}"#;
        let asked = |asked| {
            let mut harvest = Harvest {
                restricted_fields: asked,
                ..Harvest::default()
            };
            read(text, &mut harvest).unwrap();
            harvest
                .tracks
                .into_iter()
                .map(|track| track.record.genres)
                .collect::<Vec<_>>()
        };
        assert_eq!(asked(false), [[""; 0]; 2]);
        assert_eq!(asked(true), [vec!["c"], vec!["a", "b"]]);
    }

    #[test]
    fn a_recording_alone_is_a_track_without_a_release() {
        let read = harvest(
            r#"{"id":"248cc9d1-97ea-493e-84d4-4c5ec718683b","title":"Alone","length":null,"video":false,
            "first-release-date":"1969","isrcs":["GBAHS1400099","USWB10202616"],
            "artist-credit":[{"name":"A","joinphrase":" feat. ","artist":{"id":"a"}},{"name":"B","joinphrase":""}]}"#,
        );
        let track = &read.tracks[0].record;
        assert_eq!(track.recording_mbid.unwrap().to_string(), track.id);
        assert_eq!(track.artists.to_string(), "A feat. B");
        assert_eq!(track.isrcs.len(), 2);
        assert_eq!(
            (
                &track.release,
                &track.release_id,
                track.release_date,
                track.duration_ms
            ),
            (&None, &None, None, None)
        );
    }

    #[test]
    fn artists_and_redirects_are_facts_of_their_own() {
        let read = harvest(
            r#"{"id":"a","name":"Ærtist","sort-name":"Ærtist","life-span":{"begin":"1969"}}"#,
        );
        assert_eq!(
            (read.artists[0].id.as_str(), read.artists[0].name.as_str()),
            ("a", "Ærtist")
        );
        assert_eq!(read.tracks, []);
        let (from, to) = (
            "248cc9d1-97ea-493e-84d4-4c5ec718683b",
            "b25f351b-206f-4297-95bd-78459b704144",
        );
        let read = harvest(&format!(
            r#"{{"redirect":{{"from":"{from}","to":"{to}"}}}}"#
        ));
        assert_eq!(
            read.redirects,
            [(from.parse().unwrap(), to.parse().unwrap())]
        );
    }

    #[test]
    fn kinds_are_told_by_keys() {
        let kind = |keys: &[&str]| recognises(&keys.iter().map(|key| (*key).to_owned()).collect());
        assert_eq!(kind(&["id", "title", "media", "date"]), Some(Kind::Release));
        assert_eq!(
            kind(&["id", "title", "length", "video"]),
            Some(Kind::Recording)
        );
        assert_eq!(kind(&["id", "name", "sort-name"]), Some(Kind::Artist));
        assert_eq!(kind(&["redirect"]), Some(Kind::Redirect));
        let artist = ["id", "name", "sort-name", "type-id", "gender"];
        assert_eq!(kind(&artist), Some(Kind::Artist));
        for other in [
            &artist[..4],
            &["id", "title", "artists", "media"],
            &["id", "title"],
            &["id", "name"],
            &[],
        ] {
            assert_eq!(kind(other), None, "{other:?}");
        }
    }

    /// A medium's tracks: title, milliseconds, id of the recording, codes, and names
    /// with what joins them to the next.
    type Written = (
        String,
        Option<u32>,
        u128,
        Vec<String>,
        Vec<(String, String)>,
    );

    fn tracks() -> impl Strategy<Value = Vec<Written>> {
        let text = "[\\PC&&[^\\s]]{1,12}";
        let codes = prop::collection::vec("[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", 0..3);
        let names = prop::collection::vec((text, " (&|feat\\.) "), 0..3);
        let length = prop::option::of(1u32..10_000_000);
        prop::collection::vec((text, length, 1u128.., codes, names), 0..5)
    }

    fn mbid(number: u128) -> String {
        Mbid::from_bytes(number.to_be_bytes()).to_string()
    }

    fn credit(names: &[(String, String)]) -> serde_json::Value {
        let part = |(name, join): &(String, String)| json!({"name": name, "joinphrase": join, "artist": {"id": name, "name": ""}});
        names.iter().map(part).collect()
    }

    proptest! {
        #[test]
        fn no_bytes_panic(text in "[\\[\\]{}:,\"a0-9]{0,60}|\\PC{0,60}") {
            drop(read(&text, &mut Harvest::default()));
        }

        #[test]
        fn what_is_written_is_read(
            media in prop::collection::vec(tracks(), 1..4),
            (year, month, day) in (1900u32..2100, 1u32..13, 1u32..29),
        ) {
            let listed = media.iter().zip(1..).map(|(tracks, disc)| {
                let tracks = tracks.iter().zip(1..).map(|((title, length, id, isrcs, names), at)| json!({
                    "id": format!("{disc}-{at}"), "position": at, "title": title, "length": length,
                    "artist-credit": credit(names),
                    "recording": {"id": mbid(*id), "title": "other", "isrcs": isrcs},
                }));
                json!({"position": disc, "tracks": tracks.collect::<Vec<_>>()})
            });
            let date = format!("{year}-{month:02}-{day:02}");
            let read = harvest(&json!({
                "id": "r", "title": "t", "date": date, "media": listed.collect::<Vec<_>>(),
                "artist-credit": credit(&[("All".into(), String::new())]),
            }).to_string());
            prop_assert_eq!(&read.troubles, &[]);
            let written = media.iter().zip(1..).flat_map(|(tracks, disc)| {
                tracks.iter().zip(1..).map(move |(track, at)| (disc, at, track))
            });
            prop_assert_eq!(read.tracks.len(), written.clone().count());
            for (track, (disc, at, (title, length, id, isrcs, names))) in read.tracks.iter().zip(written) {
                let record = &track.record;
                prop_assert_eq!((&record.id, &record.title), (&format!("{disc}-{at}"), title));
                prop_assert_eq!((record.disc, record.position), (Some(disc), Some(at)));
                prop_assert_eq!(record.duration_ms, *length);
                prop_assert_eq!(record.recording_mbid.map(|id| id.to_string()), Some(mbid(*id)));
                let mut isrcs: Vec<Isrc> = isrcs.iter().map(|code| code.parse().unwrap()).collect();
                isrcs.sort_unstable();
                isrcs.dedup();
                prop_assert_eq!(&record.isrcs, &isrcs);
                // Who is credited stands in order, each with its own join.
                let found = record.artists.0.iter().map(|artist| (artist.name.clone(), artist.join.clone()));
                match &names[..] {
                    [] => prop_assert_eq!(record.artists.to_string(), "All"),
                    names => prop_assert_eq!(found.collect::<Vec<_>>(), names),
                }
                prop_assert_eq!(record.release_date.map(|date| date.to_string()), Some(date.clone()));
            }
        }

        #[test]
        fn no_document_panics(
            texts in prop::collection::vec("[0-9?\\- A-Z]{0,14}|\\PC{0,4}", 6),
            numbers in prop::collection::vec(any::<i64>(), 3),
        ) {
            for restricted_fields in [false, true] {
                let mut harvest = Harvest { restricted_fields, ..Harvest::default() };
                let document = json!({
                    "id": texts[0], "title": texts[1], "date": texts[2], "barcode": texts[3],
                    "genres": [{"name": texts[4]}], "media": [{"position": numbers[0], "tracks": [{
                        "id": texts[4], "position": numbers[1], "length": numbers[2],
                        "recording": {"id": texts[5], "isrcs": [texts[5], numbers[0], {"id": texts[3]}]},
                    }]}],
                });
                // Numbers beyond their bits make the document one that is told.
                let is_told = read(&document.to_string(), &mut harvest).is_err();
                prop_assert!(is_told || harvest.tracks.len() == 1);
            }
        }
    }
}
