use {
    crate::home::{Home, lines, options, record, titles},
    longplay_catalog::{
        ImportOptions, Snapshot, Succession, damaged_files, remake_snapshot, synthetic,
    },
    longplay_model::{
        Access, CandidateBatch, CandidateColumns, Candidates, Matcher, Probe, Silent, TrackId,
        TrackRecord,
    },
    std::fs,
};

fn synthetic_lines(count: u64, seed: u64) -> (Vec<TrackRecord>, String) {
    let records: Vec<TrackRecord> = synthetic::records(count, seed).collect();
    let text = records
        .iter()
        .map(|record| serde_json::to_string(record).unwrap() + "\n")
        .collect();
    (records, text)
}

#[test]
fn every_field_of_every_record_is_found_again() {
    let mut home = Home::new();
    let (records, text) = synthetic_lines(400, 7);
    home.import("syn", &text);
    let snapshot = home.snapshot();
    for record in &records {
        let id = TrackId::of_source("syn", &record.id);
        let track = snapshot.track(&id).unwrap().unwrap();
        assert_eq!(
            (&track.title, &track.source_id),
            (&record.title, &record.id)
        );
        assert_eq!(track.artists.to_string(), record.artists.to_string());
        let ids = |credit: &longplay_model::ArtistCredit| {
            credit
                .0
                .iter()
                .map(|artist| artist.id.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&track.artists), ids(&record.artists));
        assert_eq!(track.isrcs, record.isrcs);
        assert_eq!(track.duration_ms, record.duration_ms);
        assert_eq!((track.disc, track.position), (record.disc, record.position));
        assert_eq!(
            (track.popularity, track.listens),
            (record.popularity, record.listens)
        );
        assert_eq!(track.genres, record.genres);
        assert_eq!(
            (&track.language, track.explicit),
            (&record.language, record.explicit)
        );
        assert_eq!(track.synthetic, record.synthetic);
        let release = track.release.as_ref();
        assert_eq!(
            release.map(|release| &release.title),
            record.release.as_ref()
        );
        assert_eq!(
            release.and_then(|release| release.date),
            record.release_date
        );
        assert_eq!(release.and_then(|r| r.label.clone()), record.label);
        for isrc in &record.isrcs {
            let tracks = snapshot.by_isrc(isrc).unwrap();
            assert!(tracks.iter().any(|other| other.track == id));
        }
        let of_recording = snapshot.by_recording(&track.recording).unwrap();
        assert!(of_recording.iter().any(|other| other.track == id));
    }
}

#[test]
fn candidates_are_the_tracks_in_rank_order() {
    let mut home = Home::new();
    let (_, text) = synthetic_lines(9_000, 3);
    home.import("syn", &text);
    let snapshot = home.snapshot();
    let mut listens: Vec<f64> = Vec::new();
    let mut popularity: Vec<f32> = Vec::new();
    let candidates = snapshot.candidates(&Silent);
    let read = |columns, take: &mut dyn FnMut(&CandidateBatch)| {
        candidates.each(columns, take).unwrap();
    };
    read(CandidateColumns::Order, &mut |batch| {
        popularity.extend(batch.popularity.iter().map(|it| it.max(0.0)));
    });
    read(CandidateColumns::Listens, &mut |batch| {
        listens.extend(&batch.listens)
    });
    let key = |row: usize| (-popularity[row], -listens[row]);
    assert!((0..9_000).is_sorted_by(|a, b| key(*a) <= key(*b)));
    for rank in (0..9_000u32).step_by(997) {
        let candidate = snapshot.candidate_at(rank).unwrap().unwrap();
        let track = snapshot.track_at(rank.into()).unwrap();
        assert_eq!(candidate.track, track.track);
        assert_eq!(candidate.recording, track.recording);
        assert_eq!(listens[rank as usize], track.listens_estimate);
        assert_eq!(candidate.has_isrc, !track.isrcs.is_empty());
    }
}

#[test]
fn spilling_changes_no_byte() {
    let (_, text) = synthetic_lines(3_000, 5);
    let build = |memory| {
        let mut home = Home::new();
        let path = home.file("syn.jsonl", &text);
        let mut options = options("syn");
        options.sort_memory_bytes = memory;
        home.try_import(&path, &options).unwrap();
        home.catalog_bytes()
    };
    let whole = build(256 << 20);
    assert!(whole.len() >= 11, "{:?}", whole.keys());
    let spilled = build(40_000);
    let differ = |name: &&String| whole.get(*name) != spilled.get(*name);
    let differ: Vec<&String> = whole.keys().chain(spilled.keys()).filter(differ).collect();
    assert_eq!(differ, Vec::<&String>::new());
}

#[test]
fn two_homes_make_the_same_catalog() {
    let (_, text) = synthetic_lines(500, 1);
    let mut first = Home::new();
    first.import("syn", &text);
    let mut second = Home::new();
    let path = second.file("elsewhere/syn.jsonl", &text);
    let mut later = options("syn");
    later.clock = longplay_model::Timestamp::from_unix_seconds(1);
    second.try_import(&path, &later).unwrap();
    assert!(first.catalog_bytes() == second.catalog_bytes());
}

#[test]
fn the_same_source_twice_changes_nothing() {
    let mut home = Home::new();
    let text = lines(&[record("1", "one", ""), "{".into()]);
    let first = home.import("s", &text);
    home.findings.take();
    let before = home.catalog_bytes();
    let second = home.import("s", &text);
    assert!(!first.unchanged && second.unchanged);
    assert_eq!(first.snapshot, second.snapshot);
    assert_eq!((second.tracks, second.rejected), (1, 1));
    assert!(before == home.catalog_bytes());
    assert_eq!(home.findings.take(), [""; 0]);
}

#[test]
fn the_next_snapshot_holds_all_sources() {
    let mut home = Home::new();
    let one = home.import("a", lines(&[record("1", "a one", r#""popularity":5"#)]));
    let two = home.import(
        "b",
        lines(&[record("1", "b one", r#""popularity":9"#), "{".into()]),
    );
    assert_ne!(one.snapshot, two.snapshot);
    assert_eq!(titles(&home.snapshot()), ["b one", "a one"]);
    home.findings.take();
    // What was wrong with an earlier source is not told again.
    home.import("c", lines(&[record("1", "c one", "")]));
    assert_eq!(home.findings.take(), [""; 0]);
    let snapshot = home.snapshot();
    let names: Vec<String> = snapshot.sources().into_iter().map(|s| s.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let earlier = Snapshot::open(&home.dirs.catalog.join(&one.snapshot)).unwrap();
    assert_eq!(titles(&earlier), ["a one"]);
}

#[test]
fn an_addition_to_a_source_replaces_tracks_that_it_names() {
    let mut home = Home::new();
    let old = [
        record("1", "old", r#""popularity":5"#),
        record("2", "stays", ""),
    ];
    home.import("s", lines(&old));
    let path = home.file("s.jsonl", lines(&[record("1", "new", r#""popularity":5"#)]));
    let mut added = options("s");
    added.succession = Succession::Add;
    home.try_import(&path, &added).unwrap();
    assert_eq!(titles(&home.snapshot()), ["new", "stays"]);
    assert_eq!(home.findings.take(), ["C019 s.jsonl"]);
}

#[test]
fn other_terms_make_another_snapshot() {
    let mut home = Home::new();
    let path = home.file("s.jsonl", lines(&[record("1", "one", "")]));
    let mut terms = options("s");
    let dark = home.try_import(&path, &terms).unwrap();
    terms.audio_rights = Some(longplay_model::RightsStatement {
        uri: "https://creativecommons.org/licenses/by/4.0/"
            .parse()
            .unwrap(),
        basis: "given with the source".into(),
    });
    let open = home.try_import(&path, &terms).unwrap();
    assert_ne!(dark.snapshot, open.snapshot);
    assert_eq!(home.snapshot().sources().len(), 1);
    let rights = home.snapshot().track_at(0).unwrap().rights;
    assert_eq!(
        (rights.access, rights.statement),
        (Access::Open, terms.audio_rights)
    );
    assert_eq!(fs::read_dir(&home.dirs.sources).unwrap().count(), 1);
}

#[test]
fn a_file_finds_its_track_by_the_strongest_evidence() {
    let mut home = Home::new();
    let mbid = "b9ad642e-b012-41c7-b72a-42cf4911f9ff";
    home.import(
        "s",
        lines(&[
            record("m", "By Mbid", &format!(r#""recording_mbid":"{mbid}""#)),
            record(
                "i",
                "By Isrc",
                r#""isrcs":["AAABC2600001"],"duration_ms":200000"#,
            ),
            record(
                "j",
                "By Isrc",
                r#""isrcs":["AAABC2600001"],"duration_ms":100000,"popularity":9"#,
            ),
            record("t", "By Text!", r#""duration_ms":100000"#),
        ]),
    );
    let snapshot = home.snapshot();
    let matcher = snapshot.matcher();
    let found = |probe: Probe| {
        let found = matcher.find(&probe)?;
        Some((
            format!("{:?}", found.how),
            snapshot.track(&found.track).unwrap()?.source_id,
        ))
    };
    let isrcs = vec!["AAABC2600001".parse().unwrap()];
    let text = Probe {
        title: "by text".into(),
        artist: "ARTIST".into(),
        duration_ms: Some(101_000),
        ..Probe::default()
    };
    let by_isrc = Probe {
        isrcs: isrcs.clone(),
        duration_ms: Some(199_000),
        ..text.clone()
    };
    let by_mbid = Probe {
        recording_mbid: Some(mbid.parse().unwrap()),
        ..by_isrc.clone()
    };
    assert_eq!(found(by_mbid), Some(("Mbid".into(), "m".into())));
    assert_eq!(found(by_isrc.clone()), Some(("Isrc".into(), "i".into())));
    let popular = Probe {
        duration_ms: None,
        ..by_isrc.clone()
    };
    assert_eq!(found(popular), Some(("Isrc".into(), "j".into())));
    let neither = Probe {
        duration_ms: Some(101_000),
        isrcs: Vec::new(),
        ..by_isrc
    };
    assert_eq!(found(neither), Some(("Text".into(), "t".into())));
    let too_long = Probe {
        duration_ms: Some(110_000),
        ..text
    };
    assert_eq!(found(too_long), None);
    assert_eq!(found(Probe::default()), None);
}

#[test]
fn tables_of_an_earlier_version_are_made_again() {
    let mut home = Home::new();
    let done = home.import("s", lines(&[record("1", "one", "")]));
    let expected = home.catalog_bytes();
    // As an earlier longplay left it: another id, other tables.
    let newer = home.dirs.catalog.join(&done.snapshot);
    let older = home.dirs.catalog.join("0123456789abcdef");
    fs::rename(&newer, &older).unwrap();
    let meta = older.join("snapshot.json");
    let text = fs::read_to_string(&meta).unwrap();
    fs::write(
        &meta,
        text.replace("\"version\": 6", "\"version\": 5")
            .replace(&done.snapshot, "0123456789abcdef"),
    )
    .unwrap();
    let error = Snapshot::open(&older).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("import one of its sources again")
    );
    home.last = Some("0123456789abcdef".into());
    home.import("s", lines(&[record("1", "one", "")]));
    assert_eq!(titles(&home.snapshot()), ["one"]);
    fs::remove_dir_all(&older).unwrap();
    assert!(home.catalog_bytes() == expected);
}

#[test]
fn damaged_and_missing_tables_are_made_again() {
    let mut home = Home::new();
    home.import(
        "s",
        lines(&[record("1", "one", r#""isrcs":["AA0002600001"]"#)]),
    );
    let done = home.import("t", lines(&[record("1", "two", r#""popularity":7"#)]));
    let expected = home.catalog_bytes();
    let damaged = || damaged_files(&home.dirs, &done.snapshot, &Silent).unwrap();
    assert_eq!(damaged(), [""; 0]);

    let folder = home.dirs.catalog.join(&done.snapshot);
    let tracks = folder.join("tracks.parquet");
    let mut bytes = fs::read(&tracks).unwrap();
    bytes[100] ^= 1;
    fs::write(&tracks, bytes).unwrap();
    fs::remove_file(folder.join("artists.parquet")).unwrap();
    fs::remove_dir_all(folder.join("search")).unwrap();
    let mut names = damaged();
    names.sort();
    assert_eq!(names, ["artists.parquet", "search", "tracks.parquet"]);
    let memory = ImportOptions::SORT_MEMORY_BYTES;
    remake_snapshot(&home.dirs, &done.snapshot, memory, &Silent).unwrap();
    assert!(home.catalog_bytes() == expected);
    assert_eq!(damaged(), [""; 0]);

    // What is not kept can not be read again; nothing is changed then.
    fs::remove_file(&tracks).unwrap();
    let before = home.catalog_bytes();
    fs::remove_dir_all(home.dirs.sources.join(done.source.to_string())).unwrap();
    let remade = remake_snapshot(&home.dirs, &done.snapshot, memory, &Silent);
    assert!(remade.is_err());
    assert!(home.catalog_bytes() == before);
}
