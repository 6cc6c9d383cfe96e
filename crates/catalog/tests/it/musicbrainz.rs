use {
    crate::home::{Home, options, titles},
    longplay_model::TrackId,
};

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
