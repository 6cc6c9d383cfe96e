use {
    crate::fixture::{Archive, Watcher, blob, clock, cover, snapshot, time, times, without_rights},
    longplay_model::{Access, Clock, FindingCode, Silent, Timestamp},
    longplay_release::{
        Error, Listing, ReleaseOptions, ReleaseSummary, plan, release,
        torrent::{Verdict, check, parse},
    },
    longplay_store::names::TrancheKind,
    std::fs,
};

fn options(archive: &Archive) -> ReleaseOptions {
    ReleaseOptions::new(archive.public(), clock().now())
}

fn run(archive: &Archive, options: &ReleaseOptions) -> (ReleaseSummary, Watcher) {
    let watcher = Watcher::default();
    let plan = plan(&archive.home, options).unwrap();
    let summary = release(&archive.home, &plan, options, &clock(), &watcher).unwrap();
    (summary, watcher)
}

fn names(summary: &ReleaseSummary) -> Vec<&str> {
    summary.released.iter().map(|it| it.name.as_str()).collect()
}

const OPEN: [&str; 3] = ["0001-metadata-open", "0002-audio-open", "0004-art-open"];

#[test]
fn phases_go_out_in_their_order_and_dark_tranches_stay() {
    let archive = Archive::open();
    let dark = [vec![blob("Dark", 10, Access::Dark)]];
    archive.seal_packs(3, TrancheKind::Audio, Access::Dark, &dark);
    archive.seal_packs(5, TrancheKind::Audio, Access::Suspended, &dark);
    let plan = plan(&archive.home, &options(&archive)).unwrap();
    let planned: Vec<_> = plan
        .tranches
        .iter()
        .map(|it| (&*it.name, it.is_new))
        .collect();
    assert_eq!(planned, OPEN.map(|name| (name, true)));
    let (summary, watcher) = run(&archive, &options(&archive));
    assert_eq!(names(&summary), OPEN);
    assert_eq!(summary.held, ["0003-audio-dark", "0005-audio-suspended"]);
    assert_eq!(watcher.codes(), [FindingCode::R001; 2]);
    assert_eq!((summary.records, summary.refused.len()), (4, 0));
    let public = snapshot(&archive.public());
    assert!(
        public
            .values()
            .all(|file| !contains(file, b"-dark") && !contains(file, b"Dark.opus"))
    );
    assert_eq!(public["0002-audio-open"], b"../tranches/0002-audio-open");
    assert_eq!(public.len(), 3 * 4 + 2 + 4);
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|it| it == part)
}

#[test]
fn torrents_tell_what_is_there() {
    let archive = Archive::open();
    let mut options = options(&archive);
    options.base_url = Some("https://example.org/music".into());
    options.trackers = vec!["udp://tracker.example.org:80".into()];
    let (summary, _) = run(&archive, &options);
    for name in ["0002-audio-open", "0002-audio-open-recovery"] {
        let bytes = fs::read(archive.public().join(format!("{name}.torrent"))).unwrap();
        let metainfo = parse(&bytes).unwrap();
        assert_eq!(metainfo.name, name);
        assert!(metainfo.is_hybrid() && !metainfo.is_private);
        assert_eq!(metainfo.around.web_seeds, ["https://example.org/music/"]);
        assert_eq!(metainfo.around.trackers, options.trackers);
        assert_eq!(
            metainfo.around.creation_date,
            Some(time("2026-01-31T00:00:00Z"))
        );
        let verdict = check(&metainfo, &archive.public().join(name), 2, &Silent);
        assert_eq!(verdict, Verdict::Whole);
    }
    let released = archive.home.state().released().unwrap();
    assert_eq!(released.len(), 3);
    let item = &summary.released[1];
    let journal = released.iter().find(|it| it.tranche == item.name).unwrap();
    assert_eq!(journal.infohash_v1, item.infohash_v1);
    assert_eq!(journal.infohash_v2, item.infohash_v2);
}

#[test]
fn the_map_names_every_item_to_the_byte() {
    let archive = Archive::open();
    run(&archive, &options(&archive));
    let map = fs::read_to_string(archive.public().join("map.jsonl")).unwrap();
    let mut last = (String::new(), 0);
    for line in map.lines() {
        let item: longplay_release::MapRecord = serde_json::from_str(line).unwrap();
        let record = &item.record;
        let pack = archive
            .public()
            .join(&item.tranche)
            .join("data/packs")
            .join(&record.pack);
        let pack = fs::read(pack).unwrap();
        let bytes = &pack[record.offset as usize..][..record.length as usize];
        assert_eq!(longplay_model::Digest::of(bytes), record.sha256);
        assert!(line.starts_with("{\"tranche\":\""), "{line}");
        let place = (format!("{}{}", item.tranche, record.pack), record.offset);
        assert!(place > last);
        last = place;
    }
    assert_eq!(map.lines().count(), 4);
}

#[test]
fn running_again_reads_no_bytes_and_changes_nothing() {
    let archive = Archive::open();
    let (first, watcher) = run(&archive, &options(&archive));
    assert!(*watcher.hashed.lock().unwrap() > 300_000);
    assert!(first.written.len() == 18 && first.released[0].is_new);
    let (before, written) = (snapshot(&archive.public()), times(&archive.public()));
    let entries = archive.home.check_journal(&Silent).unwrap();
    let (again, watcher) = run(&archive, &options(&archive));
    assert_eq!(again.written, Vec::<String>::new());
    assert!(again.released.iter().all(|it| !it.is_new));
    assert!(*watcher.hashed.lock().unwrap() < 100, "only the map counts");
    assert_eq!(snapshot(&archive.public()), before);
    assert_eq!(times(&archive.public()), written);
    assert_eq!(archive.home.check_journal(&Silent).unwrap(), entries);
}

#[test]
fn another_address_changes_torrents_and_no_infohash() {
    let archive = Archive::open();
    let (first, _) = run(&archive, &options(&archive));
    let mut moved = options(&archive);
    moved.base_url = Some("http://127.0.0.1:8000".into());
    let (second, watcher) = run(&archive, &moved);
    let hashes = |summary: &ReleaseSummary| -> Vec<String> {
        summary
            .released
            .iter()
            .map(|it| it.infohash_v2.clone())
            .collect()
    };
    assert_eq!(hashes(&first), hashes(&second));
    assert!(second.written.contains(&"0002-audio-open.torrent".into()));
    assert!(*watcher.hashed.lock().unwrap() < 100);
    assert_eq!(archive.home.state().released().unwrap().len(), 3);
}

#[test]
fn two_archives_of_the_same_content_are_public_alike() {
    let (one, two) = (Archive::open(), Archive::open());
    run(&one, &options(&one));
    run(&two, &options(&two));
    assert_eq!(snapshot(&one.public()), snapshot(&two.public()));
}

#[test]
fn an_interrupted_release_is_finished_by_the_same_command() {
    let whole = Archive::open();
    run(&whole, &options(&whole));
    let expected = snapshot(&whole.public());
    for stop_after in [1, 20_000, 90_000, 200_000, 350_000] {
        let archive = Archive::open();
        let options = options(&archive);
        let watcher = Watcher {
            stop_after: Some(stop_after),
            ..Watcher::default()
        };
        let plan = plan(&archive.home, &options).unwrap();
        let stopped = release(&archive.home, &plan, &options, &clock(), &watcher);
        assert!(matches!(stopped, Err(Error::Interrupted)), "{stop_after}");
        let archive = archive.reopened();
        run(&archive, &options);
        assert_eq!(snapshot(&archive.public()), expected, "{stop_after}");
        assert_eq!(archive.home.state().released().unwrap().len(), 3);
    }
}

#[test]
fn rests_of_a_killed_release_do_not_matter() {
    let archive = Archive::open();
    run(&archive, &options(&archive));
    let expected = snapshot(&archive.public());
    for (name, rest) in &expected {
        let path = archive.public().join(name);
        fs::remove_file(&path).unwrap();
        if !rest.starts_with(b"..") {
            fs::write(&path, &rest[..rest.len() / 2]).unwrap();
            fs::write(archive.public().join(".longplay-0.tmp"), rest).unwrap();
        }
        run(&archive, &options(&archive));
        assert_eq!(snapshot(&archive.public()), expected, "{name}");
    }
}

/// Flips a bit in a file of a tranche.
fn flip(archive: &Archive, path: &str) {
    let path = archive.home.tranches_dir().join(path).to_local().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.len() / 3;
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn nothing_damaged_is_published() {
    for path in [
        "0002-audio-open/data/packs/0002-audio-open-000000.tar",
        "0002-audio-open/data/leaves/0002-audio-open-s0000.leaves",
        "0002-audio-open/data/index.jsonl",
        "0002-audio-open/bag-info.txt",
        "0002-audio-open/README.txt",
        "0002-audio-open/manifest-sha256.txt",
        "0002-audio-open/tagmanifest-sha256.txt",
        "0002-audio-open-recovery/data/recovery/0002-audio-open-s0000-r00.rec",
    ] {
        let archive = Archive::open();
        flip(&archive, path);
        let (summary, watcher) = run(&archive, &options(&archive));
        assert_eq!(names(&summary), [OPEN[0], OPEN[2]], "{path}");
        assert_eq!(summary.refused, ["0002-audio-open"], "{path}");
        assert_eq!(watcher.codes(), [FindingCode::R003], "{path}");
        let told = watcher.findings.lock().unwrap()[0].to_string();
        assert!(told.contains("run repair"), "{told}");
        let public = snapshot(&archive.public());
        assert!(
            public.keys().all(|name| !name.starts_with("0002")),
            "{path}"
        );
        flip(&archive, path);
        let (healed, _) = run(&archive, &options(&archive));
        assert_eq!(names(&healed), OPEN);
    }
}

#[test]
fn lost_and_changed_files_are_found_without_reading_them() {
    let pack = "0002-audio-open/data/packs/0002-audio-open-000000.tar";
    for change in ["gone", "short", "long", "folder"] {
        let archive = Archive::open();
        run(&archive, &options(&archive));
        let tranches = archive.home.tranches_dir().to_local().unwrap();
        let path = tranches.join(pack);
        let bytes = fs::read(&path).unwrap();
        match change {
            "short" => fs::write(&path, &bytes[1..]).unwrap(),
            "long" => fs::write(&path, [&bytes[..], b"x"].concat()).unwrap(),
            "gone" => fs::remove_file(&path).unwrap(),
            _ => fs::remove_dir_all(tranches.join("0002-audio-open")).unwrap(),
        }
        let (summary, watcher) = run(&archive, &options(&archive));
        assert_eq!(watcher.codes(), [FindingCode::R003], "{change}");
        assert_eq!(summary.refused, ["0002-audio-open"]);
        assert_eq!(summary.withdrawn.len(), 5, "{change}");
        assert!(
            Listing::open(&archive.public())
                .unwrap()
                .find("0002-audio-open")
                .is_none()
        );
    }
}

#[test]
fn an_item_without_open_rights_keeps_its_tranche_back() {
    for blobs in [
        vec![without_rights(blob("One", 10, Access::Open))],
        vec![blob("One", 10, Access::Open), blob("Two", 20, Access::Dark)],
        vec![cover(30, None, Access::Open)],
    ] {
        let archive = Archive::open();
        archive.seal_packs(7, TrancheKind::Audio, Access::Open, &[blobs]);
        let (summary, watcher) = run(&archive, &options(&archive));
        assert_eq!(summary.refused, ["0007-audio-open"]);
        assert_eq!(watcher.codes(), [FindingCode::R002]);
        let public = snapshot(&archive.public());
        assert!(public.keys().all(|name| !name.starts_with("0007")));
        assert!(public.values().all(|file| !contains(file, b"0007-audio")));
    }
}

#[test]
fn an_embargo_ends_at_its_second() {
    let archive = Archive::new();
    let until = time("2027-01-01T00:00:00Z");
    let access = Access::Embargoed(until);
    archive.seal_packs(
        1,
        TrancheKind::Audio,
        access,
        &[vec![blob("One", 10, access)]],
    );
    let mut early = options(&archive);
    early.now = Timestamp::from_unix_seconds(until.unix_seconds() - 1);
    let (summary, watcher) = run(&archive, &early);
    assert_eq!(
        (summary.released.len(), watcher.codes()),
        (0, vec![FindingCode::R001])
    );
    let mut late = options(&archive);
    late.now = until;
    let (summary, watcher) = run(&archive, &late);
    assert_eq!((summary.released.len(), watcher.codes()), (1, vec![]));
    let feed = fs::read_to_string(archive.public().join("feed.atom")).unwrap();
    assert!(
        feed.contains("<updated>2027-01-01T00:00:00Z</updated>"),
        "{feed}"
    );
    let (summary, _) = run(&archive, &early);
    assert_eq!(summary.withdrawn.len(), 5);
    let left: Vec<_> = snapshot(&archive.public()).into_keys().collect();
    assert_eq!(
        left,
        ["feed.atom", "index.html", "map.jsonl", "tranches.json"]
    );
}

#[test]
fn what_others_put_into_the_folder_is_left_alone() {
    let archive = Archive::open();
    let theirs = archive.public().join("0002-audio-open");
    fs::create_dir_all(&theirs).unwrap();
    fs::write(archive.public().join("about.html"), "ours").unwrap();
    let plan = plan(&archive.home, &options(&archive)).unwrap();
    let error = release(&archive.home, &plan, &options(&archive), &clock(), &Silent).unwrap_err();
    assert!(matches!(error, Error::Occupied { .. }), "{error}");
    fs::remove_dir(theirs).unwrap();
    run(&archive, &options(&archive));
    assert_eq!(
        fs::read_to_string(archive.public().join("about.html")).unwrap(),
        "ours"
    );
}

#[test]
fn addresses_are_checked_before_anything_is_written() {
    let archive = Archive::open();
    for url in [
        "",
        "example.org",
        "ftp://example.org",
        "http://",
        "https://a b",
        "http://x/?q",
    ] {
        let mut options = options(&archive);
        options.base_url = Some(url.into());
        let plan = plan(&archive.home, &options).unwrap();
        let error = release(&archive.home, &plan, &options, &clock(), &Silent).unwrap_err();
        assert!(matches!(error, Error::PublishUnder { .. }), "{url}");
    }
    assert!(!archive.public().exists());
}

#[test]
fn page_and_feed_escape_what_they_are_told() {
    let archive = Archive::open();
    run(&archive, &options(&archive));
    for file in ["index.html", "feed.atom"] {
        let text = fs::read_to_string(archive.public().join(file)).unwrap();
        assert!(!text.contains("<Musik>"), "{file}");
        assert!(text.contains("Dorf &amp; &lt;Musik&gt;"), "{file}");
    }
    let page = fs::read_to_string(archive.public().join("index.html")).unwrap();
    for part in [
        "magnet:?xt=urn:btih:",
        "&amp;xt=urn:btmh:1220",
        "href=\"0002-audio-open-recovery.torrent\"",
        "CC BY 4.0",
        "CC0 1.0",
        "Contact: music@example.org",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script"));
}

#[test]
fn a_public_folder_elsewhere_is_linked_to() {
    let archive = Archive::open();
    let mut options = options(&archive);
    options.to = archive.folder.path().join("www/music");
    run(&archive, &options);
    let link = fs::read_link(options.to.join("0004-art-open")).unwrap();
    assert_eq!(
        link.to_str().unwrap(),
        "../../archive/tranches/0004-art-open"
    );
    assert!(options.to.join("0004-art-open/bagit.txt").is_file());
    assert!(!archive.public().exists());
}
