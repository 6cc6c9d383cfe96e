//! What version 1 of the formats is, byte for byte, and what is told of a
//! wounded archive, word for word.
//!
//! An archive that is sealed today must be the one that was sealed when this was
//! written: who changes bytes changes the version, and keeps a reader of the old.

use {
    crate::{archive::Archive, fixture::tree},
    longplay_model::{Access, Digest, Silent},
    longplay_store::{Unhurried, VerifyOptions, kit::read_kit, verify},
    std::{fs, io::Cursor},
};

/// Tag files and kits name the program that wrote them, and are left out.
const SEALED: &str = "\
3b94dadc939bb20a93fbb790dca622ed255e38fedb3cd07ff326e02ea72bb177 0001-audio-open-recovery/data/recovery/0001-audio-open-s0000-r00.rec
20b5c529ec19cc70cec381507c24ce2bf1317d63f473195a4f4e14c09ab33c08 0001-audio-open-recovery/data/recovery/0001-audio-open-s0000-r01.rec
99cd13d8abd2c457fe7595dfa1f06bdf956dbd71c6fac2a8ff78c460588e69e3 0001-audio-open/data/index.jsonl
2609092495161fe0cc762114ce5f9728db7ce812a4ed55131d86f6ecd8ca9f51 0001-audio-open/data/leaves/0001-audio-open-s0000.leaves
3f041f183c2fe9ab98b4200518fedf70a280a5f86de4708ac6b9048a104701c8 0001-audio-open/data/packs/0001-audio-open-000000.tar
9baac61b6c223c6fd33d8305939c5e4d50344b2e5df88869d11a9a310bc78831 0001-audio-open/data/packs/0001-audio-open-000001.tar
add9a9dc05eba629604c7e706fbf7088bd0171c695621dd190ada903dd74296f 0001-audio-open/data/packs/0001-audio-open-000002.tar
b23525ad7d6a3d03257cc969d49076591b8e7dbf8a15858a226c6740b46f49ee 0001-audio-open/data/packs/0001-audio-open-000003.tar
d4a0eee437a46425c9f63a583a3bffdb2b86a284853018eb1ebbd194f8f2daec 0002-art-open-recovery/data/recovery/0002-art-open-s0000-r00.rec
52f5567ad6b7314fe5b41014bc61363ff251160ce72cea304aed7eb292098b09 0002-art-open-recovery/data/recovery/0002-art-open-s0000-r01.rec
ff4b3e57b42b4811e6b897b66a5c76391089b2782163f8838f595066acd2d11b 0002-art-open/data/index.jsonl
ced03600f847d0dd2d1f5333dc87d8713ec2c0b422b2b994f11685f8d1790f2c 0002-art-open/data/leaves/0002-art-open-s0000.leaves
8fdd559401ac5311bd8cc9d67dcc6346e43117571beda9e1a77b260416a9a6f1 0002-art-open/data/packs/0002-art-open-000000.tar
394accc2a7f4d25ad86818d71c1731559fe0c246c7ee61a0edcd1259c4abea34 0002-art-open/data/packs/0002-art-open-000001.tar
25935d4b076037d557ae651ae53e1ae351febe218565211048139532f83c7ca5 0002-art-open/data/packs/0002-art-open-000002.tar
4f00267bd66d0d819d8347f6d63c55ad6dad2468eaa27d3da6dabaef80120ae3 0002-art-open/data/packs/0002-art-open-000003.tar";

const REPORT: &str = r#"S001 0001-audio-open/data/packs/0001-audio-open-000000.tar, bytes 16384-32767: damaged bytes: 1 leaf of 16 KiB differ; touches "Títle 1" by Artist 0 (track 4c85a7356346fbeea2c53f415c754a4f), "Títle 2" by Artist 0 (track 59614037bb1c93c8e7f974d76bf052fb) (run repair)
S003 0001-audio-open/data/packs/0001-audio-open-000001.tar, bytes 30000-98303: pack is truncated: it has 30000 of 98304 bytes; touches "Títle 4" by Artist 1 (track 26dc64af3271e6488dcc849398f72b33), "Títle 5" by Artist 1 (track 94b068fdf296bf6bbaba754b52e11f57), .longplay/0001-audio-open-000001/fingerprints.jsonl (run repair)
S001 0001-audio-open/data/packs/0001-audio-open-000001.tar, bytes 16384-29999: damaged bytes: 1 leaf of 16 KiB differ; touches "Títle 4" by Artist 1 (track 26dc64af3271e6488dcc849398f72b33) (run repair)
S002 0001-audio-open/data/packs/0001-audio-open-000002.tar: pack is missing: it is not there, nor under another name (run repair)
S004 0001-audio-open/data/packs/0001-audio-open-000003.tar, bytes 98304-98307: pack is longer than it was sealed: it has 98308 bytes, and 98304 were sealed (run repair)
S010 0001-audio-open-recovery/data/recovery/0001-audio-open-s0000-r01.rec, bytes 0-16383: recovery pack is missing or damaged: 1 leaf of 16 KiB differ (run repair)
S009 0001-audio-open/README.txt: tag file is missing or damaged: it is not what it was sealed as (run repair)
S005 0002-art-open/data/packs/0002-art-open-000000.tar: pack stands under another's name: its bytes stand as data/packs/0002-art-open-000001.tar (run repair)
S005 0002-art-open/data/packs/0002-art-open-000001.tar: pack stands under another's name: its bytes stand as data/packs/0002-art-open-000000.tar (run repair)
S006 0002-art-open/data/leaves/0002-art-open-s0000.leaves: leaf file is missing or damaged: it is missing (run repair)
S013 0002-art-open/data/packs/notes.txt: file that nobody put here: it belongs to no bag (remove it if it is not yours; longplay leaves it alone)"#;

fn sealed() -> Archive {
    let archive = Archive::new(4, 2);
    archive.fill(12, Access::Open);
    archive.seal();
    archive
}

#[test]
fn version_one_of_packs_leaves_and_recovery() {
    let archive = sealed();
    let mut lines = Vec::new();
    for (path, bytes) in tree(&archive.tranches()) {
        let coded = match path.rsplit_once('.') {
            Some((_, "rec")) => {
                let kit = read_kit(&mut Cursor::new(&bytes)).unwrap().0;
                &bytes[..kit.data_bytes as usize]
            }
            Some((_, "tar" | "jsonl")) => &bytes[..],
            Some((bag, "leaves")) if !bag.contains("-recovery") => &bytes[..],
            _ => continue,
        };
        lines.push(format!("{} {path}", Digest::of(coded)));
    }
    let sealed = lines.join("\n");
    assert!(sealed == SEALED, "sealed is now\n{sealed}");
}

#[test]
fn a_wounded_archive_is_told_word_for_word() {
    let archive = sealed();
    let file = |path: &str| archive.tranches().join(path);
    let pack = |number: u32| {
        file(&format!(
            "0001-audio-open/data/packs/0001-audio-open-{number:06}.tar"
        ))
    };
    let edit = |path: &std::path::Path, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = fs::read(path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    };
    edit(&pack(0), &|bytes| bytes[20_000] ^= 1);
    edit(&pack(1), &|bytes| bytes.truncate(30_000));
    fs::remove_file(pack(2)).unwrap();
    edit(&pack(3), &|bytes| bytes.extend(b"more"));
    let recovery = "0001-audio-open-recovery/data/recovery/0001-audio-open-s0000-r01.rec";
    edit(&file(recovery), &|bytes| bytes[0] ^= 1);
    edit(&file("0001-audio-open/README.txt"), &|bytes| bytes.clear());
    fs::write(file("0002-art-open/data/packs/notes.txt"), "mine").unwrap();
    let first = file("0002-art-open/data/packs/0002-art-open-000000.tar");
    let second = file("0002-art-open/data/packs/0002-art-open-000001.tar");
    let aside = file("aside");
    fs::rename(&first, &aside).unwrap();
    fs::rename(&second, &first).unwrap();
    fs::rename(&aside, &second).unwrap();
    fs::remove_dir_all(file("0002-art-open/data/leaves")).unwrap();
    let home = archive.open();
    let report = verify(&home, &VerifyOptions::default(), &Unhurried, &Silent).unwrap();
    let lines: Vec<String> = report.findings().map(ToString::to_string).collect();
    let told = lines.join("\n");
    assert!(told == REPORT, "told is now\n{told}");
}
