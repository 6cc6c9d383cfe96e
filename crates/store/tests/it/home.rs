//! The archive home after kills, damage and two commands at once.

use {
    longplay_model::{
        Access, ByteSize, Codec, Cover, Digest, Event, Finding, FindingCode, FixedClock,
        FixityMethod, Form, How, Monitor, Receipt, RecordingId, Silent, Timestamp, TrackId, Unit,
    },
    longplay_store::{Config, Error, Home, Mode},
    std::{
        fs,
        io::Write,
        path::{Path, PathBuf},
        sync::Mutex,
        thread,
        time::Duration,
    },
};

#[derive(Default)]
struct Findings(Mutex<Vec<Finding>>);

impl Monitor for Findings {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
    fn advance(&self, _: u64) {}
    fn finding(&self, finding: Finding) {
        self.0.lock().unwrap().push(finding);
    }
}

impl Findings {
    fn codes(&self) -> Vec<FindingCode> {
        self.0.lock().unwrap().iter().map(|it| it.code).collect()
    }
}

fn clock() -> FixedClock {
    FixedClock(Timestamp::from_unix_seconds(1_700_000_000))
}

struct Place {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    Place {
        _folder: folder,
        root,
    }
}

fn archive() -> Place {
    let place = place();
    Home::create(&place.root, &Config::new("test"), &clock()).unwrap();
    place
}

fn open(root: &Path, mode: Mode) -> (Home, Vec<FindingCode>) {
    let findings = Findings::default();
    let home = Home::open(root, mode, &findings).unwrap();
    (home, findings.codes())
}

fn receipt(number: u64) -> Receipt {
    let track = TrackId::of_source("test", &number.to_string());
    let blob = Digest::of(&number.to_be_bytes());
    Receipt {
        track,
        recording: RecordingId::of_track(&track),
        how: How::Blob,
        order: number,
        form: Form::Original,
        blob,
        bytes: 100 + number,
        codec: Codec::Flac,
        duration_ms: 1000,
        sample_rate_hz: 44_100,
        channels: 2,
        bit_rate: 800,
        source_path: format!("a/{number}.flac"),
        source: blob,
        source_bytes: 100 + number,
        encoder: None,
        title: format!("Title {number}"),
        artist: "Artist".into(),
        release: None,
        release_artist: None,
        date: None,
        disc: None,
        position: None,
        isrcs: vec!["GBAYE6900531".parse().unwrap()],
        cover: Some(Cover {
            blob: Digest::of(b"cover"),
            bytes: 10,
            media_type: "image/png".into(),
            width: 1,
            height: 1,
        }),
        fingerprint: None,
        rights: None,
        access: Access::Dark,
    }
}

fn ingestion(receipt: Receipt) -> Event {
    Event::Ingestion {
        receipt: Box::new(receipt),
    }
}

fn sealing(tranche: &str, bytes: u64) -> Event {
    Event::Sealing {
        tranche: tranche.into(),
        tagmanifest: Digest::of(b"t"),
        recovery: Digest::of(b"r"),
        bytes,
        recovery_bytes: bytes / 5,
    }
}

/// Receipts 2, 1 and 0, in this order.
fn filled() -> Place {
    let place = archive();
    let (home, _) = open(&place.root, Mode::Write);
    for number in [2, 1, 0] {
        home.record(ingestion(receipt(number)), &clock()).unwrap();
    }
    place
}

fn orders(home: &Home) -> Vec<u64> {
    let staged = home.state().staged().unwrap();
    staged.iter().map(|receipt| receipt.order).collect()
}

fn journal(root: &Path) -> PathBuf {
    root.join("journal/0001.jsonl")
}

#[test]
fn a_new_archive_is_whole_and_is_not_made_twice() {
    let place = archive();
    let again = Home::create(&place.root, &Config::new("other"), &clock());
    assert!(matches!(again, Err(Error::AlreadyExists { .. })));
    let (home, findings) = open(&place.root, Mode::Read);
    assert_eq!(home.config().name, "test");
    assert_eq!(home.config().pack_bytes, ByteSize(1 << 30));
    assert!(findings.is_empty());
}

#[test]
fn a_foreign_folder_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let refused = Home::create(folder.path(), &Config::new("x"), &clock());
    assert!(matches!(refused, Err(Error::ForeignFolder { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let opened = Home::open(folder.path(), Mode::Read, &Silent);
    assert!(matches!(opened, Err(Error::NotAnArchive { .. })));
}

#[test]
fn a_creation_killed_at_any_step_is_finished_by_the_same_command() {
    let steps: [&dyn Fn(&Path); 6] = [
        &|root| fs::create_dir(root).unwrap(),
        &|root| fs::write(root.join("lock"), "").unwrap(),
        &|root| fs::write(root.join(".longplay-0123456789abcdef.tmp"), "vers").unwrap(),
        &|root| {
            let text = Config::new("test").to_toml().unwrap();
            fs::write(root.join("longplay.toml"), text).unwrap();
        },
        &|root| fs::create_dir_all(root.join("journal")).unwrap(),
        &|root| fs::write(journal(root), "{\"check\":\"01").unwrap(),
    ];
    for killed_after in 0..=steps.len() {
        let place = place();
        for step in &steps[..killed_after] {
            step(&place.root);
        }
        Home::create(&place.root, &Config::new("test"), &clock()).unwrap();
        let (home, findings) = open(&place.root, Mode::Read);
        assert_eq!(home.config().name, "test", "killed after {killed_after}");
        assert!(findings.is_empty(), "killed after {killed_after}");
    }
}

#[test]
fn an_archive_that_lost_its_journal_is_not_made_anew() {
    let place = filled();
    fs::remove_dir_all(place.root.join("journal")).unwrap();
    fs::create_dir_all(place.root.join("tranches/0001-audio-open")).unwrap();
    let again = Home::create(&place.root, &Config::new("x"), &clock());
    assert!(matches!(again, Err(Error::AlreadyExists { .. })));
    let (_, findings) = open(&place.root, Mode::Write);
    assert!(findings.contains(&FindingCode::S017), "{findings:?}");
}

#[test]
fn a_newer_archive_is_refused_with_the_remedy() {
    let place = archive();
    let path = place.root.join("longplay.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("version = 1", "version = 2")).unwrap();
    let error = Home::open(&place.root, Mode::Write, &Silent).unwrap_err();
    assert!(matches!(error, Error::NewerFormat { found: 2, .. }));
    assert!(error.to_string().contains("longplay.toml"));
    assert!(error.to_string().contains("use a newer longplay"));
}

#[test]
fn one_writes_and_many_read() {
    let place = filled();
    let (writer, _) = open(&place.root, Mode::Write);
    let second = Home::open(&place.root, Mode::Write, &Silent).unwrap_err();
    assert!(second.to_string().contains("another longplay command"));
    writer.record(ingestion(receipt(3)), &clock()).unwrap();
    let (reader, findings) = open(&place.root, Mode::Read);
    assert_eq!(orders(&reader), [0, 1, 2, 3]);
    assert!(findings.is_empty());
    let refused = reader.record(ingestion(receipt(4)), &clock());
    assert!(matches!(refused, Err(Error::ReadOnly { .. })));
    drop(writer);
    open(&place.root, Mode::Write);
}

#[test]
fn who_waited_goes_by_the_settings_that_then_stand_there() {
    let place = archive();
    let (first, _) = open(&place.root, Mode::Write);
    thread::scope(|scope| {
        let second = scope.spawn(|| open(&place.root, Mode::Write).0);
        thread::sleep(Duration::from_millis(200));
        let path = place.root.join("longplay.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"test\"", "\"another\"")).unwrap();
        drop(first);
        assert_eq!(second.join().unwrap().config().name, "another");
    });
}

#[test]
fn receipts_are_found_by_every_id() {
    let place = filled();
    let (home, _) = open(&place.root, Mode::Read);
    let (state, one) = (home.state(), receipt(1));
    assert_eq!(orders(&home), [0, 1, 2]);
    assert_eq!(
        state.receipt_of_track(&one.track).unwrap(),
        Some(one.clone())
    );
    assert_eq!(
        state.receipt_of_recording(&one.recording).unwrap(),
        Some(one.clone())
    );
    assert_eq!(
        state.receipt_of_source(&one.source).unwrap(),
        Some(one.clone())
    );
    assert_eq!(state.receipts_by_isrc(&one.isrcs[0]).unwrap().len(), 3);
    assert_eq!(state.receipt_of_source(&Digest::of(b"else")).unwrap(), None);
    let counts = state.counts().unwrap();
    assert_eq!((counts.receipts, counts.staged), (3, 3));
    assert_eq!(
        counts.staged_bytes,
        100 + 101 + 102 + 10,
        "one cover for all"
    );
}

#[test]
fn sealed_blobs_leave_staging_and_the_newest_receipt_counts() {
    let place = filled();
    let (home, _) = open(&place.root, Mode::Write);
    let emptied = Event::StagingEmptied {
        blobs: vec![receipt(0).blob, receipt(1).blob],
    };
    home.record_all(vec![sealing("0001-audio-dark", 500), emptied], &clock())
        .unwrap();
    assert_eq!(orders(&home), [2]);
    assert_eq!(home.state().staged_covers().unwrap().len(), 3);
    assert!(!home.state().is_staged(&receipt(0).track).unwrap());
    let mut again = receipt(2);
    again.order = 9;
    home.record(ingestion(again.clone()), &clock()).unwrap();
    assert_eq!(home.state().staged().unwrap(), [again]);
    let sealed = home.state().sealed().unwrap();
    assert_eq!(
        (sealed[0].name.as_str(), sealed[0].bytes),
        ("0001-audio-dark", 500)
    );
    let counts = home.state().counts().unwrap();
    assert_eq!((counts.receipts, counts.tranches), (3, 1));
    assert_eq!(counts.recovery_bytes, 100);
}

#[test]
fn the_last_of_each_kind_is_known() {
    let place = archive();
    let (home, _) = open(&place.root, Mode::Write);
    assert_eq!(home.state().last_plan().unwrap(), None);
    for number in ["1", "2"] {
        let import = Event::Import {
            source: "folder".into(),
            digest: Digest::of(b"s"),
            records: 7,
            snapshot: format!("snapshot-{number}"),
        };
        let plan = Event::Plan {
            plan: format!("plan-{number}"),
            catalog: "c".into(),
        };
        let release = Event::Release {
            tranche: "0001".into(),
            infohash_v1: number.into(),
            infohash_v2: number.into(),
        };
        let check = Event::FixityCheck {
            tranche: "0001".into(),
            findings: 0,
            bytes: number.parse().unwrap(),
            how: FixityMethod::Whole,
            only: Vec::new(),
        };
        home.record_all(vec![import, plan, release, check], &clock())
            .unwrap();
    }
    let state = home.state();
    assert_eq!(
        state.last_snapshot().unwrap().as_deref(),
        Some("snapshot-2")
    );
    assert_eq!(state.last_plan().unwrap().as_deref(), Some("plan-2"));
    assert_eq!(state.imports().unwrap().len(), 2);
    let released = state.released().unwrap();
    assert_eq!((released.len(), released[0].infohash_v1.as_str()), (1, "2"));
    assert_eq!(state.fixity_checks().unwrap()[0].bytes, 2);
}

#[test]
fn a_missing_cache_is_made_again_and_said_once() {
    for mode in [Mode::Read, Mode::Write] {
        let place = filled();
        fs::remove_file(place.root.join("state.sqlite")).unwrap();
        let (home, findings) = open(&place.root, mode);
        assert_eq!(orders(&home), [0, 1, 2]);
        assert_eq!(findings, [FindingCode::S015]);
        drop(home);
        assert!(open(&place.root, mode).1.is_empty());
    }
}

#[test]
fn a_damaged_cache_is_made_again() {
    let place = filled();
    let path = place.root.join("state.sqlite");
    let whole = fs::read(&path).unwrap();
    let step = whole.len() / 40;
    for at in (0..whole.len()).step_by(step) {
        let mut bytes = whole.clone();
        let end = (at + 300).min(bytes.len());
        bytes[at..end].fill(0xa5);
        fs::write(&path, &bytes).unwrap();
        let (home, _) = open(&place.root, Mode::Write);
        assert_eq!(orders(&home), [0, 1, 2], "damage at byte {at}");
        assert_eq!(home.state().staged().unwrap()[1], receipt(1));
    }
    for text in [&b""[..], b"not a database", &whole[..whole.len() / 2]] {
        fs::write(&path, text).unwrap();
        let (home, findings) = open(&place.root, Mode::Read);
        assert_eq!(orders(&home), [0, 1, 2]);
        assert_eq!(findings, [FindingCode::S015]);
    }
}

#[test]
fn a_write_ahead_log_without_its_cache_does_no_harm() {
    let place = filled();
    fs::remove_file(place.root.join("state.sqlite")).unwrap();
    for ending in ["-wal", "-shm", "-journal"] {
        let path = place.root.join(format!("state.sqlite{ending}"));
        fs::write(path, vec![0x37; 5000]).unwrap();
    }
    let (home, _) = open(&place.root, Mode::Write);
    assert_eq!(orders(&home), [0, 1, 2]);
}

#[test]
fn a_cache_that_is_behind_catches_up_silently() {
    let place = filled();
    let state = place.root.join("state.sqlite");
    let before = fs::read(&state).unwrap();
    let (home, _) = open(&place.root, Mode::Write);
    home.record(ingestion(receipt(3)), &clock()).unwrap();
    drop(home);
    fs::write(&state, before).unwrap();
    for mode in [Mode::Read, Mode::Write] {
        let (home, findings) = open(&place.root, mode);
        assert_eq!(orders(&home), [0, 1, 2, 3]);
        assert!(findings.is_empty());
    }
}

#[test]
fn a_cache_of_another_history_is_not_believed() {
    let (place, other) = (filled(), archive());
    let (home, _) = open(&other.root, Mode::Write);
    for number in [7, 8, 9] {
        home.record(ingestion(receipt(number)), &clock()).unwrap();
    }
    drop(home);
    fs::copy(
        other.root.join("state.sqlite"),
        place.root.join("state.sqlite"),
    )
    .unwrap();
    let (home, findings) = open(&place.root, Mode::Read);
    assert_eq!(orders(&home), [0, 1, 2]);
    assert_eq!(findings, [FindingCode::S015]);
}

#[test]
fn a_torn_entry_is_set_aside_and_the_next_is_written_after_it() {
    let place = filled();
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(journal(&place.root))
        .unwrap();
    file.write_all(b"{\"check\":\"0123456789abcdef\",\"seq\":5,\"at\":\"20")
        .unwrap();
    let (home, findings) = open(&place.root, Mode::Write);
    assert_eq!(findings, [FindingCode::S016]);
    assert!(place.root.join("journal/torn-1").exists());
    home.record(ingestion(receipt(3)), &clock()).unwrap();
    drop(home);
    let (home, findings) = open(&place.root, Mode::Read);
    assert_eq!(orders(&home), [0, 1, 2, 3]);
    assert!(findings.is_empty());
}

#[test]
fn a_damaged_entry_is_told_and_the_others_are_read() {
    let place = filled();
    let text = fs::read_to_string(journal(&place.root)).unwrap();
    fs::write(journal(&place.root), text.replace("Title 1", "Title 7")).unwrap();
    let (home, findings) = open(&place.root, Mode::Read);
    assert_eq!(findings, [FindingCode::S017]);
    assert_eq!(orders(&home), [0, 1, 2], "the cache still knows it");
    drop(home);
    fs::remove_file(place.root.join("state.sqlite")).unwrap();
    let (home, findings) = open(&place.root, Mode::Write);
    assert!(findings.contains(&FindingCode::S017));
    assert_eq!(orders(&home), [0, 2]);
    home.record(ingestion(receipt(1)), &clock()).unwrap();
    assert_eq!(orders(&home), [0, 1, 2]);
    let told = Findings::default();
    assert_eq!(home.check_journal(&told).unwrap(), 4);
    assert_eq!(told.codes(), [FindingCode::S017]);
}

#[test]
fn a_journal_cut_behind_the_back_of_the_cache_is_told() {
    let place = filled();
    let bytes = fs::read(journal(&place.root)).unwrap();
    let last = bytes[..bytes.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap();
    fs::write(journal(&place.root), &bytes[..=last]).unwrap();
    let (home, findings) = open(&place.root, Mode::Write);
    assert!(findings.contains(&FindingCode::S017), "{findings:?}");
    assert_eq!(orders(&home), [1, 2]);
}

#[test]
fn what_nobody_needs_leaves_staging() {
    let place = archive();
    let (home, _) = open(&place.root, Mode::Write);
    let put = |bytes: &[u8]| {
        let mut writer = home.staging().create().unwrap();
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap().0
    };
    let (needed, cover, orphan) = (put(b"needed"), put(b"cover"), put(b"orphan"));
    let mut kept = receipt(0);
    kept.blob = needed;
    home.record(ingestion(kept), &clock()).unwrap();
    assert_eq!(home.sweep_staging().unwrap(), 1);
    assert!(home.staging().contains(&needed));
    assert!(home.staging().contains(&cover));
    assert!(!home.staging().contains(&orphan));
}

#[test]
fn half_copied_files_are_gone_at_the_next_start() {
    let place = archive();
    let left = place.root.join("staging/tmp/00000003");
    fs::create_dir_all(left.parent().unwrap()).unwrap();
    fs::write(&left, "half a song").unwrap();
    open(&place.root, Mode::Read);
    assert!(left.exists(), "a reader leaves it");
    open(&place.root, Mode::Write);
    assert!(!left.exists());
}

#[test]
fn hints_know_an_unchanged_file() {
    let place = archive();
    let (home, _) = open(&place.root, Mode::Write);
    let (path, digest) = (Path::new("/music/a.flac"), Digest::of(b"a"));
    home.state().remember(path, 10, 77, &digest).unwrap();
    assert_eq!(home.state().hint(path, 10, 77).unwrap(), Some(digest));
    assert_eq!(home.state().hint(path, 11, 77).unwrap(), None);
    assert_eq!(home.state().hint(path, 10, 78).unwrap(), None);
}

#[test]
fn refusals_are_forgotten_when_the_file_comes_in() {
    let place = archive();
    let (home, _) = open(&place.root, Mode::Write);
    let refusal = Event::Refusal {
        source_path: "a/0.flac".into(),
        source: Some(receipt(0).source),
        track: None,
        reason: "no row of the catalog matches it".into(),
    };
    home.record(refusal, &clock()).unwrap();
    assert_eq!(home.state().counts().unwrap().refusals, 1);
    home.record(ingestion(receipt(0)), &clock()).unwrap();
    assert_eq!(home.state().refusal("a/0.flac").unwrap(), None);
}
