//! What the fuzz targets start from, whole, cut and with flipped bytes.

use {
    crate::{
        archive::{Archive, config},
        seeds::replay,
    },
    longplay_model::Access,
    longplay_store::{
        fuzzing,
        kit::{Kit, read_kit},
    },
    std::io::Cursor,
};

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
    let end = &pack[kit.data_bytes as usize..];
    assert_eq!(kit.tail(trailer.j), end);
    replay("kits", fuzzing::read_kit, [&kit.to_bytes()[..], end]);
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
    replay("leaves", fuzzing::read_leaves, [file(".leaves")]);
}

#[test]
fn bags() {
    let manifest = file("-open/manifest-sha256.txt");
    let info = file("-open/bag-info.txt");
    let other = b"\xef\xbb\xbf0\t*./a%0Ab\r\n".to_vec();
    replay("bags", fuzzing::read_bag, [manifest, info, other]);
}

#[test]
fn packs() {
    let files = [file(".tar"), file("index.jsonl")];
    replay("packs", fuzzing::read_pack, files);
}

#[test]
fn journal() {
    let lines = file("journal/0001.jsonl");
    let lines = lines.split(|byte| *byte == b'\n');
    // What follows `{"check":"0123456789abcdef",`.
    let lines = lines.filter_map(|line| line.get(28..));
    replay("journal", fuzzing::read_journal, lines);
}

#[test]
fn settings() {
    let mut settings = config(20, 4);
    settings.contact = Some("a\n\"b\u{7f}".into());
    let texts = [file("longplay.toml"), settings.to_toml().unwrap().into()];
    replay("settings", fuzzing::read_settings, texts);
}
