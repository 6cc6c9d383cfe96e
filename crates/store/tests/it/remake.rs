//! Everything but packs and recovery packs deleted, and made again.

use {
    crate::{
        archive::{Archive, Ear, NOW, staged},
        fixture::tree,
        seal_killed::Killer,
    },
    longplay_model::{
        Access, Finding,
        FindingCode::{self, *},
        How, Receipt, Silent,
    },
    longplay_store::{
        DisksAlone, Error, Remade, Unhurried, VerifyOptions, remake,
        seal::{Payload, SealRequest, execute, plan},
        verify,
    },
    std::{
        collections::BTreeMap,
        fs,
        panic::{AssertUnwindSafe, catch_unwind},
        path::Path,
        thread,
        time::Duration,
    },
};

type Tree = BTreeMap<String, Vec<u8>>;

/// Two audio tranches of different classes, their art, and one of tables.
fn sealed() -> Archive {
    let archive = Archive::new(4, 2);
    archive.fill(9, Access::Open);
    archive.seal();
    let tables = archive.folder.path().join("tables");
    fs::create_dir(&tables).unwrap();
    fs::write(tables.join("tracks.parquet"), vec![7; 50_000]).unwrap();
    fs::write(tables.join("artists.parquet"), vec![9; 20_000]).unwrap();
    let files = ["artists.parquet", "tracks.parquet"]
        .map(|name| (name.to_owned(), tables.join(name).into()))
        .to_vec();
    let request = SealRequest {
        payload: Payload::Files {
            access: Access::Open,
            files,
        },
        ..staged()
    };
    let home = archive.open();
    let planned = plan(&home, &request).unwrap();
    execute(&home, &planned, &*NOW, &Silent).unwrap();
    drop(home);
    archive.fill(14, Access::Dark);
    archive.seal();
    archive
}

fn run(archive: &Archive) -> (Remade, Vec<Finding>) {
    let ear = Ear::default();
    let remade = remake(archive.root(), &DisksAlone, false, &*NOW, &mut |_| {}, &ear).unwrap();
    (remade, ear.0.into_inner().unwrap())
}

fn codes(findings: &[Finding]) -> Vec<FindingCode> {
    findings.iter().map(|finding| finding.code).collect()
}

fn remove_cache(archive: &Archive) {
    for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
        let _absent = fs::remove_file(archive.root().join(name));
    }
}

/// Index, leaf files, manifests and tag files of every tranche.
fn remove_small_files(archive: &Archive) {
    for path in tree(&archive.tranches()).keys() {
        let kept = path.ends_with(".tar") || path.ends_with(".rec") || path.contains("/catalog/");
        if !kept {
            fs::remove_file(archive.tranches().join(path)).unwrap();
        }
    }
}

fn receipts(archive: &Archive) -> Vec<Receipt> {
    let mut receipts = archive.open().state().all_receipts().unwrap();
    receipts.sort_by_key(|receipt| receipt.track);
    receipts
}

fn assert_same(now: &Tree, before: &Tree) {
    let differ = before
        .iter()
        .filter(|(path, it)| now.get(*path) != Some(it));
    let differ: Vec<_> = differ.map(|(path, _)| path).collect();
    let more: Vec<_> = now
        .keys()
        .filter(|path| !before.contains_key(*path))
        .collect();
    assert!(differ.is_empty() && more.is_empty(), "{differ:?} {more:?}");
}

fn journal(archive: &Archive) -> Tree {
    tree(&archive.root().join("journal"))
}

fn assert_verifies(archive: &Archive) {
    let home = archive.open();
    let report = verify(&home, &VerifyOptions::default(), &Unhurried, &Silent).unwrap();
    assert!(report.is_sound());
    assert!(!report.tranches.is_empty());
}

#[test]
fn all_that_is_made_comes_back_byte_for_byte() {
    let archive = sealed();
    let (before, held) = (tree(&archive.tranches()), receipts(&archive));
    remove_cache(&archive);
    remove_small_files(&archive);
    assert!(tree(&archive.tranches()).len() < before.len() / 2);
    let (remade, findings) = run(&archive);
    assert_same(&tree(&archive.tranches()), &before);
    assert_eq!(codes(&findings), [S015]);
    assert!(remade.cache && remade.entered.is_empty() && remade.gone.is_empty());
    assert_eq!((remade.receipts, remade.tranches), (0, 5));
    assert_eq!(receipts(&archive), held);

    let entries = journal(&archive);
    let (again, findings) = run(&archive);
    assert_eq!(findings, []);
    assert!(again.repaired.is_empty() && !again.cache);
    assert_same(&journal(&archive), &entries);
}

#[test]
fn a_lost_journal_is_read_off_the_tranches() {
    let archive = sealed();
    let (before, held) = (tree(&archive.tranches()), receipts(&archive));
    let sealed = archive.open().state().sealed().unwrap();
    let counts = archive.open().state().counts().unwrap();
    remove_cache(&archive);
    remove_small_files(&archive);
    fs::remove_dir_all(archive.root().join("journal")).unwrap();
    let (remade, findings) = run(&archive);
    assert_eq!(codes(&findings), [S017], "{findings:#?}");
    assert_same(&tree(&archive.tranches()), &before);
    assert_eq!(remade.entered.len(), 5);
    assert_eq!(remade.receipts, held.len() as u64);

    let home = archive.open();
    assert_eq!(home.state().counts().unwrap(), counts);
    assert_eq!(home.state().sealed().unwrap(), sealed);
    drop(home);
    let made: Vec<Receipt> = receipts(&archive);
    let blurred = held.into_iter().zip(&made).map(|(mut receipt, made)| {
        receipt.how = How::Index;
        receipt.order = made.order;
        let covers = receipt.cover.as_mut().into_iter();
        covers.for_each(|cover| (cover.width, cover.height) = (0, 0));
        receipt
    });
    assert_eq!(blurred.collect::<Vec<_>>(), made);
    let text = String::from_utf8(journal(&archive)["0001.jsonl"].clone()).unwrap();
    let is_marked = |line: &str| {
        let is_done_now = line.contains(r#""event":"repair""#);
        line.contains(r#""rebuilt":true"#) != is_done_now
    };
    assert!(text.lines().all(is_marked), "{text}");
    assert_verifies(&archive);

    let entries = journal(&archive);
    assert_eq!(run(&archive).1, []);
    assert_same(&journal(&archive), &entries);
    archive.fill(17, Access::Open);
    let next = archive.seal().tranches;
    assert!(next[0].name.starts_with("0006-"), "{next:?}");
}

#[test]
fn entries_that_were_lost_out_of_the_middle_come_back() {
    let archive = sealed();
    let held = receipts(&archive);
    let path = archive.root().join("journal/0001.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let lost = ["sealing", "staging-emptied", "Títle 9\"", "Títle 12\""];
    let is_kept = |line: &&str| !lost.iter().any(|word| line.contains(word));
    let kept: Vec<&str> = text.split_inclusive('\n').filter(is_kept).collect();
    fs::write(&path, kept.concat()).unwrap();
    let (remade, findings) = run(&archive);
    assert!(codes(&findings).contains(&S017), "{findings:#?}");
    assert_eq!((remade.entered.len(), remade.receipts), (5, 2));
    assert_eq!(receipts(&archive).len(), held.len());
    assert_eq!(archive.open().state().counts().unwrap().staged, 0);
    assert!(archive.plan().is_empty());
}

#[test]
fn a_remaking_killed_at_any_step_is_finished_by_another() {
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref::<&str>() != Some(&"killed") {
            eprintln!("{info}");
        }
    }));
    let wounded = || {
        let archive = Archive::new(2, 1);
        archive.fill(6, Access::Open);
        archive.seal();
        let before = tree(&archive.tranches());
        remove_cache(&archive);
        remove_small_files(&archive);
        fs::remove_dir_all(archive.root().join("journal")).unwrap();
        fs::remove_file(archive.root().join("longplay.toml")).unwrap();
        (archive, before)
    };
    let (reference, _) = wounded();
    run(&reference);
    let wanted = receipts(&reference);
    let mut steps = 0;
    loop {
        let (archive, before) = wounded();
        let killer = Killer::after(steps);
        let root = archive.root();
        let _ = catch_unwind(AssertUnwindSafe(|| {
            remake(&root, &DisksAlone, false, &killer, &mut |_| {}, &killer)
        }));
        if killer.was_reached() {
            run(&archive);
        }
        assert_same(&tree(&archive.tranches()), &before);
        assert_eq!(receipts(&archive), wanted, "killed at step {steps}");
        assert_eq!(archive.open().state().counts().unwrap().staged, 0);
        if !killer.was_reached() {
            break;
        }
        // Reading takes many steps, and changes nothing.
        steps += 1 + steps / 16;
    }
    assert!(steps > 20, "only {steps} steps were tried");
}

#[test]
fn settings_come_from_the_newest_tranche() {
    let archive = sealed();
    let path = archive.root().join("longplay.toml");
    for damage in [None, Some("version = 1\nname = \"Test"), Some("\u{0}")] {
        match damage {
            None => fs::remove_file(&path).unwrap(),
            Some(text) => fs::write(&path, text).unwrap(),
        }
        let (remade, findings) = run(&archive);
        assert_eq!(codes(&findings), [S023], "{findings:#?}");
        let told = remade.settings.unwrap();
        assert!(told.starts_with("0005-"), "{told}");
        let home = archive.open();
        assert_eq!(home.config().name, "Test archive");
        assert_eq!((home.config().recovery.k, home.config().recovery.m), (4, 2));
    }
    let kept = fs::read(archive.root().join("longplay.toml.damaged-2")).unwrap();
    assert_eq!(kept, b"\0");
}

#[test]
fn settings_that_were_mended_meanwhile_are_kept() {
    let archive = sealed();
    let path = archive.root().join("longplay.toml");
    let sound = fs::read(&path).unwrap();
    let first = archive.open();
    fs::write(&path, "version = 1\nname = \"Test").unwrap();
    thread::scope(|scope| {
        let second = scope.spawn(|| run(&archive));
        thread::sleep(Duration::from_millis(200));
        fs::write(&path, &sound).unwrap();
        drop(first);
        let (remade, findings) = second.join().unwrap();
        assert!(remade.settings.is_none() && findings.is_empty());
    });
    assert_eq!(fs::read(&path).unwrap(), sound);
    assert!(!archive.root().join("longplay.toml.damaged-1").exists());
}

#[test]
fn settings_that_nothing_tells_are_an_error_that_says_what_to_write() {
    let archive = Archive::new(4, 2);
    fs::remove_file(archive.root().join("longplay.toml")).unwrap();
    let error = remake(
        archive.root(),
        &DisksAlone,
        false,
        &*NOW,
        &mut |_| {},
        &Silent,
    )
    .unwrap_err();
    assert!(matches!(error, Error::NoSettings { .. }));
    assert!(error.to_string().contains("version = 1"), "{error}");
    assert!(!archive.root().join("longplay.toml").exists());

    let path = archive.root().join("longplay.toml");
    fs::write(&path, "version = 9\nname = \"Tomorrow\"\n").unwrap();
    let error = remake(
        archive.root(),
        &DisksAlone,
        false,
        &*NOW,
        &mut |_| {},
        &Silent,
    )
    .unwrap_err();
    assert!(matches!(error, Error::NewerFormat { .. }));
}

fn remove_tranche(archive: &Archive, name: &str) {
    for bag in [name.to_owned(), format!("{name}-recovery")] {
        fs::remove_dir_all(archive.tranches().join(bag)).unwrap();
    }
}

#[test]
fn tranches_that_are_gone_are_told_with_their_tracks() {
    let archive = sealed();
    remove_tranche(&archive, "0004-audio-dark");
    let (remade, findings) = run(&archive);
    assert_eq!(codes(&findings), [S018, S026], "{findings:#?}");
    assert_eq!(remade.gone[0].name, "0004-audio-dark");
    assert!(
        findings[0].seen.contains("B in packs, and "),
        "{}",
        findings[0]
    );
    // Those of the open tranche were taken in again as dark ones: it holds them.
    assert_eq!(remade.lost.len(), 5);
    assert!(
        findings[1].seen.contains("\"Títle 9\" by Artist 2"),
        "{}",
        findings[1]
    );
    assert_eq!(archive.open().state().sealed().unwrap().len(), 5);
}

#[test]
fn numbers_that_no_folder_bears_are_told_when_the_journal_is_lost() {
    let archive = sealed();
    remove_cache(&archive);
    remove_tranche(&archive, "0002-art-open");
    fs::remove_dir_all(archive.root().join("journal")).unwrap();
    let (remade, findings) = run(&archive);
    assert_eq!(codes(&findings), [S017, S018], "{findings:#?}");
    assert_eq!(findings[1].subject, "tranche 0002");
    // Nothing tells of the covers that were there.
    assert_eq!(remade.entered.len(), 4);
    assert_eq!(archive.open().state().counts().unwrap().staged, 0);
}

fn rename(folder: &Path, from: &str, to: &str) {
    fs::rename(folder.join(from), folder.join(to)).unwrap();
}

#[test]
fn a_tranche_under_anothers_name_is_not_entered() {
    let archive = sealed();
    remove_cache(&archive);
    fs::remove_dir_all(archive.root().join("journal")).unwrap();
    for ending in ["", "-recovery"] {
        let [from, to] = ["0005-art-dark", "0006-art-dark"].map(|it| format!("{it}{ending}"));
        rename(&archive.tranches(), &from, &to);
    }
    let (remade, findings) = run(&archive);
    assert!(codes(&findings).contains(&S024), "{findings:#?}");
    assert_eq!(remade.entered.len(), 4);
}

#[test]
fn what_cannot_be_promised_is_not_entered() {
    let archive = sealed();
    remove_cache(&archive);
    remove_small_files(&archive);
    fs::remove_dir_all(archive.root().join("journal")).unwrap();
    let packs = archive.tranches().join("0001-audio-open-recovery");
    fs::remove_dir_all(packs).unwrap();
    let (remade, findings) = run(&archive);
    let told = findings.iter().filter(|finding| finding.code == S024);
    let told: Vec<&str> = told.map(|finding| finding.subject.as_str()).collect();
    assert_eq!(told, ["0001-audio-open"], "{findings:#?}");
    assert_eq!(remade.entered.len(), 4);
}

#[test]
fn a_damaged_tranche_whose_sealing_has_not_ended_is_left_to_it() {
    let archive = Archive::new(2, 1);
    archive.fill(6, Access::Open);
    let home = archive.open();
    let planned = plan(&home, &staged()).unwrap();
    let name = planned.tranches[0].name.to_string();
    // Killed when both bags have their names, and the journal no entry.
    for steps in 0.. {
        let killer = Killer::after(steps);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            execute(&home, &planned, &killer, &killer)
        }));
        if archive.tranches().join(&name).is_dir() {
            break;
        }
    }
    assert!(home.state().sealed().unwrap().is_empty());
    drop(home);
    let packs = archive.tranches().join(&name).join("data/packs");
    fs::remove_dir_all(&packs).unwrap();
    let (remade, findings) = run(&archive);
    assert!(codes(&findings).contains(&S024), "{findings:#?}");
    assert!(remade.entered.is_empty());
    let sealed = archive.seal();
    assert_eq!(sealed.tranches[0].name, name);
    assert_eq!(archive.open().state().counts().unwrap().staged, 0);
    assert_verifies(&archive);
    assert_eq!(run(&archive).1, []);
}

#[test]
fn staged_blobs_that_nothing_speaks_of_are_kept_from_the_sweep() {
    let archive = sealed();
    let home = archive.open();
    let blob = archive.stage(&home, b"taken in and never sealed");
    drop(home);
    // While the journal is whole, this is what a killed command left.
    assert_eq!(run(&archive).1, []);
    fs::remove_dir_all(archive.root().join("journal")).unwrap();
    let (remade, findings) = run(&archive);
    assert!(codes(&findings).contains(&S025), "{findings:#?}");
    assert_eq!(remade.unclaimed, [blob]);
    let home = archive.open();
    assert_eq!(home.sweep_staging().unwrap(), 0);
    let kept = archive.root().join(format!("staging/unclaimed/{blob}"));
    assert_eq!(fs::read(kept).unwrap(), b"taken in and never sealed");
}

#[test]
fn a_dry_run_tells_the_same_and_changes_nothing() {
    let archive = sealed();
    remove_cache(&archive);
    remove_small_files(&archive);
    fs::remove_dir_all(archive.root().join("journal")).unwrap();
    fs::remove_file(archive.root().join("longplay.toml")).unwrap();
    let before = archive.files();
    let (ear, mut plans) = (Ear::default(), Vec::new());
    let mut planned = |look: &longplay_store::TrancheLook| plans.push(look.clone());
    let would = remake(archive.root(), &DisksAlone, true, &*NOW, &mut planned, &ear).unwrap();
    assert_same(&archive.files(), &before);
    let told = codes(&ear.0.into_inner().unwrap());
    let (did, findings) = run(&archive);
    assert_eq!(told, codes(&findings));
    assert_eq!(would.entered, did.entered);
    assert_eq!(would.receipts, did.receipts);
    assert_eq!(plans.len(), 5);
    assert!(plans.iter().all(|look| !look.plan.rewrites.is_empty()));
}

#[test]
fn packs_are_healed_on_the_way() {
    let archive = sealed();
    let before = tree(&archive.tranches());
    let pack = archive
        .tranches()
        .join("0001-audio-open/data/packs/0001-audio-open-000001.tar");
    fs::remove_file(pack).unwrap();
    remove_small_files(&archive);
    let (remade, _) = run(&archive);
    assert_same(&tree(&archive.tranches()), &before);
    let healed: usize = remade.repaired.iter().map(|it| it.healed.len()).sum();
    assert_eq!(healed, 1);
    let text = String::from_utf8(journal(&archive)["0001.jsonl"].clone()).unwrap();
    assert!(text.contains(r#""event":"repair""#));
    assert!(archive.open().state().sealed().unwrap().len() == 5);
}
