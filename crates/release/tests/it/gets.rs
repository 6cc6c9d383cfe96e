use {
    crate::{
        fixture::{Archive, Watcher, blob, clock, content, in_form},
        server::{Manner, Server},
    },
    longplay_model::{Access, Digest, FindingCode, Form, Silent, TrackId},
    longplay_release::{
        Error, From, GetOptions, Got, Mirror, ReleaseOptions, find, get, plan, release,
    },
    longplay_store::{Donor, names::TrancheKind},
    std::{
        fs,
        path::{Path, PathBuf},
        sync::atomic::Ordering,
    },
    tempfile::TempDir,
};

fn released(archive: Archive) -> Archive {
    let options = ReleaseOptions::new(archive.public(), longplay_model::Clock::now(&clock()));
    let plan = plan(&archive.home, &options).unwrap();
    release(&archive.home, &plan, &options, &clock(), &Silent).unwrap();
    archive
}

/// The digest of the track `Three`, 70,000 bytes long.
fn three() -> (Digest, Vec<u8>) {
    let (record, bytes) = blob("Three", 70_000, Access::Open);
    (record.sha256, bytes)
}

fn fetch(target: &str, from: &From, map: Option<&Path>) -> Result<(Got, TempDir), Error> {
    let out = tempfile::tempdir().unwrap();
    let got = get(
        target,
        from,
        map,
        out.path(),
        &GetOptions::default(),
        &Silent,
    )?;
    Ok((got, out))
}

fn folder(archive: &Archive) -> From {
    From::folder(&archive.public()).unwrap()
}

#[test]
fn any_name_of_a_track_brings_it_out_of_archive_and_folder() {
    let archive = released(Archive::open());
    let (digest, bytes) = three();
    let track = TrackId::of_blob(&digest, 1).to_string();
    let home = From::folder(archive.home.root().path()).unwrap();
    for from in [home, folder(&archive)] {
        for target in [digest.to_string(), track.clone(), track.to_uppercase()] {
            let (got, _out) = fetch(&target, &from, None).unwrap();
            let path = got.path.unwrap();
            assert_eq!(path.file_name().unwrap(), "Three.opus");
            assert_eq!(fs::read(path).unwrap(), bytes);
            assert_eq!(got.tranche, "0002-audio-open");
            assert_eq!((got.requests, got.bytes_fetched), (0, 0));
        }
    }
}

/// A digest leads to its pack through the index of holdings; other names are
/// looked for in the indexes of all tranches.
#[test]
fn a_digest_is_found_whatever_another_tranche_says() {
    let archive = Archive::open();
    let root = archive.home.root().to_local().unwrap();
    let index = root.join("tranches/0004-art-open/data/index.jsonl");
    fs::write(index, "no JSON\n").unwrap();
    let (digest, bytes) = three();
    let home = From::folder(&root).unwrap();
    let track = TrackId::of_blob(&digest, 1).to_string();
    assert!(matches!(
        fetch(&track, &home, None),
        Err(Error::ReadMap { .. })
    ));
    // Another command writes at first, then none does.
    let folder = archive.folder;
    for writer in [Some(archive.home), None] {
        let (got, _out) = fetch(&digest.to_string(), &home, None).unwrap();
        assert_eq!(fs::read(got.path.unwrap()).unwrap(), bytes);
        assert_eq!(root.join("holdings").exists(), writer.is_none());
        let absent = Digest::of(b"nothing").to_string();
        assert!(fetch(&absent, &home, None).is_err());
    }
    drop(folder);
}

#[test]
fn with_a_map_one_request_asks_for_the_bytes_and_no_others() {
    let archive = released(Archive::open());
    let server = Server::start(&archive.public(), Manner::Correct);
    let map = archive.public().join("map.jsonl");
    let (digest, bytes) = three();
    let from = From::find(&server.url).unwrap();
    let (got, _out) = fetch(&digest.to_string(), &from, Some(&map)).unwrap();
    assert_eq!(fs::read(got.path.unwrap()).unwrap(), bytes);
    assert_eq!((got.requests, got.bytes_fetched), (1, 70_000));
    let (first, last) = (got.record.offset, got.record.offset + 69_999);
    let pack = "0002-audio-open/data/packs/0002-audio-open-000001.tar";
    let requests = server.requests.lock().unwrap();
    assert_eq!(*requests, [format!("{pack} bytes={first}-{last}")]);
    assert_eq!(server.bytes.load(Ordering::SeqCst), 70_000);
}

#[test]
fn without_a_map_the_map_is_fetched_first() {
    let archive = released(Archive::open());
    let server = Server::start(&archive.public(), Manner::Correct);
    let (digest, bytes) = three();
    let from = From::find(&format!("{}/index.html", server.url)).unwrap();
    let (got, _out) = fetch(&digest.to_string(), &from, None).unwrap();
    assert_eq!(fs::read(got.path.unwrap()).unwrap(), bytes);
    let map = fs::metadata(archive.public().join("map.jsonl"))
        .unwrap()
        .len();
    assert_eq!((got.requests, got.bytes_fetched), (2, map + 70_000));
    assert_eq!(server.requests.lock().unwrap()[0], "map.jsonl -");
}

#[test]
fn a_mirror_gives_ranges_and_whole_files() {
    let archive = released(Archive::open());
    let pack = "0002-audio-open/data/packs/0002-audio-open-000000.tar";
    let bytes = fs::read(archive.public().join(pack)).unwrap();
    let server = Server::start(&archive.public(), Manner::Correct);
    let mirror = Mirror::new(&format!("{}/?now", server.url));
    assert_eq!(
        mirror.range(pack, 16_384, 1_000).unwrap(),
        bytes[16_384..17_384]
    );
    assert_eq!((mirror.requests(), mirror.bytes()), (1, 1_000));
    assert_eq!(mirror.whole(pack, bytes.len() as u64).unwrap(), bytes);
    let longer = mirror.whole(pack, bytes.len() as u64 - 1).unwrap_err();
    assert!(longer.contains("longer"), "{longer}");
    let absent = mirror
        .range("0002-audio-open/data/packs/none.tar", 0, 5)
        .unwrap_err();
    assert!(absent.contains("404"), "{absent}");
    for manner in [Manner::Whole, Manner::Shifted] {
        let server = Server::start(&archive.public(), manner);
        assert!(Mirror::new(&server.url).range(pack, 16_384, 1_000).is_err());
    }
}

#[test]
fn servers_that_know_no_ranges_are_used_within_reason() {
    let archive = released(Archive::open());
    let server = Server::start(&archive.public(), Manner::Whole);
    let (digest, bytes) = three();
    let from = From::find(&server.url).unwrap();
    let (got, _out) = fetch(&digest.to_string(), &from, None).unwrap();
    assert_eq!(fs::read(got.path.unwrap()).unwrap(), bytes);
    let out = tempfile::tempdir().unwrap();
    let options = GetOptions { skip_at_most: 511 };
    let error = get(
        &digest.to_string(),
        &from,
        None,
        out.path(),
        &options,
        &Silent,
    )
    .unwrap_err();
    assert!(
        matches!(error, Error::IgnoresRange { limit: 511, .. }),
        "{error}"
    );
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

#[test]
fn another_range_than_asked_for_is_refused() {
    let archive = released(Archive::open());
    let server = Server::start(&archive.public(), Manner::Shifted);
    let map = archive.public().join("map.jsonl");
    let from = From::find(&server.url).unwrap();
    let error = fetch(&three().0.to_string(), &from, Some(&map)).unwrap_err();
    assert!(matches!(error, Error::WrongRange { .. }), "{error}");
}

#[test]
fn what_is_not_there_is_an_error_that_names_it() {
    let archive = released(Archive::open());
    let server = Server::start(&archive.folder.path().join("nowhere"), Manner::Correct);
    let url = From::find(&server.url).unwrap();
    let nobody = Digest::of(b"nobody").to_string();
    let error = fetch(&nobody, &folder(&archive), None).unwrap_err();
    assert!(matches!(error, Error::Find { records: 4, .. }), "{error}");
    assert!(error.to_string().contains(&nobody));
    let error = fetch(&nobody, &url, None).unwrap_err();
    assert!(
        matches!(error, Error::Refused { status: 404, .. }),
        "{error}"
    );
    let error = fetch("Abbey Road", &url, None).unwrap_err();
    assert!(matches!(error, Error::ParseTarget { .. }), "{error}");
}

/// Changes a byte of the pack that holds `Three`.
fn damaged(archive: &Archive) -> PathBuf {
    let pack = archive
        .home
        .tranches_dir()
        .join("0002-audio-open/data/packs/0002-audio-open-000001.tar")
        .to_local()
        .unwrap();
    let mut bytes = fs::read(&pack).unwrap();
    bytes[30_000] ^= 1;
    fs::write(&pack, bytes).unwrap();
    pack
}

#[test]
fn bytes_that_differ_are_told_and_not_kept() {
    let archive = released(Archive::open());
    let pack = damaged(&archive);
    let digest = three().0.to_string();
    let out = tempfile::tempdir().unwrap();
    for change in [0, 1] {
        let watcher = Watcher::default();
        if change == 1 {
            fs::write(&pack, content(1_000, 1)).unwrap();
        }
        let options = GetOptions::default();
        let got = get(
            &digest,
            &folder(&archive),
            None,
            out.path(),
            &options,
            &watcher,
        )
        .unwrap();
        assert_eq!(got.path, None);
        assert_eq!(watcher.codes(), [FindingCode::R004]);
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    }
}

#[test]
fn the_best_form_is_taken_and_the_others_are_named() {
    let archive = Archive::new();
    let access = blob("Song", 500, Access::Open);
    let original = in_form(blob("Song", 900, Access::Open), Form::Original);
    let lossless = in_form(blob("Song", 700, Access::Open), Form::Lossless);
    for (number, blob) in [(2, access), (3, original), (5, lossless)] {
        archive.seal_packs(number, TrancheKind::Audio, Access::Open, &[vec![blob]]);
    }
    let archive = released(archive);
    let (got, _out) = fetch("AA-000-26-00042", &folder(&archive), None).unwrap();
    assert_eq!(
        (got.record.form, got.record.length),
        (Some(Form::Original), 900)
    );
    let others: Vec<_> = got.others.iter().map(|it| it.record.length).collect();
    assert_eq!(others, [500, 700]);
    let found = find("AA0002600042", &folder(&archive), None).unwrap();
    assert_eq!(found.chosen.record, got.record);
}

#[test]
fn a_copy_that_is_there_is_kept_and_another_file_too() {
    let archive = released(Archive::open());
    let digest = three().0.to_string();
    let from = folder(&archive);
    let (first, out) = fetch(&digest, &from, None).unwrap();
    damaged(&archive);
    let options = GetOptions::default();
    let again = get(&digest, &from, None, out.path(), &options, &Silent).unwrap();
    assert_eq!(again.path, first.path);
    fs::write(first.path.unwrap(), "tagged").unwrap();
    let error = get(&digest, &from, None, out.path(), &options, &Silent).unwrap_err();
    assert!(matches!(error, Error::KeepOutput { .. }), "{error}");
    assert_eq!(
        fs::read_to_string(out.path().join("Three.opus")).unwrap(),
        "tagged"
    );
}

#[test]
fn a_map_that_leads_out_of_the_folder_is_not_followed() {
    let archive = released(Archive::open());
    let map = archive.folder.path().join("map.jsonl");
    let text = fs::read_to_string(archive.public().join("map.jsonl")).unwrap();
    let digest = three().0.to_string();
    for (from, to) in [
        ("\"tranche\":\"0002-audio-open\"", "\"tranche\":\"../x\""),
        ("\"pack\":\"0002", "\"pack\":\"../0002"),
    ] {
        fs::write(&map, text.replace(from, to)).unwrap();
        let error = fetch(&digest, &folder(&archive), Some(&map)).unwrap_err();
        assert!(matches!(error, Error::Find { .. }), "{error}");
    }
    fs::write(&map, text.replace("\"path\":\"K", "\"path\":\"../K")).unwrap();
    let error = fetch(&digest, &folder(&archive), Some(&map)).unwrap_err();
    assert!(matches!(error, Error::ReadMap { line: 1, .. }), "{error}");
}
