//! What a new source replaces, what it comes beside, and what is refused.

use {
    crate::home::{Home, bytes_below, lines, options, record, titles},
    longplay_catalog::{Error, ImportOptions, ImportSummary, Snapshot, Succession, import_audio},
    longplay_media::{Tags, synth},
    longplay_model::{Codec, TrackId},
    std::fs,
};

const MBID: &str = "c7d0bf6e-b2aa-4ffa-bded-2448415b39b0";

fn names(home: &Home) -> Vec<String> {
    let sources = home.snapshot().sources();
    sources.into_iter().map(|source| source.file).collect()
}

fn many(count: usize) -> String {
    let records: Vec<String> = (0..count)
        .map(|n| record(&n.to_string(), "t", ""))
        .collect();
    lines(&records)
}

fn with(name: &str, succession: Succession) -> ImportOptions {
    ImportOptions {
        succession,
        ..options(name)
    }
}

#[test]
fn a_newer_edition_takes_the_place_of_the_older() {
    let mut home = Home::new();
    home.import("before", many(1));
    let old = [record("1", "old", ""), record("2", "leaves", "")];
    let first = home.import("s", lines(&old));
    home.import("after", many(2));
    let new = [record("1", "new", ""), record("3", "comes", "")];
    let second = home.import("s", lines(&new));
    assert_eq!(names(&home), ["before.jsonl", "s.jsonl", "after.jsonl"]);
    let [replaced] = &second.replaced[..] else {
        panic!("{:?}", second.replaced);
    };
    assert_eq!((replaced.number, replaced.digest), (1, first.source));
    assert_eq!((replaced.records, replaced.tracks), (2, 2));
    assert_eq!(replaced.imported_at, Some(options("s").clock));

    let snapshot = home.snapshot();
    let track = |id| snapshot.track(&TrackId::of_source("s", id)).unwrap();
    assert_eq!(track("1").unwrap().title, "new");
    assert_eq!(track("2"), None);
    assert!(track("3").is_some());
    // What was replaced is still kept, for the snapshot that it went into.
    let earlier = Snapshot::open(&home.dirs.catalog.join(&first.snapshot)).unwrap();
    let left = earlier.track(&TrackId::of_source("s", "2")).unwrap();
    let raw = earlier.raw_record(&home.dirs.sources, &left.unwrap());
    assert_eq!(raw.unwrap(), old[1].as_bytes());
}

#[test]
fn the_next_snapshot_is_that_of_the_newer_edition_alone() {
    let mut home = Home::new();
    home.import("s", many(3));
    let first = home.last.clone().unwrap();
    home.import("s", many(4));
    let mut alone = Home::new();
    alone.import("s", many(4));
    fs::remove_dir_all(home.dirs.catalog.join(first)).unwrap();
    assert!(home.catalog_bytes() == alone.catalog_bytes());
}

#[test]
fn files_of_other_names_come_beside_unless_told_otherwise() {
    let mut home = Home::new();
    for part in ["1.jsonl", "2.jsonl"] {
        let path = home.file(part, lines(&[record(part, part, "")]));
        home.try_import(&path, &options("s")).unwrap();
    }
    assert_eq!(names(&home), ["1.jsonl", "2.jsonl"]);
    let path = home.file("other.jsonl", many(5));
    home.try_import(&path, &options("t")).unwrap();
    assert_eq!(names(&home).len(), 3);
    let path = home.file("all.jsonl", many(2));
    let done = home
        .try_import(&path, &with("s", Succession::Replace))
        .unwrap();
    assert_eq!(done.replaced.len(), 2);
    assert_eq!(names(&home), ["all.jsonl", "other.jsonl"]);
    // Those that came in the same delivery stay.
    let path = home.file("more.jsonl", many(3));
    let mut more = with("s", Succession::Replace);
    more.beside.push(done.source);
    home.try_import(&path, &more).unwrap();
    assert_eq!(names(&home), ["all.jsonl", "other.jsonl", "more.jsonl"]);
    // The same bytes again move nothing.
    let path = home.file("all.jsonl", many(2));
    assert!(home.try_import(&path, &options("s")).unwrap().unchanged);
}

#[test]
fn a_source_that_shrinks_is_refused_and_nothing_changes() {
    let mut home = Home::new();
    home.import("s", many(1_000));
    let bytes = |home: &Home| (home.catalog_bytes(), bytes_below(&home.dirs.sources));
    let before = bytes(&home);
    for noise in ["", "{\n"] {
        // Records that tell nothing make no tracks.
        let path = home.file("s.jsonl", many(989) + &noise.repeat(20));
        let error = home.try_import(&path, &options("s")).unwrap_err();
        let told = error.to_string();
        assert!(
            matches!(error, Error::Shrinks { tracks: 989, .. }),
            "{told}"
        );
        assert!(
            told.contains("989 tracks") && told.contains("1,000"),
            "{told}"
        );
        assert!(bytes(&home) == before);
    }
    let path = home.file("s.jsonl", many(900));
    let mut allowed = options("s");
    allowed.allow_shrink = true;
    home.try_import(&path, &allowed).unwrap();
    assert_eq!(home.snapshot().counts().tracks, 900);
    let path = home.file("s.jsonl", many(891));
    home.try_import(&path, &options("s")).unwrap();
    assert_eq!(home.snapshot().counts().tracks, 891);
}

#[test]
fn going_back_to_a_snapshot_that_is_there_is_refused_likewise() {
    let mut home = Home::new();
    let small = home.import("s", many(5)).snapshot;
    home.import("s", many(10));
    let path = home.file("s.jsonl", many(5));
    let refused = home.try_import(&path, &options("s"));
    assert!(matches!(refused, Err(Error::Shrinks { .. })));
    let mut allowed = options("s");
    allowed.allow_shrink = true;
    let done = home.try_import(&path, &allowed).unwrap();
    assert!(done.unchanged);
    assert_eq!(done.snapshot, small);
}

#[test]
fn a_dump_of_discogs_replaces_the_dump_of_the_same_content() {
    let release = |id: u32| {
        format!(
            "<release id=\"{id}\"><title>R{id}</title><tracklist><track><position>1</position><title>T{id}</title></track></tracklist></release>"
        )
    };
    let artist = "<artist><id>7</id><name>Band</name></artist>";
    let mut home = Home::new();
    let dumps = [
        (
            "releases_1.xml",
            format!("<releases>\n{}\n</releases>", release(1)),
        ),
        ("artists_1.xml", format!("<artists>\n{artist}\n</artists>")),
        (
            "releases_2.xml",
            format!("<releases>\n{}\n</releases>", release(2)),
        ),
    ];
    for (name, text) in dumps {
        let path = home.file(name, text);
        home.try_import(&path, &options("discogs")).unwrap();
    }
    assert_eq!(names(&home), ["releases_2.xml", "artists_1.xml"]);
    assert_eq!(titles(&home.snapshot()), ["T2"]);
}

#[test]
fn popularity_of_recordings_stays_beside_that_of_artists() {
    let mut home = Home::new();
    for (name, entity, count) in [
        ("1.csv", "recording_mbid", 5),
        ("2.csv", "artist_mbid", 5),
        ("3.csv", "recording_mbid", 6),
    ] {
        let text = format!("{entity},total_listen_count,total_user_count\n{MBID},{count},1\n");
        let path = home.file(name, text);
        home.try_import(&path, &options("lb")).unwrap();
    }
    let line = format!(r#"{{"artist_mbid":"{MBID}","total_listen_count":7,"total_user_count":1}}"#);
    let path = home.file("4.json", format!("{line}\n{line}\n"));
    home.try_import(&path, &options("lb")).unwrap();
    assert_eq!(names(&home), ["3.csv", "4.json"]);
}

#[test]
fn incremental_listens_come_beside_and_a_full_dump_replaces_all() {
    let listens = |from: u32, to: u32| {
        let listen = |at| format!(r#"{{"timestamp":{at},"user_id":1,"track_metadata":{{}}}}"#);
        (from..to).map(|at| listen(at) + "\n").collect::<String>()
    };
    let mut home = Home::new();
    for (name, from, to) in [
        ("dump-1-full.listens", 1, 9),
        ("dump-2-incremental.listens", 9, 12),
        ("dump-3-incremental.listens", 12, 14),
    ] {
        let path = home.file(name, listens(from, to));
        home.try_import(&path, &options("lb")).unwrap();
    }
    assert_eq!(names(&home).len(), 3);
    let path = home.file("dump-4-full.listens", listens(1, 15));
    let done = home.try_import(&path, &options("lb")).unwrap();
    assert_eq!(names(&home), ["dump-4-full.listens"]);
    assert_eq!(done.replaced.len(), 3);
}

#[test]
fn a_dump_of_another_kind_of_musicbrainz_stays() {
    let artist =
        |name| format!(r#"{{"id":"{MBID}","name":"{name}","sort-name":"{name}","type":null}}"#);
    let release = format!(
        r#"{{"id":"{MBID}","title":"R","artist-credit":[],"media":[{{"position":1,"tracks":[{{"id":"{MBID}","position":1,"title":"T","recording":{{"id":"{MBID}","title":"T"}}}}]}}]}}"#
    );
    let mut home = Home::new();
    for (name, text) in [
        ("artist", artist("A")),
        ("release", release),
        ("artist-2", artist("B")),
    ] {
        let path = home.file(name, text);
        home.try_import(&path, &options("mb")).unwrap();
    }
    assert_eq!(names(&home), ["artist-2", "release"]);
}

fn sound(home: &Home, path: &str, seed: u64) {
    let path = home.root.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let pcm = synth::compose(seed, 0.5, 44_100, 1);
    synth::write(&path, Codec::Wav, &pcm, &Tags::default(), None).unwrap();
}

fn read_music(home: &mut Home, dir: &str) -> Result<ImportSummary, Error> {
    let dir = home.root.path().join(dir);
    let last = home.last.as_deref();
    let summary = import_audio(&home.dirs, &dir, last, &options("music"), &home.findings)?;
    home.last = Some(summary.snapshot.clone());
    Ok(summary)
}

#[test]
fn a_folder_that_lost_files_is_refused() {
    let mut home = Home::new();
    (0..4).for_each(|seed| sound(&home, &format!("music/{seed}.wav"), seed));
    read_music(&mut home, "music").unwrap();
    let before = home.catalog_bytes();
    fs::rename(
        home.root.path().join("music"),
        home.root.path().join("away"),
    )
    .unwrap();
    fs::create_dir(home.root.path().join("music")).unwrap();
    let unmounted = read_music(&mut home, "music");
    assert!(matches!(unmounted, Err(Error::Shrinks { records: 0, .. })));
    fs::remove_dir(home.root.path().join("music")).unwrap();
    fs::rename(
        home.root.path().join("away"),
        home.root.path().join("music"),
    )
    .unwrap();
    fs::remove_file(home.root.path().join("music/0.wav")).unwrap();
    assert!(matches!(
        read_music(&mut home, "music"),
        Err(Error::Shrinks { .. })
    ));
    assert!(home.catalog_bytes() == before);
    // One that went and one that came are an update.
    sound(&home, "music/new.wav", 9);
    let done = read_music(&mut home, "music").unwrap();
    assert_eq!((done.replaced.len(), done.snapshot_tracks), (1, 4));
}

#[test]
fn another_folder_of_the_same_name_comes_beside() {
    let mut home = Home::new();
    sound(&home, "one/music/a.wav", 1);
    sound(&home, "two/music/a.wav", 2);
    read_music(&mut home, "one/music").unwrap();
    let done = read_music(&mut home, "two/music").unwrap();
    assert_eq!((done.replaced.len(), done.snapshot_tracks), (0, 2));
}
