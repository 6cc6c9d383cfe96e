//! Archives on several disks: each is a folder here.

use {
    crate::{
        archive::{Archive, Ear, NOW, collect, staged},
        seal_killed::Killer,
    },
    longplay_model::{
        Access, Finding,
        FindingCode::{self, S002, S010, S030, S031},
        Monitor, Silent,
    },
    longplay_store::{
        Config, Error, FileState, Home, Mode, Recovery, RepairSummary, Unhurried, VerifyOptions,
        VerifyReport,
        facts::Folders,
        holdings::Holdings,
        plan_repair, repair,
        seal::{execute, plan},
        spread::rule,
        verify,
    },
    std::{
        collections::BTreeMap,
        fs,
        panic::{AssertUnwindSafe, catch_unwind},
        path::{Path, PathBuf},
    },
};

/// An archive whose files are spread over folders beside it.
pub struct Spread {
    pub archive: Archive,
    pub disks: Vec<PathBuf>,
}

fn config(k: u8, m: u8, disks: &[PathBuf]) -> Config {
    let mut config = Config::new("Test archive");
    config.recovery = Recovery { k, m };
    config.pack_bytes.0 = 200_000;
    config.disks = disks.to_vec();
    config
}

impl Spread {
    /// With so many pieces of audio staged.
    fn new(k: u8, m: u8, disks: usize, pieces: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = (1..=disks).map(|number| folder.path().join(format!("disk-{number}")));
        let disks: Vec<PathBuf> = paths.collect();
        for disk in &disks {
            fs::create_dir(disk).unwrap();
        }
        Home::create(folder.path().join("home"), &config(k, m, &disks), &*NOW).unwrap();
        let archive = Archive { folder };
        archive.fill(pieces, Access::Open);
        Self { archive, disks }
    }

    pub fn sealed(k: u8, m: u8, disks: usize, pieces: u64) -> Self {
        let spread = Self::new(k, m, disks, pieces);
        spread.archive.seal();
        spread
    }

    pub fn home(&self) -> Home {
        self.archive.open()
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.archive.folder.path().join(name)
    }

    fn new_disk(&self, name: &str) -> PathBuf {
        let path = self.beside(name);
        fs::create_dir(&path).unwrap();
        path
    }

    /// As if the disk were not mounted.
    pub fn unmount(&self, disk: &Path) {
        let name = format!("{}-away", disk.file_name().unwrap().to_str().unwrap());
        fs::rename(disk, self.beside(&name)).unwrap();
        fs::create_dir(disk).unwrap();
    }

    /// Bytes of all files of the tranches, as they are read there.
    pub fn tranches(&self) -> BTreeMap<String, Vec<u8>> {
        tranches(&self.archive)
    }

    /// Paths of all files on a disk, without its marker.
    pub fn on(&self, disk: &Path) -> Vec<String> {
        let mut files = BTreeMap::new();
        collect(disk, "", &mut files);
        let paths = files.into_keys();
        paths
            .filter(|path| !path.ends_with("longplay-disk.json"))
            .collect()
    }

    fn verify(&self) -> (VerifyReport, Vec<Finding>) {
        let (home, ear) = (self.home(), Ear::default());
        let report = verify(&home, &VerifyOptions::default(), &Unhurried, &ear).unwrap();
        home.record_all(report.events(), &*NOW).unwrap();
        (report, ear.0.into_inner().unwrap())
    }

    pub fn is_sound(&self) -> bool {
        let (report, told) = self.verify();
        report.is_sound() && told.is_empty()
    }

    /// What `longplay repair --lost-disk --new-disk` does.
    pub fn mend(
        &self,
        lost: Option<&Path>,
        new: Option<&Path>,
        ear: &dyn Monitor,
    ) -> Vec<RepairSummary> {
        let mut home = self.home();
        home.exchange_disk(lost, new).unwrap();
        home.volumes().complete().unwrap();
        home.relink().unwrap();
        let options = VerifyOptions {
            to_repair: true,
            ..VerifyOptions::default()
        };
        let report = verify(&home, &options, &Unhurried, &Silent).unwrap();
        let heal = |name: &str| {
            let tranche = report.tranches.iter().find(|it| it.name == name).unwrap();
            let planned = plan_repair(tranche);
            repair(&folders(&home, name), &planned, None, ear).unwrap()
        };
        report.tranches.iter().map(|it| heal(&it.name)).collect()
    }

    /// Most files of one stripe on one disk, over all stripes.
    fn most_on_a_disk(&self) -> usize {
        let mut held: BTreeMap<(String, PathBuf), usize> = BTreeMap::new();
        for (stripe, target) in self.links() {
            let disk = self.archive.folder.path();
            let disk = target
                .strip_prefix(disk)
                .unwrap()
                .components()
                .next()
                .unwrap();
            *held.entry((stripe, disk.as_os_str().into())).or_default() += 1;
        }
        held.into_values().max().unwrap()
    }

    /// Every link with its stripe.
    pub fn links(&self) -> Vec<(String, PathBuf)> {
        let home = self.home();
        let k = u32::from(home.config().recovery.k);
        let mut links = Vec::new();
        for name in home.state().sealed().unwrap().into_iter().map(|it| it.name) {
            for (bag, folder) in [("", "packs"), ("-recovery", "recovery")] {
                let folder = self
                    .archive
                    .tranches()
                    .join(format!("{name}{bag}/data/{folder}"));
                for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                    let file = entry.file_name().into_string().unwrap();
                    let stripe = match bag {
                        "" => {
                            file[file.len() - 10..file.len() - 4]
                                .parse::<u32>()
                                .unwrap()
                                / k
                        }
                        _ => file[file.len() - 12..file.len() - 8].parse().unwrap(),
                    };
                    let target = fs::read_link(entry.path()).unwrap();
                    links.push((format!("{name} {stripe}"), target));
                }
            }
        }
        links
    }
}

fn folders(home: &Home, tranche: &str) -> Folders {
    let tranches = home.tranches_dir();
    Folders {
        data: tranches.join(tranche),
        recovery: Some(tranches.join(format!("{tranche}-recovery"))),
        volumes: home.volumes().clone(),
    }
}

fn tranches(archive: &Archive) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(&archive.tranches(), "", &mut files);
    files.remove(".disks.json");
    files
}

/// For each piece of audio, whether it reads back where the index says that it lies.
fn read_back(home: &Home) -> Vec<bool> {
    let holdings = Holdings::open(home, &Silent).unwrap();
    assert_eq!(holdings.unread(), []);
    let receipts = home.state().all_receipts().unwrap();
    let blobs: Vec<_> = receipts.iter().map(|receipt| receipt.blob).collect();
    let held = holdings.find(&blobs, &Silent).unwrap();
    assert!(held.iter().all(|held| held.is_complete));
    held.iter()
        .map(|held| holdings.reads_back(&held.places[0]))
        .collect()
}

/// The index leads through the bags' links to the disks; what a bag's own index
/// does not say is read from the packs there.
#[test]
fn what_is_held_is_found_on_the_disk_where_it_lies() {
    let spread = Spread::sealed(4, 2, 3, 40);
    let index = spread
        .archive
        .tranches()
        .join("0001-audio-open/data/index.jsonl");
    let whole = fs::read(&index).unwrap();
    assert_eq!(read_back(&spread.home()), [true; 40]);
    fs::write(&index, &whole[1..]).unwrap();
    let home = spread.home();
    let again = Holdings::rebuild(&home, &Silent).unwrap();
    assert_eq!(again.stats().uncovered, 0);
    assert_eq!(read_back(&home), [true; 40]);
    drop(home);
    fs::write(&index, &whole).unwrap();
    spread.unmount(&spread.disks[0]);
    let there = read_back(&spread.home());
    let gone = there.iter().filter(|is_there| !**is_there).count();
    assert!(0 < gone && gone < 40, "{gone} of 40 are gone");
}

pub fn codes(findings: &[Finding]) -> Vec<FindingCode> {
    findings.iter().map(|finding| finding.code).collect()
}

/// Packs, recovery packs, disks, pieces of audio: stripes that are full, short,
/// and of one pack alone.
const SHAPES: [(u8, u8, usize, u64); 6] = [
    (4, 2, 3, 30),
    (2, 1, 3, 14),
    (6, 2, 4, 20),
    (5, 1, 6, 50),
    (3, 3, 2, 12),
    (16, 8, 3, 1),
];

#[test]
fn bags_read_as_if_all_were_in_one_folder() {
    for (k, m, disks, pieces) in SHAPES {
        let spread = Spread::sealed(k, m, disks, pieces);
        let reference = Archive::new(k, m);
        reference.fill(pieces, Access::Open);
        reference.seal();
        assert!(
            spread.tranches() == tranches(&reference),
            "{k}+{m} on {disks}"
        );
        assert!(spread.most_on_a_disk() <= m.into(), "{k}+{m} on {disks}");
        let files: usize = spread.disks.iter().map(|disk| spread.on(disk).len()).sum();
        assert_eq!(files, spread.links().len());
        assert!(spread.is_sound());
    }
}

#[test]
fn each_disk_lost_in_turn_is_healed_byte_for_byte() {
    for (k, m, disks, pieces) in SHAPES {
        let spread = Spread::sealed(k, m, disks, pieces);
        let sealed = spread.tranches();
        let mut paths = spread.disks.clone();
        for (number, path) in paths.iter_mut().enumerate() {
            let (lost, new) = (path.clone(), spread.new_disk(&format!("new-{number}")));
            spread.unmount(&lost);
            let held = fs::read_dir(&lost).unwrap().count();
            assert_eq!(held, 0);
            let done = spread.mend(Some(&lost), Some(&new), &Silent);
            assert!(done.iter().all(RepairSummary::is_whole));
            *path = new;
            assert!(
                spread.tranches() == sealed,
                "{k}+{m}, disk {number} of {disks}"
            );
            assert!(spread.most_on_a_disk() <= m.into());
            assert!(spread.is_sound());
            assert_eq!(spread.on(&lost), [""; 0]);
        }
    }
}

#[test]
fn a_disk_may_be_replaced_under_the_same_path() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let sealed = spread.tranches();
    let lost = &spread.disks[1];
    spread.unmount(lost);
    for _ in 0..2 {
        let done = spread.mend(Some(lost), Some(lost), &Silent);
        assert!(done.iter().all(RepairSummary::is_whole));
        assert!(spread.tranches() == sealed);
        assert!(spread.is_sound());
    }
}

#[test]
fn a_disk_that_is_not_there_is_told_once_and_is_no_loss() {
    let spread = Spread::sealed(4, 2, 3, 60);
    let gone = &spread.disks[2];
    let files = spread.on(gone).len();
    spread.unmount(gone);
    let (report, told) = spread.verify();
    assert_eq!(codes(&told), [S030]);
    assert_eq!(told[0].subject, gone.display().to_string());
    assert!(told[0].seen.contains("longplay-disk.json is missing"));
    assert!(!report.is_sound());
    assert!(report.tranches.len() > 1);
    let all = report.tranches.iter().flat_map(|it| &it.findings);
    assert!(all.clone().all(|finding| finding.code == S030), "{all:?}");
    let states = report.tranches.iter().flat_map(|it| &it.files);
    let away = states.filter(|file| matches!(file.state, FileState::Away { .. }));
    assert_eq!(away.count(), files);
    assert_eq!(report.files_unread as usize, files);

    let mut home = spread.home();
    let refused = plan(&home, &staged()).unwrap_err();
    assert!(matches!(refused, Error::DiskAbsent { .. }));
    assert!(refused.to_string().contains("repair --lost-disk"));
    let planned = plan_repair(&report.tranches[0]);
    let folders = folders(&home, &report.tranches[0].name);
    let refused = repair(&folders, &planned, None, &Silent).unwrap_err();
    assert!(matches!(refused, Error::DiskAbsent { .. }));

    // Regarded as lost, its files are.
    home.regard_as_lost(gone).unwrap();
    let report = verify(&home, &VerifyOptions::default(), &Unhurried, &Silent).unwrap();
    let lost: usize = report
        .tranches
        .iter()
        .map(|it| plan_repair(it).rebuilds.len())
        .sum();
    assert_eq!(lost, files);
    drop(home);

    // What is really missing is told beside it.
    let (_, pack) = spread
        .links()
        .into_iter()
        .find(|(_, it)| it.is_file())
        .unwrap();
    fs::remove_file(pack).unwrap();
    let (_, told) = spread.verify();
    let codes = codes(&told);
    assert!(codes.contains(&S030) && codes.iter().any(|it| [S002, S010].contains(it)));
}

#[test]
fn a_disk_that_comes_back_has_lost_nothing() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let sealed = spread.tranches();
    spread.unmount(&spread.disks[0]);
    assert!(!spread.is_sound());
    fs::remove_dir(&spread.disks[0]).unwrap();
    fs::rename(spread.beside("disk-1-away"), &spread.disks[0]).unwrap();
    assert!(spread.is_sound());
    assert!(spread.tranches() == sealed);
}

#[test]
fn disks_are_found_under_other_paths() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let sealed = spread.tranches();
    assert!(spread.is_sound());
    // Two change places, as devices do.
    let parked = spread.beside("parked");
    fs::rename(&spread.disks[0], &parked).unwrap();
    fs::rename(&spread.disks[1], &spread.disks[0]).unwrap();
    fs::rename(&parked, &spread.disks[1]).unwrap();
    assert!(spread.is_sound());
    assert!(spread.tranches() == sealed);
    // One comes elsewhere, and the settings are edited.
    let moved = spread.beside("moved here");
    fs::rename(&spread.disks[2], &moved).unwrap();
    let toml = spread.archive.root().join("longplay.toml");
    let text = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, text.replace("disk-3", "moved here")).unwrap();
    assert!(spread.is_sound());
    assert!(spread.tranches() == sealed);
    assert!(
        spread
            .links()
            .iter()
            .any(|(_, target)| target.starts_with(&moved))
    );
    spread.archive.fill(31, Access::Dark);
    spread.archive.seal();
    assert!(spread.is_sound());
}

#[test]
fn a_disk_with_two_paths_loses_nothing() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let sealed = spread.tranches();
    let second = spread.beside("second");
    std::os::unix::fs::symlink(&spread.disks[0], &second).unwrap();
    let toml = spread.archive.root().join("longplay.toml");
    let text = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, text.replace("disk-1", "second")).unwrap();
    let before = spread.on(&spread.disks[0]);
    spread.mend(None, None, &Silent);
    assert_eq!(spread.on(&spread.disks[0]), before);
    assert!(
        spread
            .links()
            .iter()
            .any(|(_, target)| target.starts_with(&second))
    );
    assert!(spread.tranches() == sealed);
    assert!(spread.is_sound());
}

#[test]
fn settings_edited_before_the_disk_is_back_lose_nothing() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let moved = spread.beside("moved");
    spread.unmount(&spread.disks[2]);
    let toml = spread.archive.root().join("longplay.toml");
    let text = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, text.replace("disk-3", "moved")).unwrap();
    let (_, told) = spread.verify();
    assert_eq!(codes(&told), [S030]);
    fs::rename(spread.beside("disk-3-away"), moved).unwrap();
    assert!(spread.is_sound());
}

#[test]
fn without_a_new_disk_the_others_take_the_files_and_what_that_costs_is_told() {
    let spread = Spread::sealed(4, 2, 3, 60);
    let sealed = spread.tranches();
    spread.unmount(&spread.disks[1]);
    let ear = Ear::default();
    let done = spread.mend(Some(&spread.disks[1]), None, &ear);
    assert!(done.iter().all(RepairSummary::is_whole));
    assert!(spread.tranches() == sealed);
    let told = ear.0.into_inner().unwrap();
    assert!(!told.is_empty() && told.iter().all(|finding| finding.code == S031));
    assert_eq!(spread.most_on_a_disk(), 3);
    let refused = plan(&spread.home(), &staged()).unwrap_err();
    assert!(matches!(
        refused,
        Error::TooFewDisks {
            disks: 2,
            most: 3,
            ..
        }
    ));
    assert!(
        refused.to_string().contains("4+4 or 2+2 or 3 disks"),
        "{refused}"
    );

    // One more disk, and the files come apart again.
    let new = spread.new_disk("new");
    let ear = Ear::default();
    let done = spread.mend(None, Some(&new), &ear);
    assert!(done.iter().any(|summary| !summary.shifted.is_empty()));
    assert_eq!(ear.0.into_inner().unwrap(), []);
    assert_eq!(spread.most_on_a_disk(), 2);
    assert!(spread.tranches() == sealed);
    assert!(spread.is_sound());
    let disks = [&spread.disks[0], &spread.disks[2], &new];
    let files: usize = disks.iter().map(|disk| spread.on(disk).len()).sum();
    assert_eq!(files, spread.links().len(), "no copy stays behind");
}

#[test]
fn no_disk_is_taken_into_use_while_another_is_absent() {
    let spread = Spread::sealed(4, 2, 4, 30);
    let sealed = spread.tranches();
    let toml = spread.archive.root().join("longplay.toml");
    let settings = fs::read(&toml).unwrap();
    let new = spread.new_disk("new");
    spread.unmount(&spread.disks[0]);
    let mut home = spread.home();
    let refused = home.exchange_disk(None, Some(&new)).unwrap_err();
    assert!(matches!(&refused, Error::DiskAbsent { path, .. } if *path == spread.disks[0]));
    drop(home);
    // Nor in the place of a third that is lost.
    spread.unmount(&spread.disks[2]);
    let mut home = spread.home();
    let refused = home
        .exchange_disk(Some(&spread.disks[2]), Some(&new))
        .unwrap_err();
    assert!(matches!(&refused, Error::DiskAbsent { path, .. } if *path == spread.disks[0]));
    drop(home);
    assert!(fs::read(&toml).unwrap() == settings);
    assert_eq!(fs::read_dir(&new).unwrap().count(), 0);

    fs::remove_dir(&spread.disks[0]).unwrap();
    fs::rename(spread.beside("disk-1-away"), &spread.disks[0]).unwrap();
    let done = spread.mend(Some(&spread.disks[2]), Some(&new), &Silent);
    assert!(done.iter().all(RepairSummary::is_whole));
    assert!(spread.tranches() == sealed);
    assert!(spread.is_sound());
}

#[test]
fn an_archive_of_one_folder_moves_to_disks() {
    let archive = Archive::new(4, 2);
    archive.fill(30, Access::Open);
    archive.seal();
    let sealed = tranches(&archive);
    let spread = Spread {
        archive,
        disks: Vec::new(),
    };
    let toml = spread.archive.root().join("longplay.toml");
    let text = fs::read_to_string(&toml).unwrap();
    let first = spread.new_disk("first");
    let refused = spread.home().exchange_disk(None, Some(&first)).unwrap_err();
    assert!(matches!(refused, Error::NoArchiveId));
    fs::write(&toml, format!("id = \"attic\"\n{text}")).unwrap();
    for name in ["a", "b", "c"] {
        let disk = spread.new_disk(name);
        spread.mend(None, Some(&disk), &Silent);
    }
    assert!(spread.tranches() == sealed);
    assert!(spread.is_sound());
}

#[test]
fn links_and_whole_bags_come_back_from_the_disks() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let sealed = spread.tranches();
    let pack = spread
        .archive
        .tranches()
        .join("0001-audio-open/data/packs/0001-audio-open-000001.tar");
    fs::remove_file(&pack).unwrap();
    let done = spread.mend(None, None, &Silent);
    assert!(
        done.iter()
            .all(|summary| summary.healed.is_empty() && summary.is_whole())
    );
    assert!(pack.is_file());
    fs::remove_dir_all(spread.archive.tranches()).unwrap();
    let done = spread.mend(None, None, &Silent);
    assert!(
        done.iter()
            .all(|summary| summary.healed.is_empty() && summary.is_whole())
    );
    assert!(spread.tranches() == sealed);
    assert!(spread.is_sound());
}

#[test]
fn damage_on_a_disk_is_healed_where_it_is() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let sealed = spread.tranches();
    let links = spread.links();
    let (_, rotten) = &links[3];
    let (_, deleted) = &links[links.len() - 1];
    let mut bytes = fs::read(rotten).unwrap();
    bytes[20_000] ^= 1;
    fs::write(rotten, bytes).unwrap();
    fs::remove_file(deleted).unwrap();
    let done = spread.mend(None, None, &Silent);
    assert_eq!(
        done.iter()
            .map(|summary| summary.healed.len())
            .sum::<usize>(),
        2
    );
    assert!(spread.tranches() == sealed);
    assert_eq!(spread.links(), links, "no file has moved");
    assert!(spread.is_sound());
}

#[test]
fn what_cannot_hold_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("home");
    let disks: Vec<PathBuf> = ["a", "b", "c"].map(|name| folder.path().join(name)).into();
    for disk in &disks {
        fs::create_dir(disk).unwrap();
    }
    let refused = |config: &Config| {
        let error = Home::create(&root, config, &*NOW).unwrap_err();
        assert!(!root.exists(), "{error}");
        assert!(
            disks
                .iter()
                .all(|disk| fs::read_dir(disk).unwrap().count() == 0)
        );
        error
    };
    let error = refused(&config(20, 4, &disks));
    let text = error.to_string();
    assert!(
        text.contains("8 files of a stripe of 20+4") && text.contains("20+10 or 8+4 or 6 disks")
    );
    assert!(matches!(
        refused(&config(1, 1, &disks[..1])),
        Error::TooFewDisks { .. }
    ));
    let absent = [disks[0].clone(), folder.path().join("nowhere")];
    assert!(matches!(
        refused(&config(1, 1, &absent)),
        Error::NoSuchDisk { .. }
    ));
    let again = folder.path().join("again");
    std::os::unix::fs::symlink(&disks[0], &again).unwrap();
    let twice = [disks[0].clone(), again];
    assert!(matches!(
        refused(&config(1, 1, &twice)),
        Error::DiskTwice { .. }
    ));
    let (k, m) = rule::numbers_for(3);
    Home::create(&root, &config(k, m, &disks), &*NOW).unwrap();
}

#[test]
fn a_creation_that_was_killed_is_finished_with_the_same_folders() {
    let spread = Spread::new(4, 2, 3, 1);
    let root = spread.archive.root();
    let before = fs::read_to_string(root.join("longplay.toml")).unwrap();
    for folder in ["journal", "staging", "tranches"] {
        fs::remove_dir_all(root.join(folder)).unwrap();
    }
    let marker = |disk: &PathBuf| {
        let id = fs::read_dir(disk).unwrap().map(Result::unwrap);
        id.map(|id| id.path()).collect::<Vec<_>>()
    };
    let folders: Vec<_> = spread.disks.iter().map(marker).collect();
    fs::remove_dir_all(&folders[2][0]).unwrap();
    let later = longplay_model::FixedClock("2027-01-01T00:00:00Z".parse().unwrap());
    Home::create(&root, &config(4, 2, &spread.disks), &later).unwrap();
    let after = fs::read_to_string(root.join("longplay.toml")).unwrap();
    assert_eq!(after, before);
    assert_eq!(spread.disks.iter().map(marker).collect::<Vec<_>>(), folders);
}

#[test]
fn disks_that_cannot_be_told_apart_are_refused() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let id = fs::read_dir(&spread.disks[0])
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .file_name();
    let marker = |number: usize| spread.disks[number].join(&id).join("longplay-disk.json");
    let (first, second) = (fs::read(marker(0)).unwrap(), fs::read(marker(1)).unwrap());
    let open = || Home::open(spread.archive.root(), Mode::Write, &Silent);
    fs::write(marker(1), &first).unwrap();
    assert!(matches!(
        open().unwrap_err(),
        Error::SameDisk { number: 1, .. }
    ));
    fs::write(marker(1), b"{").unwrap();
    let error = open().unwrap_err();
    assert!(matches!(error, Error::ParseMarker { .. }));
    assert!(error.to_string().contains("\"disk\":N"));
    fs::write(marker(1), second).unwrap();
    assert!(spread.is_sound());
    let mut home = spread.home();
    let there = home
        .exchange_disk(Some(&spread.disks[0]), None)
        .unwrap_err();
    assert!(matches!(there, Error::DiskPresent { .. }));
    let [strange, new] = [spread.beside("strange"), spread.new_disk("new")];
    let unknown = home.exchange_disk(Some(&strange), Some(&new)).unwrap_err();
    assert!(matches!(unknown, Error::UnknownDisk { .. }));
    let missing = home.exchange_disk(None, Some(&strange)).unwrap_err();
    assert!(matches!(missing, Error::NoSuchDisk { .. }));
}

fn without_a_word(job: impl FnOnce()) {
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref::<&str>() != Some(&"killed") {
            eprintln!("{info}");
        }
    }));
    let _ = catch_unwind(AssertUnwindSafe(job));
}

#[test]
fn a_sealing_killed_at_any_step_leaves_nothing_on_the_disks_in_the_end() {
    let reference = Spread::sealed(2, 1, 3, 14);
    let wanted = reference.tranches();
    let on_disks = |spread: &Spread| -> Vec<Vec<String>> {
        let disks = spread.disks.iter().map(|disk| spread.on(disk));
        // The id of an archive is its own.
        disks
            .map(|paths| {
                paths
                    .iter()
                    .map(|it| it.split_once('/').unwrap().1.into())
                    .collect()
            })
            .collect()
    };
    for steps in (0..).step_by(3) {
        let spread = Spread::new(2, 1, 3, 14);
        let killer = Killer::after(steps);
        without_a_word(|| {
            let home = spread.home();
            let planned = plan(&home, &staged()).unwrap();
            execute(&home, &planned, &killer, &killer).unwrap();
        });
        if !killer.was_reached() {
            assert!(steps > 20, "only {steps} steps were tried");
            break;
        }
        // Something else came in meanwhile: the plan may be another one.
        if steps % 2 == 0 {
            spread.archive.fill(15, Access::Open);
            spread.archive.seal();
            let files: usize = spread.disks.iter().map(|disk| spread.on(disk).len()).sum();
            assert_eq!(files, spread.links().len(), "killed at step {steps}");
            assert!(spread.is_sound(), "killed at step {steps}");
            continue;
        }
        spread.archive.seal();
        assert!(spread.tranches() == wanted, "killed at step {steps}");
        assert_eq!(
            on_disks(&spread),
            on_disks(&reference),
            "killed at step {steps}"
        );
    }
}

#[test]
fn a_repair_killed_at_any_step_is_finished_by_the_next() {
    for steps in (0..).step_by(2) {
        let spread = Spread::sealed(2, 1, 3, 14);
        let sealed = spread.tranches();
        let (lost, new) = (&spread.disks[1], spread.new_disk("new"));
        spread.unmount(lost);
        let killer = Killer::after(steps);
        without_a_word(|| drop(spread.mend(Some(lost), Some(&new), &killer)));
        let done = spread.mend(Some(lost), Some(&new), &Silent);
        assert!(
            done.iter().all(RepairSummary::is_whole),
            "killed at step {steps}"
        );
        assert!(spread.tranches() == sealed, "killed at step {steps}");
        assert_eq!(spread.most_on_a_disk(), 1);
        assert_eq!(
            spread.on(&new).len(),
            spread.on(&spread.beside("disk-2-away")).len()
        );
        assert!(spread.is_sound(), "killed at step {steps}");
        if !killer.was_reached() {
            assert!(steps > 8, "only {steps} steps were tried");
            break;
        }
    }
}

#[test]
fn a_shift_killed_at_any_step_is_finished_by_the_next() {
    for steps in (0..).step_by(2) {
        let spread = Spread::sealed(2, 1, 3, 14);
        let sealed = spread.tranches();
        spread.unmount(&spread.disks[1]);
        spread.mend(Some(&spread.disks[1]), None, &Silent);
        let new = spread.new_disk("new");
        let killer = Killer::after(steps);
        without_a_word(|| drop(spread.mend(None, Some(&new), &killer)));
        spread.mend(None, Some(&new), &Silent);
        assert!(spread.tranches() == sealed, "killed at step {steps}");
        assert_eq!(spread.most_on_a_disk(), 1);
        let disks = [&spread.disks[0], &spread.disks[2], &new];
        let files: usize = disks.iter().map(|disk| spread.on(disk).len()).sum();
        assert_eq!(files, spread.links().len());
        assert!(spread.is_sound(), "killed at step {steps}");
        if !killer.was_reached() {
            assert!(steps > 8, "only {steps} steps were tried");
            break;
        }
    }
}

#[test]
fn a_second_copy_goes_and_another_file_stays() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let sealed = spread.tranches();
    let links = spread.links();
    let on = |target: &Path, number: usize| {
        let home = target.strip_prefix(spread.archive.folder.path()).unwrap();
        let path: PathBuf = home.components().skip(1).collect();
        spread.disks[number].join(path)
    };
    let elsewhere = |nth: usize| {
        let target = &links[nth].1;
        let away = (0..3).find(|number| !target.starts_with(&spread.disks[*number]));
        (target.clone(), on(target, away.unwrap()))
    };
    let (target, copy) = elsewhere(0);
    fs::copy(target, &copy).unwrap();
    let (target, other) = elsewhere(1);
    let mut bytes = fs::read(target).unwrap();
    bytes[7] ^= 1;
    fs::write(&other, bytes).unwrap();
    assert_eq!(spread.home().relink().unwrap(), 0);
    assert!(!copy.exists() && other.exists());
    assert!(spread.tranches() == sealed);
}

#[test]
fn a_repair_killed_between_file_and_link_is_finished_by_linking() {
    let spread = Spread::sealed(4, 2, 3, 30);
    let sealed = spread.tranches();
    let (lost, new) = (&spread.disks[1], spread.new_disk("new"));
    spread.unmount(lost);
    spread.home().exchange_disk(Some(lost), Some(&new)).unwrap();
    // One file had its name on the new disk, another was half written.
    let (_, target) = spread
        .links()
        .into_iter()
        .find(|(_, it)| it.starts_with(lost))
        .unwrap();
    let file = new.join(target.strip_prefix(lost).unwrap());
    let old = spread
        .beside("disk-2-away")
        .join(target.strip_prefix(lost).unwrap());
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::copy(old, &file).unwrap();
    fs::write(
        file.with_file_name(".longplay-0123456789abcdef.tmp"),
        b"half",
    )
    .unwrap();
    let linked = spread.home().relink().unwrap();
    assert_eq!(linked, 1);
    assert_eq!(spread.on(&new).len(), 1);
    spread.mend(None, None, &Silent);
    assert!(spread.tranches() == sealed);
    assert!(spread.is_sound());
}
