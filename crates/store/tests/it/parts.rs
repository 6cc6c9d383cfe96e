//! Verifying a part at a time, and reading again what was read otherwise.

use {
    crate::{archive::Archive, fixture::tree},
    longplay_model::{
        Access, Event, Finding,
        FindingCode::{S001, S019},
        FixedClock, FixityMethod, JournalEntry, Monitor, Silent, Timestamp, Unit,
    },
    longplay_store::{FileState, Home, Pace, Unhurried, VerifyOptions, VerifyReport, verify},
    std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::PathBuf,
        sync::{
            Mutex,
            atomic::{AtomicUsize, Ordering},
        },
    },
};

fn sealed() -> Archive {
    let archive = Archive::new(4, 2);
    archive.fill(40, Access::Open);
    archive.seal();
    archive
}

/// Packs and recovery packs of the archive with their lengths, by tranche and
/// path in the bag.
fn large(archive: &Archive) -> BTreeMap<(String, String), u64> {
    let files = tree(&archive.tranches());
    let large = files
        .iter()
        .filter(|(path, _)| path.ends_with(".tar") || path.ends_with(".rec"));
    large
        .map(|(path, bytes)| {
            let (bag, path) = path.split_once('/').unwrap();
            let tranche = bag.trim_end_matches("-recovery").to_owned();
            ((tranche, path.to_owned()), bytes.len() as u64)
        })
        .collect()
}

/// Those that were read.
fn read(report: &VerifyReport) -> BTreeSet<(String, String)> {
    let files = report.tranches.iter().flat_map(|tranche| {
        let files = tranche.files.iter();
        files.map(move |file| (tranche.name.clone(), file))
    });
    files
        .filter(|(_, file)| file.state != FileState::Unread)
        .map(|(name, file)| (name, file.path.clone()))
        .filter(|(_, path)| path.ends_with(".tar") || path.ends_with(".rec"))
        .collect()
}

/// Begins so many files.
struct Files(AtomicUsize);

impl Pace for Files {
    fn wait(&self, _: u64) {}

    fn is_over(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_err()
    }
}

/// Verifies at `day` and has the journal remember it.
fn on_day(day: i64, home: &Home, share: Option<f64>, pace: &dyn Pace) -> VerifyReport {
    let options = VerifyOptions {
        share,
        ..VerifyOptions::default()
    };
    let report = verify(home, &options, pace, &Silent).unwrap();
    let clock = FixedClock(Timestamp::from_unix_seconds(4_000_000_000 + 86_400 * day));
    home.record_all(report.events(), &clock).unwrap();
    report
}

#[test]
fn what_was_read_least_recently_comes_first() {
    let archive = sealed();
    let home = archive.open();
    let all: BTreeSet<_> = large(&archive).into_keys().collect();
    assert!(all.len() > 10);
    let mut times: BTreeMap<_, u32> = all.iter().map(|file| (file.clone(), 0)).collect();
    for day in 0..40 {
        let report = on_day(day, &home, None, &Files(AtomicUsize::new(5)));
        assert!(report.is_sound());
        let read = read(&report);
        assert!(!read.is_empty() && read.is_subset(&all));
        assert_eq!(report.files_unread, (all.len() - read.len()) as u64);
        read.into_iter()
            .for_each(|file| *times.get_mut(&file).unwrap() += 1);
        let (least, most) = (times.values().min().unwrap(), times.values().max().unwrap());
        assert!(most - least <= 1, "day {day}: {times:?}");
    }
    assert!(*times.values().min().unwrap() > 2);
    let checks = home.state().fixity_checks().unwrap();
    assert!(checks.iter().all(|check| check.is_part));
    let report = on_day(41, &home, None, &Unhurried);
    assert_eq!(read(&report), all);
    for (tranche, path) in &all {
        let (at, how) = home
            .state()
            .file_checks(tranche)
            .unwrap()
            .last(path)
            .unwrap();
        assert_eq!(at.unix_seconds(), 4_000_000_000 + 86_400 * 41);
        assert_eq!(how, FixityMethod::Leaves);
    }
}

#[test]
fn a_share_is_a_share_of_the_bytes_and_shares_add_up() {
    let archive = sealed();
    let home = archive.open();
    let large = large(&archive);
    let (total, longest) = (large.values().sum::<u64>(), *large.values().max().unwrap());
    let mut seen = BTreeSet::new();
    for day in 0..4 {
        let report = on_day(day, &home, Some(0.25), &Unhurried);
        let bytes: u64 = report
            .tranches
            .iter()
            .map(|tranche| tranche.bytes_read)
            .sum();
        assert!(
            bytes >= total / 4 && bytes < total / 4 + longest,
            "{bytes} of {total}"
        );
        seen.extend(read(&report));
    }
    assert_eq!(seen, large.into_keys().collect());
}

#[test]
fn damage_is_told_when_its_turn_comes() {
    let archive = sealed();
    let home = archive.open();
    let (tranche, path) = large(&archive)
        .into_keys()
        .find(|(_, path)| path.ends_with("2.tar"))
        .unwrap();
    let file = archive.tranches().join(&tranche).join(&path);
    let mut bytes = fs::read(&file).unwrap();
    bytes[20_000] ^= 1;
    fs::write(&file, bytes).unwrap();
    let mut told = 0;
    for day in 0..10 {
        let report = on_day(day, &home, Some(0.1), &Unhurried);
        let is_read = read(&report).contains(&(tranche.clone(), path.clone()));
        let codes: Vec<_> = report.findings().map(|finding| finding.code).collect();
        assert_eq!(codes, if is_read { vec![S001] } else { vec![] });
        told += codes.len();
    }
    assert!(told >= 1);
}

#[test]
fn a_missing_pack_is_told_by_any_part() {
    let archive = sealed();
    let home = archive.open();
    let files = large(&archive);
    let (tranche, path) = files
        .keys()
        .rfind(|(_, path)| path.ends_with(".tar"))
        .unwrap();
    fs::remove_file(archive.tranches().join(tranche).join(path)).unwrap();
    // It has no bytes, so that the smallest share of its tranche has room.
    let only = VerifyOptions {
        tranches: Some(vec![tranche.clone()]),
        share: Some(0.01),
        ..VerifyOptions::default()
    };
    let report = verify(&home, &only, &Unhurried, &Silent).unwrap();
    assert!(!report.is_sound());
    assert!(report.files_unread > 0);
}

#[test]
fn a_tranche_without_packs_and_manifests_is_told() {
    let archive = sealed();
    let home = archive.open();
    for bag in ["0001-audio-open", "0001-audio-open-recovery"] {
        let bag = archive.tranches().join(bag);
        fs::remove_dir_all(bag.join("data")).unwrap();
        fs::remove_file(bag.join("manifest-sha256.txt")).unwrap();
        fs::remove_file(bag.join("tagmanifest-sha256.txt")).unwrap();
    }
    let report = verify(&home, &VerifyOptions::default(), &Unhurried, &Silent).unwrap();
    assert_eq!(report.tranches.len(), 2);
    assert!(!report.tranches[0].is_sound() && report.tranches[1].is_sound());
}

/// A file whose path stands between those of packs is read each time, and says
/// nothing of them.
#[test]
fn a_stray_file_hides_no_pack_from_the_next_part() {
    let archive = sealed();
    let home = archive.open();
    for stray in ["data/q.bin", "zzz.bin"] {
        fs::write(archive.tranches().join("0001-audio-open").join(stray), "?").unwrap();
    }
    let all: BTreeSet<_> = large(&archive).into_keys().collect();
    // Strays come first: of packs nothing is read, and nothing is remembered.
    let strays = on_day(0, &home, None, &Files(AtomicUsize::new(1)));
    assert_eq!((read(&strays).len(), strays.events()), (0, Vec::new()));
    let mut seen = BTreeSet::new();
    for day in 1..7 {
        seen.extend(read(&on_day(day, &home, Some(0.2), &Unhurried)));
    }
    assert_eq!(seen, all);
}

/// Puts a file back as it was before it is read again.
struct Mending {
    path: PathBuf,
    bytes: Vec<u8>,
    findings: Mutex<Vec<Finding>>,
}

impl Monitor for Mending {
    fn begin(&self, what: &str, _: Option<u64>, _: Unit) {
        if what == "reading again" {
            fs::write(&self.path, &self.bytes).unwrap();
        }
    }

    fn advance(&self, _: u64) {}

    fn finding(&self, finding: Finding) {
        self.findings.lock().unwrap().push(finding);
    }
}

#[test]
fn s019_what_is_sound_when_read_again_is_no_damage() {
    let archive = sealed();
    let home = archive.open();
    for (tranche, path) in large(&archive)
        .into_keys()
        .filter(|(_, path)| path.ends_with("1.tar"))
    {
        let file = archive.tranches().join(&tranche).join(&path);
        let bytes = fs::read(&file).unwrap();
        let mut otherwise = bytes.clone();
        otherwise[10_000] ^= 4;
        fs::write(&file, otherwise).unwrap();
        let mending = Mending {
            path: file,
            bytes,
            findings: Mutex::default(),
        };
        let report = verify(&home, &VerifyOptions::default(), &Unhurried, &mending).unwrap();
        assert!(report.is_sound());
        let findings = mending.findings.into_inner().unwrap();
        let told: Vec<_> = findings
            .iter()
            .map(|it| (it.code, it.subject.clone()))
            .collect();
        assert_eq!(told, [(S019, format!("{tranche}/{path}"))]);
        assert!(
            report
                .events()
                .iter()
                .all(|event| matches!(event, Event::FixityCheck { findings: 0, .. }))
        );
    }
}

#[test]
fn entries_of_before_are_of_whole_files() {
    let line = r#"{"at":"2026-01-31T12:00:00Z","event":"fixity-check","tranche":"t","findings":1,"bytes":2}"#;
    let entry: JournalEntry = serde_json::from_str(line).unwrap();
    let expected = Event::FixityCheck {
        tranche: "t".into(),
        findings: 1,
        bytes: 2,
        how: FixityMethod::Whole,
        only: Vec::new(),
    };
    assert_eq!(entry.event, expected);
}
