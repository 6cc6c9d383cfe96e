//! What the fuzz targets start from, whole, cut and with flipped bytes.

use {
    longplay_catalog::fuzzing,
    std::io::{Read, Write},
};

/// The reader takes the seed, every beginning of it, and it with any byte
/// changed; long seeds are changed in places.
fn replay(read: fn(&[u8]), seeds: &[Vec<u8>]) {
    for seed in seeds {
        read(seed);
        let step = seed.len() / 400 + 1;
        for at in (0..seed.len()).step_by(step) {
            read(&seed[..at]);
            for flip in [1, 0x80, 0xff] {
                let mut damaged = seed.clone();
                damaged[at] ^= flip;
                read(&damaged);
            }
        }
    }
}

#[test]
fn musicbrainz() {
    let texts = [
        r#"{"id":"r","title":"R","date":"1969-00-00","barcode":"081227970949","media":[{"position":1,"pregap":null,"tracks":[{"id":"t","length":1,"recording":{"id":"248cc9d1-97ea-493e-84d4-4c5ec718683b","isrcs":["USWB10202616",{"id":"GBAHS1400099"}],"genres":[{"name":"g"}]}}]}],"artist-credit":[{"name":"A","joinphrase":" & ","artist":{"id":"a"}}],"label-info":[{"label":{"name":"L"}}]}"#,
        r#"{"id":"248cc9d1-97ea-493e-84d4-4c5ec718683b","title":"T","length":null,"video":false,"isrcs":[],"genres":null}"#,
        "\u{feff}{\"id\":\"a\",\"name\":\"A\",\"sort-name\":\"A\"}",
        r#"{"redirect":{"from":"248cc9d1-97ea-493e-84d4-4c5ec718683b","to":"b25f351b-206f-4297-95bd-78459b704144"}}"#,
        &"[".repeat(3000),
    ];
    replay(fuzzing::read_musicbrainz, &texts.map(|text| text.as_bytes().to_vec()));
}

#[test]
fn cut_lines() {
    let seeds = ["\x05one\r\n\ntwo\nthree", "\x00", "\n\n\n\n", "\x03no line feed"];
    replay(fuzzing::cut_lines, &seeds.map(|text| text.as_bytes().to_vec()));
}

/// One frame and its seek table, as `docs/format/source.md` draws it.
fn seekable(content: &[u8]) -> Vec<u8> {
    let frame = zstd::encode_all(content, 1).unwrap();
    let numbers = [0x184D_2A5E, 17, frame.len() as u32, content.len() as u32, 1];
    let table = numbers.iter().flat_map(|number| number.to_le_bytes());
    let footer = [0].into_iter().chain(0x8F92_EAB1u32.to_le_bytes());
    frame.iter().copied().chain(table).chain(footer).collect()
}

#[test]
fn seekable_zstd() {
    let seeds = [seekable(b"a line of a source\n"), seekable(b""), seekable(&[7; 5000])];
    replay(fuzzing::read_seekable, &seeds);
}

fn tar() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let long = format!("{}data", "folder/".repeat(20));
    for (path, bytes) in [("README", &b"read me\n"[..]), (long.as_str(), b"one\ntwo\n")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, path, bytes).unwrap();
    }
    let extensions = [("path", &b"from/pax"[..]), ("size", b"4")];
    tar.append_pax_extensions(extensions).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(0);
    header.set_path("short").unwrap();
    header.set_cksum();
    tar.append(&header, &b"pax\n"[..]).unwrap();
    tar.into_inner().unwrap()
}

#[test]
fn archive() {
    let tar = tar();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    let mut xz = Vec::new();
    liblzma::read::XzEncoder::new(&tar[..], 1).read_to_end(&mut xz).unwrap();
    let zstd = zstd::encode_all(&tar[..], 1).unwrap();
    replay(fuzzing::read_archive, &[tar, gzip.finish().unwrap(), xz, zstd]);
}
