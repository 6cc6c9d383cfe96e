use {
    crate::home::{Home, lines, record},
    longplay_model::{RecordingId, TrackId},
};

const MBID: &str = "b9ad642e-b012-41c7-b72a-42cf4911f9ff";
const OTHER: &str = "248cc9d1-97ea-493e-84d4-4c5ec718683b";

fn recording(home: &Home, id: &str) -> RecordingId {
    let track = TrackId::of_source("s", id);
    home.snapshot().track(&track).unwrap().unwrap().recording
}

fn alone(id: &str) -> RecordingId {
    RecordingId::of_track(&TrackId::of_source("s", id))
}

#[test]
fn one_musicbrainz_recording_is_one() {
    let mut home = Home::new();
    let mbid = format!(r#""recording_mbid":"{MBID}","duration_ms":1000"#);
    let other = format!(r#""recording_mbid":"{MBID}","duration_ms":900000"#);
    home.import(
        "s",
        lines(&[record("1", "a", &mbid), record("2", "b", &other)]),
    );
    let known = RecordingId::of_mbid(&MBID.parse().unwrap());
    assert_eq!(
        [recording(&home, "1"), recording(&home, "2")],
        [known, known]
    );
    assert_eq!(home.snapshot().counts().recordings, 1);
}

#[test]
fn an_isrc_joins_where_durations_agree() {
    let mut home = Home::new();
    let of = |ms: u32| format!(r#""isrcs":["AAABC2600001"],"duration_ms":{ms}"#);
    home.import(
        "s",
        lines(&[
            record("1", "a", &of(257_000)),
            record("2", "b", &of(203_000)),
            record("3", "a", &of(255_000)),
            record("4", "d", r#""isrcs":["AAABC2600002"],"duration_ms":257000"#),
        ]),
    );
    assert_eq!(recording(&home, "1"), recording(&home, "3"));
    assert_ne!(recording(&home, "1"), recording(&home, "2"));
    assert_eq!(recording(&home, "4"), alone("4"));
    assert_eq!(home.snapshot().counts().recordings, 3);
    assert_eq!(home.findings.take(), ["C010 AAABC2600001"]);
}

#[test]
fn a_track_joins_the_recording_that_musicbrainz_knows() {
    let mut home = Home::new();
    let code = r#""isrcs":["AAABC2600001"],"duration_ms":100000"#;
    home.import(
        "s",
        lines(&[
            record("1", "a", code),
            record("2", "b", &format!(r#"{code},"recording_mbid":"{MBID}""#)),
            record("3", "c", &format!(r#"{code},"recording_mbid":"{OTHER}""#)),
        ]),
    );
    let known = |mbid: &str| RecordingId::of_mbid(&mbid.parse().unwrap());
    assert_eq!(recording(&home, "2"), known(MBID));
    assert_eq!(recording(&home, "3"), known(OTHER));
    assert!([known(MBID), known(OTHER)].contains(&recording(&home, "1")));
    assert_eq!(home.snapshot().counts().recordings, 2);
    assert_eq!(
        home.findings.take(),
        ["C017 AAABC2600001", "C018 AAABC2600001"]
    );
}

#[test]
fn codes_chain_tracks_together() {
    let mut home = Home::new();
    home.import(
        "s",
        lines(&[
            record("1", "a", r#""isrcs":["AAABC2600001"],"duration_ms":100000"#),
            record(
                "2",
                "b",
                r#""isrcs":["AAABC2600001","AAABC2600002"],"duration_ms":101000"#,
            ),
            record("3", "c", r#""isrcs":["AAABC2600002"],"duration_ms":102000"#),
            record("4", "d", r#""isrcs":["AAABC2600002"]"#),
        ]),
    );
    let all = ["1", "2", "3", "4"].map(|id| recording(&home, id));
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
}

#[test]
fn credit_title_and_duration_join_what_has_no_code() {
    let mut home = Home::new();
    let coded = r#""isrcs":["AAABC2600001"],"duration_ms":100000"#;
    let other = r#""isrcs":["AAABC2600002"],"duration_ms":100000"#;
    home.import(
        "s",
        lines(&[
            record("1", "Intro", coded),
            record("2", "intro!", r#""duration_ms":101000"#),
            record("3", "Intro", r#""duration_ms":110000"#),
            record("4", "Outro", r#""duration_ms":100000"#),
            record("5", "Intro", other),
        ]),
    );
    let all = ["1", "2", "3", "4", "5"].map(|id| recording(&home, id));
    assert!(all[1] == all[0] || all[1] == all[4]);
    assert_eq!(home.snapshot().counts().recordings, 4);
    assert_ne!(all[0], all[4]);
}

#[test]
fn tracks_of_one_release_are_not_joined_by_their_titles() {
    let mut home = Home::new();
    let same = r#""duration_ms":100000,"release_id":"r","release":"R""#;
    home.import(
        "s",
        lines(&[record("1", "Intro", same), record("2", "Intro", same)]),
    );
    assert_ne!(recording(&home, "1"), recording(&home, "2"));
}

#[test]
fn a_recording_keeps_its_id_when_sources_are_added() {
    let mut home = Home::new();
    let code = r#""isrcs":["AAABC2600001"],"duration_ms":100000"#;
    home.import("s", lines(&[record("1", "a", code)]));
    let before = recording(&home, "1");
    for name in ["b", "c", "d", "e"] {
        home.import(
            name,
            lines(&[record("1", "a", code), record("2", "a", code)]),
        );
    }
    assert_eq!(recording(&home, "1"), before);
    assert_eq!(home.snapshot().counts().recordings, 1);
}

#[test]
fn the_order_of_records_does_not_matter() {
    let records: Vec<String> = (0..60)
        .map(|n: u32| {
            let fields = format!(
                r#""isrcs":["AAABC26{:05}","AAABC26{:05}"],"duration_ms":{}"#,
                n % 7,
                n % 11,
                100_000 + n * 977 % 9_000
            );
            record(&n.to_string(), "t", &fields)
        })
        .collect();
    let recordings = |records: &[String]| {
        let mut home = Home::new();
        home.import("s", lines(records));
        (0..60)
            .map(|n| recording(&home, &n.to_string()))
            .collect::<Vec<_>>()
    };
    let backwards: Vec<String> = records.iter().rev().cloned().collect();
    assert_eq!(recordings(&records), recordings(&backwards));
}
