use {
    super::{
        batches::Batches,
        documents::{Content, Document},
        keep::Keeper,
        open::Kept,
        stretches::Stretches,
    },
    crate::{seekable::SeekableReader, sources::Splitting},
    longplay_model::Silent,
    proptest::prelude::*,
    std::{io::Write, path::Path, sync::Arc},
    tempfile::TempDir,
};

const NO_LIMIT: u64 = u64::MAX;

/// A kept source of these files, or of one file without a name.
fn kept(files: &[(&str, Vec<u8>)]) -> (TempDir, Kept) {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::create(&dir.path().join("kept")).unwrap();
    for (name, bytes) in files {
        let path = dir.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        match name.is_empty() {
            true => keeper.bytes(bytes).unwrap(),
            false => keeper.member(&path, (*name).to_owned(), &Silent).unwrap(),
        }
    }
    let (_, kept) = keeper.finish().unwrap();
    (dir, kept)
}

fn documents(kept: &Kept, splitting: Splitting, limit: u64) -> Vec<(Document, Vec<u8>)> {
    let mut found = Vec::new();
    for batch in kept.batches(splitting, limit) {
        let batch = batch.unwrap();
        for document in batch.documents {
            let bytes = match &document.content {
                Content::Within(range) | Content::Aside(range) => {
                    batch.bytes[range.clone()].to_vec()
                }
                Content::TooLong => Vec::new(),
            };
            found.push((document, bytes));
        }
    }
    found
}

/// Where documents lie, when the source is read by steps of `at_once`.
fn places(
    dir: &Path,
    files: usize,
    splitting: Splitting,
    limit: u64,
    at_once: usize,
) -> Vec<(u64, u64)> {
    let records = Arc::new(SeekableReader::open(&dir.join("kept/records.zst")).unwrap());
    let members = super::open::read_members(&dir.join("kept/members.jsonl"));
    let members = (files > 0).then(|| members.unwrap().into());
    let stretches = Stretches::new(members, splitting, records.len());
    Batches::from(records, stretches, limit, (1, 0), at_once)
        .flat_map(|batch| batch.unwrap().documents)
        .map(|document| (document.offset, document.length))
        .collect()
}

/// Every document comes back by its number, byte for byte.
fn assert_records(kept: &Kept, splitting: Splitting, limit: u64) {
    let found = documents(kept, splitting, limit);
    let mut end = 0;
    for (at, (document, bytes)) in found.iter().enumerate() {
        assert_eq!(document.number, at as u64 + 1);
        assert!(document.offset >= end && document.offset + document.length <= kept.bytes());
        end = document.offset + document.length;
        let range = kept.range(document.offset, document.length).unwrap();
        match document.content {
            Content::TooLong => assert!(document.length > limit),
            _ => assert_eq!(bytes, &range),
        }
        assert_eq!(
            kept.record(document.number, splitting, limit).unwrap(),
            range
        );
    }
    let absent = [0, found.len() as u64 + 1];
    for number in absent {
        assert!(kept.record(number, splitting, limit).is_err());
    }
    // Together: some far apart, all, as many as may be held.
    let numbers = |step: usize| (0..=absent[1]).step_by(step).collect::<Vec<u64>>();
    for step in [1, 7, 4999] {
        let records = kept.records(&numbers(step), splitting, limit, u64::MAX);
        let records = records.unwrap();
        assert!(
            records
                .keys()
                .copied()
                .eq(numbers(step).into_iter().filter(|n| !absent.contains(n)))
        );
        for (number, record) in records {
            let (document, bytes) = &found[number as usize - 1];
            match document.content {
                Content::TooLong => assert_eq!(record.len() as u64, document.length),
                _ => assert_eq!(&record, bytes),
            }
        }
    }
    let few = kept.records(&numbers(1), splitting, limit, 0).unwrap();
    let bytes: usize = few.values().map(Vec::len).sum();
    assert!(few.len() == found.len() || bytes > 0);
    assert!(few.values().rev().skip(1).all(Vec::is_empty));
}

#[test]
fn every_document_of_a_mixed_source_comes_back() {
    let mut lines = Vec::new();
    for number in 0..60_000usize {
        writeln!(
            lines,
            "{{\"id\":{number},\"x\":\"{}\"}}",
            "y".repeat(number % 90)
        )
        .unwrap();
    }
    lines.extend(vec![b'z'; 9 << 20]);
    lines.extend(b"\n\nlast");
    let (_dir, kept) = kept(&[
        ("a.json", b"{\n}".to_vec()),
        ("README", b"read\nme\n".to_vec()),
        ("empty.json", Vec::new()),
        ("data", lines),
        ("empty", Vec::new()),
        ("z.json", vec![b' '; 3 << 20]),
        ("empty2.json", Vec::new()),
    ]);
    let limit = 6 << 20;
    let found = documents(&kept, Splitting::Lines, limit);
    assert_eq!(found.len(), 3 + 60_003 + 2);
    let long: Vec<u64> = found
        .iter()
        .filter(|(d, _)| d.content == Content::TooLong)
        .map(|(d, _)| d.length)
        .collect();
    assert_eq!(long, [9 << 20]);
    assert!(matches!(found[1].0.content, Content::Aside(_)));
    assert_eq!(
        (found[3].0.nth, found[4].0.nth, found[0].0.nth),
        (Some(1), Some(2), None)
    );
    for at in (0..found.len()).step_by(997).chain(60_000..found.len()) {
        let (document, bytes) = &found[at];
        let record = kept
            .record(document.number, Splitting::Lines, limit)
            .unwrap();
        match document.content {
            Content::TooLong => assert_eq!(record.len(), 9 << 20),
            _ => assert_eq!(&record, bytes, "{at}"),
        }
    }
}

#[test]
fn the_index_of_documents_is_made_again_when_it_does_not_hold() {
    let text: Vec<u8> = (0..200_000u32)
        .flat_map(|n| format!("{n} line\n").into_bytes())
        .collect();
    let (dir, kept) = kept(&[("", text)]);
    let path = dir.path().join("kept/documents.bin");
    let third = || {
        let kept = Kept::open(&dir.path().join("kept")).unwrap();
        kept.record(150_000, Splitting::Lines, NO_LIMIT).unwrap()
    };
    assert_eq!(third(), b"149999 line");
    let whole = std::fs::read(&path).unwrap();
    for damaged in [
        &whole[..whole.len() / 2],
        b"",
        &[&whole[..50], &[9; 8], &whole[58..]].concat(),
    ] {
        std::fs::write(&path, damaged).unwrap();
        assert_eq!(third(), b"149999 line");
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }
    // Reading all of it draws the same index.
    std::fs::remove_file(&path).unwrap();
    assert_eq!(documents(&kept, Splitting::Lines, NO_LIMIT).len(), 200_000);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    // As one document it is another index.
    assert_eq!(
        kept.record(1, Splitting::Members, NO_LIMIT).unwrap().len() as u64,
        kept.bytes()
    );
    assert_eq!(third(), b"149999 line");
}

#[test]
fn nothing_has_no_documents() {
    for splitting in [Splitting::Lines, Splitting::Members] {
        let (_dir, kept) = kept(&[("", Vec::new())]);
        assert_records(&kept, splitting, NO_LIMIT);
        assert!(documents(&kept, splitting, NO_LIMIT).is_empty());
    }
}

fn splittings() -> impl Strategy<Value = Splitting> {
    prop::sample::select(vec![
        Splitting::Lines,
        Splitting::Members,
        Splitting::CommaRows,
        Splitting::Elements,
    ])
}

/// Pieces of text at which sources are cut.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "\n",
        "\r\n",
        "\"",
        ",",
        "ab",
        "<release>",
        "</release>",
        "<release/>",
        "<releases>",
        "<!--",
        "-->",
        ">\n",
        " ",
    ]);
    let piece = prop_oneof![
        4 => pieces.prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn files() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let one = content().prop_map(|bytes| vec![("", bytes)]);
    let names = prop::sample::select(vec!["a.json", "data", "README", "x.xml"]);
    prop_oneof![one, prop::collection::vec((names, content()), 1..5)]
}

proptest! {
    #[test]
    fn documents_come_back_whatever_the_bytes(
        files in files(),
        splitting in splittings(),
        limit in prop_oneof![Just(NO_LIMIT), 1u64..40],
    ) {
        let (_dir, kept) = kept(&files);
        assert_records(&kept, splitting, limit);
    }

    #[test]
    fn documents_are_the_same_however_they_are_read(
        files in files(),
        splitting in splittings(),
        limit in prop_oneof![Just(NO_LIMIT), 1u64..40],
        at_once in 1usize..60,
    ) {
        let (dir, _kept) = kept(&files);
        let named = files.iter().filter(|file| !file.0.is_empty()).count();
        let whole = places(dir.path(), named, splitting, limit, 1 << 20);
        prop_assert_eq!(places(dir.path(), named, splitting, limit, at_once), whole);
    }

    #[test]
    fn lines_and_their_feeds_are_the_source(bytes in content(), limit in 1u64..40) {
        let (_dir, kept) = kept(&[("", bytes.clone())]);
        let mut expected: Vec<u64> = bytes.split(|byte| *byte == b'\n').map(|line| line.len() as u64).collect();
        if bytes.is_empty() || bytes.ends_with(b"\n") {
            expected.pop();
        }
        let found = documents(&kept, Splitting::Lines, limit);
        let lengths: Vec<u64> = found.iter().map(|(document, _)| document.length).collect();
        prop_assert_eq!(lengths, expected);
    }
}
