//! How often something is read, and what comes of a reading that goes wrong.

use {
    crate::{
        archive::{NOW, config, fill, seal},
        memory::{FaultKind, MemoryDisk},
        simulator::commands::{heal, look},
    },
    longplay_model::Access,
    longplay_store::Home,
    std::path::Path,
};

const PACK: &str = "/archive/tranches/0001-audio-open/data/packs/0001-audio-open-000001.tar";

fn sealed() -> (MemoryDisk, Home) {
    let disk = MemoryDisk::default();
    let home = Home::create(disk.location("/archive"), &config(4, 2), &*NOW).unwrap();
    fill(&home, 40, Access::Open);
    seal(&home);
    (disk, home)
}

fn is_leaf_file(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "leaves")
}

#[test]
fn a_verify_reads_each_leaf_file_once() {
    let (disk, home) = sealed();
    disk.wire(|wire| wire.opened = Some(Vec::new()));
    assert!(look(&home).unwrap().is_sound());
    let mut opened = disk.wire(|wire| wire.opened.take()).unwrap();
    opened.retain(|path| is_leaf_file(path));
    opened.sort();
    let files = disk.peek_below("/archive/tranches").into_keys();
    let expected = files.filter(|path| is_leaf_file(Path::new(path)));
    let mut expected: Vec<_> = expected
        .map(|path| Path::new("/archive/tranches").join(path))
        .collect();
    expected.sort();
    assert!(expected.len() >= 4);
    assert_eq!(opened, expected);
}

#[test]
fn a_new_file_that_was_read_otherwise_once_is_read_again() {
    let (disk, home) = sealed();
    let sound = disk.peek(PACK);
    disk.lose(PACK);
    let report = look(&home).unwrap();
    disk.wire(|wire| wire.fault_of_next = Some((FaultKind::Flip(100), 1)));
    let summary = heal(&home, &report.tranches[0], None).unwrap();
    assert!(disk.wire(|wire| wire.faults.iter().all(|fault| fault.has_come)));
    assert!(summary.is_whole(), "{summary:#?}");
    assert_eq!(disk.peek(PACK), sound);
}

#[test]
fn a_new_file_that_is_always_read_otherwise_is_not_called_whole() {
    let (disk, home) = sealed();
    disk.lose(PACK);
    let report = look(&home).unwrap();
    disk.wire(|wire| wire.fault_of_next = Some((FaultKind::Flip(100), u32::MAX)));
    let summary = heal(&home, &report.tranches[0], None).unwrap();
    assert!(!summary.is_whole() && summary.healed.is_empty());
    // All leaves but those are right in which a reading begins.
    assert_eq!(summary.partly.len(), 1);
    let left = disk.peek_below("/archive/tranches");
    assert!(left.keys().all(|path| !path.ends_with(".tmp")));
}
