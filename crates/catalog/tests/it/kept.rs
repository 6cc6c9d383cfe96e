//! How files, archives and what is left of them are kept.

use {
    crate::home::{Home, lines, options, record, titles},
    flate2::{Compression, write::GzEncoder},
    longplay_catalog::Error,
    longplay_model::TrackId,
    std::{
        fs,
        io::{Read, Write},
        path::PathBuf,
    },
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder = liblzma::read::XzEncoder::new(bytes, 1);
    encoder.read_to_end(&mut packed).unwrap();
    packed
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

fn kept_bytes(home: &Home, source: impl ToString) -> (Vec<u8>, PathBuf) {
    let dir = home.dirs.sources.join(source.to_string());
    let packed = fs::File::open(dir.join("records.zst")).unwrap();
    (zstd::decode_all(packed).unwrap(), dir)
}

fn raw(home: &Home, source: &str, id: &str) -> String {
    let snapshot = home.snapshot();
    let track = TrackId::of_source(source, id);
    let track = snapshot.track(&track).unwrap().unwrap();
    let bytes = snapshot.raw_record(&home.dirs.sources, &track).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn packed_files_are_the_same_source_as_the_plain_one() {
    let text = lines(&[record("1", "one", ""), record("2", "two", "")]);
    let (first, second) = text.as_bytes().split_at(70);
    let mut plain = Home::new();
    let expected = plain.import("s", &text);
    for (name, packed) in [
        ("s.gz", gzip(text.as_bytes())),
        ("parts.gz", [gzip(first), gzip(second)].concat()),
        ("s.xz", xz(text.as_bytes())),
        ("parts.xz", [xz(first), xz(second)].concat()),
        ("s.zst", zstd(text.as_bytes())),
        ("parts.zst", [zstd(first), zstd(second)].concat()),
        (
            "skippable.zst",
            [
                b"\x50\x2a\x4d\x18\x04\0\0\0abcd".to_vec(),
                zstd(text.as_bytes()),
            ]
            .concat(),
        ),
    ] {
        let mut home = Home::new();
        let path = home.file(name, packed);
        let summary = home.try_import(&path, &options("s")).unwrap();
        assert_eq!(summary.source, expected.source, "{name}");
        assert_eq!(summary.tracks, 2, "{name}");
        assert_eq!(home.findings.take(), [""; 0], "{name}");
    }
}

#[test]
fn files_of_a_tar_are_kept_and_its_data_falls_into_lines() {
    let long = format!("{}/data", "folder/".repeat(30));
    let data = lines(&[record("1", "one", ""), "\n".into(), record("2", "two", "")]);
    let more = format!("{}\n{{broken", record("3", "three", ""));
    let files = [
        ("COPYING", &b"free {to} copy\n"[..]),
        ("README.md", b"# a dump\n"),
        ("TIMESTAMP", b"2026-01-01\n"),
        ("mbdump/tracks", data.as_bytes()),
        (long.as_str(), more.as_bytes()),
        (
            "pretty.json",
            b"{\n  \"id\": \"4\",\n  \"title\": \"four\",\n  \"artists\": []\n}\n",
        ),
        ("empty", b""),
    ];
    let mut seen = Vec::new();
    for (name, packed) in [
        ("dump.tar", tar(&files)),
        ("dump.tar.gz", gzip(&tar(&files))),
        ("dump.tar.xz", xz(&tar(&files))),
        ("dump.tar.zst", zstd(&tar(&files))),
    ] {
        let mut home = Home::new();
        let path = home.file(name, packed);
        let summary = home.try_import(&path, &options("s")).unwrap();
        assert_eq!(
            (summary.records, summary.tracks, summary.rejected),
            (5, 4, 1)
        );
        assert_eq!(
            home.findings.take(),
            [format!("C001 {name}/{long}, line 2")]
        );
        let mut found = titles(&home.snapshot());
        found.sort();
        assert_eq!(found, ["four", "one", "three", "two"]);
        assert_eq!(raw(&home, "s", "2"), record("2", "two", ""));
        assert_eq!(raw(&home, "s", "4").as_bytes(), files[5].1);
        let (bytes, dir) = kept_bytes(&home, summary.source);
        assert_eq!(bytes, files.map(|(_, bytes)| bytes).concat());
        let members = fs::read_to_string(dir.join("members.jsonl")).unwrap();
        assert_eq!(members.lines().count(), files.len());
        seen.push(summary.source);
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "however it was packed");
}

#[test]
fn a_folder_of_packed_documents_is_unpacked() {
    let mut home = Home::new();
    home.file("dump/a.json", gzip(record("1", "one", "").as_bytes()));
    home.file(
        "dump/b.json",
        tar(&[("x/lines", lines(&[record("2", "two", "")]).as_bytes())]),
    );
    let dir = home.root.path().join("dump");
    let summary = home.try_import(&dir, &options("s")).unwrap();
    assert_eq!((summary.tracks, summary.rejected), (2, 0));
    assert_eq!(home.findings.take(), [""; 0]);
}

#[test]
fn of_a_cut_archive_what_is_there_is_kept() {
    let records: Vec<String> = (0..2000)
        .map(|n| record(&format!("{n}"), &format!("t{}", n * n), ""))
        .collect();
    let text = lines(&records);
    let dump = tar(&[("COPYING", b"free\n"), ("mbdump/tracks", text.as_bytes())]);
    for (name, packed) in [
        ("s.gz", gzip(text.as_bytes())),
        ("s.xz", xz(text.as_bytes())),
        ("s.zst", zstd(text.as_bytes())),
        ("s.tar", dump.clone()),
        ("s.tar.gz", gzip(&dump)),
        ("s.tar.xz", xz(&dump)),
        ("s.tar.zst", zstd(&dump)),
    ] {
        for share in [0, 1, 5, 9] {
            let mut home = Home::new();
            let path = home.file(name, &packed[..20.max(packed.len() * share / 10)]);
            let taken = home.try_import(&path, &options("s"));
            if name == "s.tar" && share == 0 {
                // Twenty bytes of a tar are no tar.
                assert!(matches!(taken, Err(Error::UnknownFormat { .. })));
                continue;
            }
            let summary = taken.unwrap();
            let found = home.findings.take();
            let told = found
                .iter()
                .filter(|line| line.starts_with(&format!("C013 {name}, byte ")));
            assert_eq!(told.count(), 1, "{name} {share}: {found:?}");
            assert!(summary.tracks < 2000, "{name} {share}");
            if name == "s.tar" && share == 5 {
                assert!(
                    summary.tracks > 900
                        && found.iter().any(|line| line.ends_with("of mbdump/tracks")),
                    "{found:?}"
                );
            }
        }
    }
}

#[test]
fn damage_behind_the_content_is_told_and_costs_nothing() {
    let text = lines(&[record("1", "one", "")]);
    let mut home = Home::new();
    let path = home.file(
        "s.gz",
        [gzip(text.as_bytes()), b"garbage".to_vec()].concat(),
    );
    assert_eq!(home.try_import(&path, &options("s")).unwrap().tracks, 1);
    assert_eq!(
        home.findings.take(),
        [format!("C013 s.gz, byte {} of its content", text.len())]
    );
}

/// 1 GiB of nothing in a file of 1 MB, in a tar that claims even more.
#[test]
fn a_bomb_is_told_and_fills_no_memory() {
    let mut header = tar::Header::new_gnu();
    header.set_path("bomb.json").unwrap();
    header.set_size(1 << 40);
    header.set_cksum();
    let mut packed = zstd::Encoder::new(header.as_bytes().to_vec(), 1).unwrap();
    packed.get_mut().clear();
    packed.write_all(header.as_bytes()).unwrap();
    for _ in 0..256 {
        packed.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let mut home = Home::new();
    let path = home.file("bomb.tar.zst", packed.finish().unwrap());
    let summary = home.try_import(&path, &options("s")).unwrap();
    assert_eq!((summary.records, summary.bytes), (1, 256 << 20));
    let found = home.findings.take();
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[0], "C002 bomb.tar.zst/bomb.json");
}

#[test]
fn a_name_that_claims_to_be_long_is_not_read() {
    let mut header = tar::Header::new_gnu();
    header.set_path("././@LongLink").unwrap();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(1 << 33);
    header.set_cksum();
    let mut home = Home::new();
    let path = home.file(
        "s.tar",
        [header.as_bytes().to_vec(), vec![b'n'; 4096]].concat(),
    );
    home.try_import(&path, &options("s")).unwrap();
    assert_eq!(home.findings.take()[0], "C005 s.tar");
}

#[test]
fn an_archive_that_cannot_be_read_is_an_error() {
    let mut home = Home::new();
    let missing = home.root.path().join("missing.tar.xz");
    assert!(matches!(
        home.try_import(&missing, &options("s")),
        Err(Error::Read { .. })
    ));
}
