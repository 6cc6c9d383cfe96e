//! How often something is read, and what comes of a reading that goes wrong.

use {
    crate::{
        archive::{NOW, config, fill, noise, receipt, seal, stage},
        memory::{FaultKind, MemoryDisk},
        simulator::commands::{heal, heal_and_tell, look},
    },
    longplay_model::{Access, Event, Finding, Monitor, Unit},
    longplay_store::Home,
    std::{path::Path, sync::Mutex, thread::available_parallelism},
};

const PACK: &str = "/archive/tranches/0001-audio-open/data/packs/0001-audio-open-000001.tar";

/// An archive of packs of 200 kB at 4+2.
pub fn sealed() -> (MemoryDisk, Home) {
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

/// An archive of two packs so long that a new one is read back while it is made.
fn sealed_long() -> (MemoryDisk, Home) {
    let mut config = config(2, 1);
    config.pack_bytes.0 = 41 << 20;
    let disk = MemoryDisk::default();
    let home = Home::create(disk.location("/archive"), &config, &*NOW).unwrap();
    for number in 0..2 {
        let audio = noise(number + 1, 40 << 20);
        let held = (stage(&home, &audio), audio.len());
        let receipt = Box::new(receipt(number, Access::Open, held, None));
        home.record(Event::Ingestion { receipt }, &*NOW).unwrap();
    }
    seal(&home);
    (disk, home)
}

/// Bytes that were left to be read back, each time.
#[derive(Default)]
struct Left(Mutex<Vec<u64>>);

impl Monitor for Left {
    fn begin(&self, what: &str, total: Option<u64>, _: Unit) {
        if what == "reading back" {
            self.0.lock().unwrap().extend(total);
        }
    }

    fn advance(&self, _: u64) {}

    fn finding(&self, _: Finding) {}
}

#[test]
fn a_long_file_is_read_back_while_it_is_made() {
    let (disk, home) = sealed_long();
    let sound = disk.peek(PACK);
    let left = Left::default();
    let is_healed = |fault: Option<(FaultKind, u32)>| {
        disk.lose(PACK);
        let report = look(&home).unwrap();
        disk.wire(|wire| (wire.fault_of_next, wire.faults) = (fault, Vec::new()));
        let summary = heal_and_tell(&home, &report.tranches[0], None, &left).unwrap();
        let has_come = disk.wire(|wire| wire.faults.iter().any(|fault| fault.has_come));
        assert_eq!(has_come, fault.is_some());
        let is_whole = summary.is_whole() && summary.healed.len() == 1;
        assert!(!is_whole || disk.peek(PACK) == sound);
        is_whole
    };
    assert!(is_healed(None));
    // What is read otherwise once is read again.
    assert!(is_healed(Some((FaultKind::Flip(100), 1))));
    assert!(!is_healed(Some((FaultKind::Flip(100), u32::MAX))));
    assert!(is_healed(None));
    let left = left.0.into_inner().unwrap();
    assert_eq!(left.len(), 4);
    // A machine with one core has no thread for it.
    let is_meanwhile = left.iter().any(|left| *left < 40 << 20);
    assert!(is_meanwhile || available_parallelism().is_ok_and(|cores| cores.get() < 2));
}
