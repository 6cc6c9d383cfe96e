//! Torrents from the pieces that a sealing noted (`docs/format/pieces.md`), in place
//! of a reading of all packs.

use {
    crate::{
        counting::CountingDisk,
        fixture::{Archive, PIECE, Watcher, blob, clock, content, cover, snapshot},
    },
    longplay_model::{Access, Clock, Digest, FindingCode, Silent},
    longplay_release::{
        ReleaseOptions, ReleaseSummary, plan, release,
        torrent::{Verdict, check, parse},
    },
    longplay_store::{
        Home, Mode, Unhurried, VerifyOptions,
        bag::TAG_MANIFEST,
        names::TrancheKind,
        seal::{self, Payload, SealRequest},
        verify,
    },
    sha1::{Digest as _, Sha1},
    std::{
        fs,
        path::{Path, PathBuf},
    },
};

const PACK: &str = "0002-audio-open/data/packs/0002-audio-open-000001.tar";

const BAGS: [&str; 6] = [
    "0001-metadata-open",
    "0001-metadata-open-recovery",
    "0002-audio-open",
    "0002-audio-open-recovery",
    "0004-art-open",
    "0004-art-open-recovery",
];

/// Tranches of each kind, with files of many pieces, of less than one, and of none.
fn sealed() -> Archive {
    let archive = Archive::new();
    let blob = |title: &str, length| blob(title, length, Access::Open);
    archive.seal_files(
        1,
        &[
            ("tracks.parquet", content(500_001, 1)),
            ("small.parquet", content(300, 2)),
            ("empty.parquet", vec![]),
        ],
    );
    let packs = [vec![blob("One", 300_000)], vec![blob("Two", 500_000)]];
    archive.seal_packs(2, TrancheKind::Audio, Access::Open, &packs);
    let rights = Some("https://creativecommons.org/publicdomain/zero/1.0/");
    let covers = [vec![cover(200_000, rights, Access::Open)]];
    archive.seal_packs(4, TrancheKind::Art, Access::Open, &covers);
    archive
}

fn root(archive: &Archive) -> PathBuf {
    archive.home.root().to_local().unwrap()
}

fn file_of(archive: &Archive, bag: &str) -> PathBuf {
    root(archive).join(format!("pieces/{bag}.pieces"))
}

/// What the first line of the file says, and what follows.
struct Noted {
    head: serde_json::Value,
    pieces: Vec<u8>,
}

type Change = fn(&mut Noted);

/// Hashes the large files of a bag, as its sealing would have.
fn noted(archive: &Archive, bag: &str) -> Noted {
    let dir = root(archive).join("tranches").join(bag);
    let mut files = Vec::new();
    let mut pieces = Vec::new();
    for folder in ["data/packs", "data/catalog", "data/recovery"] {
        let entries = fs::read_dir(dir.join(folder)).into_iter().flatten();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        for name in names {
            let path = format!("{folder}/{name}");
            let bytes = fs::read(dir.join(&path)).unwrap();
            files.push(serde_json::json!({ "path": path, "bytes": bytes.len() }));
            for piece in bytes.chunks(PIECE as usize) {
                let mut piece = piece.to_vec();
                piece.resize(PIECE as usize, 0);
                pieces.extend(<[u8; 20]>::from(Sha1::digest(piece)));
            }
        }
    }
    let tagmanifest = Digest::of(&fs::read(dir.join(TAG_MANIFEST)).unwrap());
    let head = serde_json::json!({
        "longplay": "pieces", "version": 1, "bag": bag, "tagmanifest": tagmanifest,
        "piece_length": PIECE, "files": files,
    });
    Noted { head, pieces }
}

fn write(path: &Path, noted: &Noted) {
    let mut bytes = serde_json::to_vec(&noted.head).unwrap();
    bytes.push(b'\n');
    bytes.extend(&noted.pieces);
    let check = Digest::of(&bytes);
    bytes.extend(check.as_bytes());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// With the pieces of all bags.
fn with_pieces() -> Archive {
    let archive = sealed();
    for bag in BAGS {
        write(&file_of(&archive, bag), &noted(&archive, bag));
    }
    archive
}

fn options(archive: &Archive, rehash: bool) -> ReleaseOptions {
    let mut options = ReleaseOptions::new(archive.public(), clock().now());
    options.rehash = rehash;
    options
}

fn run(home: &Home, options: &ReleaseOptions) -> (ReleaseSummary, Watcher) {
    let watcher = Watcher::default();
    let plan = plan(home, options).unwrap();
    let summary = release(home, &plan, options, &clock(), &watcher).unwrap();
    (summary, watcher)
}

/// The same archive on a disk that counts.
fn counted(archive: Archive) -> (Archive, CountingDisk) {
    let disk = CountingDisk::default();
    let root = root(&archive);
    let Archive { folder, home } = archive;
    drop(home);
    let home = Home::open(disk.location(root), Mode::Write, &Silent).unwrap();
    (Archive { folder, home }, disk)
}

#[test]
fn torrents_are_the_same_and_no_pack_is_read() {
    let other = sealed();
    let (whole, watcher) = run(&other.home, &options(&other, false));
    assert_eq!((whole.released.len(), watcher.codes()), (3, vec![]));
    let expected = snapshot(&other.public());

    let (archive, disk) = counted(with_pieces());
    let (summary, watcher) = run(&archive.home, &options(&archive, false));
    assert_eq!(watcher.codes(), []);
    assert_eq!(summary.released, whole.released);
    assert_eq!(snapshot(&archive.public()), expected);
    assert_eq!(disk.below("recovery").len(), 0);
    assert_eq!(disk.below("catalog").len(), 0);
    // The index, which is what the gate of rights looks at, and its locator.
    let packs = disk.below("packs");
    assert_eq!(packs.len(), 3);
    for (path, read) in packs {
        let bytes = fs::metadata(&path).unwrap().len();
        assert!(read < 2_000 && bytes > 200_000, "{path:?}: {read}");
    }
    assert!(*watcher.hashed.lock().unwrap() < 200_000);

    let (archive, disk) = counted(with_pieces());
    let (summary, _) = run(&archive.home, &options(&archive, true));
    assert_eq!(summary.released, whole.released);
    assert_eq!(snapshot(&archive.public()), expected);
    for folder in ["packs", "recovery", "catalog"] {
        for (path, read) in disk.below(folder) {
            assert!(read >= fs::metadata(&path).unwrap().len(), "{path:?}");
        }
    }
}

/// Pieces of another bag, another sealing or another length, or of fewer files.
#[test]
fn what_is_not_of_this_bag_is_read() {
    let bag = "0002-audio-open";
    let other = sealed();
    run(&other.home, &options(&other, false));
    let expected = snapshot(&other.public());
    let changes: [(&str, Change); 7] = [
        ("bag", |it| it.head["bag"] = "0004-art-open".into()),
        ("tagmanifest", |it| {
            it.head["tagmanifest"] = Digest::of(b"x").to_string().into();
        }),
        ("piece length", |it| {
            it.head["piece_length"] = (2 * PIECE).into();
            for file in it.head["files"].as_array_mut().unwrap() {
                file["bytes"] = (2 * file["bytes"].as_u64().unwrap()).into();
            }
        }),
        ("path", |it| {
            it.head["files"][1]["path"] = "data/packs/x.tar".into();
        }),
        ("bytes", |it| {
            let bytes = it.head["files"][1]["bytes"].as_u64().unwrap();
            it.head["files"][1]["bytes"] = (bytes - 1).into();
        }),
        ("absent", |it| {
            let bytes = it.head["files"][1]["bytes"].as_u64().unwrap();
            let rest = it.pieces.len() - 20 * bytes.div_ceil(PIECE) as usize;
            it.pieces.truncate(rest);
            it.head["files"].as_array_mut().unwrap().remove(1);
        }),
        ("count", |it| it.pieces.truncate(it.pieces.len() - 20)),
    ];
    for (name, change) in changes {
        let archive = with_pieces();
        let mut noted = noted(&archive, bag);
        change(&mut noted);
        write(&file_of(&archive, bag), &noted);
        let (archive, disk) = counted(archive);
        run(&archive.home, &options(&archive, false));
        assert!(snapshot(&archive.public()) == expected, "{name}");
        let path = root(&archive).join("tranches").join(PACK);
        let bytes = fs::metadata(&path).unwrap().len();
        assert!(disk.below("packs")[&path] >= bytes, "{name}");
    }
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let at = bytes.len() / 3;
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn told(archive: &Archive) -> Vec<String> {
    let watcher = Watcher::default();
    let options = VerifyOptions::default();
    verify(&archive.home, &options, &Unhurried, &watcher).unwrap();
    let findings = watcher.findings.lock().unwrap();
    findings.iter().map(ToString::to_string).collect()
}

/// A torrent tells what was sealed; whether that is there is what `verify` asks, and
/// `rehash`.
#[test]
fn a_damaged_pack_is_found_by_verify_and_rehash() {
    let archive = with_pieces();
    let before = told(&archive);
    let pack = root(&archive).join("tranches").join(PACK);
    flip(&pack);
    let (summary, watcher) = run(&archive.home, &options(&archive, false));
    assert_eq!((summary.released.len(), watcher.codes()), (3, vec![]));
    let public = archive.public();
    let torrent = parse(&fs::read(public.join("0002-audio-open.torrent")).unwrap()).unwrap();
    let verdict = check(&torrent, &public.join("0002-audio-open"), 2, &Silent);
    let differs = PACK.strip_prefix("0002-audio-open/").unwrap();
    assert_eq!(verdict, Verdict::Differs(vec![differs.into()]));
    let found = told(&archive);
    let new: Vec<_> = found.iter().filter(|it| !before.contains(it)).collect();
    assert!(new.iter().any(|it| it.contains(PACK)), "{new:?}");

    let (summary, watcher) = run(&archive.home, &options(&archive, true));
    assert_eq!(watcher.codes(), [FindingCode::R003]);
    assert_eq!(summary.refused, ["0002-audio-open"]);
    assert!(!public.join("0002-audio-open.torrent").exists());
    flip(&pack);
    let (summary, watcher) = run(&archive.home, &options(&archive, true));
    assert_eq!((summary.released.len(), watcher.codes()), (3, vec![]));
    let verdict = check(&torrent, &public.join("0002-audio-open"), 2, &Silent);
    assert_eq!(verdict, Verdict::Whole);
}

/// What is small is read and compared whatever was noted.
#[test]
fn damage_beside_the_packs_is_found() {
    for path in [
        "0002-audio-open/data/leaves/0002-audio-open-s0000.leaves",
        "0002-audio-open-recovery/data/leaves/0002-audio-open-s0000-recovery.leaves",
        "0002-audio-open/data/index.jsonl",
        "0002-audio-open/longplay_reader.py",
    ] {
        let archive = with_pieces();
        flip(&root(&archive).join("tranches").join(path));
        let (summary, watcher) = run(&archive.home, &options(&archive, false));
        assert_eq!(watcher.codes(), [FindingCode::R003], "{path}");
        assert_eq!(summary.refused, ["0002-audio-open"], "{path}");
    }
    let archive = with_pieces();
    let pack = root(&archive).join("tranches").join(PACK);
    let bytes = fs::read(&pack).unwrap();
    fs::write(&pack, &bytes[..bytes.len() - 1]).unwrap();
    let (_, watcher) = run(&archive.home, &options(&archive, false));
    assert_eq!(watcher.codes(), [FindingCode::R003]);
}

/// What a real sealing notes is what a release needs.
#[test]
fn a_sealing_spares_the_release_its_files() {
    let archive = Archive::new();
    let files = [("tracks.parquet", 700_001), ("names.parquet", 90_000)];
    let files = files.map(|(name, length)| {
        let path = archive.folder.path().join(name);
        fs::write(&path, content(length, length)).unwrap();
        (name.to_owned(), path.into())
    });
    let request = SealRequest {
        clock: clock().now(),
        payload: Payload::Files {
            access: Access::Open,
            files: files.to_vec(),
        },
        software: "longplay 0.1.0".into(),
    };
    let plan = seal::plan(&archive.home, &request).unwrap();
    seal::execute(&archive.home, &plan, &clock(), &Silent).unwrap();
    let (archive, disk) = counted(archive);
    let (first, _) = run(&archive.home, &options(&archive, false));
    assert_eq!(first.released.len(), 1);
    assert_eq!(
        (disk.below("catalog").len(), disk.below("recovery").len()),
        (0, 0)
    );
    let made = snapshot(&archive.public());
    // All is read, and nothing had to be written again.
    let (again, watcher) = run(&archive.home, &options(&archive, true));
    assert_eq!((again.written.len(), watcher.codes()), (0, vec![]));
    assert_eq!(snapshot(&archive.public()), made);
    assert_eq!(disk.below("catalog").len(), 2);
    assert!(!disk.below("recovery").is_empty());
}
