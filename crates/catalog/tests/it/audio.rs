use {
    crate::home::{Findings, Home, lines, options, record},
    longplay_catalog::{Dirs, ImportOptions, ImportSummary, TrackDetails, import_audio},
    longplay_media::{Tags, synth},
    longplay_model::{Access, Codec, Digest, Timestamp, TrackId},
    std::{fs, path::Path},
};

const BY: &str = "https://creativecommons.org/licenses/by/4.0/";
const ZERO: &str = "https://creativecommons.org/publicdomain/zero/1.0/";

fn tags(title: &str) -> Tags {
    Tags {
        title: Some(title.into()),
        artist: Some("Artist".into()),
        release: Some("Release".into()),
        date: Some("1969-09-26".into()),
        position: Some(3),
        isrcs: vec!["AAABC2600001".into()],
        genres: vec!["ambient".into()],
        ..Tags::default()
    }
}

fn sound(path: &Path, seed: u64, codec: Codec, tags: &Tags) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let pcm = synth::compose(seed, 2.0, 44_100, 1);
    synth::write(path, codec, &pcm, tags, None).unwrap();
}

fn import(home: &mut Home, options: &ImportOptions) -> ImportSummary {
    let dir = home.root.path().join("music");
    let last = home.last.as_deref();
    let summary = import_audio(&home.dirs, &dir, last, options, &home.findings).unwrap();
    home.last = Some(summary.snapshot.clone());
    summary
}

fn tracks(home: &Home) -> Vec<TrackDetails> {
    let snapshot = home.snapshot();
    let ranks = 0..snapshot.counts().tracks;
    let mut tracks: Vec<_> = ranks.map(|rank| snapshot.track_at(rank).unwrap()).collect();
    tracks.sort_by(|a, b| a.title.cmp(&b.title));
    tracks
}

#[test]
fn files_become_tracks_with_their_tags() {
    let mut home = Home::new();
    let music = home.root.path().join("music");
    sound(&music.join("b/one.flac"), 1, Codec::Flac, &tags("One"));
    sound(&music.join("a/two.bin"), 2, Codec::Wav, &tags("Two"));
    sound(&music.join("plain.wav"), 3, Codec::Wav, &Tags::default());
    home.file("music/cover.jpg", "not looked at");
    home.file("music/notes.txt", "not looked at");
    let summary = import(&mut home, &options("music"));
    assert_eq!((summary.format, summary.tracks), ("audio-folder", 3));
    let found = tracks(&home);
    let names: Vec<_> = found.iter().map(|track| track.title.as_str()).collect();
    assert_eq!(names, ["One", "Two", "plain"]);
    let file = found[0].file.as_ref().unwrap();
    let bytes = fs::read(music.join("b/one.flac")).unwrap();
    assert_eq!(
        (file.path.as_str(), file.codec),
        ("b/one.flac", Codec::Flac)
    );
    assert_eq!(
        (file.bytes, file.sha256),
        (bytes.len() as u64, Digest::of(&bytes))
    );
    assert_eq!(found[0].track, TrackId::of_blob(&file.sha256, 1));
    assert_eq!(found[0].duration_ms, Some(2000));
    assert_eq!(
        found[0].release.as_ref().unwrap().date.unwrap().to_string(),
        "1969-09-26"
    );
    assert_eq!(found[0].isrcs[0].as_str(), "AAABC2600001");
    assert_eq!(found[2].artists.0, []);
    let by_blob = home.snapshot().by_blob(&file.sha256).unwrap().unwrap();
    assert_eq!(by_blob.track, found[0].track);
    let candidate = home.snapshot().candidate_at(0).unwrap().unwrap();
    assert!(candidate.file.is_some());
}

/// Where the source lies that was imported last.
fn kept(home: &Home, summary: &ImportSummary) -> std::path::PathBuf {
    home.dirs.sources.join(summary.source.to_string())
}

#[test]
fn files_that_look_unchanged_are_not_read_again() {
    let mut home = Home::new();
    let music = home.root.path().join("music");
    sound(&music.join("a.flac"), 1, Codec::Flac, &tags("A"));
    sound(&music.join("b.flac"), 2, Codec::Flac, &tags("B"));
    sound(&music.join("c.flac"), 4, Codec::Flac, &tags("C"));
    let options = ImportOptions {
        clock: Timestamp::from_unix_seconds(4_000_000_000),
        ..options("music")
    };
    let first = import(&mut home, &options);
    let files = kept(&home, &first).join("files.jsonl");
    assert_eq!(fs::read_to_string(&files).unwrap().lines().count(), 3);
    assert!(import(&mut home, &options).unchanged);
    // What the list says of an unchanged file is believed, of another it is not.
    let text = fs::read_to_string(&files).unwrap();
    let sha256 = |title: &str| {
        let all = tracks(&home);
        let it = all.into_iter().find(|it| it.title == title).unwrap();
        it.file.unwrap().sha256.to_string()
    };
    let other = Digest::of(b"other").to_string();
    let (a, b, c) = (sha256("A"), sha256("B"), sha256("C"));
    let text = text.replace(&a, &other).replace(&b, &other);
    let known = text.replace(r#""title":"C""#, r#""title":"Known""#);
    assert_ne!(known, text);
    fs::write(&files, known).unwrap();
    sound(&music.join("b.flac"), 3, Codec::Flac, &tags("New"));
    import(&mut home, &options);
    let sha256 = |home: &Home| -> Vec<(String, String)> {
        let named = |it: TrackDetails| (it.title, it.file.unwrap().sha256.to_string());
        tracks(home).into_iter().map(named).collect()
    };
    let new = Digest::of(&fs::read(music.join("b.flac")).unwrap()).to_string();
    let listed = |a: &String, title_of_c| {
        let named = [("A", a), (title_of_c, &c), ("New", &new)];
        named.map(|(title, sha256)| (title.to_owned(), sha256.clone()))
    };
    assert_eq!(sha256(&home), listed(&other, "Known"));
    let again = ImportOptions {
        rehash: true,
        ..options
    };
    import(&mut home, &again);
    assert_eq!(sha256(&home), listed(&a, "C"));
}

#[test]
fn rights_come_from_the_file_then_the_tags_then_the_source() {
    let mut home = Home::new();
    let music = home.root.path().join("music");
    let licensed = Tags {
        rights: vec![("LICENSE".into(), ZERO.into())],
        ..tags("B tagged")
    };
    sound(
        &music.join("ruled/a.flac"),
        1,
        Codec::Flac,
        &Tags {
            title: Some("A ruled".into()),
            ..licensed.clone()
        },
    );
    sound(&music.join("b.flac"), 2, Codec::Flac, &licensed);
    sound(&music.join("c.flac"), 3, Codec::Flac, &tags("C plain"));
    let wrong = Tags {
        rights: vec![("LICENSE".into(), "free as in beer".into())],
        ..tags("D wrong")
    };
    sound(&music.join("d.flac"), 4, Codec::Flac, &wrong);
    let mut options = options("music");
    options.audio_rights = Some(longplay_model::RightsStatement {
        uri: BY.parse().unwrap(),
        basis: "given with the source".into(),
    });
    let rules = "pattern,uri,access,basis\nruled/*,http://rightsstatements.org/vocab/InC/1.0/,dark,letter\nbroken,x,y,z\n";
    options.rights_file = Some(home.file("rights.csv", rules));
    import(&mut home, &options);
    let found: Vec<_> = tracks(&home)
        .into_iter()
        .map(|track| {
            let label = track
                .rights
                .statement
                .map(|statement| statement.uri.label());
            (track.title, label.unwrap_or_default(), track.rights.access)
        })
        .collect();
    let expected = [
        ("A ruled", "InC", Access::Dark),
        ("B tagged", "CC0 1.0", Access::Open),
        ("C plain", "CC BY 4.0", Access::Open),
        ("D wrong", "", Access::Dark),
    ];
    assert_eq!(
        found,
        expected.map(|(t, l, a)| (t.to_owned(), l.to_owned(), a))
    );
    assert_eq!(
        home.findings.take(),
        [
            "C011 d.flac, tag LICENSE",
            "C011 rights.csv, line 3",
            "C017 AAABC2600001"
        ]
    );
}

#[test]
fn files_take_the_popularity_of_their_recording() {
    let mut home = Home::new();
    let fields = r#""popularity":60,"duration_ms":2100,"listens":5"#;
    home.import(
        "s",
        lines(&[record("1", "By Title", fields), record("2", "Other", "")]),
    );
    let music = home.root.path().join("music");
    let named = Tags {
        isrcs: vec![],
        ..tags("by title!")
    };
    sound(&music.join("one.flac"), 1, Codec::Flac, &named);
    sound(
        &music.join("two.wav"),
        2,
        Codec::Wav,
        &Tags {
            isrcs: vec![],
            ..tags("By Title")
        },
    );
    import(&mut home, &options("music"));
    let snapshot = home.snapshot();
    assert_eq!(
        (snapshot.counts().tracks, snapshot.counts().recordings),
        (4, 2)
    );
    let popular: Vec<_> = (0..3)
        .map(|rank| snapshot.track_at(rank).unwrap())
        .collect();
    let own = popular
        .iter()
        .position(|track| track.file.is_none())
        .unwrap();
    for track in &popular {
        assert_eq!((track.popularity, track.listens), (Some(60.0), Some(5)));
        assert_eq!(track.is_popularity_inherited, track.file.is_some());
        assert_eq!(track.recording, popular[own].recording);
    }
}

#[test]
fn what_is_wrong_with_a_folder_is_told_and_the_rest_taken() {
    let mut home = Home::new();
    let music = home.root.path().join("music");
    sound(&music.join("good.flac"), 1, Codec::Flac, &tags("Good"));
    fs::copy(music.join("good.flac"), music.join("good copy.flac")).unwrap();
    home.file("music/text.flac", "this is text");
    home.file("music/empty.ogg", "");
    let wrong = Tags {
        isrcs: vec!["WRONG".into()],
        ..tags("Wrong code")
    };
    sound(&music.join("wrong.flac"), 2, Codec::Flac, &wrong);
    #[cfg(unix)]
    {
        use std::{
            ffi::OsStr,
            os::unix::{ffi::OsStrExt, fs::symlink},
        };
        symlink(&music, music.join("loop")).unwrap();
        symlink("/nowhere/at/all", music.join("nowhere")).unwrap();
        sound(&music.join("x.flac"), 3, Codec::Flac, &tags("Odd name"));
        fs::rename(
            music.join("x.flac"),
            music.join(OsStr::from_bytes(b"odd\xff.flac")),
        )
        .unwrap();
    }
    let summary = import(&mut home, &options("music"));
    let mut expected = vec![
        "C003 wrong.flac, tag ISRC",
        "C004 good.flac",
        "C012 empty.ogg",
        "C012 text.flac",
        "C017 AAABC2600001",
    ];
    if cfg!(unix) {
        expected.extend(["C007 odd\u{fffd}.flac", "C009 loop", "C009 nowhere"]);
    }
    expected.sort_unstable();
    assert_eq!(home.findings.take(), expected);
    assert_eq!(summary.snapshot_tracks, if cfg!(unix) { 3 } else { 2 });
}

/// Declares more text than the comments of a FLAC file hold.
fn break_comments(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let mut at = 4;
    while bytes[at] & 0x7f != 4 {
        let length = u32::from_be_bytes([0, bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        at += 4 + length as usize;
    }
    bytes[at + 4..at + 8].fill(0xff);
    fs::write(path, bytes).unwrap();
}

#[test]
fn broken_tags_cost_the_tags_alone() {
    let mut home = Home::new();
    let path = home.root.path().join("music/name.flac");
    sound(&path, 1, Codec::Flac, &tags("Title"));
    break_comments(&path);
    import(&mut home, &options("music"));
    assert_eq!(home.findings.take(), ["C006 name.flac"]);
    assert_eq!(tracks(&home)[0].title, "name");
}

#[test]
fn an_empty_folder_is_told() {
    let mut home = Home::new();
    fs::create_dir(home.root.path().join("music")).unwrap();
    let summary = import(&mut home, &options("music"));
    assert_eq!(summary.tracks, 0);
    assert_eq!(home.findings.take(), ["C005 music"]);
}

#[test]
fn the_same_folder_elsewhere_is_the_same_source() {
    let snapshots = [0, 1].map(|_| {
        let mut home = Home::new();
        let music = home.root.path().join("music");
        sound(&music.join("b/one.flac"), 1, Codec::Flac, &tags("One"));
        sound(&music.join("a/two.ogg"), 2, Codec::Vorbis, &tags("Two"));
        import(&mut home, &options("music"));
        assert!(import(&mut home, &options("music")).unchanged);
        home.catalog_bytes()
    });
    assert!(snapshots[0] == snapshots[1]);
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let dirs = Dirs {
        sources: root.path().into(),
        catalog: root.path().into(),
    };
    let missing = root.path().join("missing");
    assert!(import_audio(&dirs, &missing, None, &options("m"), &Findings::default()).is_err());
}
