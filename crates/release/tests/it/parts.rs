//! Parts of items: exactly these bytes, proven, with few others.

use {
    crate::{
        fixture::{Archive, Blob, Watcher, blob, clock, content, in_form},
        seeds::replay,
        server::{Manner, Server},
    },
    longplay_model::{Access, Digest, FindingCode, Form, Silent},
    longplay_release::{
        Error, From, GetOptions, GotPart, Part, ProvenBy, ReleaseOptions, find_part,
        fuzzing::read_proofs, get_part, plan, release,
    },
    longplay_store::names::TrancheKind,
    std::{
        fs,
        path::{Path, PathBuf},
        sync::atomic::Ordering,
    },
    tempfile::TempDir,
};

const LEAF: u64 = 16_384;
const TRANCHE: &str = "0002-audio-open";
const PACK: &str = "0002-audio-open/data/packs/0002-audio-open-000001.tar";
const LEAVES: &str = "0002-audio-open/data/leaves/0002-audio-open-s0000.leaves";
const PROOFS: &str = "0002-audio-open.proofs";

/// Items of several lengths, the longest of them in the middle of the second pack.
fn blobs() -> Vec<Vec<Blob>> {
    let blob = |title: &str, length| blob(title, length, Access::Open);
    vec![
        vec![blob("One", 40_000), blob("Two", 100)],
        vec![
            blob("Short", 20_000),
            blob("Long", 1_500_000),
            blob("End", 90_000),
        ],
    ]
}

fn item(title: &str) -> Blob {
    let mut all = blobs().into_iter().flatten();
    all.find(|it| it.0.title.as_deref() == Some(title)).unwrap()
}

fn released() -> Archive {
    let archive = Archive::new();
    archive.seal_packs(2, TrancheKind::Audio, Access::Open, &blobs());
    publish(&archive);
    archive
}

fn publish(archive: &Archive) {
    let options = ReleaseOptions::new(archive.public(), longplay_model::Clock::now(&clock()));
    let plan = plan(&archive.home, &options).unwrap();
    release(&archive.home, &plan, &options, &clock(), &Silent).unwrap();
}

/// What a listener keeps of the public folder: the map, the proofs and, if asked for,
/// the leaf files.
fn at_hand(archive: &Archive, has_leaves: bool) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let files: &[&str] = match has_leaves {
        true => &["map.jsonl", PROOFS, LEAVES],
        false => &["map.jsonl", PROOFS],
    };
    for file in files {
        let to = folder.path().join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(archive.public().join(file), to).unwrap();
    }
    let map = folder.path().join("map.jsonl");
    (folder, map)
}

fn part(start: u64, bytes: u64) -> Part {
    Part::new(start, bytes).unwrap()
}

fn fetch(
    target: &Digest,
    part: Part,
    from: &From,
    map: Option<&Path>,
) -> (Result<GotPart, Error>, Watcher, TempDir) {
    let out = tempfile::tempdir().unwrap();
    let watcher = Watcher::default();
    let options = GetOptions::default();
    let target = target.to_string();
    let got = get_part(&target, part, from, map, out.path(), &options, &watcher);
    (got, watcher, out)
}

/// Parts of an item of `length` bytes that begins at `offset` of its pack: its ends,
/// all of it, what lies around the ends of leaves, groups and pieces, and some more.
fn parts(offset: u64, length: u64) -> Vec<Part> {
    let mut pairs = vec![(0, 1), (0, length), (length - 1, 1), (length / 2, 1)];
    for border in [LEAF, 8 * LEAF, 64 * LEAF] {
        let edge = (offset + length / 3).next_multiple_of(border) - offset;
        pairs.extend([
            (edge - 1, 2),
            (edge, 1),
            (edge, LEAF),
            (edge - 1, LEAF + 2),
            (edge - 1, 9 * LEAF + 2),
            (edge, 8 * LEAF),
            (edge - 5, 3),
        ]);
    }
    let mut seed = 1u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    for limit in [50, 40_000, length] {
        for _ in 0..30 {
            let start = random(length);
            pairs.push((start, 1 + random(limit.min(length - start))));
        }
    }
    let inside = pairs.into_iter().filter(|(at, bytes)| at + bytes <= length);
    inside.map(|(at, bytes)| part(at, bytes)).collect()
}

/// What the server sent, and asserts that it sent exactly that and no less.
fn beside(server: &Server, got: &GotPart) -> u64 {
    let sent = server.bytes.swap(0, Ordering::SeqCst);
    assert_eq!(sent, got.bytes_fetched);
    let requests = std::mem::take(&mut *server.requests.lock().unwrap());
    assert_eq!(requests.len() as u64, got.requests);
    assert_eq!(requests.len(), got.plan.requests());
    sent - got.part.bytes()
}

#[test]
fn with_leaf_files_at_hand_one_request_brings_any_part_within_the_bound() {
    let archive = released();
    let server = Server::start(&archive.public(), Manner::Correct);
    let from = From::find(&server.url).unwrap();
    let (_hand, map) = at_hand(&archive, true);
    for title in ["Long", "Short", "End", "Two"] {
        let (record, bytes) = item(title);
        let offset = find_part(&record.sha256.to_string(), part(0, 1), &from, Some(&map));
        let offset = offset.unwrap().0.chosen.record.offset;
        for part in parts(offset, record.length) {
            let (got, watcher, _out) = fetch(&record.sha256, part, &from, Some(&map));
            let got = got.unwrap();
            let found = fs::read(got.path.as_ref().unwrap()).unwrap();
            let (start, end) = (part.start(), part.start() + part.bytes());
            assert!(found == bytes[start as usize..end as usize], "{part}");
            assert_eq!(watcher.codes(), []);
            assert_eq!(got.requests, 1);
            let beside = beside(&server, &got);
            assert!(beside <= part.bytes() / 512 + 32_768, "{part}: {beside}");
        }
    }
}

/// Hashes of at most seven leaves on either side come on top, and only short parts
/// that lie at the far ends of their leaves can tell.
#[test]
fn with_proofs_at_hand_hashes_are_few() {
    let archive = released();
    let server = Server::start(&archive.public(), Manner::Correct);
    let from = From::find(&server.url).unwrap();
    let (_hand, map) = at_hand(&archive, false);
    let (record, bytes) = item("Long");
    let digest = record.sha256;
    let (found, _) = find_part(&digest.to_string(), part(0, 1), &from, Some(&map)).unwrap();
    let mut beyond = 0;
    for part in parts(found.chosen.record.offset, record.length) {
        let (planned, plan) = find_part(&digest.to_string(), part, &from, Some(&map)).unwrap();
        assert_eq!(planned, found);
        let (got, _, _out) = fetch(&digest, part, &from, Some(&map));
        let got = got.unwrap();
        assert_eq!(got.plan, plan);
        let kept = fs::read(got.path.as_ref().unwrap()).unwrap();
        assert!(kept == bytes[part.start() as usize..][..part.bytes() as usize]);
        assert_eq!(got.plan.bytes(), got.bytes_fetched);
        let beside = beside(&server, &got);
        let bound = part.bytes() / 512 + 32_768;
        assert!(beside <= bound + 2 * 7 * 32, "{part}: {beside}");
        if beside > bound {
            assert!(part.bytes() < 448 * 512, "{part}");
            let read = &got.plan.read;
            assert!(
                read.end - read.start - part.bytes() > 32_768 - 448,
                "{part}"
            );
            beyond += 1;
        }
    }
    assert!(
        (1..=9).contains(&beyond),
        "{beyond} parts, not only around borders"
    );
}

#[test]
fn parts_come_out_of_archive_folder_and_address_alike() {
    let archive = released();
    let server = Server::start(&archive.public(), Manner::Correct);
    let root = archive.home.root().to_local().unwrap();
    let (record, bytes) = item("Long");
    let part = part(700_000, 50_000);
    for (from, against) in [
        (From::folder(&root).unwrap(), LEAVES),
        (From::folder(&archive.public()).unwrap(), PROOFS),
        (From::find(&server.url).unwrap(), PROOFS),
    ] {
        let (got, watcher, out) = fetch(&record.sha256, part, &from, None);
        let got = got.unwrap();
        let path = got.path.unwrap();
        assert_eq!(path, out.path().join("700000+50000 Long.opus"));
        assert!(fs::read(path).unwrap() == bytes[700_000..750_000]);
        assert_eq!(got.plan.by, ProvenBy::Leaves);
        assert!(got.against.unwrap().contains(against));
        assert_eq!(watcher.codes(), []);
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
    }
    // The map, the first line of the proofs, the groups of the pack, two times hashes of
    // leaves or once, and the leaves.
    let requests = server.requests.lock().unwrap();
    assert_eq!(requests.len(), 5, "{requests:?}");
    assert_eq!(requests[..2], ["map.jsonl -", &format!("{PROOFS} -")]);
}

/// Servers that give whole files are used, within reason.
#[test]
fn servers_without_ranges_prove_parts_too() {
    let archive = released();
    let server = Server::start(&archive.public(), Manner::Whole);
    let from = From::find(&server.url).unwrap();
    let (record, bytes) = item("Long");
    let (got, _, _out) = fetch(&record.sha256, part(700_000, 50), &from, None);
    let path = got.unwrap().path.unwrap();
    assert!(fs::read(path).unwrap() == bytes[700_000..700_050]);
    let server = Server::start(&archive.public(), Manner::Shifted);
    let from = From::find(&server.url).unwrap();
    let (got, _, out) = fetch(&record.sha256, part(700_000, 50), &from, None);
    assert!(matches!(got, Err(Error::WrongRange { .. })));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

#[test]
fn short_items_are_proven_by_their_digest() {
    let archive = released();
    let server = Server::start(&archive.public(), Manner::Correct);
    let from = From::find(&server.url).unwrap();
    let (_hand, map) = at_hand(&archive, false);
    let (record, bytes) = item("Two");
    let (got, _, _out) = fetch(&record.sha256, part(10, 20), &from, Some(&map));
    let got = got.unwrap();
    assert_eq!(got.plan.by, ProvenBy::Digest);
    assert_eq!((got.requests, got.bytes_fetched), (1, 100));
    assert!(got.against.unwrap().contains(&record.sha256.to_string()));
    assert_eq!(fs::read(got.path.unwrap()).unwrap(), bytes[10..30]);
    // All of a long one too: no hash is needed, and no byte too many comes.
    let (record, _) = item("Long");
    let (got, _, _out) = fetch(&record.sha256, part(0, 1_500_000), &from, Some(&map));
    let got = got.unwrap();
    assert_eq!((got.requests, got.bytes_fetched), (1, 1_500_000));
}

fn flip(path: &Path, at: u64) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at as usize] ^= 0x20;
    fs::write(path, bytes).unwrap();
}

/// The one finding about a part that was not kept.
fn finding(from: &From, map: Option<&Path>, digest: &Digest, part: Part) -> (String, String) {
    let (got, watcher, out) = fetch(digest, part, from, map);
    let got = got.unwrap();
    assert_eq!((got.path, got.against), (None, None));
    assert_eq!(watcher.codes(), [FindingCode::R004]);
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    let finding = watcher.findings.lock().unwrap().remove(0);
    (finding.subject, finding.place)
}

#[test]
fn damage_is_told_by_file_and_place() {
    let archive = released();
    let root = archive.home.root().to_local().unwrap();
    let server = Server::start(&archive.public(), Manner::Correct);
    let url = From::find(&server.url).unwrap();
    let (_hand, map) = at_hand(&archive, false);
    let (_full, full) = at_hand(&archive, true);
    let home = From::folder(&root).unwrap();
    let digest = item("Long").0.sha256;
    let part = part(700_000, 50_000);
    let (got, _, _out) = fetch(&digest, part, &url, Some(&map));
    let got = got.unwrap();
    let (read, hashes) = (got.plan.read.clone(), got.plan.hashes[0].clone());

    let pack = archive.public().join(PACK);
    let told = (
        PACK.to_owned(),
        format!("bytes {}+16384", read.start + LEAF),
    );
    for (from, map) in [(&url, Some(&map)), (&url, Some(&full)), (&home, None)] {
        // A byte that is read for the proof alone, and bytes elsewhere.
        flip(&pack, read.start + LEAF + 3);
        flip(&pack, read.start - 1);
        flip(&pack, read.end);
        assert_eq!(
            finding(from, map.map(PathBuf::as_path), &digest, part),
            told
        );
        flip(&pack, read.start + LEAF + 3);
        let (got, watcher, _out) = fetch(&digest, part, from, map.map(PathBuf::as_path));
        assert!(got.unwrap().path.is_some() && watcher.codes().is_empty());
        flip(&pack, read.start - 1);
        flip(&pack, read.end);
    }

    let leaves = archive.public().join(LEAVES);
    let end = fs::metadata(&leaves).unwrap().len();
    let pack_leaves = fs::metadata(&pack).unwrap().len() / LEAF;
    let at = end - (pack_leaves - hashes.start) * 32;
    flip(&leaves, at);
    let (subject, place) = finding(&url, Some(&map), &digest, part);
    assert_eq!(
        (subject.as_str(), place.as_str()),
        (LEAVES, &*format!("bytes {at}+256"))
    );
    let (subject, place) = finding(&home, None, &digest, part);
    assert_eq!((subject.as_str(), place.as_str()), (LEAVES, ""));
    let whole = full.parent().unwrap().join(LEAVES);
    flip(&whole, at);
    let (subject, _) = finding(&url, Some(&full), &digest, part);
    assert_eq!(Path::new(&subject), whole);
    flip(&leaves, at);

    let proofs = map.parent().unwrap().join(PROOFS);
    let sound = fs::read(&proofs).unwrap();
    flip(&proofs, sound.len() as u64 - 1);
    let (subject, place) = finding(&url, Some(&map), &digest, part);
    assert_eq!(subject, PROOFS);
    assert!(place.starts_with("bytes "), "{place}");
    fs::write(&proofs, b"{}\n").unwrap();
    assert_eq!(finding(&url, Some(&map), &digest, part).0, PROOFS);
    fs::write(&proofs, sound).unwrap();
    let manifest = root
        .join("tranches")
        .join(TRANCHE)
        .join("manifest-sha256.txt");
    flip(&manifest, 5);
    let (subject, _) = finding(&home, None, &digest, part);
    assert_eq!(subject, format!("{TRANCHE}/manifest-sha256.txt"));
}

/// Whatever byte of what leads to the part is another, what is kept is the part.
#[test]
fn no_damaged_hash_leads_to_other_bytes() {
    let archive = released();
    let (record, bytes) = item("Long");
    let part = part(300_000, 20_000);
    let hand = at_hand(&archive, true).0;
    let (_own, map) = at_hand(&archive, false);
    let from = From::folder(hand.path()).unwrap();
    let packs = hand.path().join(TRANCHE).join("data/packs");
    fs::create_dir_all(&packs).unwrap();
    fs::copy(archive.public().join(PACK), hand.path().join(PACK)).unwrap();
    let mut refused = 0;
    for file in [LEAVES, PROOFS] {
        for (near, shift) in [(None, 0), (Some(map.as_path()), 5)] {
            let path = match (near, file) {
                (Some(map), PROOFS) => map.parent().unwrap().join(PROOFS),
                _ => hand.path().join(file),
            };
            let sound = fs::read(&path).unwrap();
            for at in (shift..sound.len()).step_by(37) {
                flip(&path, at as u64);
                let (got, watcher, _out) = fetch(&record.sha256, part, &from, near);
                match got.ok().and_then(|got| got.path) {
                    Some(path) => assert!(fs::read(path).unwrap() == bytes[300_000..320_000]),
                    None => refused += 1,
                }
                assert!(watcher.findings.lock().unwrap().len() <= 1);
                fs::write(&path, &sound).unwrap();
            }
        }
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn parts_that_are_not_there_are_errors() {
    let archive = released();
    let from = From::folder(&archive.public()).unwrap();
    let (record, _) = item("Long");
    for (start, bytes) in [
        (0, 1_500_001),
        (1_500_000, 1),
        (1, 1_500_000),
        (u64::MAX - 1, 1),
    ] {
        let (got, _, out) = fetch(&record.sha256, part(start, bytes), &from, None);
        assert!(matches!(
            got,
            Err(Error::PartBeyond {
                bytes: 1_500_000,
                ..
            })
        ));
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    }
    assert!(Part::new(5, 0).is_none() && Part::new(2, u64::MAX - 1).is_none());
}

/// A public folder of before there were proofs, and a map of another pack.
#[test]
fn without_proofs_that_is_what_is_told() {
    let archive = released();
    let server = Server::start(&archive.public(), Manner::Correct);
    let (record, _) = item("Long");
    let (_hand, map) = at_hand(&archive, false);
    let text = fs::read_to_string(&map).unwrap();
    let far = format!("\"offset\":{}", 10_000_000);
    let lines = text.lines().map(|line| match line.contains("\"Long\"") {
        true => {
            let (before, rest) = line.split_once("\"offset\":").unwrap();
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}{far}{rest}\n")
        }
        false => format!("{line}\n"),
    });
    fs::write(&map, lines.collect::<String>()).unwrap();
    let folder = From::folder(&archive.public()).unwrap();
    let (subject, _) = finding(&folder, Some(&map), &record.sha256, part(5, 5));
    assert_eq!(subject, PACK);
    fs::remove_file(archive.public().join(PROOFS)).unwrap();
    for from in [folder, From::find(&server.url).unwrap()] {
        let (got, _, out) = fetch(&record.sha256, part(700_000, 5), &from, None);
        let error = got.unwrap_err();
        assert!(matches!(error, Error::FindProofs { .. }), "{error}");
        assert!(error.to_string().contains(PROOFS));
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    }
    // The next release makes them again.
    publish(&archive);
    let from = From::folder(&archive.public()).unwrap();
    let (got, _, _out) = fetch(&record.sha256, part(700_000, 5), &from, None);
    assert!(got.unwrap().path.is_some());
}

#[test]
fn a_part_that_is_there_is_kept_and_another_file_too() {
    let archive = released();
    let from = From::folder(&archive.public()).unwrap();
    let (record, bytes) = item("Long");
    let (target, part) = (record.sha256.to_string(), part(700_000, 50));
    let out = tempfile::tempdir().unwrap();
    let options = GetOptions::default();
    let get = || get_part(&target, part, &from, None, out.path(), &options, &Silent);
    let path = get().unwrap().path.unwrap();
    assert_eq!(get().unwrap().path.unwrap(), path);
    assert_eq!(fs::read(&path).unwrap(), bytes[700_000..700_050]);
    fs::write(&path, content(50, 3)).unwrap();
    assert!(matches!(get(), Err(Error::KeepOutput { .. })));
    assert_eq!(fs::read(&path).unwrap(), content(50, 3));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
}

#[test]
fn an_interrupted_part_leaves_nothing() {
    let archive = released();
    let from = From::folder(&archive.public()).unwrap();
    let out = tempfile::tempdir().unwrap();
    let watcher = Watcher {
        stop_after: Some(64 << 10),
        ..Watcher::default()
    };
    let target = item("Long").0.sha256.to_string();
    let options = GetOptions::default();
    let part = part(5, 1_000_000);
    let got = get_part(&target, part, &from, None, out.path(), &options, &watcher);
    assert!(matches!(got, Err(Error::Interrupted)));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

/// Of several items that an ISRC names, the part is one of the best.
#[test]
fn a_part_is_one_of_the_best_form() {
    let archive = Archive::new();
    let access = blob("Song", 500, Access::Open);
    let original = in_form(blob("Song", 900, Access::Open), Form::Original);
    let bytes = original.1.clone();
    for (number, blob) in [(2, access), (3, original)] {
        archive.seal_packs(number, TrancheKind::Audio, Access::Open, &[vec![blob]]);
    }
    publish(&archive);
    let from = From::folder(&archive.public()).unwrap();
    let out = tempfile::tempdir().unwrap();
    let options = GetOptions::default();
    let got = get_part(
        "AA0002600042",
        part(600, 300),
        &from,
        None,
        out.path(),
        &options,
        &Silent,
    )
    .unwrap();
    assert_eq!(fs::read(got.path.unwrap()).unwrap(), bytes[600..]);
    assert_eq!(got.others.len(), 1);
}

#[test]
fn proofs_as_fuzz_seeds() {
    let archive = released();
    let proofs = fs::read(archive.public().join(PROOFS)).unwrap();
    replay("proofs", read_proofs, [proofs]);
}
