use {
    crate::home::{Home, lines, options, record, titles},
    longplay_catalog::{Error, ImportKind, plan_import},
    longplay_model::TrackId,
    std::{fs, io::Write},
};

#[test]
fn tracks_come_in_the_order_of_their_popularity() {
    let mut home = Home::new();
    let summary = home.import(
        "s",
        lines(&[
            record("1", "quiet", ""),
            record("2", "loud", r#""popularity":70"#),
            record("3", "counted", r#""popularity":10,"listens":1"#),
            record("4", "estimated", r#""popularity":10"#),
            record("5", "heard", r#""listens":1000000"#),
        ]),
    );
    assert_eq!(
        (summary.records, summary.tracks, summary.rejected),
        (5, 5, 0)
    );
    assert_eq!(summary.format, "track-records");
    let order = ["loud", "estimated", "counted", "heard", "quiet"];
    assert_eq!(titles(&home.snapshot()), order);
    assert_eq!(home.findings.take(), [""; 0]);
}

#[test]
fn bad_lines_are_named_and_the_rest_goes_on() {
    let mut home = Home::new();
    let mut text = b"\xEF\xBB\xBF".to_vec();
    text.extend(record("1", "one", "").bytes());
    text.extend(b"\r\n\r\n   \n{broken\n");
    text.extend(b"{\"id\":\"\xff\",\"title\":\"t\",\"artists\":[]}\n");
    text.extend(record("2", "two", r#""isrcs":["nope"],"popularity":1e3"#).bytes());
    text.extend(b"\n");
    text.extend(record("1", "one again", "").bytes());
    text.extend(b"\n");
    text.extend(record("3", "three", r#""rights":{"uri":"free","basis":"b"}"#).bytes());
    let summary = home.import("s", &text);
    assert_eq!(
        (summary.records, summary.tracks, summary.rejected),
        (6, 4, 2)
    );
    assert_eq!(
        home.findings.take(),
        [
            "C001 s.jsonl, line 4",
            "C001 s.jsonl, line 5",
            "C003 s.jsonl, line 6, isrcs[0]",
            "C003 s.jsonl, line 6, popularity",
            "C004 s.jsonl, line 7",
            "C011 s.jsonl, line 8, rights",
        ]
    );
    let mut found = titles(&home.snapshot());
    found.sort();
    assert_eq!(found, ["one", "three", "two"]);
}

#[test]
fn records_come_back_byte_for_byte() {
    let mut home = Home::new();
    let raw = "  {\"title\" : \"one\", \"id\":\"1\",\"artists\":[], \"mood\": 1e0 }\t\r";
    home.import("s", format!("broken\n{raw}\n{}", record("2", "two", "")));
    let snapshot = home.snapshot();
    for (id, expected) in [("1", raw.to_owned()), ("2", record("2", "two", ""))] {
        let track = snapshot
            .track(&TrackId::of_source("s", id))
            .unwrap()
            .unwrap();
        let found = snapshot.raw_record(&home.dirs.sources, &track).unwrap();
        assert_eq!(String::from_utf8(found).unwrap(), expected);
    }
}

#[test]
fn a_source_is_kept_exactly_whatever_is_in_it() {
    let mut home = Home::new();
    let noise = (0..3_000_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8);
    let known = b"{\"id\":1,\"title\":\"\",\"artists\":[]}\n";
    let content: Vec<u8> = known.iter().copied().chain(noise).collect();
    let summary = home.import("noise", &content);
    let kept = home.dirs.sources.join(summary.source.to_string());
    let packed = fs::File::open(kept.join("records.zst")).unwrap();
    assert_eq!(zstd::decode_all(packed).unwrap(), content);
    assert_eq!(summary.source, longplay_model::Digest::of(&content));
    let found = home.findings.take();
    assert!(found.contains(&"C005 noise.jsonl".to_owned()));
    let meta: serde_json::Value =
        serde_json::from_slice(&fs::read(kept.join("source.json")).unwrap()).unwrap();
    assert_eq!(
        (&meta["name"], &meta["bytes"]),
        (&"noise".into(), &content.len().into())
    );
}

#[test]
fn what_has_no_format_is_refused_and_leaves_nothing() {
    let mut home = Home::new();
    for (name, content) in [
        (
            "programmes.json",
            "{\n  \"programs\": [\n    {\"id\": \"1\"}\n  ]\n}\n",
        ),
        (
            "programmes.xml",
            "<?xml version=\"1.0\"?>\n<programs>\n</programs>\n",
        ),
        ("table.csv", "title,artist\na,b\n"),
    ] {
        let path = home.file(name, content);
        let refused = home.try_import(&path, &options("s"));
        assert!(
            matches!(refused, Err(Error::UnknownFormat { .. })),
            "{name}"
        );
        assert_eq!(home.findings.take(), [""; 0]);
        let left = fs::read_dir(&home.dirs.sources).unwrap();
        assert_eq!(left.count(), 0, "{name}");
    }
}

#[test]
fn one_document_may_stand_on_many_lines() {
    let mut home = Home::new();
    let text = "{\n  \"id\": \"1\",\n  \"title\": \"one\",\n  \"artists\": []\n}\n";
    let path = home.file("one.json", text);
    let summary = home.try_import(&path, &options("s")).unwrap();
    assert_eq!(
        (summary.records, summary.tracks, summary.rejected),
        (1, 1, 0)
    );
    let track = home.snapshot().track_at(0).unwrap();
    let record = home
        .snapshot()
        .raw_record(&home.dirs.sources, &track)
        .unwrap();
    assert_eq!(record, text.as_bytes());
}

#[test]
fn a_line_longer_than_the_limit_is_passed_over() {
    let mut home = Home::new();
    let long = record("2", &"x".repeat(20_000_000), "");
    let text = lines(&[record("1", "one", ""), long, record("3", "three", "")]);
    let path = home.file("s.jsonl", text);
    let mut options = options("s");
    options.max_line_bytes = 1 << 20;
    let summary = home.try_import(&path, &options).unwrap();
    assert_eq!((summary.tracks, summary.rejected), (2, 1));
    assert_eq!(home.findings.take(), ["C002 s.jsonl, line 2"]);
}

#[test]
fn zstd_is_unpacked() {
    let text = lines(&[record("1", "one", "")]);
    let mut plain = Home::new();
    let from_plain = plain.import("s", &text);
    let mut packed = Home::new();
    let path = packed.file("s.jsonl.zst", zstd::encode_all(text.as_bytes(), 1).unwrap());
    let from_packed = packed.try_import(&path, &options("s")).unwrap();
    assert_eq!(from_plain.source, from_packed.source);
    assert_eq!(from_plain.snapshot, from_packed.snapshot);
}

#[test]
fn an_empty_file_is_a_snapshot_of_nothing() {
    let mut home = Home::new();
    let summary = home.import("s", "");
    assert_eq!((summary.records, summary.snapshot_tracks), (0, 0));
    assert_eq!(home.findings.take(), ["C005 s.jsonl"]);
    assert_eq!(home.snapshot().candidates().unwrap().count(), 0);
}

#[test]
fn what_is_not_there_is_an_error() {
    let mut home = Home::new();
    let missing = home.root.path().join("missing.jsonl");
    assert!(matches!(
        home.try_import(&missing, &options("s")),
        Err(Error::Read { .. })
    ));
    home.last = Some("0000000000000000".into());
    let file = home.file("s.jsonl", "");
    assert!(matches!(
        home.try_import(&file, &options("s")),
        Err(Error::NoSnapshot { .. })
    ));
}

#[test]
fn a_dry_run_counts_and_leaves_nothing() {
    let mut home = Home::new();
    let path = home.file("s.jsonl", lines(&[record("1", "one", ""), "{".into()]));
    let scratch = home.root.path().join("scratch");
    let plan = |home: &Home| {
        let last = home.last.as_deref();
        let kind = ImportKind::Records;
        plan_import(
            &home.dirs,
            &path,
            kind,
            last,
            &options("s"),
            &scratch,
            &home.findings,
        )
        .unwrap()
    };
    let planned = plan(&home);
    assert_eq!(
        (planned.records, planned.tracks, planned.rejected),
        (2, 1, 1)
    );
    assert!(!planned.unchanged && !scratch.exists());
    assert!(home.catalog_bytes().is_empty());
    let imported = home.try_import(&path, &options("s")).unwrap();
    assert_eq!(imported.source, planned.source);
    assert!(plan(&home).unchanged);
}

#[test]
fn one_bad_line_among_many_costs_one_line() {
    let mut home = Home::new();
    let mut text = Vec::new();
    for number in 0..20_000 {
        match number {
            12_345 => text.extend(b"{\"id\": 12345, oops}\n"),
            _ => writeln!(text, "{}", record(&number.to_string(), "t", "")).unwrap(),
        }
    }
    let summary = home.import("s", text);
    assert_eq!((summary.tracks, summary.rejected), (19_999, 1));
    assert_eq!(home.findings.take(), ["C001 s.jsonl, line 12346"]);
}
