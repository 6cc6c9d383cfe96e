use {
    crate::archive::{Archive, noise},
    longplay_model::{Access, Digest, IndexRecord, MemberKind},
    longplay_store::{
        pack::{Item, PackLayout, ReadIndexError, ShardStream, Source, joined, read_index},
        tar::member_bytes,
    },
    proptest::prelude::*,
    std::{collections::BTreeMap, fs, io::Cursor, path::Path, process::Command},
};

/// A record through its JSON: as foreign code would make it.
fn record(path: &str, bytes: &[u8]) -> IndexRecord {
    let json = format!(
        r#"{{"path":{path:?},"pack":"","offset":0,"length":{},"sha256":"{}","kind":"audio","media_type":"audio/flac","access":"open"}}"#,
        bytes.len(),
        Digest::of(bytes)
    );
    serde_json::from_str(&json).unwrap()
}

fn item(folder: &Path, number: usize, path: &str, bytes: &[u8]) -> Item {
    let file = folder.join(format!("blob{number}"));
    fs::write(&file, bytes).unwrap();
    Item {
        record: record(path, bytes),
        source: Source {
            location: file.into(),
            digest: Digest::of(bytes),
            bytes: bytes.len() as u64,
        },
        fingerprint: number.is_multiple_of(2).then(|| "AQAAT".to_owned()),
    }
}

fn layout(items: Vec<Item>) -> PackLayout {
    PackLayout::new(
        "0001-audio-open-000000.tar".into(),
        16_384,
        Access::Open,
        items,
    )
}

fn write(layout: &PackLayout, portion: usize) -> Vec<u8> {
    let mut stream = ShardStream::new(layout.segments());
    let (mut pack, mut buffer) = (Vec::new(), vec![0; portion]);
    loop {
        let count = stream.fill(&mut buffer).unwrap();
        pack.extend(&buffer[..count]);
        if count < portion {
            return pack;
        }
    }
}

fn sample(folder: &Path) -> (PackLayout, BTreeMap<String, Vec<u8>>) {
    let long = format!("{}/{}.flac", "ä".repeat(100), "x".repeat(200));
    let members: BTreeMap<String, Vec<u8>> = [
        (
            "Artist/2019 Release [1a2b3c4d]/01 One.flac".into(),
            noise(1, 5_000),
        ),
        ("Beyoncé/Ünï ☃.flac".into(), noise(2, 512)),
        ("empty.flac".into(), Vec::new()),
        (long, noise(3, 20_001)),
        (format!("{}.flac", "y".repeat(95)), noise(4, 1)),
        (format!("{}.flac", "z".repeat(96)), noise(5, 513)),
    ]
    .into();
    let items = members.iter().enumerate();
    let items = items.map(|(number, (path, bytes))| item(folder, number, path, bytes));
    (layout(items.collect()), members)
}

#[test]
fn a_pack_is_as_long_as_its_layout_says_in_portions_of_any_length() {
    let folder = tempfile::tempdir().unwrap();
    let (layout, _) = sample(folder.path());
    let pack = write(&layout, 1 << 20);
    assert_eq!(pack.len() as u64, layout.bytes);
    assert_eq!(layout.bytes % 16_384, 0);
    for portion in [1, 511, 512, 4_097] {
        assert!(write(&layout, portion) == pack, "portions of {portion}");
    }
}

#[test]
fn the_index_finds_every_member() {
    let folder = tempfile::tempdir().unwrap();
    let (layout, members) = sample(folder.path());
    let pack = write(&layout, 10_000);
    let index = read_index(&mut Cursor::new(&pack)).unwrap();
    assert_eq!(index.head.members, 7);
    assert_eq!(index.lines, layout.index_lines());
    assert!(index.records.iter().eq(layout.records()));
    for record in &index.records {
        let data = &pack[record.offset as usize..][..record.length as usize];
        assert_eq!(Digest::of(data), record.sha256, "{}", record.path);
        match record.kind {
            MemberKind::Fingerprints => assert!(data.starts_with(b"{\"sha256\":\"")),
            _ => assert_eq!(data, members[record.path.as_str()]),
        }
    }
}

#[test]
fn the_end_of_a_pack_is_as_the_format_draws_it() {
    let folder = tempfile::tempdir().unwrap();
    let (layout, _) = sample(folder.path());
    let pack = write(&layout, 10_000);
    let (rest, end) = pack.split_at(pack.len() - 1024);
    assert!(end.iter().all(|byte| *byte == 0));
    let locator = std::str::from_utf8(&rest[rest.len() - 256..]).unwrap();
    assert!(locator.starts_with("{\"longplay\":\"locator\",\"version\":1,\"index_offset\":"));
    assert!(locator.ends_with(" \n"));
    assert_eq!(
        rest[rest.len() - 257],
        b'\n',
        "the filler ends in a line feed"
    );
    let values: serde_json::Value = serde_json::from_str(locator).unwrap();
    let offset = values["index_offset"].as_u64().unwrap();
    let length = values["index_length"].as_u64().unwrap();
    assert_eq!(offset + length + 256 + 1024, pack.len() as u64);
    assert_eq!(offset % 512, 0);
    let head = "{\"longplay\":\"pack-index\",\"version\":1,\"pack\":\"0001-audio-open-000000.tar\",\
        \"piece_length\":16384,\"members\":7}\n{\"path\":\"Artist/";
    assert!(pack[offset as usize..].starts_with(head.as_bytes()));
}

#[test]
fn damage_to_an_index_is_never_read_as_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let (layout, _) = sample(folder.path());
    let pack = write(&layout, 10_000);
    let whole = read_index(&mut Cursor::new(&pack)).unwrap();
    let first = pack.len() - 1024 - 256 - 3_000;
    for at in (first..pack.len() - 1024).step_by(7) {
        let mut damaged = pack.clone();
        damaged[at] ^= 0x04;
        // Spaces of the locator may change to other white space, no more.
        if let Ok(index) = read_index(&mut Cursor::new(&damaged)) {
            assert_eq!(index, whole, "byte {at}");
        }
    }
    for length in [0, 100, 1_279, 1_280, pack.len() - 1, pack.len() / 2] {
        assert!(read_index(&mut Cursor::new(&pack[..length])).is_err());
    }
}

#[test]
fn records_that_lead_out_of_the_pack_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut liar = item(folder.path(), 1, "a.flac", b"x");
    liar.record.length = u64::MAX / 2;
    let lines = layout(vec![item(folder.path(), 0, "a.flac", b"x")]);
    let mut pack = write(&lines, 1 << 16);
    // The same pack with a record that says it is a terabyte long.
    let text = String::from_utf8_lossy(&pack).into_owned();
    let at = text.find("\"length\":1,").unwrap();
    assert!(text.is_ascii(), "offsets are those of bytes");
    let offset: usize = text.find("{\"longplay\":\"pack-index\"").unwrap();
    let end = pack.len() - 1024 - 256;
    let mut index = pack[offset..end].to_vec();
    let from = at - offset;
    index.splice(
        from..from + 11,
        b"\"length\":9999999999999,".iter().copied(),
    );
    index.splice(index.len() - 13..index.len() - 1, []);
    assert_eq!(index.len(), end - offset);
    let locator = format!(
        "{{\"longplay\":\"locator\",\"version\":1,\"index_offset\":{offset},\"index_length\":{},\"index_sha256\":\"{}\"}}",
        index.len(),
        Digest::of(&index)
    );
    pack.splice(offset..end, index);
    pack.splice(end..end + 256, format!("{locator:<255}\n").into_bytes());
    assert!(matches!(
        read_index(&mut Cursor::new(&pack)),
        Err(ReadIndexError::Record)
    ));
}

/// The system's tar unpacks what was packed.
#[test]
fn tar_reads_a_pack() {
    if Command::new("tar").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no tar here to judge packs");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (layout, members) = sample(folder.path());
    let pack = folder.path().join("pack.tar");
    fs::write(&pack, write(&layout, 10_000)).unwrap();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let tar = Command::new("tar")
        .env("LC_ALL", "C.UTF-8")
        .args(["-x", "-f"])
        .args([&pack, Path::new("-C"), &out])
        .output()
        .unwrap();
    assert!(tar.status.success() && tar.stderr.is_empty(), "{tar:?}");
    for (path, bytes) in &members {
        assert!(fs::read(out.join(path)).unwrap() == *bytes, "{path}");
    }
    let pad = out.join(".longplay/0001-audio-open-000000/pad");
    assert!(fs::read(pad).unwrap().iter().all(|byte| *byte == 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn layouts_keep_their_word(lengths in prop::collection::vec(0usize..40_000, 0..12)) {
        let folder = tempfile::tempdir().unwrap();
        let items = lengths.iter().enumerate().map(|(number, length)| {
            let path = format!("a/{}.flac", "é".repeat(number * 9 + 1));
            item(folder.path(), number, &path, &noise(number as u64, *length))
        });
        let layout = layout(items.collect());
        let pack = write(&layout, 30_000);
        prop_assert_eq!(pack.len() as u64, layout.bytes);
        let index = read_index(&mut Cursor::new(&pack)).unwrap();
        let mut end = 0;
        for record in &index.records {
            end += member_bytes(record.path.as_str(), record.length);
            let data = &pack[record.offset as usize..][..record.length as usize];
            prop_assert_eq!(Digest::of(data), record.sha256);
            prop_assert_eq!(record.offset + record.length.next_multiple_of(512), end);
        }
    }
}

#[test]
fn packs_of_two_archives_are_equal() {
    let packs = [0, 1].map(|_| {
        let archive = Archive::new(3, 1);
        archive.fill(9, Access::Open);
        archive.seal();
        archive.files()
    });
    assert!(packs[0] == packs[1]);
}

#[test]
fn joined_indexes_that_are_cut_or_mixed_up_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let (layout, _) = sample(dir.path());
    let lines = read_index(&mut Cursor::new(write(&layout, 4096)))
        .unwrap()
        .lines;
    let both = [lines.clone(), lines.clone()].concat();
    let packs = |mut lines: &[u8]| joined(&mut lines);
    assert_eq!(packs(&both), Some(2));
    for cut in 0..both.len() {
        let whole = [0, lines.len()].iter().position(|length| *length == cut);
        assert_eq!(
            packs(&both[..cut]),
            whole.map(|packs| packs as u64),
            "{cut}"
        );
    }
    let head = lines.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    assert_eq!(packs(&both[head..]), None);
    let twice = [&lines[..head], &both].concat();
    assert_eq!(packs(&twice), None);
}
