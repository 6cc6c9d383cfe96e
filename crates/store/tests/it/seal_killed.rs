//! Sealing ended at every step that can be told from outside, then begun
//! again: the result is that of a sealing that was never ended.

use {
    crate::archive::{Archive, Ear, NOW, noise, staged},
    longplay_model::{Access, Clock, Finding, Monitor, Silent, Timestamp, Unit},
    longplay_store::{
        DisksAlone, Error, remake,
        seal::{Payload, SealRequest, SealSummary, execute, plan},
    },
    std::{
        collections::BTreeMap,
        fs,
        panic::{AssertUnwindSafe, catch_unwind},
        sync::atomic::{AtomicI64, Ordering},
    },
};

/// Panics at a step, as a kill would end the command there.
pub struct Killer {
    steps: AtomicI64,
}

impl Killer {
    pub fn after(steps: i64) -> Self {
        Self {
            steps: AtomicI64::new(steps),
        }
    }

    fn step(&self) {
        if self.steps.fetch_sub(1, Ordering::SeqCst) <= 0 {
            std::panic::panic_any("killed");
        }
    }

    pub fn was_reached(&self) -> bool {
        self.steps.load(Ordering::SeqCst) < 0
    }
}

impl Monitor for Killer {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {
        self.step();
    }
    fn advance(&self, _: u64) {
        self.step();
    }
    fn finding(&self, _: Finding) {
        self.step();
    }
    fn is_interrupted(&self) -> bool {
        self.step();
        false
    }
}

impl Clock for Killer {
    fn now(&self) -> Timestamp {
        self.step();
        NOW.now()
    }
}

fn sample() -> Archive {
    let archive = Archive::new(2, 1);
    archive.fill(14, Access::Open);
    let home = archive.open();
    let rotten = home.state().staged().unwrap()[9].blob;
    fs::write(
        home.staging().location(&rotten).path(),
        vec![0; 3_000 + 9 * 7_919 % 40_000],
    )
    .unwrap();
    drop(home);
    archive
}

/// Ends a sealing at a step; whether it came so far.
pub fn seal_until(archive: &Archive, steps: i64) -> bool {
    let home = archive.open();
    let killer = Killer::after(steps);
    let plan = plan(&home, &staged()).unwrap();
    let _ = catch_unwind(AssertUnwindSafe(|| execute(&home, &plan, &killer, &killer)));
    killer.was_reached()
}

#[test]
fn a_kill_at_any_step_changes_nothing_in_the_end() {
    std::panic::set_hook(Box::new(|info| {
        let killed = info.payload().downcast_ref::<&str>() == Some(&"killed");
        if !killed {
            eprintln!("{info}");
        }
    }));
    let reference = sample();
    reference.seal();
    crate::pieces::check(&reference.root());
    let wanted = reference.files();
    let mut steps = 0;
    loop {
        let archive = sample();
        let killed = seal_until(&archive, steps);
        crate::pieces::check_named(&archive.root());
        if killed {
            archive.seal();
        }
        let found = archive.files();
        let names = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
            files.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(names(&found), names(&wanted), "killed at step {steps}");
        for (path, bytes) in &wanted {
            assert!(found[path] == *bytes, "{path}, killed at step {steps}");
        }
        if !killed {
            break;
        }
        steps += 1;
    }
    assert!(steps > 20, "only {steps} steps were tried");
}

#[test]
fn two_kills_in_a_row_change_nothing_either() {
    let reference = sample();
    reference.seal();
    let wanted = reference.files();
    for steps in [(3, 2), (9, 9), (20, 5), (30, 1)] {
        let archive = sample();
        seal_until(&archive, steps.0);
        seal_until(&archive, steps.1);
        archive.seal();
        assert!(archive.files() == wanted, "killed at {steps:?}");
    }
}

const FIRST_PACK: &str = "0001-audio-open/data/packs/0001-audio-open-000000.tar";

/// Ends a sealing after both bags of the first tranche have their names.
fn named_but_not_entered() -> Archive {
    let archive = sample();
    for steps in 0.. {
        seal_until(&archive, steps);
        if archive.tranches().join("0001-audio-open").exists() {
            break;
        }
    }
    assert_eq!(archive.open().state().sealed().unwrap(), []);
    archive
}

#[test]
fn a_kill_between_the_two_names_is_healed() {
    let reference = sample();
    reference.seal();
    let archive = named_but_not_entered();
    let tranches = archive.tranches();
    fs::rename(
        tranches.join("0001-audio-open"),
        tranches.join(".partial-0001-audio-open"),
    )
    .unwrap();
    archive.seal();
    assert!(archive.files() == reference.files());
}

#[test]
fn a_finished_tranche_that_is_damaged_is_written_again() {
    let reference = sample();
    reference.seal();
    let archive = named_but_not_entered();
    damage(&archive, FIRST_PACK);
    archive.seal();
    assert!(archive.files() == reference.files());
}

/// As if an older journal and staging had been put back: of the first tranche,
/// named and not entered, staging holds nothing.
fn held_by_the_tranche_alone() -> (Archive, BTreeMap<String, Vec<u8>>) {
    let archive = named_but_not_entered();
    fs::remove_dir_all(archive.root().join("staging/blobs")).unwrap();
    let tranche = of_first_tranche(&archive);
    (archive, tranche)
}

fn damage(archive: &Archive, path: &str) {
    let path = archive.tranches().join(path);
    let mut bytes = fs::read(&path).unwrap();
    bytes[777] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn of_first_tranche(archive: &Archive) -> BTreeMap<String, Vec<u8>> {
    let mut files = archive.files();
    files.retain(|path, _| path.starts_with("tranches/0001-audio-open"));
    files
}

#[test]
fn a_finished_tranche_that_alone_holds_its_blobs_is_healed_and_not_removed() {
    let (archive, tranche) = held_by_the_tranche_alone();
    damage(&archive, FIRST_PACK);
    archive.seal();
    assert!(of_first_tranche(&archive) == tranche);
    let sealed = archive.open().state().sealed().unwrap();
    assert_eq!(sealed[0].name, "0001-audio-open");
}

#[test]
fn a_finished_tranche_that_lacks_one_blob_in_staging_is_healed_too() {
    let archive = named_but_not_entered();
    let tranche = of_first_tranche(&archive);
    let home = archive.open();
    let blob = home.state().staged().unwrap()[0].blob;
    home.staging().remove(&[blob]).unwrap();
    drop(home);
    damage(&archive, FIRST_PACK);
    archive.seal();
    assert!(of_first_tranche(&archive) == tranche);
}

#[test]
fn a_finished_tranche_beyond_recovery_that_staging_lacks_is_refused_and_kept() {
    let (archive, _) = held_by_the_tranche_alone();
    let packs = ["000000", "000001"].map(|it| format!("0001-audio-open-{it}.tar"));
    for pack in packs {
        damage(&archive, &format!("0001-audio-open/data/packs/{pack}"));
    }
    let damaged = of_first_tranche(&archive);
    let home = archive.open();
    let planned = plan(&home, &staged()).unwrap();
    let refused = execute(&home, &planned, &*NOW, &Silent).unwrap_err();
    assert!(
        matches!(&refused, Error::UnendedDamaged { tranche } if tranche == "0001-audio-open"),
        "{refused}"
    );
    assert!(refused.to_string().contains("longplay rebuild"));
    drop(home);
    assert!(of_first_tranche(&archive) == damaged);
    let remade = remake(
        archive.root(),
        &DisksAlone,
        false,
        &*NOW,
        &mut |_| {},
        &Silent,
    )
    .unwrap();
    assert_eq!(remade.entered, ["0001-audio-open"]);
    assert!(of_first_tranche(&archive) == damaged);
}

/// Catalog files beside an archive.
fn catalog(archive: &Archive) -> SealRequest {
    let files = [("tracks.parquet", 4_000), ("about.json", 300)];
    let files = files.map(|(name, bytes)| {
        let path = archive.folder.path().join(name);
        fs::write(&path, noise(bytes, bytes as usize)).unwrap();
        (name.to_owned(), path.into())
    });
    SealRequest {
        payload: Payload::Files {
            access: Access::Open,
            files: files.into(),
        },
        ..staged()
    }
}

/// Ends a sealing of a catalog when its tranche is named and not entered.
fn catalog_named_but_not_entered() -> (Archive, SealRequest) {
    let archive = Archive::new(2, 1);
    let request = catalog(&archive);
    for steps in 0.. {
        let home = archive.open();
        let killer = Killer::after(steps);
        let planned = plan(&home, &request).unwrap();
        let _ = catch_unwind(AssertUnwindSafe(|| {
            execute(&home, &planned, &killer, &killer)
        }));
        if archive.tranches().join("0001-metadata-open").exists() {
            break;
        }
    }
    assert_eq!(archive.open().state().sealed().unwrap(), []);
    (archive, request)
}

fn seal_catalog(archive: &Archive, request: &SealRequest) -> SealSummary {
    let home = archive.open();
    let planned = plan(&home, request).unwrap();
    execute(&home, &planned, &*NOW, &Silent).unwrap()
}

#[test]
fn a_finished_catalog_that_is_damaged_is_sealed_again_from_the_same_files() {
    let (archive, request) = catalog_named_but_not_entered();
    let whole = archive.files();
    damage(&archive, "0001-metadata-open/data/catalog/tracks.parquet");
    seal_catalog(&archive, &request);
    for (path, bytes) in whole.iter().filter(|(path, _)| path.contains("0001-")) {
        assert!(archive.files()[path] == *bytes, "{path}");
    }
}

#[test]
fn a_finished_catalog_of_other_files_is_healed_before_others_are_sealed() {
    let (archive, request) = catalog_named_but_not_entered();
    let whole = archive.files();
    damage(&archive, "0001-metadata-open/data/catalog/tracks.parquet");
    let path = archive.folder.path().join("tracks.parquet");
    fs::write(path, noise(5, 5_000)).unwrap();
    seal_catalog(&archive, &request);
    let sealed = archive.open().state().sealed().unwrap();
    let names: Vec<_> = sealed.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["0001-metadata-open", "0002-metadata-open"]);
    for (path, bytes) in whole.iter().filter(|(path, _)| path.contains("/0001-")) {
        assert!(archive.files()[path] == *bytes, "{path}");
    }
}

#[test]
fn blobs_taken_in_between_are_sealed_too() {
    let archive = named_but_not_entered();
    archive.fill(30, Access::Dark);
    let home = archive.open();
    let plan = plan(&home, &staged()).unwrap();
    execute(&home, &plan, &*NOW, &Silent).unwrap();
    let sealed = home.state().sealed().unwrap();
    let names: Vec<_> = sealed.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names[0], "0001-audio-open");
    assert!(names.contains(&"0002-audio-dark"), "{names:?}");
    assert_eq!(home.state().staged().unwrap(), []);
    assert_eq!(home.staging().blobs().unwrap(), []);
}

#[test]
fn folders_of_a_sealing_that_is_not_wanted_any_more_go_away() {
    let archive = sample();
    seal_until(&archive, 4);
    let stale = archive.tranches().join(".partial-0007-audio-dark");
    fs::create_dir(&stale).unwrap();
    fs::write(stale.join("x"), b"x").unwrap();
    archive.seal();
    assert!(!stale.exists());
}

/// Two stripes of audio, of which a killed sealing finished the first.
fn half_sealed() -> (Archive, std::path::PathBuf) {
    let archive = large();
    let stripes = archive.tranches().join(".partial-0001-audio-open-stripes");
    for steps in 0.. {
        seal_until(&archive, steps);
        if stripes.join("0000.json").exists() {
            break;
        }
    }
    (archive, stripes)
}

fn large() -> Archive {
    let archive = Archive::new(2, 1);
    archive.fill(30, Access::Open);
    archive
}

#[test]
fn metadata_is_sealed_without_touching_what_a_killed_sealing_left() {
    let reference = large();
    reference.seal();
    let (archive, stripes) = half_sealed();
    let home = archive.open();
    let mut request = staged();
    request.payload = Payload::Files {
        access: Access::Open,
        files: Vec::new(),
    };
    let nothing = plan(&home, &request).unwrap();
    execute(&home, &nothing, &*NOW, &Silent).unwrap();
    drop(home);
    assert!(stripes.join("0000.json").exists());
    archive.seal();
    assert!(archive.files() == reference.files());
}

#[test]
fn a_finished_stripe_is_taken_over_and_not_read_again() {
    let (archive, _) = half_sealed();
    let home = archive.open();
    let planned = plan(&home, &staged()).unwrap();
    let first = &planned.tranches[0].stripes[0];
    let packs = first.shards.iter().filter_map(|shard| shard.pack());
    for item in packs.flat_map(|pack| &pack.items) {
        fs::write(
            item.source.location.path(),
            vec![0; item.source.bytes as usize],
        )
        .unwrap();
    }
    let ear = Ear::default();
    let summary = execute(&home, &planned, &*NOW, &ear).unwrap();
    assert_eq!(ear.0.into_inner().unwrap(), []);
    assert_eq!(summary.tranches[0].items, 30);
}
