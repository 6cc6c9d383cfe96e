//! Repairs that look at the survivors of a stripe while they make from them what is lost.

use {
    crate::{
        memory::{FaultKind, MemoryDisk},
        readings::sealed,
        simulator::commands::{heal, look, look_to_repair},
    },
    longplay_store::{Home, RepairSummary, facts::Place, merkle::LEAF_BYTES},
    std::collections::BTreeMap,
};

const TRANCHES: &str = "/archive/tranches";
const LOST: &str = "data/packs/0001-audio-open-000001.tar";
const OTHER: &str = "data/packs/0001-audio-open-000002.tar";
const THIRD: &str = "data/packs/0001-audio-open-000003.tar";
const RECOVERY: &str = "data/recovery/0001-audio-open-s0000-r01.rec";

fn path(file: &str) -> String {
    let bag = match file.starts_with("data/recovery") {
        true => "0001-audio-open-recovery",
        false => "0001-audio-open",
    };
    format!("{TRANCHES}/{bag}/{file}")
}

fn lose(disk: &MemoryDisk, files: &[&str]) {
    files.iter().for_each(|file| disk.lose(&path(file)));
}

fn flip(disk: &MemoryDisk, file: &str, at: usize) {
    let mut bytes = disk.peek(&path(file)).unwrap();
    bytes[at] ^= 1;
    disk.put(&path(file), bytes);
}

/// Repairs the first tranche after a look at what the repair does not look at itself.
fn repair(home: &Home) -> RepairSummary {
    let report = look_to_repair(home).unwrap();
    assert!(report.tranches[0].files_unread > 0, "all was read before");
    heal(home, &report.tranches[0], None).unwrap()
}

fn tree(disk: &MemoryDisk) -> BTreeMap<String, Vec<u8>> {
    disk.peek_below(TRANCHES)
}

#[test]
fn survivors_are_read_once() {
    let (disk, home) = sealed();
    let before = tree(&disk);
    disk.lose(&path(LOST));
    disk.wire(|wire| wire.read.clear());
    let report = look_to_repair(&home).unwrap();
    for file in [OTHER, THIRD] {
        // Whether it ends as a recovery pack does.
        assert!(disk.bytes_read(&path(file)) < 1_000, "{file}");
    }
    let summary = heal(&home, &report.tranches[0], None).unwrap();
    assert!(summary.is_whole() && tree(&disk) == before);
    assert_eq!(summary.healed, [Place::data(LOST)]);
    assert_eq!(summary.found_meanwhile, []);
    for file in [OTHER, THIRD] {
        let bytes = before[path(file).strip_prefix("/archive/tranches/").unwrap()].len() as u64;
        let read = disk.bytes_read(&path(file));
        // A last leaf that is shorter is read twice.
        let most = bytes + LEAF_BYTES + 1_000;
        assert!((bytes..most).contains(&read), "{file}: {read} of {bytes}");
    }
    assert!(look(&home).unwrap().is_sound());
}

/// Also in its last bytes, and in a kit.
#[test]
fn damage_that_shows_only_while_others_are_made_is_healed_too() {
    let (disk, home) = sealed();
    let before = tree(&disk);
    for file in [OTHER, RECOVERY] {
        let bytes = disk.peek(&path(file)).unwrap().len();
        for at in [0, bytes / 2, bytes - 1] {
            disk.lose(&path(LOST));
            flip(&disk, file, at);
            let summary = repair(&home);
            let place = match file {
                RECOVERY => Place::recovery(file),
                _ => Place::data(file),
            };
            assert!(summary.is_whole(), "{file} at {at}: {summary:#?}");
            assert_eq!(summary.found_meanwhile, [place], "{file} at {at}");
            assert!(tree(&disk) == before, "{file} at {at}");
        }
    }
}

#[test]
fn what_is_read_otherwise_once_is_no_damage() {
    let (disk, home) = sealed();
    let before = tree(&disk);
    for kind in [FaultKind::Flip(100), FaultKind::Error] {
        disk.lose(&path(LOST));
        let report = look_to_repair(&home).unwrap();
        disk.fail_reading(&path(OTHER), kind, 1);
        let summary = heal(&home, &report.tranches[0], None).unwrap();
        assert!(disk.wire(|wire| wire.faults.iter().all(|fault| fault.has_come)));
        disk.wire(|wire| wire.faults.clear());
        assert!(summary.is_whole() && summary.found_meanwhile.is_empty());
        assert!(tree(&disk) == before);
    }
}

/// What is beyond recovery is told, and the rest healed, just as when all was looked at
/// before.
#[test]
fn it_comes_to_the_same_as_a_look_at_everything() {
    let hurt: [fn(&MemoryDisk); 5] = [
        |disk| {
            lose(disk, &[LOST, OTHER]);
            flip(disk, THIRD, 20_000);
        },
        |disk| {
            lose(disk, &[LOST, RECOVERY]);
            flip(disk, THIRD, 20_000);
            flip(disk, OTHER, 50_000);
        },
        // Under another name, and the name of yet another.
        |disk| {
            let [lost, other] = [LOST, OTHER].map(|file| disk.peek(&path(file)).unwrap());
            disk.put(&path("data/packs/astray.tar"), lost);
            disk.lose(&path(LOST));
            disk.put(&path(THIRD), other);
        },
        |disk| {
            let mut bytes = disk.peek(&path(LOST)).unwrap();
            bytes.truncate(40_000);
            disk.put(&path(LOST), bytes);
            flip(disk, THIRD, 100_000);
        },
        |disk| {
            disk.lose(&path(LOST));
            let other = path("data/leaves/0001-audio-open-s0001.leaves");
            disk.lose(&other);
            flip(disk, THIRD, 0);
        },
    ];
    for (number, hurt) in hurt.into_iter().enumerate() {
        let (one, home) = sealed();
        hurt(&one);
        let meanwhile = repair(&home);
        let (other, home) = sealed();
        hurt(&other);
        let report = look(&home).unwrap();
        let before = heal(&home, &report.tranches[0], None).unwrap();
        assert!(tree(&one) == tree(&other), "hurt {number}");
        assert_eq!(meanwhile.is_whole(), before.is_whole(), "hurt {number}");
        assert_eq!(meanwhile.remaining, before.remaining, "hurt {number}");
        assert_eq!(meanwhile.lost, before.lost, "hurt {number}");
        assert!(!meanwhile.found_meanwhile.is_empty(), "hurt {number}");
    }
}
