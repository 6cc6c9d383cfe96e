use {
    crate::home::{Home, options, titles},
    longplay_catalog::Error,
    longplay_model::TrackId,
    std::io::Read,
};

/// A dump as MusicBrainz packs it.
fn dump(schema: &str, kind: &str, lines: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, text) in [
        ("TIMESTAMP", "2026-05-02 00:12:54.9+00\n"),
        ("COPYING", "The core data is in the public domain.\n"),
        ("README", "{ no record }\n"),
        ("REPLICATION_SEQUENCE", "181234\n"),
        ("SCHEMA_SEQUENCE", "30\n"),
        ("JSON_DUMPS_SCHEMA_NUMBER", schema),
        (&format!("mbdump/{kind}"), lines),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    let mut packed = Vec::new();
    let mut encoder = liblzma::read::XzEncoder::new(&tar[..], 1);
    encoder.read_to_end(&mut packed).unwrap();
    packed
}

fn recording(id: u8, title: &str) -> String {
    let recording = serde_json::json!({
        "id": format!("248cc9d1-97ea-493e-84d4-4c5ec71868{id:02x}"), "title": title, "length": 257_000,
        "video": false, "first-release-date": "1969-05", "isrcs": ["USWB10202616", "GBAHS1400099"],
        "artist-credit": [{"name": "A", "joinphrase": " & ", "artist": {"id": "a", "name": "Aa"}}, {"name": "B", "joinphrase": ""}],
        "genres": [{"name": "secret", "count": 1}], "tags": [], "rating": {"value": 5}, "annotation": "secret",
    });
    format!("{recording}\n")
}

fn release(id: &str, titles: &[&str]) -> String {
    let tracks: Vec<serde_json::Value> = titles
        .iter()
        .enumerate()
        .map(|(at, title)| {
            serde_json::json!({
                "id": format!("{id}-{at}"), "position": at + 1, "title": title, "length": 1000 * (at + 1),
                "recording": {"id": format!("248cc9d1-97ea-493e-84d4-4c5ec71868{at:02}"), "title": title}
            })
        })
        .collect();
    let release = serde_json::json!({
        "id": id, "title": "Release", "date": "1969-09",
        "artist-credit": [{"name": "A", "joinphrase": " with ", "artist": {"id": "a"}}, {"name": "B"}],
        "media": [{"position": 1, "tracks": tracks}], "annotation": "only in the source",
    });
    serde_json::to_string_pretty(&release).unwrap()
}

#[test]
fn a_line_of_the_dump_is_a_release() {
    let mut home = Home::new();
    let line = release("r", &["one", "two"]).replace('\n', "");
    let summary = home.import("mb", format!("{line}\n{{}}\n"));
    assert_eq!(summary.format, "musicbrainz-releases");
    assert_eq!(
        (summary.records, summary.tracks, summary.rejected),
        (2, 2, 1)
    );
    assert_eq!(home.findings.take(), ["C001 mb.jsonl, line 2"]);
    let track = home
        .snapshot()
        .track(&TrackId::of_source("mb", "r-1"))
        .unwrap()
        .unwrap();
    assert_eq!(track.artists.to_string(), "A with B");
    let record = home
        .snapshot()
        .raw_record(&home.dirs.sources, &track)
        .unwrap();
    assert_eq!(record, line.as_bytes());
}

#[test]
fn a_folder_of_documents_is_one_source() {
    let mut home = Home::new();
    home.file("dump/b/two.json", release("r2", &["three"]));
    home.file("dump/a.json", release("r1", &["one", "two"]));
    home.file("dump/c.json", "{\n  \"releases\": []\n}");
    home.file("dump/d.json", "");
    home.file("dump/readme.txt", "not looked at");
    let dir = home.root.path().join("dump");
    let summary = home.try_import(&dir, &options("mb")).unwrap();
    assert_eq!(summary.format, "musicbrainz-releases");
    assert_eq!(
        (summary.records, summary.tracks, summary.rejected),
        (4, 3, 2)
    );
    assert_eq!(
        home.findings.take(),
        ["C001 dump/c.json", "C001 dump/d.json"]
    );
    let mut found = titles(&home.snapshot());
    found.sort();
    assert_eq!(found, ["one", "three", "two"]);
    let track = home
        .snapshot()
        .track(&TrackId::of_source("mb", "r2-0"))
        .unwrap()
        .unwrap();
    let document = home
        .snapshot()
        .raw_record(&home.dirs.sources, &track)
        .unwrap();
    assert_eq!(document, release("r2", &["three"]).as_bytes());
    assert!(home.try_import(&dir, &options("mb")).unwrap().unchanged);
}

#[test]
fn a_folder_without_documents_is_told() {
    let mut home = Home::new();
    let dir = home.root.path().join("empty");
    std::fs::create_dir(&dir).unwrap();
    let summary = home.try_import(&dir, &options("mb")).unwrap();
    assert_eq!(summary.records, 0);
    assert_eq!(home.findings.take(), ["C005 empty"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_document_that_cannot_be_read_is_told() {
    let mut home = Home::new();
    home.file("dump/a.json", release("r1", &["one"]));
    let dir = home.root.path().join("dump");
    // Reading it from its start is an error of the device, also for root.
    std::os::unix::fs::symlink("/proc/self/mem", dir.join("b.json")).unwrap();
    assert_eq!(home.try_import(&dir, &options("mb")).unwrap().tracks, 1);
    assert_eq!(home.findings.take(), ["C008 b.json"]);
}

#[test]
fn a_dump_of_recordings_is_read_as_it_is_packed() {
    let mut home = Home::new();
    let lines = [recording(1, "one"), recording(2, "two")].concat();
    let path = home.file("recording.tar.xz", dump("1\n", "recording", &lines));
    let summary = home.try_import(&path, &options("mb")).unwrap();
    assert_eq!(summary.format, "musicbrainz-recordings");
    assert_eq!(
        (summary.records, summary.tracks, summary.rejected),
        (2, 2, 0)
    );
    assert_eq!(home.findings.take(), [""; 0]);
    let id = TrackId::of_source("mb", "248cc9d1-97ea-493e-84d4-4c5ec7186802");
    let snapshot = home.snapshot();
    let track = snapshot.track(&id).unwrap().unwrap();
    assert_eq!(track.artists.to_string(), "A & B");
    assert_eq!(track.isrcs.len(), 2);
    assert!(track.genres.is_empty());
    let raw = snapshot.raw_record(&home.dirs.sources, &track).unwrap();
    assert_eq!(raw, recording(2, "two").trim_end().as_bytes());
}

#[test]
fn a_dump_of_another_schema_is_refused() {
    for schema in ["2\n", "", "1.1", "one, and much more than one\n"] {
        let mut home = Home::new();
        let path = home.file(
            "recording.tar.xz",
            dump(schema, "recording", &recording(1, "one")),
        );
        let refused = home.try_import(&path, &options("mb"));
        assert!(
            matches!(&refused, Err(Error::SchemaNumber { found, .. }) if found == schema.trim()),
            "{refused:?}"
        );
        assert_eq!(
            home.findings.take(),
            ["C014 recording.tar.xz, JSON_DUMPS_SCHEMA_NUMBER"]
        );
    }
}

#[test]
fn kinds_of_documents_may_be_mixed() {
    let mut home = Home::new();
    let artist = r#"{"id":"a","name":"Aa","sort-name":"Aa","life-span":{"begin":"1969"}}"#;
    let redirect = r#"{"redirect":{"from":"248cc9d1-97ea-493e-84d4-4c5ec7186809","to":"248cc9d1-97ea-493e-84d4-4c5ec7186801"}}"#;
    let release = release("r", &["one"]).replace('\n', "");
    let text = format!(
        "{artist}\n{redirect}\n{release}\n{}{{\"redirect\":{{}}}}\n",
        recording(2, "two")
    );
    let summary = home.import("mb", text);
    assert_eq!(summary.format, "musicbrainz-artists");
    assert_eq!(
        (summary.records, summary.tracks, summary.rejected),
        (5, 2, 1)
    );
    assert_eq!(home.findings.take(), ["C001 mb.jsonl, line 5"]);
}

#[test]
fn dates_keep_what_is_known() {
    let mut home = Home::new();
    let lines: String = [
        "1969-00-00",
        "1969-05-00",
        "1969-??-26",
        "0000-00-00",
        "1969-14",
    ]
    .iter()
    .enumerate()
    .map(|(at, date)| {
        let line = release(&format!("r{at}"), &["t"]).replace('\n', "");
        line.replace("1969-09", date) + "\n"
    })
    .collect();
    home.import("mb", lines);
    assert_eq!(home.findings.take(), ["C003 mb.jsonl, line 5, date"]);
    let snapshot = home.snapshot();
    let date = |at: usize| {
        let id = TrackId::of_source("mb", &format!("r{at}-0"));
        let track = snapshot.track(&id).unwrap().unwrap();
        track.release.unwrap().date.map(|date| date.to_string())
    };
    let known = (0..5).map(date).collect::<Vec<_>>();
    let year = Some("1969".to_owned());
    assert_eq!(
        known,
        [year.clone(), Some("1969-05".into()), year, None, None]
    );
}

#[test]
fn the_licence_of_the_format_is_recorded_and_opens_nothing() {
    let mut home = Home::new();
    let release = r#"{"id":"r","title":"R","genres":[{"name":"g"}],"media":[{"tracks":[{"id":"t","title":"T"}]}]}"#;
    let path = home.file("release", release);
    let summary = home.try_import(&path, &options("mb")).unwrap();
    let kept = home.dirs.sources.join(summary.source.to_string());
    let meta: serde_json::Value =
        serde_json::from_slice(&std::fs::read(kept.join("source.json")).unwrap()).unwrap();
    let licence = &meta["licence"];
    assert!(
        licence["uri"]
            .as_str()
            .unwrap()
            .contains("publicdomain/zero")
    );
    let except = &licence["except"][0];
    assert!(except["uri"].as_str().unwrap().contains("by-nc-sa"));
    assert_eq!(except["fields"][1], "genres");
    assert_eq!(meta["records_rights"], serde_json::Value::Null);
    let track = home.snapshot().track_at(0).unwrap();
    assert_eq!(track.genres, [""; 0]);
    let open = home.root.path().join("open");
    std::fs::create_dir(&open).unwrap();
    assert!(home.snapshot().open_tables(&open).unwrap().is_empty());
}
