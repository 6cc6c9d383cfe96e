//! One test a finding, and the cases that a random trial seldom meets.

use {
    crate::{
        archive::Archive,
        fixture::{Fixture, Shape, tree},
    },
    longplay_model::{
        Access, Event,
        FindingCode::{self, *},
        FixedClock, Silent, Timestamp,
    },
    longplay_store::{
        Config, FileState, Home, Mode, RepairSummary, TrancheReport, Unhurried, VerifyOptions,
        facts::Folders, plan_repair, repair, verify, verify::verify_promised, verify_tranche,
    },
    std::{fs, path::Path},
};

const NAME: &str = "0002-audio-open";
const PACK: &str = "0002-audio-open/data/packs/0002-audio-open-000001.tar";
const OTHER: &str = "0002-audio-open/data/packs/0002-audio-open-000002.tar";
const LEAVES: &str = "0002-audio-open/data/leaves/0002-audio-open-s0000.leaves";
const RECOVERY: &str = "0002-audio-open-recovery/data/recovery/0002-audio-open-s0000-r00.rec";
const RECOVERY_1: &str = "0002-audio-open-recovery/data/recovery/0002-audio-open-s0000-r01.rec";

struct Case {
    fixture: Fixture,
    _folder: tempfile::TempDir,
}

fn shape() -> Shape {
    Shape {
        name: NAME,
        k: 3,
        m: 2,
        files: vec![
            vec![30_000, 9_000],
            vec![50_000, 20_000],
            vec![44_000],
            vec![700],
        ],
    }
}

impl Case {
    fn new() -> Self {
        Self::of(&Fixture::build(&shape(), 1))
    }

    fn of(fixture: &Fixture) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            fixture: fixture.at(folder.path()),
            _folder: folder,
        }
    }

    fn edit(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.fixture.path(path);
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
    }

    fn flip(&self, path: &str, at: usize) {
        self.edit(path, |bytes| bytes[at] ^= 1);
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.fixture.path(path)).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.fixture.path(from), self.fixture.path(to)).unwrap();
    }

    fn folders(&self) -> Folders {
        Folders {
            data: self.fixture.data().into(),
            recovery: Some(self.fixture.recovery().into()),
            volumes: longplay_store::spread::Volumes::default(),
        }
    }

    fn report(&self) -> TrancheReport {
        verify_tranche(&self.folders(), &Silent).unwrap()
    }

    fn promised(&self) -> TrancheReport {
        verify_promised(&self.folders(), &self.fixture.promise, &Silent).unwrap()
    }

    fn heal(&self, report: &TrancheReport) -> RepairSummary {
        let plan = plan_repair(report);
        repair(&self.folders(), &plan, None, &Silent).unwrap()
    }

    fn is_as_sealed(&self) -> bool {
        let now = tree(&self.fixture.folder);
        self.fixture
            .tree
            .iter()
            .all(|(path, bytes)| now.get(path) == Some(bytes))
    }

    /// Exactly these findings, on these files; then all is healed.
    fn expect(&self, expected: &[(FindingCode, &str)]) {
        let report = self.report();
        let told: Vec<_> = report
            .findings
            .iter()
            .map(|finding| (finding.code, finding.subject.as_str()))
            .collect();
        assert_eq!(told, expected, "{:#?}", report.findings);
        let summary = self.heal(&report);
        assert!(summary.is_whole(), "{:#?}", summary.remaining);
        assert!(self.is_as_sealed());
        assert!(plan_repair(&self.report()).is_empty());
    }
}

#[test]
fn a_sound_tranche_has_no_finding_and_nothing_to_repair() {
    let case = Case::new();
    let report = case.report();
    assert_eq!(report.findings, []);
    assert!(
        report
            .files
            .iter()
            .all(|file| file.state == FileState::Whole)
    );
    assert_eq!(report.files.len(), case.fixture.tree.len());
    assert!(plan_repair(&report).is_empty());
    assert_eq!(case.heal(&report).event(), None);
    assert!(case.promised().is_sound());
}

#[test]
fn s001_names_the_leaf_and_the_track() {
    let case = Case::new();
    case.flip(PACK, 20_000);
    let finding = &case.report().findings[0];
    assert_eq!(finding.place, "bytes 16384-32767");
    assert!(finding.seen.contains("\"Title 1-"), "{finding}");
    case.expect(&[(S001, PACK)]);
}

/// Nothing that tells leaves or lengths is left of the stripe, but a digest is.
#[test]
fn s001_a_damaged_pack_is_told_by_its_digest_alone() {
    for emptied in [false, true] {
        let case = Case::new();
        case.edit(LEAVES, |bytes| bytes[..100].fill(0));
        for pack in [RECOVERY, RECOVERY_1] {
            case.edit(pack, |bytes| bytes.truncate(50_000));
        }
        match emptied {
            true => case.edit(PACK, Vec::clear),
            false => case.flip(PACK, 20_000),
        }
        let report = case.report();
        let told = |path: &str| {
            let mut findings = report.findings.iter();
            findings.any(|finding| finding.subject == path)
        };
        assert!(told(PACK), "{:#?}", report.findings);
        assert!(!told(OTHER), "{:#?}", report.findings);
        let summary = case.heal(&report);
        let mut lost = summary.lost.iter();
        let lost = lost.find(|finding| finding.subject == PACK).unwrap();
        assert_eq!(lost.code, S012);
        assert!(!summary.is_whole());
    }
}

#[test]
fn s002_a_missing_pack_is_made_again() {
    let case = Case::new();
    case.remove(PACK);
    case.expect(&[(S002, PACK)]);
}

#[test]
fn s003_a_truncated_pack_is_completed() {
    let case = Case::new();
    case.edit(PACK, |bytes| bytes.truncate(40_000));
    let report = case.report();
    assert!(report.findings[0].place.starts_with("bytes 40000-"));
    case.expect(&[(S003, PACK), (S001, PACK)]);
}

#[test]
fn s004_what_was_added_to_a_pack_is_cut_off() {
    let case = Case::new();
    case.edit(PACK, |bytes| bytes.extend(b"more"));
    case.expect(&[(S004, PACK)]);
}

#[test]
fn s005_swapped_packs_get_their_names_back() {
    let case = Case::new();
    case.rename(PACK, "parked");
    case.rename(OTHER, PACK);
    case.rename("parked", OTHER);
    let plan = plan_repair(&case.report());
    assert_eq!(
        (plan.moves.len(), plan.rebuilds.len()),
        (2, 0),
        "nothing is coded"
    );
    case.expect(&[(S005, PACK), (S005, OTHER)]);
}

#[test]
fn s005_swapped_and_damaged_packs_are_known_by_their_leaves() {
    let case = Case::new();
    case.rename(PACK, "parked");
    case.rename(OTHER, PACK);
    case.rename("parked", OTHER);
    case.flip(PACK, 3);
    case.flip(OTHER, 20_000);
    case.expect(&[(S005, PACK), (S001, PACK), (S005, OTHER), (S001, OTHER)]);
}

#[test]
fn s005_a_pack_outside_its_bag_comes_back() {
    let case = Case::new();
    case.rename(PACK, "0002-audio-open-recovery/data/strange name.tar");
    case.expect(&[(S005, PACK)]);
}

#[test]
fn s006_leaf_files_are_made_again() {
    let recovery = "0002-audio-open-recovery/data/leaves/0002-audio-open-s0000-recovery.leaves";
    let case = Case::new();
    case.flip(LEAVES, 1_000);
    case.remove(recovery);
    case.expect(&[(S006, LEAVES), (S006, recovery)]);
}

#[test]
fn s007_the_index_is_made_again_from_the_packs() {
    let index = "0002-audio-open/data/index.jsonl";
    for damage in [true, false] {
        let case = Case::new();
        match damage {
            true => case.flip(index, 100),
            false => case.remove(index),
        }
        case.expect(&[(S007, index)]);
    }
}

#[test]
fn s008_manifests_are_made_again() {
    let manifest = "0002-audio-open/manifest-sha256.txt";
    let tags = "0002-audio-open-recovery/tagmanifest-sha256.txt";
    let case = Case::new();
    case.flip(manifest, 70);
    case.remove(tags);
    case.expect(&[(S008, manifest), (S008, tags)]);
}

#[test]
fn s009_tag_files_come_back_from_a_kit() {
    let (readme, info) = (
        "0002-audio-open/README.txt",
        "0002-audio-open-recovery/bag-info.txt",
    );
    let case = Case::new();
    case.flip(readme, 2);
    case.remove(info);
    case.expect(&[(S009, readme), (S009, info)]);
}

#[test]
fn s010_recovery_packs_are_coded_again() {
    let case = Case::new();
    case.flip(RECOVERY, 17_000);
    case.remove(RECOVERY_1);
    case.expect(&[(S010, RECOVERY), (S010, RECOVERY_1)]);
}

#[test]
fn s011_a_damaged_kit_comes_back_from_the_next_pack() {
    let case = Case::new();
    let length = case.fixture.tree[RECOVERY].len();
    case.flip(RECOVERY, length - 100);
    case.expect(&[(S011, RECOVERY)]);
}

#[test]
fn s011_all_kits_of_a_stripe_are_made_again_as_at_sealing() {
    let case = Case::new();
    for pack in [RECOVERY, RECOVERY_1] {
        let length = case.fixture.tree[pack].len();
        case.flip(pack, length - 100);
    }
    case.expect(&[(S011, RECOVERY), (S011, RECOVERY_1)]);
}

#[test]
fn kits_and_a_pack_are_healed_by_what_leaf_files_tell() {
    let case = Case::new();
    for pack in [RECOVERY, RECOVERY_1] {
        let length = case.fixture.tree[pack].len();
        case.flip(pack, length - 100);
    }
    case.remove(PACK);
    case.flip(OTHER, 5);
    let summary = case.heal(&case.report());
    assert!(
        summary.is_whole() && case.is_as_sealed(),
        "{:#?}",
        summary.remaining
    );
}

#[test]
fn kits_and_leaf_files_gone_the_manifest_still_heals() {
    let case = Case::new();
    for pack in [RECOVERY, RECOVERY_1] {
        let length = case.fixture.tree[pack].len();
        case.flip(pack, length - 4_000);
    }
    for path in case
        .fixture
        .tree
        .keys()
        .filter(|path| path.ends_with(".leaves"))
    {
        case.remove(path);
    }
    case.remove(PACK);
    let summary = case.heal(&case.report());
    assert!(
        summary.is_whole() && case.is_as_sealed(),
        "{:#?}",
        summary.remaining
    );
}

#[test]
fn s012_names_what_is_lost_and_the_rest_is_healed() {
    let case = Case::new();
    case.remove(PACK);
    case.flip(OTHER, 20_000);
    case.flip(RECOVERY, 20_000);
    case.flip("0002-audio-open/data/packs/0002-audio-open-000003.tar", 5);
    let report = case.report();
    let plan = plan_repair(&report);
    assert!(plan.to_string().contains("lost"), "{plan}");
    let summary = case.heal(&report);
    assert!(!summary.is_whole());
    let lost = summary
        .lost
        .iter()
        .find(|finding| finding.subject == PACK)
        .unwrap();
    assert_eq!((lost.code, lost.place.as_str()), (S012, "1 leaf of 16 KiB"));
    assert!(lost.seen.contains("Artist 1"), "{lost}");
    let mut named = summary.lost_items.iter();
    let named = named.find(|lost| lost.pack == PACK).unwrap();
    assert_eq!(named.item.artist.as_deref(), Some("Artist 1"), "{named}");
    assert!(summary.lost_items.iter().all(|it| it.pack != RECOVERY));
    let now = tree(&case.fixture.folder);
    let leaf = 16_384..32_768;
    for path in [PACK, OTHER] {
        let (now, original) = (&now[path], &case.fixture.tree[path]);
        assert_eq!(now[..leaf.start], original[..leaf.start]);
        assert_eq!(now[leaf.end..], original[leaf.end..]);
        assert_ne!(now[leaf.clone()], original[leaf.clone()]);
    }
    let again = case.heal(&case.report());
    assert_eq!(again.healed, [], "a second repair changes nothing");
    assert_eq!(again.lost, summary.lost);
}

#[test]
fn s012_without_recovery_packs_nothing_is_promised() {
    let case = Case::new();
    fs::remove_dir_all(case.fixture.recovery()).unwrap();
    let bag = Folders {
        data: case.fixture.data().into(),
        recovery: None,
        volumes: longplay_store::spread::Volumes::default(),
    };
    let alone = || verify_tranche(&bag, &Silent).unwrap();
    assert_eq!(alone().findings, []);
    case.flip(PACK, 20_000);
    case.remove(LEAVES);
    let report = alone();
    let plan = plan_repair(&report);
    let summary = repair(&bag, &plan, None, &Silent).unwrap();
    assert_eq!(summary.healed, []);
    assert!(summary.lost.iter().any(|finding| finding.subject == PACK));
}

#[test]
fn s013_strange_files_are_told_and_left() {
    let case = Case::new();
    let strange = "0002-audio-open/data/notes.txt";
    let copy = "0002-audio-open/data/packs/copy.tar";
    fs::write(case.fixture.path(strange), b"hello").unwrap();
    fs::copy(case.fixture.path(PACK), case.fixture.path(copy)).unwrap();
    let report = case.report();
    assert!(report.is_sound());
    case.expect(&[(S013, strange), (S013, copy)]);
    assert!(case.fixture.path(strange).is_file());
}

#[test]
fn s018_a_tranche_that_the_journal_knows_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("home");
    let clock = FixedClock(Timestamp::from_unix_seconds(0));
    Home::create(&root, &Config::new("Trial"), &clock).unwrap();
    let home = Home::open(&root, Mode::Write, &Silent).unwrap();
    let fixture = Fixture::build(&shape(), 1).at(&home.tranches_dir().to_local().unwrap());
    for tranche in [NAME, "0003-audio-open"] {
        let event = Event::Sealing {
            tranche: tranche.into(),
            tagmanifest: fixture.promise.data.unwrap(),
            recovery: fixture.promise.recovery.unwrap(),
            bytes: 1,
            recovery_bytes: 1,
        };
        home.record(event, &clock).unwrap();
    }
    let report = verify(&home, &VerifyOptions::default(), &Unhurried, &Silent).unwrap();
    let told: Vec<_> = report
        .findings()
        .map(|f| (f.code, f.subject.clone()))
        .collect();
    assert_eq!(told, [(S018, "0003-audio-open".to_owned())]);
    assert_eq!(report.events().len(), 2);
    let only = VerifyOptions {
        tranches: Some(vec![NAME.into()]),
        ..VerifyOptions::default()
    };
    assert!(
        verify(&home, &only, &Unhurried, &Silent)
            .unwrap()
            .is_sound()
    );
}

#[test]
fn a_whole_recovery_bag_is_healed_from_the_packs() {
    let case = Case::new();
    for path in case
        .fixture
        .tree
        .keys()
        .filter(|path| path.ends_with(".rec"))
    {
        case.remove(path);
    }
    let summary = case.heal(&case.report());
    assert!(
        summary.is_whole() && case.is_as_sealed(),
        "{:#?}",
        summary.remaining
    );
}

#[test]
fn everything_small_gone_is_made_again_byte_for_byte() {
    let case = Case::new();
    for path in case.fixture.tree.keys() {
        if !path.ends_with(".tar") && !path.ends_with(".rec") {
            case.remove(path);
        }
    }
    case.remove(PACK);
    case.edit(RECOVERY, |bytes| bytes.truncate(100));
    let summary = case.heal(&case.report());
    assert!(
        summary.is_whole() && case.is_as_sealed(),
        "{:#?}",
        summary.remaining
    );
}

#[test]
fn a_renamed_folder_is_known_by_what_is_in_it() {
    let case = Case::new();
    case.rename(NAME, "my copy");
    case.rename(&format!("{NAME}-recovery"), "my other copy");
    case.flip("my copy/data/packs/0002-audio-open-000001.tar", 5);
    let folders = Folders {
        data: case.fixture.path("my copy").into(),
        recovery: Some(case.fixture.path("my other copy").into()),
        volumes: longplay_store::spread::Volumes::default(),
    };
    let report = verify_tranche(&folders, &Silent).unwrap();
    assert_eq!(report.name, NAME);
    let codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [S001]);
    let summary = repair(&folders, &plan_repair(&report), None, &Silent).unwrap();
    assert!(summary.is_whole());
}

#[test]
fn a_recovery_bag_that_is_lost_is_made_again() {
    for small_too in [false, true] {
        let case = Case::new();
        fs::remove_dir_all(case.fixture.recovery()).unwrap();
        if small_too {
            case.remove(LEAVES);
            case.remove("0002-audio-open/data/index.jsonl");
            case.remove("0002-audio-open/manifest-sha256.txt");
        }
        let summary = case.heal(&case.promised());
        assert!(
            summary.is_whole() && case.is_as_sealed(),
            "{:#?}",
            summary.remaining
        );
    }
}

/// The same tranche as it might have been sealed earlier: other bytes, equal
/// names.
fn stale() -> Fixture {
    Fixture::build(&shape(), 99)
}

#[test]
fn a_kit_of_an_older_sealing_is_not_believed() {
    for promised in [false, true] {
        let case = Case::new();
        fs::write(case.fixture.path(RECOVERY), &stale().tree[RECOVERY]).unwrap();
        case.flip(PACK, 20_000);
        let report = if promised {
            case.promised()
        } else {
            case.report()
        };
        let pack = report
            .files
            .iter()
            .find(|file| PACK.ends_with(&file.path))
            .unwrap();
        let FileState::Damaged { leaves, .. } = &pack.state else {
            panic!("{:?}", pack.state);
        };
        assert_eq!(leaves.numbers().collect::<Vec<_>>(), [1]);
        let summary = case.heal(&report);
        assert!(
            summary.is_whole() && case.is_as_sealed(),
            "{:#?}",
            summary.remaining
        );
    }
}

#[test]
fn an_older_kit_alone_does_not_outweigh_the_packs() {
    let case = Case::new();
    let old = stale();
    fs::write(case.fixture.path(RECOVERY), &old.tree[RECOVERY]).unwrap();
    case.remove(RECOVERY_1);
    for path in case.fixture.tree.keys() {
        if !path.ends_with(".tar") && !path.ends_with(".rec") {
            case.remove(path);
        }
    }
    let summary = case.heal(&case.report());
    let now = tree(&case.fixture.folder);
    for path in case
        .fixture
        .tree
        .keys()
        .filter(|path| path.ends_with(".tar"))
    {
        assert_eq!(now[path], case.fixture.tree[path], "{path}");
    }
    assert!(
        summary.is_whole() && case.is_as_sealed(),
        "{:#?}",
        summary.remaining
    );
}

#[test]
fn leaf_file_and_manifest_of_an_older_sealing_are_not_believed() {
    let case = Case::new();
    let old = stale();
    for path in [
        LEAVES,
        "0002-audio-open/manifest-sha256.txt",
        "0002-audio-open/tagmanifest-sha256.txt",
        "0002-audio-open/data/index.jsonl",
    ] {
        fs::write(case.fixture.path(path), &old.tree[path]).unwrap();
    }
    case.flip(PACK, 7);
    let summary = case.heal(&case.promised());
    assert!(
        summary.is_whole() && case.is_as_sealed(),
        "{:#?}",
        summary.remaining
    );
}

#[test]
fn a_tranche_that_is_not_the_journals_is_told() {
    let case = Case::of(&stale());
    let promise = Fixture::build(&shape(), 1).promise;
    let report = verify_promised(&case.folders(), &promise, &Silent).unwrap();
    let told: Vec<_> = report
        .findings
        .iter()
        .map(|f| (f.code, f.subject.as_str()))
        .collect();
    let tags = ["0002-audio-open", "0002-audio-open-recovery"]
        .map(|bag| format!("{bag}/tagmanifest-sha256.txt"));
    assert_eq!(told, [(S008, tags[0].as_str()), (S008, tags[1].as_str())]);
    let before = tree(&case.fixture.folder);
    assert!(!case.heal(&report).is_whole());
    assert_eq!(tree(&case.fixture.folder), before);
}

#[test]
fn leftovers_of_a_killed_repair_are_taken_away() {
    let case = Case::new();
    let leftover = case
        .fixture
        .path("0002-audio-open/data/packs/.longplay-0123456789abcdef.tmp");
    fs::write(&leftover, b"half a pack").unwrap();
    case.expect(&[]);
    assert!(!leftover.exists());
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_an_error_that_names_it() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::new();
    let path = case.fixture.path(PACK);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        return; // The superuser may read everything.
    }
    let error = verify_tranche(&case.folders(), &Silent);
    let text = error.unwrap_err().to_string();
    assert!(text.contains(Path::new(PACK).to_str().unwrap()), "{text}");
}

/// What `seal` wrote: sound, and each bag of recovery packs can be made again
/// from the packs, as can the packs from it.
#[test]
fn sealed_tranches_are_sound_and_healed() {
    let archive = Archive::new(4, 2);
    archive.fill(40, Access::Open);
    archive.seal();
    let home = archive.open();
    let sealed = tree(&archive.tranches());
    let sound = verify(&home, &VerifyOptions::default(), &Unhurried, &Silent).unwrap();
    assert!(sound.is_sound() && sound.tranches.len() == 2);
    assert_eq!(sound.findings().count(), 0);
    for recovery_too in [true, false] {
        for name in sound.tranches.iter().map(|tranche| &tranche.name) {
            let recovery = archive.tranches().join(format!("{name}-recovery"));
            match recovery_too {
                true => fs::remove_dir_all(&recovery).unwrap(),
                false => {
                    fs::remove_dir_all(archive.tranches().join(name).join("data/leaves")).unwrap()
                }
            }
            let pack = archive
                .tranches()
                .join(format!("{name}/data/packs/{name}-000001.tar"));
            if !recovery_too && pack.is_file() {
                fs::remove_file(pack).unwrap();
            }
        }
        for report in verify(&home, &VerifyOptions::default(), &Unhurried, &Silent)
            .unwrap()
            .tranches
        {
            assert!(!report.is_sound());
            let recovery = format!("{}-recovery", report.name);
            let folders = Folders {
                data: archive.tranches().join(&report.name).into(),
                recovery: Some(archive.tranches().join(recovery).into()),
                volumes: longplay_store::spread::Volumes::default(),
            };
            let summary = repair(&folders, &plan_repair(&report), None, &Silent).unwrap();
            assert!(summary.is_whole(), "{:#?}", summary.remaining);
        }
        assert_eq!(tree(&archive.tranches()), sealed);
    }
}
