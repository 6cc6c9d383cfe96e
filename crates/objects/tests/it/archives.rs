//! Whole histories of archives whose tranches lie in a bucket.

use {
    crate::{
        archive::{Archive, NOW, collect, config, fill, noise, seal, staged},
        server::{Fault, How, Server},
    },
    longplay_model::{Access, FindingCode, Silent},
    longplay_objects::{Buckets, Traffic},
    longplay_store::{
        Config, Donor, Error, FolderDonor, Home, Mode, RepairSummary, TrancheStore, Unhurried,
        VerifyOptions, VerifyReport,
        facts::Folders,
        holdings::Holdings,
        make_room, plan_repair, repair,
        seal::{execute, plan},
        tranches_of, verify,
    },
    std::{collections::BTreeMap, path::PathBuf},
    tempfile::TempDir,
};

const AT: &str = "s3://music/north/archive";
const CLAIM: &str = "north/archive/longplay-archive.json";
const AUDIO: &str = "0001-audio-open";

/// An archive here, and its tranches there.
struct Far {
    server: Server,
    folder: TempDir,
}

impl Far {
    /// An empty archive of 4 + 2.
    fn new() -> Self {
        let far = Self {
            server: Server::start(),
            folder: tempfile::tempdir().unwrap(),
        };
        let stores = far.stores();
        Home::create_with(far.root(), &far.config(), &stores, &*NOW).unwrap();
        far
    }

    /// The same with tranches of audio and covers.
    fn sealed() -> Self {
        let far = Self::new();
        let home = far.open();
        fill(&home, 40, Access::Open);
        seal(&home);
        drop(home);
        far
    }

    fn config(&self) -> Config {
        Config {
            tranches: Some(TrancheStore {
                at: AT.into(),
                endpoint: Some(self.server.endpoint()),
                region: None,
            }),
            ..config(4, 2)
        }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// With small parts, so that packs go in several.
    fn stores(&self) -> Buckets {
        let traffic = Traffic {
            part: 64 << 10,
            range: 32 << 10,
            in_flight: 3,
        };
        let settings = self.server.settings();
        Buckets::new(self.server.variables()).with(traffic, settings.patience)
    }

    fn open(&self) -> Home {
        Home::open_with(self.root(), Mode::Write, &self.stores(), &Silent).unwrap()
    }

    /// What lies there, by its path in the folder of tranches.
    fn tranches(&self) -> BTreeMap<String, Vec<u8>> {
        let objects = self.server.objects().into_iter();
        let ours = objects.filter(|(key, _)| key != CLAIM);
        ours.map(|(key, bytes)| (key.strip_prefix("north/archive/").unwrap().into(), bytes))
            .collect()
    }

    /// What lies here: nothing but the archive's own files.
    fn made_here(&self) -> Vec<String> {
        let mut files = BTreeMap::new();
        collect(&self.root().join("tranches"), "", &mut files);
        files.into_keys().collect()
    }

    /// Does something to the object of a path.
    fn damage(&self, path: &str, damage: impl FnOnce(&mut Vec<u8>)) {
        self.server
            .change(|objects| damage(objects.get_mut(&format!("north/archive/{path}")).unwrap()));
    }

    fn lose(&self, path: &str) {
        self.server
            .change(|objects| drop(objects.remove(&format!("north/archive/{path}")).unwrap()));
    }
}

fn pack(number: u32) -> String {
    format!("{AUDIO}/data/packs/{AUDIO}-{number:06}.tar")
}

fn look(home: &Home) -> VerifyReport {
    verify(home, &VerifyOptions::default(), &Unhurried, &Silent).unwrap()
}

fn heal(home: &Home, donor: Option<&dyn Donor>) -> Vec<RepairSummary> {
    let reports = look(home).tranches.into_iter();
    reports
        .map(|report| {
            let tranches = home.tranches_dir();
            let folders = Folders {
                data: tranches.join(&report.name),
                recovery: Some(tranches.join(format!("{}-recovery", report.name))),
                volumes: home.volumes().clone(),
            };
            let plan = plan_repair(&report);
            let plan = match donor {
                Some(_) => plan.with_another_copy(),
                None => plan,
            };
            repair(&folders, &plan, donor, &Silent).unwrap()
        })
        .collect()
}

/// The tranches of the same archive on a folder.
fn on_a_folder() -> BTreeMap<String, Vec<u8>> {
    let local = Archive::new(4, 2);
    local.fill(40, Access::Open);
    local.seal();
    let mut files = BTreeMap::new();
    collect(&local.tranches(), "", &mut files);
    files
}

/// Tells which files differ, and not how.
#[track_caller]
fn assert_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected));
    let differ = found
        .iter()
        .filter(|(path, bytes)| expected[*path] != **bytes);
    let differ: Vec<_> = differ.map(|(path, _)| path).collect();
    assert!(differ.is_empty(), "{differ:?}");
}

#[test]
fn what_is_sealed_there_is_the_same_as_on_a_folder() {
    let far = Far::sealed();
    assert_same(&far.tranches(), &on_a_folder());
    assert_eq!(far.made_here(), Vec::<String>::new());
    let home = far.open();
    assert!(home.staging().blobs().unwrap().is_empty());
    assert!(look(&home).is_sound());
    assert!(far.server.uploads().is_empty());
}

#[test]
fn every_kind_of_damage_there_is_found_and_healed() {
    let far = Far::sealed();
    let before = far.tranches();
    far.damage(&pack(0), |bytes| bytes[20_000] ^= 1);
    far.lose(&pack(1));
    far.damage(&pack(2), |bytes| bytes.truncate(50_000));
    far.damage(&pack(3), |bytes| bytes.extend(noise(9, 1_000)));
    far.lose(&format!("{AUDIO}/manifest-sha256.txt"));
    far.damage(&format!("{AUDIO}/bagit.txt"), |bytes| bytes.clear());
    let home = far.open();
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
    let healed = heal(&home, None);
    assert!(healed.iter().all(RepairSummary::is_whole));
    assert_same(&far.tranches(), &before);
    assert!(look(&home).is_sound());
    assert!(far.server.uploads().is_empty());
}

#[test]
fn swapped_and_renamed_objects_get_their_names_back() {
    let far = Far::sealed();
    let before = far.tranches();
    far.server.change(|objects| {
        let [one, other] = [0, 1].map(|number| format!("north/archive/{}", pack(number)));
        let first = objects.remove(&one).unwrap();
        let second = objects.insert(other, first).unwrap();
        objects.insert(one, second);
        let moved = objects.remove(&format!("north/archive/{}", pack(2)));
        objects.insert(format!("north/archive/{AUDIO}/found.bin"), moved.unwrap());
    });
    let home = far.open();
    assert!(!look(&home).is_sound());
    let healed = heal(&home, None);
    assert!(healed.iter().all(RepairSummary::is_whole));
    assert_same(&far.tranches(), &before);
}

/// From another bucket, and from a folder.
#[test]
fn a_tranche_that_is_gone_comes_from_another_copy() {
    let far = Far::sealed();
    let before = far.tranches();
    let copy = Far::new();
    copy.server.change(|objects| {
        objects.extend(far.server.objects());
    });
    let elsewhere = tranches_of(copy.root(), &copy.stores()).unwrap();
    let donor = FolderDonor::new(elsewhere).unwrap();
    far.server
        .change(|objects| objects.retain(|key, _| !key.contains(AUDIO)));
    let home = far.open();
    assert_eq!(make_room(&home, None).unwrap().len(), 2);
    let healed = heal(&home, Some(&donor));
    assert!(healed.iter().all(RepairSummary::is_whole));
    assert_same(&far.tranches(), &before);
}

/// Each write to the store in turn is the last one before a kill.
#[test]
fn a_seal_that_is_killed_is_finished_by_the_same_command() {
    let expected = on_a_folder();
    let mut after = 0;
    loop {
        let far = Far::new();
        let home = far.open();
        fill(&home, 40, Access::Open);
        let refused = How::Status(400, "TestEnds");
        far.server
            .fail(Fault::new("PUT", "", refused).after(after).times(1_000_000));
        let planned = plan(&home, &staged()).unwrap();
        let sealed = execute(&home, &planned, &*NOW, &Silent);
        let known = home.state().sealed().unwrap().len();
        drop(home);
        let is_done = sealed.is_ok();
        far.server.heal();
        let home = far.open();
        assert_eq!(home.state().sealed().unwrap().len(), known);
        assert!(look(&home).is_sound(), "after {after} writes");
        let there = far.tranches();
        far.server.seen();
        seal(&home);
        let put: Vec<String> = far
            .server
            .seen()
            .into_iter()
            .filter(|seen| seen.method == "PUT")
            .map(|seen| seen.key.strip_prefix("north/archive/").unwrap().to_owned())
            .collect();
        let again = put.iter().filter(|path| there.contains_key(*path));
        assert_eq!(again.count(), 0, "after {after} writes: {put:?}");
        assert_same(&far.tranches(), &expected);
        assert_eq!(far.made_here(), Vec::<String>::new());
        assert!(far.server.uploads().is_empty());
        assert!(home.staging().blobs().unwrap().is_empty());
        if is_done {
            assert!(after > 20, "{after} writes");
            return;
        }
        after += 3;
    }
}

#[test]
fn what_arrived_wrong_is_no_sealed_tranche() {
    let far = Far::new();
    let home = far.open();
    fill(&home, 40, Access::Open);
    let planned = plan(&home, &staged()).unwrap();
    far.server
        .fail(Fault::new("GET", &pack(1), How::Flip(77)).times(1_000));
    let refused = execute(&home, &planned, &*NOW, &Silent).unwrap_err();
    assert!(
        matches!(refused, Error::SealedDamaged { .. }),
        "{refused:?}"
    );
    assert!(home.state().sealed().unwrap().is_empty());
    assert!(!home.staging().blobs().unwrap().is_empty());
    far.server.heal();
    seal(&home);
    assert_same(&far.tranches(), &on_a_folder());
}

#[test]
fn a_store_that_does_not_answer_is_no_damage() {
    for how in [
        How::Status(503, "SlowDown"),
        How::Status(403, "AccessDenied"),
        How::Status(404, "NoSuchBucket"),
        How::Mute,
    ] {
        for after in [0, 3, 9, 20, 40] {
            let far = Far::sealed();
            let home = far.open();
            let fault = Fault::new("", "", how.clone());
            far.server.fail(fault.after(after).times(1_000_000));
            let seen = verify(&home, &VerifyOptions::default(), &Unhurried, &Silent);
            assert!(seen.is_err(), "{how:?} after {after}");
            far.server.heal();
            drop(home);
            assert!(look(&far.open()).is_sound());
        }
    }
}

#[test]
fn an_object_that_the_store_has_lost_inside_is_healed() {
    let far = Far::sealed();
    let before = far.tranches();
    let broken = Fault::new("GET", &pack(1), How::Status(500, "InternalError"));
    far.server.fail(broken.times(1_000_000));
    let home = far.open();
    let report = look(&home);
    let findings: Vec<_> = report.findings().collect();
    assert!(
        findings.iter().any(|finding| finding.subject == pack(1)),
        "{findings:#?}"
    );
    far.server
        .heal_when_put(&format!("north/archive/{}", pack(1)));
    let healed = heal(&home, None);
    assert!(healed.iter().all(RepairSummary::is_whole));
    assert_same(&far.tranches(), &before);
}

#[test]
fn a_repair_that_is_killed_is_finished_by_the_same_command() {
    let whole = on_a_folder();
    for after in 0..6 {
        let far = Far::sealed();
        far.damage(&pack(0), |bytes| bytes[20_000] ^= 1);
        far.lose(&pack(1));
        far.lose(&format!("{AUDIO}/manifest-sha256.txt"));
        let home = far.open();
        let reports = look(&home);
        let refused = How::Status(400, "TestEnds");
        far.server
            .fail(Fault::new("PUT", "", refused).after(after).times(1_000_000));
        let report = &reports.tranches[0];
        let folders = Folders {
            data: home.tranches_dir().join(AUDIO),
            recovery: Some(home.tranches_dir().join(format!("{AUDIO}-recovery"))),
            volumes: home.volumes().clone(),
        };
        let killed = repair(&folders, &plan_repair(report), None, &Silent);
        drop(home);
        far.server.heal();
        far.server
            .tear(&format!("north/archive/{}", pack(0)), b"half a pack");
        let home = far.open();
        assert!(!far.root().join("staging/objects").exists());
        let healed = heal(&home, None);
        assert!(healed.iter().all(RepairSummary::is_whole), "{killed:?}");
        assert_same(&far.tranches(), &whole);
        if killed.is_err() {
            assert!(far.server.uploads().is_empty());
        }
    }
}

#[test]
fn one_track_is_one_request_and_no_byte_too_many() {
    use std::io::Read;
    let far = Far::sealed();
    let tranches = tranches_of(far.root(), &far.stores()).unwrap();
    far.server.seen();
    let mut track = Vec::new();
    let mut range = tranches.join(pack(1)).range(1_536..30_000).unwrap();
    range.read_to_end(&mut track).unwrap();
    assert_eq!(track, far.tranches()[&pack(1)][1_536..30_000]);
    let [seen] = far.server.seen().try_into().unwrap();
    assert_eq!((seen.method.as_str(), seen.sent), ("GET", 28_464));
}

/// The index lies here, what it is made from there.
#[test]
fn an_index_leads_to_the_objects_that_hold_a_blob() {
    let far = Far::sealed();
    assert!(far.root().join("holdings/segments.json").is_file());
    let home = far.open();
    let receipts = home.state().all_receipts().unwrap();
    let blobs: Vec<_> = receipts.iter().map(|receipt| receipt.blob).collect();
    far.server.seen();
    let holdings = Holdings::open(&home, &Silent).unwrap();
    let held = holdings.find(&blobs, &Silent).unwrap();
    assert_eq!(far.server.seen().len(), 0);
    for (held, receipt) in held.iter().zip(&receipts) {
        far.server.seen();
        assert!(holdings.reads_back(&held.places[0]));
        let [seen] = far.server.seen().try_into().unwrap();
        assert_eq!(seen.sent, receipt.bytes);
    }
    let made = Holdings::rebuild(&home, &Silent).unwrap();
    assert_eq!(made.find(&blobs, &Silent).unwrap(), held);
    // What did not answer is not taken for a tranche that is not there.
    let denied = Fault::new("", "0001", How::Status(403, "AccessDenied"));
    far.server.fail(denied.times(1_000));
    let refused = Holdings::rebuild(&home, &Silent);
    assert!(matches!(refused, Err(Error::Read { .. })), "{refused:?}");
}

#[test]
fn whole_packs_are_read_with_several_ranges_on_their_way() {
    let far = Far::sealed();
    let home = far.open();
    far.server.fail(
        Fault::new(
            "GET",
            "packs",
            How::Late(std::time::Duration::from_millis(5)),
        )
        .times(1_000),
    );
    far.server.most_at_once();
    far.server.seen();
    assert!(look(&home).is_sound());
    let most = far.server.most_at_once();
    assert_eq!(most, 3);
    let packs: u64 = far
        .tranches()
        .iter()
        .filter(|(path, _)| path.contains("/packs/"))
        .map(|(_, bytes)| bytes.len() as u64)
        .sum();
    let seen = far.server.seen();
    let read: u64 = seen
        .iter()
        .filter(|seen| seen.key.contains("/packs/"))
        .map(|seen| seen.sent)
        .sum();
    assert!(read <= packs + packs / 8, "{read} bytes of {packs}");
}

#[test]
fn a_prefix_belongs_to_one_archive() {
    let far = Far::new();
    let folder = tempfile::tempdir().unwrap();
    let create = |name: &str, at: &str| {
        let mut config = far.config();
        config.name = name.into();
        if let Some(store) = &mut config.tranches {
            store.at = at.into();
        }
        let root = folder.path().join(name.replace(' ', "-"));
        Home::create_with(root, &config, &far.stores(), &*NOW).map(drop)
    };
    let taken = create("another", AT).unwrap_err();
    let text = told(&taken);
    assert!(
        text.contains("another archive keeps its tranches"),
        "{text}"
    );
    far.server
        .change(|objects| drop(objects.insert("full/x".into(), Vec::new())));
    let text = told(&create("third", "s3://music/full").unwrap_err());
    assert!(
        text.contains("something lies at s3://music/full already"),
        "{text}"
    );
    let text = told(&create("fourth", "s3://nobodys/x").unwrap_err());
    assert!(text.contains("there is no such bucket"), "{text}");
    let text = told(&create("fifth", "s3:/x").unwrap_err());
    assert!(text.contains("does not begin with s3://"), "{text}");
    assert!(
        std::fs::read_dir(folder.path().join("third"))
            .unwrap()
            .all(|entry| { entry.unwrap().file_name() == "lock" })
    );
    // Killed between the claim and its own first file, it is the same archive.
    create("Test archive", AT).unwrap();
}

fn told(error: &dyn std::error::Error) -> String {
    let source = error.source().map(told).unwrap_or_default();
    format!("{error}: {source}")
}

#[test]
fn without_a_way_to_the_store_nothing_is_opened() {
    let far = Far::sealed();
    let plain = Home::open(far.root(), Mode::Read, &Silent).unwrap_err();
    assert!(matches!(plain, Error::FindStore { .. }), "{plain:?}");
    let nobody = Home::open_with(far.root(), Mode::Read, &Buckets::default(), &Silent);
    let text = told(&nobody.unwrap_err());
    assert!(text.contains("set AWS_ACCESS_KEY_ID"), "{text}");
}
