//! What the fuzz targets start from, whole, cut and with flipped bytes.

use {
    crate::archive::{Archive, config},
    longplay_model::Access,
    longplay_store::{
        fuzzing,
        kit::{Kit, read_kit},
    },
    std::io::Cursor,
};

/// What a fuzz target starts from: each seed, every beginning of it, and it with any byte
/// changed; long ones are changed in places.
pub fn replay(read: fn(&[u8]), seed: &[u8]) {
    read(seed);
    let step = seed.len() / 400 + 1;
    for at in (0..seed.len()).step_by(step) {
        read(&seed[..at]);
        for flip in [1, 0x80, 0xff] {
            let mut damaged = seed.to_vec();
            damaged[at] ^= flip;
            read(&damaged);
        }
    }
}

/// The first file of a sealed archive whose path ends so.
fn file(ending: &str) -> Vec<u8> {
    let archive = Archive::new(4, 2);
    archive.fill(12, Access::Open);
    archive.seal();
    let mut files = archive.files().into_iter();
    let found = files.find(|(path, _)| path.ends_with(ending));
    found.unwrap_or_else(|| panic!("no {ending}")).1
}

#[test]
fn kits() {
    let pack = file(".rec");
    let (kit, trailer) = read_kit(&mut Cursor::new(&pack)).unwrap();
    replay(fuzzing::read_kit, &kit.to_bytes());
    let end = &pack[kit.data_bytes as usize..];
    assert_eq!(kit.tail(trailer.j), end);
    replay(fuzzing::read_kit, end);
}

/// A kit is looked for in a file that it made up the length of.
#[test]
fn a_kit_that_would_fill_memory_is_none() {
    let pack = file(".rec");
    let (mut kit, _) = read_kit(&mut Cursor::new(&pack)).unwrap();
    kit.piece_length = 1 << 62;
    kit.pack_bytes = kit.data_bytes + (1 << 62);
    fuzzing::read_kit(&kit.to_bytes());
    assert!(Kit::parse(&kit.to_bytes()).is_err());
}

#[test]
fn leaves() {
    replay(fuzzing::read_leaves, &file(".leaves"));
}

#[test]
fn bags() {
    replay(fuzzing::read_bag, &file("-open/manifest-sha256.txt"));
    replay(fuzzing::read_bag, &file("-open/bag-info.txt"));
    replay(fuzzing::read_bag, b"\xef\xbb\xbf0\t*./a%0Ab\r\n");
}

#[test]
fn packs() {
    replay(fuzzing::read_pack, &file(".tar"));
    replay(fuzzing::read_pack, &file("index.jsonl"));
}

#[test]
fn journal() {
    let lines = file("journal/0001.jsonl");
    for line in lines
        .split(|byte| *byte == b'\n')
        .filter(|it| !it.is_empty())
    {
        // What follows `{"check":"0123456789abcdef",`.
        replay(fuzzing::read_journal, &line[28..]);
    }
}

#[test]
fn settings() {
    replay(fuzzing::read_settings, &file("longplay.toml"));
    let mut settings = config(20, 4);
    settings.contact = Some("a\n\"b\u{7f}".into());
    replay(
        fuzzing::read_settings,
        settings.to_toml().unwrap().as_bytes(),
    );
}
