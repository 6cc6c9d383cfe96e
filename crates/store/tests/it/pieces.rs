//! The SHA-1 of pieces, kept from when packs were written.

use {
    crate::{
        archive::{Archive, Ear, NOW, config, noise, receipt, seal, staged},
        fixture::tree,
        seal_killed::seal_until,
    },
    longplay_model::{Access, Digest, Event, Silent},
    longplay_store::{
        Home, Mode,
        bag::{TAG_MANIFEST, parse_info},
        pieces::SealedPieces,
        plan_reconcile,
        seal::{Payload, SealRequest, execute, plan},
    },
    sha1::{Digest as _, Sha1},
    std::{
        collections::BTreeMap,
        fs,
        path::{Path, PathBuf},
    },
};

/// Each piece as a torrent with pads has it.
fn plainly(bytes: &[u8], piece_length: usize) -> Vec<[u8; 20]> {
    let piece = |piece: &[u8]| {
        let mut piece = piece.to_vec();
        piece.resize(piece_length, 0);
        Sha1::digest(piece).into()
    };
    bytes.chunks(piece_length).map(piece).collect()
}

/// Compares what is kept of each bag of an archive with the bag; gives how many bags
/// and pieces there are.
pub fn check(root: &Path) -> (usize, usize) {
    let tranches = root.join("tranches");
    let bags = fs::read_dir(&tranches).unwrap().map(|bag| bag.unwrap());
    let bags = bags.filter(|bag| bag.file_type().unwrap().is_dir());
    let names: Vec<_> = bags
        .map(|bag| bag.file_name().into_string().unwrap())
        .collect();
    let kept = tree(&root.join("pieces"));
    assert_eq!(kept.len(), names.len(), "{:?}", kept.keys());
    let pieces = names.iter().map(|name| check_bag(root, name)).sum();
    (names.len(), pieces)
}

/// Whatever a sealing was killed at: a bag that has its name has its pieces.
pub fn check_named(root: &Path) {
    for bag in fs::read_dir(root.join("tranches")).unwrap() {
        let name = bag.unwrap().file_name().into_string().unwrap();
        if !name.starts_with('.') {
            check_bag(root, &name);
        }
    }
}

fn check_bag(root: &Path, name: &str) -> usize {
    let pieces = SealedPieces::read(&root.into(), name).expect(name);
    let files = tree(&root.join("tranches").join(name));
    let info = String::from_utf8(files["bag-info.txt"].clone()).unwrap();
    let large = files.iter().filter(|(path, _)| {
        let folders = ["data/packs/", "data/catalog/", "data/recovery/"];
        folders.iter().any(|folder| path.starts_with(folder))
    });
    assert_eq!(pieces.bag, name);
    assert_eq!(pieces.tagmanifest, Digest::of(&files[TAG_MANIFEST]));
    assert_eq!(
        parse_info(&info)["Longplay-Piece-Length"],
        pieces.piece_length.to_string()
    );
    let expected: BTreeMap<String, (u64, Vec<[u8; 20]>)> = large
        .map(|(path, bytes)| {
            let pieces = plainly(bytes, pieces.piece_length as usize);
            (path.clone(), (bytes.len() as u64, pieces))
        })
        .collect();
    let found = pieces.files.into_iter();
    let found: BTreeMap<_, _> = found
        .map(|file| (file.path.to_string(), (file.bytes, file.pieces)))
        .collect();
    assert!(found == expected, "{name}");
    found.values().map(|(_, pieces)| pieces.len()).sum()
}

#[test]
fn the_pieces_of_all_bags_are_kept() {
    let archive = Archive::new(4, 2);
    archive.fill(40, Access::Open);
    let files = [("tracks.parquet", 70_001), ("empty", 0), ("b", 9)].map(|(name, length)| {
        let path = archive.folder.path().join(name);
        fs::write(&path, noise(3, length)).unwrap();
        (name.to_owned(), path.into())
    });
    let request = SealRequest {
        payload: Payload::Files {
            access: Access::Open,
            files: files.into(),
        },
        ..staged()
    };
    let home = archive.open();
    execute(&home, &plan(&home, &request).unwrap(), &*NOW, &Silent).unwrap();
    seal(&home);
    let (bags, pieces) = check(&archive.root());
    assert_eq!(bags, 6);
    assert!(pieces > 100, "only {pieces} pieces");
}

/// Packs of several portions, that blobs and pieces go beyond the ends of.
#[test]
fn portions_do_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("home");
    let mut config = config(3, 2);
    config.pack_bytes.0 = 9_000_000;
    Home::create(&root, &config, &*NOW).unwrap();
    let home = Home::open(&root, Mode::Write, &Silent).unwrap();
    let archive = Archive { folder };
    for number in 0..13 {
        let audio = noise(number + 1, 900_001 + 400_003 * number as usize % 1_700_000);
        let blob = (archive.stage(&home, &audio), audio.len());
        let receipt = Box::new(receipt(number, Access::Open, blob, None));
        home.record(Event::Ingestion { receipt }, &*NOW).unwrap();
    }
    seal(&home);
    let (_, pieces) = check(&root);
    assert!(pieces > 500, "only {pieces} pieces");
}

#[test]
fn kept_pieces_belong_to_the_archive_and_are_not_needed() {
    let archive = Archive::new(2, 1);
    archive.fill(14, Access::Open);
    archive.seal();
    let check = || {
        let plan = plan_reconcile(&archive.open(), &Silent).unwrap();
        assert!(plan.lost.is_empty() && plan.moved.is_empty() && plan.unknown.is_empty());
    };
    check();
    fs::remove_dir_all(archive.root().join("pieces")).unwrap();
    check();
}

/// What a sealing that an older version began knows of a stripe lacks the pieces.
#[test]
fn a_stripe_without_pieces_is_written_again() {
    let make = || {
        let archive = Archive::new(2, 1);
        archive.fill(30, Access::Open);
        archive
    };
    let reference = make();
    reference.seal();
    let archive = make();
    let note = archive
        .tranches()
        .join(".partial-0001-audio-open-stripes/0000.json");
    let mut steps = 0;
    while !note.exists() {
        seal_until(&archive, steps);
        steps += 1;
    }
    let mut record: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&fs::read(&note).unwrap()).unwrap();
    record.remove("pieces").unwrap();
    fs::write(&note, serde_json::to_vec(&record).unwrap()).unwrap();
    archive.seal();
    assert!(archive.files() == reference.files());
    check(&archive.root());
}

#[test]
fn pieces_of_bags_that_are_not_wanted_any_more_go_away() {
    let archive = Archive::new(2, 1);
    archive.fill(14, Access::Open);
    let kept = |name: &str| archive.root().join("pieces").join(name);
    fs::create_dir_all(archive.tranches().join(".partial-0007-audio-dark")).unwrap();
    fs::create_dir_all(archive.tranches().join(".partial-0008-audio-dark-stripes")).unwrap();
    fs::create_dir(kept("")).unwrap();
    for name in ["0007-audio-dark.pieces", "0008-audio-dark.pieces"] {
        fs::write(kept(name), b"x").unwrap();
    }
    archive.seal();
    assert!(!kept("0007-audio-dark.pieces").exists());
    assert!(kept("0008-audio-dark.pieces").exists());
    assert!(kept("0001-audio-open.pieces").exists());
}

/// Where the folder cannot be made nothing is entered, and the next sealing goes on.
#[test]
fn pieces_are_kept_before_a_tranche_has_its_name() {
    let archive = Archive::new(2, 1);
    archive.fill(14, Access::Open);
    let folder: PathBuf = archive.root().join("pieces");
    fs::write(&folder, b"in the way").unwrap();
    let home = archive.open();
    let planned = plan(&home, &staged()).unwrap();
    execute(&home, &planned, &*NOW, &Ear::default()).unwrap_err();
    assert_eq!(home.state().sealed().unwrap(), []);
    assert!(!archive.tranches().join("0001-audio-open").exists());
    drop(home);
    fs::remove_file(&folder).unwrap();
    archive.seal();
    assert_eq!(check(&archive.root()).0, 4);
}
