use {
    crate::home::{Home, options, titles},
    longplay_model::TrackId,
    std::io::Write,
};

fn release(id: u32, tracks: &str) -> String {
    format!(
        "<release id=\"{id}\" status=\"Accepted\"><artists><artist><id>7</id><name>Band (3)</name><anv/></artist>\
         </artists><title>Album &amp; More</title><formats><format name=\"Vinyl\" qty=\"1\"/></formats>\
         <released>1969-05-00</released><notes>&lt;release&gt; <![CDATA[</release>]]></notes>\
         <tracklist>{tracks}</tracklist></release>"
    )
}

fn entry(position: &str, title: &str) -> String {
    format!(
        "<track><position>{position}</position><title>{title}</title><duration>3:45</duration></track>"
    )
}

fn dump(records: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<releases>\n{}\n</releases>\n",
        records.join("\n")
    )
}

#[test]
fn a_dump_of_releases_becomes_tracks() {
    let mut home = Home::new();
    let records = [
        release(
            1,
            &(entry("", "This Side") + &entry("A1", "One") + &entry("B1", "Two")),
        ),
        release(2, &entry("A", "Three")),
    ];
    let path = home.file("discogs_releases.xml", dump(&records));
    let summary = home.try_import(&path, &options("discogs")).unwrap();
    assert_eq!(summary.format, "discogs");
    assert_eq!(
        (summary.records, summary.tracks, summary.rejected),
        (2, 3, 0)
    );
    assert_eq!(home.findings.take(), [""; 0]);
    let snapshot = home.snapshot();
    let track = snapshot
        .track(&TrackId::of_source("discogs", "1-3"))
        .unwrap()
        .unwrap();
    assert_eq!(
        (track.title.as_str(), track.artists.to_string()),
        ("Two", "Band".into())
    );
    assert_eq!((track.disc, track.position), (Some(1), Some(2)));
    let record = snapshot.raw_record(&home.dirs.sources, &track).unwrap();
    assert_eq!(record, records[0].as_bytes());
}

#[test]
fn a_packed_dump_is_the_same_source() {
    let mut home = Home::new();
    let text = dump(&[release(1, &entry("A1", "One"))]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let packed = home.file("releases.xml.gz", packed.finish().unwrap());
    let plain = home.file("releases.xml", text);
    let first = home.try_import(&packed, &options("discogs")).unwrap();
    let second = home.try_import(&plain, &options("discogs")).unwrap();
    assert_eq!((first.source, first.tracks), (second.source, 1));
}

#[test]
fn damage_in_a_dump_is_told_record_by_record() {
    let mut home = Home::new();
    let records = [
        release(1, &entry("A1", "One")),
        "<release><title>no id</title></release>".to_owned(),
        "<release id='3'><title>&unknown;</title></release>".to_owned(),
        release(4, &entry("A1", "Four")).replace("3:45", "long"),
        "text".to_owned(),
        release(5, &entry("A1", "Five")),
    ];
    let mut text = dump(&records);
    text.truncate(text.len() - 40);
    let path = home.file("releases.xml", text);
    let summary = home.try_import(&path, &options("discogs")).unwrap();
    assert_eq!(
        (summary.records, summary.tracks, summary.rejected),
        (6, 2, 4)
    );
    let found = home.findings.take();
    let codes: Vec<&str> = found.iter().map(|line| &line[..4]).collect();
    assert_eq!(codes, ["C001", "C001", "C001", "C001", "C003"]);
    assert!(found[4].ends_with("4, track 1, duration"), "{found:?}");
    let mut found = titles(&home.snapshot());
    found.sort();
    assert_eq!(found, ["Four", "One"]);
}

#[test]
fn a_dump_with_entities_is_refused_where_they_are_used() {
    let mut home = Home::new();
    let laughs = "<!DOCTYPE releases [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]>\n";
    let records = [
        release(1, &entry("A1", "&b;")),
        release(2, &entry("A1", "Two")),
    ];
    let path = home.file("releases.xml", format!("{laughs}{}", dump(&records)));
    let summary = home.try_import(&path, &options("discogs")).unwrap();
    assert_eq!((summary.tracks, summary.rejected), (1, 2));
    assert_eq!(titles(&home.snapshot()), ["Two"]);
}

#[test]
fn labels_and_masters_are_kept_and_counted() {
    for (name, record) in [
        (
            "labels",
            "<label><id>1</id><name>Planet E</name><sublabels><label/></sublabels></label>",
        ),
        (
            "masters",
            "<master id=\"113\"><title>Moments</title></master>",
        ),
        (
            "artists",
            "<artist><id>7</id><name>Band (3)</name></artist>",
        ),
    ] {
        let mut home = Home::new();
        let path = home.file(
            "dump.xml",
            format!("<{name}>\n{record}\n{record}\n</{name}>"),
        );
        let summary = home.try_import(&path, &options("discogs")).unwrap();
        assert_eq!(
            (summary.records, summary.tracks, summary.rejected),
            (2, 0, 0),
            "{name}"
        );
        assert_eq!(home.findings.take(), [""; 0], "{name}");
    }
}
