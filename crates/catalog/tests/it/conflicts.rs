//! Evidence that contradicts itself is told, and the import goes on.

use {
    crate::home::{Home, lines, options, record},
    longplay_model::{Finding, TrackId},
};

const MBID: &str = "b9ad642e-b012-41c7-b72a-42cf4911f9ff";
const OTHER: &str = "248cc9d1-97ea-493e-84d4-4c5ec718683b";

fn seen(home: &Home) -> Vec<(String, String)> {
    let of = |it: Finding| (format!("{} {}", it.code, it.subject), it.seen);
    home.findings.all().into_iter().map(of).collect()
}

fn found(code: &str, seen: &str) -> (String, String) {
    (code.to_owned(), seen.to_owned())
}

/// A record with artist and title of its own.
fn by(id: &str, artist: &str, title: &str, fields: &str) -> String {
    format!(r#"{{"id":"{id}","title":"{title}","artists":[{{"name":"{artist}"}}],{fields}}}"#)
}

#[test]
fn a_musicbrainz_recording_of_very_different_lengths_is_told() {
    let mut home = Home::new();
    let of = |mbid: &str, ms: u32| format!(r#""recording_mbid":"{mbid}","duration_ms":{ms}"#);
    home.import(
        "s",
        lines(&[
            record("1", "a", &of(MBID, 203_000)),
            record("2", "a", &of(MBID, 900_000)),
            record("3", "a", &format!(r#""recording_mbid":"{MBID}""#)),
            record("4", "b", &of(OTHER, 203_000)),
            record("5", "b", &of(OTHER, 257_000)),
        ]),
    );
    let expected = found(&format!("C016 {MBID}"), "on 3 tracks of 203 to 900 s");
    assert_eq!(seen(&home), [expected]);
    assert_eq!(home.snapshot().counts().recordings, 2);
}

/// Also where MusicBrainz merged what was far apart.
#[test]
fn a_merged_recording_of_very_different_lengths_is_told_once() {
    let mut home = Home::new();
    let of = |mbid: &str, ms: u32| format!(r#""recording_mbid":"{mbid}","duration_ms":{ms}"#);
    home.import(
        "mb",
        format!(r#"{{"redirect":{{"from":"{OTHER}","to":"{MBID}"}}}}"#),
    );
    home.import(
        "s",
        lines(&[
            record("1", "a", &of(MBID, 203_000)),
            record("2", "a", &of(OTHER, 900_000)),
        ]),
    );
    let expected = found(&format!("C016 {MBID}"), "on 2 tracks of 203 to 900 s");
    assert_eq!(seen(&home), [expected]);
}

#[test]
fn an_isrc_that_joins_strangers_is_told() {
    let mut home = Home::new();
    let code = r#""isrcs":["AAABC2600001"],"duration_ms":100000"#;
    let other = r#""isrcs":["AAABC2600002"],"duration_ms":100000"#;
    home.import(
        "s",
        lines(&[
            by("1", "Ada Lovelace", "Night Train", code),
            by("2", "Ada", "night train (live)", code),
            by("3", "Lovelace, Ada", "Harbour", code),
            by("4", "Bo", "Noon", other),
            by("5", "BO & Cy", "Noon", other),
        ]),
    );
    let [(subject, told)] = &seen(&home)[..] else {
        panic!("{:?}", seen(&home));
    };
    assert_eq!(subject, "C017 AAABC2600001");
    assert!(told.starts_with("of 3 tracks "), "{told}");
    assert!(
        told.ends_with(" 0 one with no word of their artists' names"),
        "{told}"
    );
    assert_eq!(home.snapshot().counts().recordings, 2);
}

#[test]
fn letters_without_cases_are_words() {
    let mut home = Home::new();
    let code = r#""isrcs":["AAABC2600001"],"duration_ms":100000"#;
    home.import(
        "s",
        lines(&[
            by("1", "安室奈美恵", "夜に駆ける", code),
            by("2", "安室", "夜に駆けるLive", code),
        ]),
    );
    assert_eq!(seen(&home), []);
}

#[test]
fn an_isrc_of_several_musicbrainz_recordings_is_told() {
    let mut home = Home::new();
    let of = |mbid: &str| {
        format!(r#""isrcs":["AAABC2600001"],"duration_ms":100000,"recording_mbid":"{mbid}""#)
    };
    home.import(
        "s",
        lines(&[
            record("1", "a", &of(MBID)),
            record("2", "a", &of(MBID)),
            record("3", "a", &of(OTHER)),
            record("4", "a", r#""isrcs":["AAABC2600001"],"duration_ms":100000"#),
        ]),
    );
    assert_eq!(
        seen(&home),
        [found("C018 AAABC2600001", "on 2 of its recordings")]
    );
    assert_eq!(home.snapshot().counts().recordings, 2);
}

/// Conflicts of sources that were told of before are not told again.
#[test]
fn conflicts_without_the_new_source_are_not_told() {
    let mut home = Home::new();
    let of = |ms: u32| format!(r#""isrcs":["AAABC2600001"],"duration_ms":{ms}"#);
    home.import(
        "s",
        lines(&[
            record("1", "a", &of(257_000)),
            record("2", "a", &of(203_000)),
        ]),
    );
    assert_eq!(home.findings.take(), ["C010 AAABC2600001"]);
    home.import("t", lines(&[record("1", "b", "")]));
    assert_eq!(home.findings.take(), [""; 0]);
}

#[test]
fn an_id_given_twice_says_whether_it_is_told_differently() {
    let mut home = Home::new();
    let first = record("1", "a", r#""popularity":5"#);
    home.import(
        "s",
        lines(&[
            first.clone(),
            record("1", "b", ""),
            first,
            record("2", "c", ""),
        ]),
    );
    assert_eq!(
        seen(&home),
        [
            found(
                "C004 s.jsonl",
                r#"id "1" was given on line 1 already, differently"#
            ),
            found(
                "C004 s.jsonl",
                r#"id "1" was given on line 1 already, in the same words"#
            ),
        ]
    );
    let track = home
        .snapshot()
        .track(&TrackId::of_source("s", "1"))
        .unwrap();
    assert_eq!(track.unwrap().title, "a");
}

#[test]
fn tracks_that_two_sources_tell_differently_are_counted() {
    let mut home = Home::new();
    let first = [("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")];
    let first = first.map(|(id, title)| record(id, title, r#""popularity":5"#));
    home.import("s", lines(&first));
    let second = [("1", "other"), ("2", "b"), ("4", "another"), ("5", "e")];
    let second = second.map(|(id, title)| record(id, title, r#""popularity":7"#));
    let path = home.file("newer.jsonl", lines(&second));
    home.try_import(&path, &options("s")).unwrap();
    let [(subject, told)] = &seen(&home)[..] else {
        panic!("{:?}", seen(&home));
    };
    assert_eq!(subject, "C019 s.jsonl");
    let start = "differs from the later newer.jsonl, which counts, in 2 of its tracks, such as ";
    assert!(told.starts_with(start), "{told}");
    let track = home
        .snapshot()
        .track(&TrackId::of_source("s", "1"))
        .unwrap();
    assert_eq!(track.unwrap().title, "other");
    // Under two names they are two sources of two tracks.
    home.import("t", lines(&[record("1", "other", "")]));
    assert_eq!(seen(&home), []);
}
