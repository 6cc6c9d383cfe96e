//! Torrents, against answers that were computed by other programs: the
//! infohashes by the creator script of BEP 52, roots and layers by a direct
//! transcription of its text in Python.

use {
    crate::{fixture::content, seeds::replay},
    longplay_model::{Digest, Silent},
    longplay_release::{
        fuzzing::read_torrent,
        torrent::{
            Around, Broken, EntryKind, Hashed, HashedFile, Metainfo, Promise, TorrentError,
            Verdict, Wanted, check, create, hash_files, parse,
        },
    },
    proptest::prelude::*,
    std::{fs, path::Path},
};

fn written(folder: &Path, files: &[(&str, usize)]) -> Vec<Wanted> {
    let wanted = files.iter().map(|(path, length)| {
        let place = folder.join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, content(*length, *length)).unwrap();
        Wanted {
            path: path.split('/').map(str::to_owned).collect(),
            bytes: *length as u64,
            promise: Promise::None,
        }
    });
    wanted.collect()
}

fn hashed(folder: &Path, files: &[Wanted], piece_length: u64, threads: usize) -> Vec<HashedFile> {
    match hash_files(folder, files, piece_length, threads, &Silent) {
        Hashed::Whole(files) => files,
        other => panic!("{other:?}"),
    }
}

fn broken(folder: &Path, files: &[Wanted]) -> Vec<Broken> {
    match hash_files(folder, files, 16_384, 2, &Silent) {
        Hashed::Broken(broken) => broken,
        other => panic!("{other:?}"),
    }
}

const FOLDER: [(&str, usize); 6] = [
    ("README.txt", 5_000),
    ("bagit.txt", 55),
    ("empty", 0),
    ("data/packs/a.tar", 196_608),
    ("data/packs/b.tar", 327_680),
    ("data/x", 32_769),
];

fn torrent(piece_length: u64) -> Metainfo {
    let folder = tempfile::tempdir().unwrap();
    let files = written(folder.path(), &FOLDER);
    let files = hashed(folder.path(), &files, piece_length, 2);
    let metainfo = create("kat", piece_length, files, &Around::default()).unwrap();
    assert_eq!(check(&metainfo, folder.path(), 2, &Silent), Verdict::Whole);
    metainfo
}

#[test]
fn infohashes_are_those_of_the_reference() {
    for (piece_length, v1, v2) in [
        (
            16_384,
            "97bff065ff62a7f4548afa2cc24b6540e667a246",
            "6951cd9018b9d62bf5b7951f8a5820ee4a855abc263c4b1aad83f7ef0a4cd884",
        ),
        (
            65_536,
            "2d161900f8dc27256764e7d295b2e84d1d5b1943",
            "74189db1ea87afb0edfca2c81c9c40f992e1365b0b15846631bb7e9a834f0bd4",
        ),
        (
            131_072,
            "c6995ba1bd0a4dcc93b41bbdd0da6a03ab6d7fc0",
            "e5109f1439b7c144fdf9aa19421476e891ed4409d28e7ede93f1cd35022f6ec0",
        ),
    ] {
        let metainfo = torrent(piece_length);
        assert!(metainfo.is_hybrid() && !metainfo.is_private);
        assert_eq!(metainfo.infohash_v1.unwrap().to_string(), v1);
        assert_eq!(metainfo.infohash_v2.unwrap().to_string(), v2);
    }
}

#[test]
fn roots_and_layers_are_those_of_bep_52() {
    for (length, root, layer, pieces) in [
        (
            1,
            "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a",
            "",
            0,
        ),
        (
            16_384,
            "b53234ae41ce381114827614004704ead721a2e842d091d0015b7230d5f47f7d",
            "",
            0,
        ),
        (
            16_385,
            "73ad57232fb21f0424ed3489884a34da200b00a5d27c88ab99b6901e28589ce6",
            "",
            0,
        ),
        (
            32_769,
            "f315b2d5cfb92012546a8fbe3630261ceaf9ee04d32801959fb81482a7b2c959",
            "",
            0,
        ),
        (
            196_608,
            "edb143f3cdd29216b8151d6c925dcd2037f27062323795d8e750afa66ebf48d1",
            "7aa67f8b8f4ce4938ad65185cd85041b388a114c602d3ba81689190da256e437",
            3,
        ),
        (
            327_680,
            "4aba5ce180c397ff6b2f9fdd6e9c23343c02a3ff78c4f2913779eb314d69f0d9",
            "80eed5bfa91c3810b55db868d67fe37e6e9ae2fc92f74f267c617e5ee4330f1e",
            5,
        ),
        (
            1_000_000,
            "5e3647b8ccf15df251ae0e3d9b214dd17ea7542a7e13d662c60bbe743e9cb538",
            "bfa57f0b94dfab1b910d5c61caa02c4702569a46d5726636a8deb9ab8c64f0e0",
            16,
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let files = written(folder.path(), &[("x", length)]);
        let file = hashed(folder.path(), &files, 65_536, 1).remove(0);
        assert_eq!(file.root.unwrap().to_string(), root, "{length}");
        assert_eq!(file.layer.len(), pieces, "{length}");
        if pieces > 0 {
            let bytes: Vec<u8> = file.layer.iter().flat_map(|it| *it.as_bytes()).collect();
            assert_eq!(Digest::of(&bytes).to_string(), layer, "{length}");
        }
    }
}

#[test]
fn files_are_sorted_and_padded_only_where_needed() {
    let metainfo = torrent(65_536);
    let list: Vec<(String, u64)> = metainfo
        .files
        .iter()
        .map(|file| (file.path.join("/"), file.bytes))
        .collect();
    assert_eq!(
        list,
        [
            ("README.txt", 5_000),
            (".pad/60536", 60_536),
            ("bagit.txt", 55),
            (".pad/65481", 65_481),
            ("data/packs/a.tar", 196_608),
            ("data/packs/b.tar", 327_680),
            ("data/x", 32_769),
            (".pad/32767", 32_767),
            ("empty", 0),
        ]
        .map(|(path, bytes)| (path.to_owned(), bytes))
    );
    let pads = metainfo.files.iter().filter(|it| it.kind == EntryKind::Pad);
    assert_eq!(pads.count(), 3);
    assert_eq!(metainfo.bytes(), 5_000 + 55 + 196_608 + 327_680 + 32_769);
}

#[test]
fn threads_do_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let files = written(folder.path(), &FOLDER);
    let one = hashed(folder.path(), &files, 16_384, 1);
    assert_eq!(hashed(folder.path(), &files, 16_384, 7), one);
}

#[test]
fn broken_promises_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = written(folder.path(), &FOLDER);
    let whole = hashed(folder.path(), &files, 16_384, 2);
    files[3].promise = Promise::Root(whole[3].root.unwrap());
    files[0].promise = Promise::Digest(Digest::of(&content(5_000, 5_000)));
    hashed(folder.path(), &files, 16_384, 2);
    for (file, change) in [(3, 196_607), (0, 4_999), (4, 0)] {
        let path = folder.path().join(FOLDER[file].0);
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[change] ^= 1;
        if file == 4 {
            bad.pop();
        }
        fs::write(&path, bad).unwrap();
        let broken = broken(folder.path(), &files);
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert_eq!(broken[0].path.join("/"), FOLDER[file].0);
        fs::write(&path, good).unwrap();
    }
    fs::remove_file(folder.path().join("bagit.txt")).unwrap();
    assert!(
        broken(folder.path(), &files)[0]
            .seen
            .contains("cannot be read")
    );
}

#[test]
fn a_check_names_the_file_that_differs_by_v1_or_v2() {
    let folder = tempfile::tempdir().unwrap();
    let files = written(folder.path(), &FOLDER);
    let files = hashed(folder.path(), &files, 16_384, 2);
    let hybrid = create("kat", 16_384, files, &Around::default()).unwrap();
    let mut v1 = hybrid.clone();
    v1.infohash_v2 = None;
    let mut v2 = hybrid.clone();
    v2.infohash_v1 = None;
    let path = folder.path().join("data/x");
    let mut bytes = fs::read(&path).unwrap();
    bytes[20_000] ^= 1;
    fs::write(&path, bytes).unwrap();
    for metainfo in [hybrid, v1, v2] {
        let verdict = check(&metainfo, folder.path(), 2, &Silent);
        assert_eq!(verdict, Verdict::Differs(vec!["data/x".into()]));
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut metainfo = torrent(16_384);
    let infohash = metainfo.infohash_v2;
    metainfo.around = Around {
        trackers: vec!["http://one/announce".into(), "udp://two:80".into()],
        web_seeds: vec!["https://example.org/a b/".into()],
        creation_date: Some("2026-01-31T00:00:00Z".parse().unwrap()),
        created_by: Some("longplay 0.1.0".into()),
        comment: Some("Ü".into()),
    };
    let bytes = metainfo.to_bytes();
    assert_eq!(parse(&bytes).unwrap(), metainfo);
    assert_eq!(parse(&bytes).unwrap().infohash_v2, infohash);
    let magnet = metainfo.magnet();
    assert!(magnet.starts_with("magnet:?xt=urn:btih:97bff0"), "{magnet}");
    assert!(magnet.contains("&xt=urn:btmh:12206951cd"), "{magnet}");
    assert!(
        magnet.contains("&dn=kat&tr=http%3A%2F%2Fone%2Fannounce&"),
        "{magnet}"
    );
    assert!(
        magnet.ends_with("&ws=https%3A%2F%2Fexample.org%2Fa%20b%2F"),
        "{magnet}"
    );
}

/// A small v1 torrent, with one part replaced.
fn v1(from: &str, to: &str) -> Result<Metainfo, TorrentError> {
    let text =
        "d4:infod6:lengthi5e4:name1:x12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee";
    parse(text.replacen(from, to, 1).as_bytes())
}

#[test]
fn foreign_torrents_of_v1_are_read() {
    let metainfo = v1("", "").unwrap();
    assert!(metainfo.is_single_file && metainfo.infohash_v2.is_none());
    assert_eq!(metainfo.files[0].path, ["x"]);
    let shorter = v1("i16384e", "i3e").unwrap_err();
    assert!(matches!(
        shorter,
        TorrentError::PieceCount { expected: 2, .. }
    ));
}

#[test]
fn what_is_wrong_with_a_torrent_is_said() {
    use TorrentError::*;
    for (from, to, expected) in [
        ("4:info", "4:inf0", Missing("info")),
        ("i16384e", "i0e", PieceLength(0)),
        ("i16384e", "i-1e", PieceLength(-1)),
        ("i16384e", "1:a", Malformed("piece length")),
        ("4:name1:x", "4:name0:", Name(String::new())),
        ("4:name1:x", "4:name2:..", Name("..".into())),
        ("4:name1:x", "", Missing("name")),
        (
            "20:aaaaaaaaaaaaaaaaaaaa",
            "19:aaaaaaaaaaaaaaaaaaa",
            Malformed("pieces"),
        ),
        ("6:lengthi5e", "", NoFiles),
        ("6:lengthi5e", "6:lengthi0e", NoFiles),
        ("d6:length", "d5:filesle6:length", TwoShapes),
        ("4:name", "12:meta versioni3e4:name", NewerVersion(3)),
        (
            "4:name",
            "12:meta versioni1e4:name",
            Malformed("meta version"),
        ),
        ("4:name", "12:meta versioni2e4:name", Missing("file tree")),
    ] {
        assert_eq!(v1(from, to).unwrap_err(), expected, "{from} {to}");
    }
    assert!(matches!(parse(b"x"), Err(ReadBencode(_))));
}

#[test]
fn every_flipped_bit_of_a_layer_is_found() {
    let bytes = torrent(16_384).to_bytes();
    let key = b"12:piece layers";
    let at = bytes.windows(key.len()).position(|it| it == key).unwrap() + key.len();
    for at in (at..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 4;
        assert!(parse(&damaged).is_err(), "byte {at}");
    }
}

#[test]
fn v1_and_v2_must_tell_the_same_files() {
    let bytes = torrent(65_536).to_bytes();
    let replaced = |from: &[u8], to: &[u8]| {
        let at = bytes.windows(from.len()).position(|it| it == from).unwrap();
        let changed = [&bytes[..at], to, &bytes[at + from.len()..]].concat();
        parse(&changed).unwrap_err()
    };
    let other_name = replaced(b"l9:bagit.txte", b"l9:bagit.txxe");
    assert_eq!(other_name, TorrentError::Inconsistent("bagit.txx".into()));
    let no_pad = replaced(
        b"d4:attr1:p6:lengthi60536e4:pathl4:.pad5:60536ee",
        b"d6:lengthi60536e4:pathl4:.pad5:60536ee",
    );
    assert_eq!(no_pad, TorrentError::Inconsistent(".pad/60536".into()));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()
    ) {
        static TORRENT: std::sync::LazyLock<Vec<u8>> =
            std::sync::LazyLock::new(|| torrent(131_072).to_bytes());
        let mut bytes = TORRENT.clone();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = parse(&bytes);
        let _ = parse(&bytes[..cut.index(bytes.len())]);
    }
}

#[test]
fn torrents_as_fuzz_seeds() {
    let seed = torrent(16_384).to_bytes();
    let short = b"d4:infod6:lengthi0e4:name1:a12:piece lengthi16384e6:pieces0:ee".to_vec();
    replay("torrents", read_torrent, [seed, short]);
}
