//! Kills and power cuts at every single operation: each write, sync and change
//! of a name.

use {
    super::{
        commands::{self, Piece, look, look_to_repair},
        truth::{Files, ROOT, TRANCHES, Truth},
    },
    crate::{
        archive::{Ear, NOW, config},
        fixture::Rng,
        memory::{MemoryDisk, Wire},
    },
    longplay_model::{Access, Silent},
    longplay_store::{Error, Home, Mode, with_workers},
};

/// Power cuts at an operation, each with other luck, beside a kill.
const CUTS: u64 = 3;

/// What happens at an operation: a kill or one of the cuts, by turns; all of them
/// where `LONGPLAY_EVERY` is set.
fn lucks(operation: u64) -> std::ops::RangeInclusive<u64> {
    let turn = operation % (CUTS + 1);
    match std::env::var_os("LONGPLAY_EVERY") {
        Some(_) => 0..=CUTS,
        None => turn..=turn,
    }
}

const GEOMETRY: (u8, u8) = (2, 2);

/// Ends `act` at every operation, starts again, and lets `judge` look.
fn at_every_operation(
    prepared: &MemoryDisk,
    act: impl Fn(&MemoryDisk) -> Result<(), Error>,
    judge: impl Fn(&MemoryDisk, &str),
) -> u64 {
    with_workers(1, || {
        let whole = prepared.copy();
        act(&whole).unwrap();
        let before = prepared.wire(|wire| wire.operations);
        let count = whole.wire(|wire| wire.operations) - before;
        judge(&whole, "not ended");
        for operation in 0..count {
            for luck in lucks(operation) {
                let disk = prepared.copy();
                disk.wire(|wire| wire.end_after(operation));
                _ = act(&disk);
                assert!(
                    disk.wire(|wire| wire.is_off()),
                    "{operation} is not reached"
                );
                match luck {
                    0 => disk.after_kill(),
                    _ => disk.after_cut(&mut Rng(operation * 1000 + luck)),
                }
                judge(&disk, &format!("operation {operation}, luck {luck}"));
            }
        }
        count
    })
}

fn open(disk: &MemoryDisk) -> Result<Home, Error> {
    Home::open(disk.location(ROOT), Mode::Write, &Silent)
}

fn created() -> MemoryDisk {
    let disk = MemoryDisk::default();
    let (k, m) = GEOMETRY;
    let mut config = config(k, m);
    config.pack_bytes.0 = 30_000;
    Home::create(disk.location(ROOT), &config, &*NOW).unwrap();
    disk.rest();
    disk
}

fn blobs() -> Vec<Vec<u8>> {
    (0..4)
        .map(|seed| Rng(seed).bytes(9_000 + 9_000 * seed as usize))
        .collect()
}

fn take_in(disk: &MemoryDisk, truth: &mut Truth) -> Result<(), Error> {
    let home = open(disk)?;
    for (number, audio) in (0..).zip(blobs()) {
        let piece = Piece {
            number,
            access: Access::Open,
            audio,
            cover: None,
        };
        commands::take_in(&home, truth, &[piece])?;
    }
    Ok(())
}

fn taken_in() -> (MemoryDisk, Truth) {
    let (disk, mut truth) = (created(), Truth::default());
    take_in(&disk, &mut truth).unwrap();
    disk.rest();
    (disk, truth)
}

fn seal(disk: &MemoryDisk) -> Result<(), Error> {
    commands::seal(&open(disk)?, &Ear::default())
}

fn heal(disk: &MemoryDisk) -> Result<(), Error> {
    let home = open(disk)?;
    for report in look_to_repair(&home)?.tranches {
        commands::heal(&home, &report, None)?;
    }
    Ok(())
}

fn is_kept(truth: &Truth, disk: &MemoryDisk, place: &str) {
    let (k, m) = GEOMETRY;
    let kept = truth.is_kept(disk, k, m);
    assert_eq!(kept, Ok(()), "{place}");
}

#[test]
fn a_creation_ended_at_every_operation_is_finished_by_the_same_command() {
    let (k, m) = GEOMETRY;
    let create = |disk: &MemoryDisk| {
        let home = Home::create(disk.location(ROOT), &config(k, m), &*NOW);
        home.map(drop)
    };
    let count = at_every_operation(&MemoryDisk::default(), create, |disk, place| {
        let again = create(disk);
        let is_there = matches!(again, Ok(()) | Err(Error::AlreadyExists { .. }));
        assert!(is_there, "{place}: {again:?}");
        let home = open(disk).unwrap();
        assert_eq!(home.config(), &config(k, m), "{place}");
    });
    assert!(count > 20, "only {count} operations");
}

/// Seed 214: the archive's folder was there, its name was not durable, and the same
/// command took it as it was.
#[test]
fn a_creation_after_a_killed_one_survives_a_power_cut() {
    let (k, m) = GEOMETRY;
    let create = |disk: &MemoryDisk| Home::create(disk.location(ROOT), &config(k, m), &*NOW);
    for operation in 0..20 {
        with_workers(1, || {
            let disk = MemoryDisk::default();
            disk.wire(|wire| wire.end_after(operation));
            let killed = create(&disk);
            assert!(killed.is_err(), "{operation} is not reached");
            disk.after_kill();
            create(&disk).unwrap();
            let rest = disk.after_power_cut();
            assert_eq!(open(&rest).unwrap().config(), &config(k, m), "{operation}");
        });
    }
}

/// Takes in again after an end, then the power goes: what was told by then is
/// there.
fn take_in_then_cut(disk: &MemoryDisk) -> Result<(), String> {
    let (k, m) = GEOMETRY;
    let mut truth = Truth::default();
    take_in(disk, &mut truth).unwrap();
    let rest = disk.after_power_cut();
    truth.is_kept(&rest, k, m)?;
    let home = open(&rest).unwrap();
    match home.state().staged().unwrap().len() == blobs().len() {
        true => Ok(()),
        false => Err("a receipt is lost".into()),
    }
}

#[test]
fn an_intake_ended_at_every_operation_loses_nothing() {
    let told = std::cell::RefCell::new(Truth::default());
    let act = |disk: &MemoryDisk| {
        *told.borrow_mut() = Truth::default();
        take_in(disk, &mut told.borrow_mut())
    };
    let count = at_every_operation(&created(), act, |disk, place| {
        is_kept(&told.borrow(), disk, place);
        assert_eq!(take_in_then_cut(disk), Ok(()), "{place}");
    });
    assert!(count > 40, "only {count} operations");
}

/// Why the next writer settles what a killed one left: without that, receipts and
/// blobs that it saw are gone after a power cut.
#[test]
fn without_settling_a_kill_and_a_power_cut_lose_what_was_seen() {
    let prepared = created();
    let lost = (0..60).filter(|operation| {
        with_workers(1, || {
            let disk = prepared.copy();
            disk.wire(|wire| wire.is_careless = true);
            disk.wire(|wire| wire.end_after(*operation));
            let _ends = take_in(&disk, &mut Truth::default());
            disk.after_kill();
            take_in_then_cut(&disk).is_err()
        })
    });
    assert!(lost.count() > 0);
}

#[test]
fn a_seal_ended_at_every_operation_comes_to_the_same_bytes() {
    let (prepared, truth) = taken_in();
    let reference = prepared.copy();
    seal(&reference).unwrap();
    let wanted = reference.peek_below(TRANCHES);
    let count = at_every_operation(&prepared, seal, |disk, place| {
        is_kept(&truth, disk, place);
        seal(disk).unwrap();
        let found = disk.peek_below(TRANCHES);
        assert!(
            found.keys().eq(wanted.keys()),
            "{place}: {:?}",
            found.keys()
        );
        assert!(found == wanted, "{place}");
        assert!(
            disk.peek_below("/archive/staging/blobs").is_empty(),
            "{place}"
        );
        let home = open(disk).unwrap();
        assert_eq!(home.state().staged().unwrap(), [], "{place}");
        assert_eq!(home.state().sealed().unwrap().len(), 1, "{place}");
        drop(home);
        let rest = disk.after_power_cut();
        assert!(
            rest.peek_below(TRANCHES) == wanted,
            "{place}, then a power cut"
        );
        is_kept(&truth, &rest, place);
    });
    assert!(count > 100, "only {count} operations");
}

/// A sealed tranche with damage of several kinds, all of it within the bound.
fn damaged() -> (MemoryDisk, Files) {
    let (disk, _) = taken_in();
    seal(&disk).unwrap();
    disk.rest();
    let wanted = disk.peek_below(TRANCHES);
    let name = "0001-audio-open";
    let path = |rest: &str| format!("{TRANCHES}/{name}{rest}");
    let pack = |number: u32| path(&format!("/data/packs/{name}-{number:06}.tar"));
    let mut bytes = disk.peek(&pack(0)).unwrap();
    bytes[2_000] ^= 1;
    disk.put(&pack(1), bytes);
    disk.put(
        &pack(0),
        wanted[&format!("{name}/data/packs/{name}-000001.tar")].clone(),
    );
    disk.lose(&path(&format!(
        "-recovery/data/recovery/{name}-s0000-r01.rec"
    )));
    disk.lose(&path("/manifest-sha256.txt"));
    let leaves = path(&format!("/data/leaves/{name}-s0000.leaves"));
    let mut bytes = disk.peek(&leaves).unwrap();
    bytes.truncate(100);
    disk.put(&leaves, bytes);
    (disk, wanted)
}

#[test]
fn a_repair_ended_at_every_operation_comes_to_the_same_bytes() {
    let (prepared, wanted) = damaged();
    let count = at_every_operation(&prepared, heal, |disk, place| {
        heal(disk).unwrap();
        assert!(disk.peek_below(TRANCHES) == wanted, "{place}");
        let home = open(disk).unwrap();
        let report = look(&home).unwrap();
        assert_eq!(report.findings().count(), 0, "{place}");
        drop(home);
        let rest = disk.after_power_cut();
        assert!(
            rest.peek_below(TRANCHES) == wanted,
            "{place}, then a power cut"
        );
    });
    assert!(count > 25, "only {count} operations");
}

/// The wire tells what is done, and the power stays off until it is switched on.
#[test]
fn what_is_off_stays_off() {
    let disk = created();
    disk.wire(|wire| wire.end_after(0));
    assert!(open(&disk).is_err());
    assert!(open(&disk).is_err());
    disk.wire(Wire::switch_on);
    open(&disk).unwrap();
}
