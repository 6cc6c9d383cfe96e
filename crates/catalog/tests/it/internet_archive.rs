use {
    crate::home::{Home, options, titles},
    longplay_model::TrackId,
};

fn meta(identifier: &str, more: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata>\n  <identifier>{identifier}</identifier>\n  \
         <mediatype>audio</mediatype>\n  <title>Album</title>\n  <creator>Band</creator>\n{more}</metadata>\n"
    )
}

fn files(names: &[&str]) -> String {
    let listed: String = names
        .iter()
        .map(|name| format!("<file name=\"{name}\" source=\"original\"><format>Flac</format><length>225.1</length></file>\n"))
        .collect();
    format!("<files>\n{listed}<file name=\"01.mp3\" source=\"derivative\"/></files>\n")
}

#[test]
fn the_files_of_an_item_are_one_record() {
    let mut home = Home::new();
    let licence = "<licenseurl>http://creativecommons.org/licenses/by/3.0</licenseurl>\n";
    let (of_one, one) = (files(&["01.flac", "02.flac"]), meta("one", licence));
    home.file("items/one/one_files.xml", &of_one);
    home.file("items/one/one_marc.xml", "<record/>");
    home.file("items/one/one_meta.xml", &one);
    home.file("items/two/two_files.xml", files(&["a.mp3"]));
    home.file("items/two/two_meta.xml", meta("two", ""));
    home.file("items/three/three_meta.xml", meta("three", ""));
    let dir = home.root.path().join("items");
    let summary = home.try_import(&dir, &options("ia")).unwrap();
    assert_eq!(summary.format, "internet-archive-xml");
    assert_eq!(
        (summary.records, summary.tracks, summary.rejected),
        (3, 3, 0)
    );
    assert_eq!(
        home.findings.take(),
        ["C003 items/three/three_meta.xml, files"]
    );
    let snapshot = home.snapshot();
    let track = snapshot
        .track(&TrackId::of_source("ia", "one/02.flac"))
        .unwrap()
        .unwrap();
    assert_eq!(
        (track.title.as_str(), track.duration_ms),
        ("02", Some(225_100))
    );
    let record = snapshot.raw_record(&home.dirs.sources, &track).unwrap();
    assert_eq!(record, format!("{of_one}<record/>{one}").as_bytes());
}

#[test]
fn answers_of_the_metadata_api_are_records() {
    let mut home = Home::new();
    let line = |identifier: &str| {
        format!(
            r#"{{"created":1,"metadata":{{"identifier":"{identifier}","title":"Speech"}},"files":[{{"name":"x.mp3","source":"original"}}]}}"#
        )
    };
    let summary = home.import("ia", format!("{}\n{{}}\n{}\n", line("one"), line("two")));
    assert_eq!(summary.format, "internet-archive-json");
    assert_eq!(
        (summary.records, summary.tracks, summary.rejected),
        (3, 2, 1)
    );
    assert_eq!(titles(&home.snapshot()), ["Speech", "Speech"]);
    let snapshot = home.snapshot();
    let track = snapshot
        .track(&TrackId::of_source("ia", "two/x.mp3"))
        .unwrap()
        .unwrap();
    let record = snapshot.raw_record(&home.dirs.sources, &track).unwrap();
    assert_eq!(record, line("two").as_bytes());
}
