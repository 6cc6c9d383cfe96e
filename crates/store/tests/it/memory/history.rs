//! Whole histories of an archive that lies on no disk of the system.

use {
    super::MemoryDisk,
    crate::archive::{Archive, NOW, config, fill, seal},
    longplay_model::{Access, Event, FindingCode, Silent},
    longplay_store::{
        Error, FolderDonor, Home, Mode, Unhurried, VerifyOptions, VerifyReport,
        disk::{Kind, Location},
        facts::Folders,
        make_room, plan_repair, repair, verify,
    },
    std::collections::BTreeMap,
};

const ROOT: &str = "/archive";

const AUDIO: &str = "0001-audio-open";

/// Every file but cache and lock, by its path below `folder`.
fn tree(folder: &Location) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files);
    files.retain(|path, _| !path.starts_with("state.sqlite") && path != "lock");
    files
}

fn collect(folder: &Location, above: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in folder.list().unwrap() {
        let path = format!("{above}{}", entry.name.to_str().unwrap());
        let location = folder.join(&entry.name);
        match entry.kind {
            Kind::Folder => collect(&location, &format!("{path}/"), files),
            Kind::File | Kind::Other => drop(files.insert(path, location.read().unwrap())),
        }
    }
}

fn open(disk: &MemoryDisk) -> Home {
    Home::open(disk.location(ROOT), Mode::Write, &Silent).unwrap()
}

/// An archive of 4 + 2 with sealed tranches of audio and covers.
fn sealed() -> MemoryDisk {
    let disk = MemoryDisk::default();
    let home = Home::create(disk.location(ROOT), &config(4, 2), &*NOW).unwrap();
    fill(&home, 40, Access::Open);
    seal(&home);
    disk
}

fn look(home: &Home) -> VerifyReport {
    verify(home, &VerifyOptions::default(), &Unhurried, &Silent).unwrap()
}

/// Heals all tranches, from another copy too where there is one.
fn heal(home: &Home, donor: Option<&FolderDonor>) {
    for report in look(home).tranches {
        let tranches = home.tranches_dir();
        let folders = Folders {
            data: tranches.join(&report.name),
            recovery: Some(tranches.join(format!("{}-recovery", report.name))),
            volumes: longplay_store::spread::Volumes::default(),
        };
        let plan = plan_repair(&report);
        let summary = match donor {
            Some(donor) => repair(&folders, &plan.with_another_copy(), Some(donor), &Silent),
            None => repair(&folders, &plan, None, &Silent),
        };
        let summary = summary.unwrap();
        assert!(summary.is_whole(), "{:#?}", summary.remaining);
        if let Some(event) = summary.event() {
            home.record(event, &*NOW).unwrap();
        }
    }
}

fn flip(file: &Location, at: u64) {
    let mut byte = [0];
    file.open().unwrap().read_exact_at(&mut byte, at).unwrap();
    byte[0] ^= 1;
    file.open_to_write()
        .unwrap()
        .write_all_at(&byte, at)
        .unwrap();
}

#[test]
fn what_is_sealed_is_the_same_on_every_disk() {
    let local = Archive::new(4, 2);
    local.fill(40, Access::Open);
    local.seal();
    let expected = tree(&local.root().into());
    let found = tree(&sealed().location(ROOT));
    let names = |tree: &BTreeMap<String, Vec<u8>>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&expected));
    let differ = found.iter().filter(|(path, it)| expected[*path] != **it);
    let differ: Vec<_> = differ.map(|(path, _)| path).collect();
    assert!(differ.is_empty(), "{differ:?}");
}

#[test]
fn damage_is_found_and_healed() {
    let disk = sealed();
    let home = open(&disk);
    let before = tree(&home.tranches_dir());
    assert!(look(&home).is_sound());
    let bag = home.tranches_dir().join(AUDIO);
    let pack = |number: u32| bag.join(format!("data/packs/{AUDIO}-{number:06}.tar"));
    flip(&pack(0), 20_000);
    pack(1).remove_file().unwrap();
    pack(2).open_to_write().unwrap().set_bytes(50_000).unwrap();
    flip(&pack(2), 10);
    flip(&pack(3), 40_000);
    bag.join("manifest-sha256.txt").remove_file().unwrap();
    let report = look(&home);
    let codes: Vec<_> = report.findings().map(|finding| finding.code).collect();
    for code in [
        FindingCode::S001,
        FindingCode::S002,
        FindingCode::S003,
        FindingCode::S008,
    ] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    heal(&home, None);
    assert!(look(&home).is_sound());
    assert_eq!(tree(&home.tranches_dir()), before);
}

#[test]
fn a_tranche_that_is_gone_comes_from_another_disk() {
    let disk = sealed();
    let copy = disk.after_power_cut();
    let home = open(&disk);
    let before = tree(&home.tranches_dir());
    for folder in [AUDIO.to_owned(), format!("{AUDIO}-recovery")] {
        longplay_store::durable::remove_dir(&home.tranches_dir().join(folder)).unwrap();
    }
    let donor = FolderDonor::new(copy.location(ROOT)).unwrap();
    assert_eq!(make_room(&home, None).unwrap().len(), 2);
    heal(&home, Some(&donor));
    assert_eq!(tree(&home.tranches_dir()), before);
}

/// All that was acknowledged is durable, after each step of a history.
#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let disk = MemoryDisk::default();
    let home = Home::create(disk.location(ROOT), &config(4, 2), &*NOW).unwrap();
    let after = |step: &str| {
        let rest = disk.after_power_cut();
        assert_eq!(
            tree(&rest.location(ROOT)),
            tree(&disk.location(ROOT)),
            "{step}"
        );
        let again = open(&rest);
        let counts = |home: &Home| home.state().counts().unwrap();
        assert_eq!(counts(&again), counts(&home), "{step}");
        assert!(look(&again).is_sound(), "{step}");
    };
    after("creation");
    fill(&home, 40, Access::Open);
    after("intake");
    seal(&home);
    after("seal");
    let pack = format!("{AUDIO}/data/packs/{AUDIO}-000001.tar");
    home.tranches_dir().join(pack).remove_file().unwrap();
    heal(&home, None);
    after("repair");
    let plan = "p".into();
    let catalog = "c".into();
    home.record(Event::Plan { plan, catalog }, &*NOW).unwrap();
    after("record");
}

#[test]
fn one_writes_and_others_read() {
    let disk = sealed();
    let writer = open(&disk);
    let second = Home::open(disk.location(ROOT), Mode::Write, &Silent);
    assert!(matches!(second, Err(Error::Locked { .. })));
    let reader = Home::open(disk.location(ROOT), Mode::Read, &Silent).unwrap();
    let counts = |home: &Home| home.state().counts().unwrap();
    assert_eq!(counts(&reader), counts(&writer));
    assert!(look(&reader).is_sound());
    drop(writer);
    open(&disk);
}

#[test]
fn what_needs_a_path_of_the_system_says_so() {
    let disk = sealed();
    let home = open(&disk);
    let error = home.catalog_dir().unwrap_err();
    assert!(matches!(error, Error::NotLocal { .. }));
    assert!(error.to_string().starts_with("/archive/catalog "));
    let blob = home.staging().create().unwrap();
    assert!(matches!(blob.to_local(), Err(Error::NotLocal { .. })));
}
