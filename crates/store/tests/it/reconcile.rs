//! What should be there, what is there, and what of it goes back to its place.

use {
    crate::{
        archive::{Archive, Ear, NOW, noise, receipt},
        fixture::tree,
    },
    longplay_model::{
        Access, Digest, Event, Finding,
        FindingCode::{self, *},
        Silent,
    },
    longplay_store::{
        Error, ReconcilePlan, ReconcileSummary, plan_reconcile, reconcile, reconcile::tell,
    },
    std::{fs, path::PathBuf},
};

const NAME: &str = "0001-audio-open";

fn pack(number: u32) -> String {
    format!("tranches/{NAME}/data/packs/{NAME}-{number:06}.tar")
}

/// A sealed tranche, staged blobs, and a catalog as far as the journal names it.
fn archive() -> Archive {
    let archive = Archive::new(4, 2);
    archive.fill(12, Access::Open);
    archive.seal();
    let home = archive.open();
    let staged = (12..15).map(|number| {
        let audio = noise(number + 1, 5_000);
        let blob = (archive.stage(&home, &audio), audio.len());
        Event::Ingestion {
            receipt: Box::new(receipt(number, Access::Open, blob, None)),
        }
    });
    home.record_all(staged.collect(), &*NOW).unwrap();
    drop(home);
    let digest = Digest::of(b"source");
    let (source, snapshot) = (format!("sources/{digest}"), "0123456789abcdef");
    for path in [
        format!("{source}/source.json"),
        format!("{source}/records.zst"),
        format!("catalog/{snapshot}/snapshot.json"),
        format!("catalog/{snapshot}/tracks.parquet"),
        "plans/new.json".into(),
        "plans/new.parquet".into(),
        "plans/new.places.parquet".into(),
        "plans/new.marks.parquet".into(),
    ] {
        let path = archive.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"x").unwrap();
    }
    let events = vec![
        Event::Import {
            source: "label".into(),
            digest,
            records: 1,
            snapshot: snapshot.into(),
        },
        Event::Plan {
            plan: "new".into(),
            catalog: snapshot.into(),
        },
    ];
    archive.open().record_all(events, &*NOW).unwrap();
    archive
}

fn look(archive: &Archive) -> ReconcilePlan {
    plan_reconcile(&archive.open(), &Silent).unwrap()
}

fn apply(archive: &Archive, allow: bool) -> Result<ReconcileSummary, Error> {
    let home = archive.open();
    let plan = plan_reconcile(&home, &Silent).unwrap();
    reconcile(&home, &plan, allow, &*NOW, &Silent)
}

fn told(plan: &ReconcilePlan) -> Vec<Finding> {
    let ear = Ear::default();
    tell(plan, &ear);
    ear.0.into_inner().unwrap()
}

fn codes(findings: &[Finding]) -> Vec<FindingCode> {
    findings.iter().map(|finding| finding.code).collect()
}

fn at(archive: &Archive, path: &str) -> PathBuf {
    archive.root().join(path)
}

fn rename(archive: &Archive, from: &str, to: &str) {
    let to = at(archive, to);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::rename(at(archive, from), to).unwrap();
}

#[test]
fn an_archive_as_it_should_be_has_nothing_to_tell() {
    let archive = archive();
    let plan = look(&archive);
    assert_eq!(told(&plan), []);
    assert!(plan.is_sound() && plan.refusal().is_none());
    let on_disk = tree(&archive.tranches()).len() as u64;
    assert!(plan.expected.files > on_disk + 3, "{:?}", plan.expected);
    let before = archive.files();
    apply(&archive, false).unwrap();
    let mut after = archive.files();
    let journal = after.insert(
        "journal/0001.jsonl".into(),
        before["journal/0001.jsonl"].clone(),
    );
    assert!(
        String::from_utf8(journal.unwrap())
            .unwrap()
            .contains("reconciliation")
    );
    assert!(after == before);
}

#[test]
fn what_moved_goes_back_when_so_much_may_differ() {
    let archive = archive();
    let before = tree(&archive.tranches());
    rename(&archive, &pack(1), "tranches/pack.tar");
    let plan = look(&archive);
    let findings = told(&plan);
    assert_eq!(codes(&findings), [S022], "{findings:#?}");
    assert_eq!(findings[0].seen, "it stands as tranches/pack.tar");
    let refused = apply(&archive, false).unwrap_err();
    assert!(
        refused.to_string().contains("--allow-difference"),
        "{refused}"
    );
    assert!(at(&archive, "tranches/pack.tar").exists());
    let summary = apply(&archive, true).unwrap();
    assert_eq!(summary.before.moved.files, 1);
    assert_eq!(summary.after.difference(), Default::default());
    assert!(tree(&archive.tranches()) == before);
    let journal = fs::read_to_string(at(&archive, "journal/0001.jsonl")).unwrap();
    let last = journal.lines().last().unwrap();
    assert!(
        last.contains(r#""event":"reconciliation""#)
            && last.contains(r#""moved":{"files":1,"#)
            && last.contains(r#""after":{"lost":{"files":0,"#),
        "{last}"
    );
}

#[test]
fn one_of_many_files_goes_back_without_asking() {
    let archive = Archive::new(4, 2);
    archive.fill(150, Access::Open);
    let home = archive.open();
    let staged = home.state().staged().unwrap();
    let blob = staged
        .iter()
        .min_by_key(|receipt| receipt.bytes)
        .unwrap()
        .blob;
    let path = home.staging().location(&blob).to_local().unwrap();
    let elsewhere = at(&archive, "elsewhere");
    drop(home);
    fs::rename(&path, &elsewhere).unwrap();
    assert_eq!(codes(&told(&look(&archive))), [S022]);
    assert!(look(&archive).refusal().is_none());
    let summary = apply(&archive, false).unwrap();
    assert_eq!(summary.moved.len(), 1);
    assert!(path.exists() && !elsewhere.exists());
}

#[test]
fn a_whole_tranche_under_another_name_comes_back() {
    let archive = archive();
    let before = tree(&archive.tranches());
    for ending in ["", "-recovery"] {
        let (from, to) = (format!("tranches/{NAME}{ending}"), format!("old/{ending}x"));
        rename(&archive, &from, &to);
    }
    let plan = look(&archive);
    assert!(plan.lost.is_empty() && plan.unknown.is_empty(), "{plan:#?}");
    assert_eq!(
        plan.moved.len(),
        before.keys().filter(|it| it.contains(NAME)).count()
    );
    apply(&archive, true).unwrap();
    assert!(tree(&archive.tranches()) == before);
    assert!(!at(&archive, "old").exists());
}

#[test]
fn lost_packs_are_told_track_by_track_and_strays_left_alone() {
    let archive = archive();
    fs::remove_file(at(&archive, &pack(0))).unwrap();
    fs::write(at(&archive, "notes.txt"), b"mine").unwrap();
    fs::write(at(&archive, "tranches/notes.txt"), b"mine too").unwrap();
    let findings = told(&look(&archive));
    assert_eq!(codes(&findings), [S021, S013, S013], "{findings:#?}");
    assert!(
        findings[0].seen.contains("\"Títle 0\" by Artist 0"),
        "{}",
        findings[0]
    );
    let summary = apply(&archive, true).unwrap();
    assert_eq!(summary.after.difference(), summary.before);
    assert!(at(&archive, "notes.txt").exists());
}

#[test]
fn a_tranche_that_is_gone_is_told_with_its_bytes_and_tracks() {
    let archive = archive();
    let sealed = archive.open().state().sealed().unwrap();
    for bag in [NAME.to_owned(), format!("{NAME}-recovery")] {
        fs::remove_dir_all(archive.tranches().join(bag)).unwrap();
    }
    let plan = look(&archive);
    assert_eq!(
        codes(&told(&plan)),
        [S021, S021, S026],
        "{:#?}",
        told(&plan)
    );
    assert_eq!(
        plan.difference().lost.bytes,
        sealed[0].bytes + sealed[0].recovery_bytes
    );
    assert_eq!(plan.tracks.len(), 12);
}

#[test]
fn what_stands_in_the_way_is_never_overwritten() {
    let archive = archive();
    rename(&archive, &pack(1), "tranches/pack.tar");
    fs::write(at(&archive, &pack(1)), b"something else").unwrap();
    let plan = look(&archive);
    assert_eq!(codes(&told(&plan)), [S021, S013], "{:#?}", told(&plan));
    assert!(
        told(&plan)[0]
            .seen
            .starts_with("14 bytes stand in its place")
    );
    apply(&archive, true).unwrap();
    assert_eq!(fs::read(at(&archive, &pack(1))).unwrap(), b"something else");
    assert!(at(&archive, "tranches/pack.tar").exists());
}

#[test]
fn files_in_each_others_places_go_round() {
    let archive = archive();
    let before = tree(&archive.tranches());
    let recovery = format!("tranches/{NAME}-recovery/data/recovery/{NAME}-s0000-r00.rec");
    assert_ne!(
        at(&archive, &recovery).metadata().unwrap().len(),
        at(&archive, &pack(2)).metadata().unwrap().len()
    );
    rename(&archive, &recovery, "parked");
    rename(&archive, &pack(2), &recovery);
    rename(&archive, "parked", &pack(2));
    let plan = look(&archive);
    assert_eq!(codes(&told(&plan)), [S022, S022], "{:#?}", told(&plan));
    apply(&archive, true).unwrap();
    assert!(tree(&archive.tranches()) == before);
}

#[test]
fn what_the_journal_names_and_nothing_holds_is_lost() {
    let archive = archive();
    let home = archive.open();
    let blob = home.state().staged().unwrap()[0].blob;
    fs::remove_file(home.staging().location(&blob).path()).unwrap();
    drop(home);
    fs::remove_dir_all(at(&archive, "sources")).unwrap();
    fs::remove_dir_all(at(&archive, "catalog")).unwrap();
    fs::remove_file(at(&archive, "plans/new.json")).unwrap();
    let findings = told(&look(&archive));
    assert_eq!(codes(&findings), [S021; 4], "{findings:#?}");
    let all: Vec<&str> = findings
        .iter()
        .map(|finding| finding.seen.as_str())
        .collect();
    let all = all.concat();
    assert!(
        all.contains("of the source \"label\"") && all.contains("made from"),
        "{all}"
    );
}

#[test]
fn folders_that_the_journal_does_not_know_are_told_once() {
    let archive = archive();
    for path in ["catalog/fedcba9876543210/a", "catalog/fedcba9876543210/b"] {
        let path = at(&archive, path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"x").unwrap();
    }
    fs::create_dir(at(&archive, "tranches/0009-audio-dark")).unwrap();
    fs::write(at(&archive, "tranches/0009-audio-dark/bagit.txt"), b"x").unwrap();
    let findings = told(&look(&archive));
    assert_eq!(codes(&findings), [S013, S013], "{findings:#?}");
    assert!(findings[0].seen.contains("2 files"), "{}", findings[0]);
    assert!(
        findings[1].seen.contains("longplay rebuild"),
        "{}",
        findings[1]
    );
}
