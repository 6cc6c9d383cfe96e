//! What is lost or astray of archives that are not in one folder: on several disks,
//! or with tranches elsewhere.

use {
    crate::{
        archive::{Archive, Ear, NOW, collect, config, fill, seal},
        disks::{Spread, codes},
    },
    longplay_model::{
        Access, Finding,
        FindingCode::{S013, S017, S021, S022, S023, S030},
        Silent,
    },
    longplay_store::{
        DisksAlone, Error, Home, Mode, NoWay, ReconcilePlan, Remade, Stores, TrancheStore,
        disk::Location, plan_reconcile, reconcile, reconcile::tell, remake,
    },
    std::{
        collections::BTreeMap,
        fs,
        path::{Path, PathBuf},
    },
};

const NAME: &str = "0001-audio-open";

fn rebuild(root: &Path, stores: &dyn Stores) -> (Remade, Vec<Finding>) {
    let ear = Ear::default();
    let remade = remake(root, stores, false, &*NOW, &mut |_| {}, &ear).unwrap();
    (remade, ear.0.into_inner().unwrap())
}

fn look(home: &Home) -> (ReconcilePlan, Vec<Finding>) {
    let (plan, ear) = (plan_reconcile(home, &Silent).unwrap(), Ear::default());
    tell(&plan, &ear);
    (plan, ear.0.into_inner().unwrap())
}

/// All that is made again, and the journal.
fn strip(root: &Path, tranches: &Path) {
    let mut files = BTreeMap::new();
    collect(tranches, "", &mut files);
    for path in files.into_keys() {
        if !path.ends_with(".tar") && !path.ends_with(".rec") {
            fs::remove_file(tranches.join(path)).unwrap();
        }
    }
    fs::remove_dir_all(root.join("journal")).unwrap();
    for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
        let _absent = fs::remove_file(root.join(name));
    }
}

#[test]
fn links_tell_the_disks_of_settings_that_are_lost() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let (before, settings) = (spread.tranches(), spread.home().config().clone());
    let root = spread.archive.root();
    strip(&root, &spread.archive.tranches());
    fs::remove_file(root.join("longplay.toml")).unwrap();
    let (remade, findings) = rebuild(&root, &DisksAlone);
    assert_eq!(codes(&findings), [S023, S017], "{findings:#?}");
    assert!(findings[0].seen.contains("disk-1"), "{}", findings[0]);
    assert_eq!(remade.entered.len(), 2);
    let home = spread.home();
    assert_eq!(home.config().disks, settings.disks);
    assert_eq!(home.config().id, settings.id);
    drop(home);
    assert!(spread.tranches() == before);
    assert!(spread.is_sound());
}

#[test]
fn a_disk_that_the_links_name_and_that_is_not_there_stops_a_rebuilding() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let before = spread.tranches();
    let root = spread.archive.root();
    spread.unmount(&spread.disks[1]);
    fs::remove_file(root.join("longplay.toml")).unwrap();
    let error = remake(&root, &DisksAlone, false, &*NOW, &mut |_| {}, &Silent).unwrap_err();
    assert!(matches!(error, Error::DiskAbsent { .. }), "{error}");
    let ear = Ear::default();
    remake(&root, &DisksAlone, true, &*NOW, &mut |_| {}, &ear).unwrap();
    assert_eq!(codes(&ear.0.into_inner().unwrap()), [S030]);
    // It is given up as ever.
    let lost = spread.home().config().disks[2].clone();
    assert!(lost.ends_with("disk-2"));
    spread.mend(Some(&lost), None, &Silent);
    assert_eq!(rebuild(&root, &DisksAlone).1.len(), 0);
    assert!(spread.tranches() == before);
}

#[test]
fn bags_that_are_gone_come_back_from_the_disks_without_a_journal() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let before = spread.tranches();
    let root = spread.archive.root();
    strip(&root, &spread.archive.tranches());
    fs::remove_dir_all(spread.archive.tranches()).unwrap();
    let (remade, findings) = rebuild(&root, &DisksAlone);
    assert_eq!(codes(&findings), [S017], "{findings:#?}");
    assert!(remade.links > 0 && remade.repaired.iter().all(|it| it.healed.is_empty()));
    assert!(spread.tranches() == before);
    assert_eq!(rebuild(&root, &DisksAlone).1, []);
}

#[test]
fn files_on_disks_are_known_by_their_links() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let (plan, told) = look(&spread.home());
    assert_eq!(told, []);
    assert!(plan.is_sound() && plan.refusal().is_none());

    fs::write(spread.disks[0].join("mine"), b"beside the archive's folder").unwrap();
    let id = spread.home().config().id.clone().unwrap();
    let stray = spread.disks[0].join(id).join(NAME).join("stray");
    fs::write(&stray, b"x").unwrap();
    let (_, told) = look(&spread.home());
    assert_eq!(codes(&told), [S013], "{told:#?}");
    assert!(told[0].subject.ends_with("0001-audio-open/stray"));
}

#[test]
fn a_disk_that_is_not_there_is_told_and_its_files_are_not_judged() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let away = spread.on(&spread.disks[2]).len() as u64;
    spread.unmount(&spread.disks[2]);
    let home = spread.home();
    let (plan, told) = look(&home);
    assert_eq!(codes(&told), [S030], "{told:#?}");
    assert!(plan.is_sound() && plan.refusal().is_none());
    assert_eq!(plan.away.files, away);
    let summary = reconcile(&home, &plan, false, &*NOW, &Silent).unwrap();
    assert_eq!(summary.after.lost, []);
}

#[test]
fn links_that_moved_go_back_and_lost_ones_are_left_to_repair() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let before = spread.tranches();
    let packs = spread.archive.tranches().join(NAME).join("data/packs");
    let [one, two] = [1, 2].map(|number| packs.join(format!("{NAME}-{number:06}.tar")));
    fs::rename(&one, packs.join("astray")).unwrap();
    fs::remove_file(&two).unwrap();
    let home = spread.home();
    let (plan, told) = look(&home);
    assert_eq!(codes(&told), [S021, S022], "{told:#?}");
    assert!(told[0].seen.contains("with no link to it"), "{}", told[0]);
    reconcile(&home, &plan, true, &*NOW, &Silent).unwrap();
    assert!(one.is_symlink() && one.is_file());
    assert_eq!(home.relink().unwrap(), 1);
    assert_eq!(look(&home).1, []);

    fs::remove_dir_all(spread.archive.tranches().join(NAME)).unwrap();
    let (_, told) = look(&home);
    assert!(codes(&told).contains(&S021), "{told:#?}");
    assert!(told[0].seen.contains("files of it stand as"), "{}", told[0]);
    drop(home);
    spread.mend(None, None, &Silent);
    assert!(spread.tranches() == before);
}

#[test]
fn a_link_that_leads_nowhere_is_lost_and_stands_in_the_way() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let (_, target) = spread.links().remove(0);
    fs::rename(&target, spread.archive.root().join("astray")).unwrap();
    let home = spread.home();
    let (plan, told) = look(&home);
    assert_eq!(codes(&told), [S021, S013], "{told:#?}");
    reconcile(&home, &plan, true, &*NOW, &Silent).unwrap();
    assert!(spread.archive.root().join("astray").exists());
}

/// Tranches in another folder, as if that were a store.
struct Elsewhere(PathBuf);

impl Stores for Elsewhere {
    fn find(&self, _: &TrancheStore, _: &Path) -> Result<Location, NoWay> {
        Ok((&self.0).into())
    }

    fn claim(&self, _: &TrancheStore, _: &str) -> Result<(), NoWay> {
        fs::create_dir_all(&self.0)?;
        Ok(fs::write(self.0.join("longplay-archive.json"), b"{}\n")?)
    }
}

/// With two sealed tranches there.
fn elsewhere() -> (Archive, Elsewhere) {
    let folder = tempfile::tempdir().unwrap();
    let stores = Elsewhere(folder.path().join("store"));
    let mut config = config(4, 2);
    config.tranches = Some(TrancheStore {
        at: "s3://bucket".into(),
        endpoint: None,
        region: None,
    });
    let root = folder.path().join("home");
    let home = Home::create_with(&root, &config, &stores, &*NOW).unwrap();
    fill(&home, 12, Access::Open);
    seal(&home);
    drop(home);
    (Archive { folder }, stores)
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files);
    files.remove("longplay-archive.json");
    files
}

#[test]
fn what_is_lost_of_tranches_elsewhere_is_made_again_there() {
    let (archive, stores) = elsewhere();
    let before = files(&stores.0);
    strip(&archive.root(), &stores.0);
    let (remade, findings) = rebuild(&archive.root(), &stores);
    assert_eq!(codes(&findings), [S017], "{findings:#?}");
    assert_eq!((remade.entered.len(), remade.receipts), (2, 12));
    assert!(files(&stores.0) == before);
    assert_eq!(rebuild(&archive.root(), &stores).1, []);

    fs::remove_file(archive.root().join("longplay.toml")).unwrap();
    let error = remake(archive.root(), &stores, false, &*NOW, &mut |_| {}, &Silent).unwrap_err();
    assert!(error.to_string().contains("[tranches]"), "{error}");
}

#[test]
fn what_went_astray_elsewhere_goes_back_there() {
    let (archive, stores) = elsewhere();
    let before = files(&stores.0);
    let open = || Home::open_with(archive.root(), Mode::Write, &stores, &Silent).unwrap();
    assert_eq!(look(&open()).1, []);
    let packs = stores.0.join(NAME).join("data/packs");
    let [one, two] = [1, 2].map(|number| packs.join(format!("{NAME}-{number:06}.tar")));
    fs::rename(&one, stores.0.join("astray")).unwrap();
    // Of another disk: it has to be brought, not renamed.
    fs::rename(&two, archive.root().join("astray")).unwrap();
    let home = open();
    let (plan, told) = look(&home);
    assert_eq!(codes(&told), [S021, S022, S013], "{told:#?}");
    reconcile(&home, &plan, true, &*NOW, &Silent).unwrap();
    assert!(one.exists() && !two.exists());
    fs::rename(archive.root().join("astray"), &two).unwrap();
    assert!(files(&stores.0) == before);
    assert_eq!(look(&home).1, []);
}
