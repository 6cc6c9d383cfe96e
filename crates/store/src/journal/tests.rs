use {
    super::*,
    longplay_model::{Event, Timestamp},
    proptest::prelude::*,
    std::fs::{self, File},
};

fn entry(number: u64) -> JournalEntry {
    JournalEntry {
        at: Timestamp::from_unix_seconds(1_700_000_000),
        rebuilt: number % 3 == 2,
        event: Event::Plan {
            plan: format!("plan {number} \u{e9}\n\"quoted\""),
            catalog: "c".into(),
        },
    }
}

fn place(folder: &tempfile::TempDir) -> Location {
    folder.path().into()
}

fn read(dir: &Location) -> (Vec<JournalEntry>, Scan) {
    let mut entries = Vec::new();
    let scan = scan(dir, 0, &mut |_, entry| {
        entries.push(entry);
        Ok(())
    })
    .unwrap();
    (entries, scan)
}

fn open(dir: &Location) -> Journal {
    Journal::open(dir, &read(dir).1)
}

fn journal_of(count: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let entries: Vec<_> = (0..count).map(entry).collect();
    open(&place(&folder)).append(&entries).unwrap();
    folder
}

fn first(folder: &tempfile::TempDir) -> std::path::PathBuf {
    segment_path(&place(folder), 1).into()
}

#[test]
fn what_was_written_is_read() {
    let folder = journal_of(2);
    open(&place(&folder)).append(&[entry(2)]).unwrap();
    let (entries, scan) = read(&place(&folder));
    assert_eq!(entries, [entry(0), entry(1), entry(2)]);
    assert_eq!(scan.end.seq, 3);
    assert_eq!(scan.end.offset, fs::metadata(first(&folder)).unwrap().len());
    assert!(scan.findings.is_empty());
}

#[test]
fn a_line_is_as_documented() {
    let folder = journal_of(1);
    let text = fs::read_to_string(first(&folder)).unwrap();
    let (head, body) = text.split_once("\",").unwrap();
    let check = head.strip_prefix("{\"check\":\"").unwrap();
    let digest = Digest::of(body.trim_end().as_bytes()).to_string();
    assert_eq!(check, &digest[..16]);
    assert!(body.starts_with("\"seq\":1,\"at\":\"2023-11-14T22:13:20Z\",\"event\":\"plan\""));
}

#[test]
fn segments_roll_and_are_read_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(&place(&folder));
    journal.segment_bytes = 100;
    for number in 0..12 {
        journal.append(&[entry(number)]).unwrap();
    }
    assert_eq!(
        segments(&place(&folder)).unwrap(),
        (1..=12).collect::<Vec<_>>()
    );
    let (entries, scan) = read(&place(&folder));
    assert_eq!(entries, (0..12).map(entry).collect::<Vec<_>>());
    assert_eq!(scan.end.segment, 12);
}

#[test]
fn a_lost_segment_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(&place(&folder));
    journal.segment_bytes = 1;
    for number in 0..3 {
        journal.append(&[entry(number)]).unwrap();
    }
    fs::remove_file(segment_path(&place(&folder), 2).path()).unwrap();
    let (entries, scan) = read(&place(&folder));
    assert_eq!(entries, [entry(0), entry(2)]);
    assert_eq!(scan.findings[0].code, FindingCode::S017);
    assert_eq!(scan.findings[0].seen, "entries 2 to 2 are missing");
    fs::remove_file(first(&folder)).unwrap();
    assert_eq!(read(&place(&folder)).1.findings.len(), 1);
}

#[test]
fn a_torn_line_is_set_aside_and_kept() {
    let folder = journal_of(2);
    let whole = fs::read(first(&folder)).unwrap();
    fs::write(first(&folder), [&whole, &whole[..50]].concat()).unwrap();
    assert!(is_torn(&place(&folder)).unwrap());
    let finding = mend_tail(&place(&folder)).unwrap().unwrap();
    assert_eq!(finding.code, FindingCode::S016);
    assert_eq!(
        fs::read(folder.path().join("torn-1")).unwrap(),
        &whole[..50]
    );
    assert_eq!(fs::read(first(&folder)).unwrap(), whole);
    assert_eq!(mend_tail(&place(&folder)).unwrap(), None);
}

#[test]
fn a_second_torn_line_gets_a_name_of_its_own() {
    let folder = journal_of(1);
    for _ in 0..2 {
        let mut bytes = fs::read(first(&folder)).unwrap();
        bytes.extend(b"{\"check\":\"torn");
        fs::write(first(&folder), bytes).unwrap();
        mend_tail(&place(&folder)).unwrap().unwrap();
    }
    assert!(folder.path().join("torn-2").exists());
}

#[test]
fn an_entry_that_lacks_only_its_line_end_is_kept() {
    for ending in [&b""[..], b"\x0b"] {
        let folder = journal_of(2);
        let whole = fs::read(first(&folder)).unwrap();
        let cut = [&whole[..whole.len() - 1], ending].concat();
        fs::write(first(&folder), cut).unwrap();
        mend_tail(&place(&folder)).unwrap().unwrap();
        assert_eq!(fs::read(first(&folder)).unwrap(), whole);
    }
}

#[test]
fn an_entry_after_a_torn_one_is_readable() {
    let folder = journal_of(1);
    let whole = fs::read(first(&folder)).unwrap();
    fs::write(first(&folder), [&whole, &b"{\"chec"[..]].concat()).unwrap();
    mend_tail(&place(&folder)).unwrap();
    open(&place(&folder)).append(&[entry(1)]).unwrap();
    let (entries, scan) = read(&place(&folder));
    assert_eq!(entries, [entry(0), entry(1)]);
    assert!(scan.findings.is_empty());
}

#[test]
fn a_line_given_twice_counts_once() {
    let folder = journal_of(1);
    let whole = fs::read(first(&folder)).unwrap();
    fs::write(first(&folder), [&whole[..], &whole[..]].concat()).unwrap();
    let (entries, scan) = read(&place(&folder));
    assert_eq!(entries, [entry(0)]);
    assert_eq!(scan.findings.len(), 1);
}

#[test]
fn a_failed_write_leaves_the_segment_as_it_was() {
    let folder = journal_of(1);
    let before = fs::read(first(&folder)).unwrap();
    let mut journal = open(&place(&folder));
    // A file that is open for reading only refuses writes, as a full disk does.
    journal.file = Some(Box::new(File::open(first(&folder)).unwrap()));
    let error = journal.append(&[entry(1)]).unwrap_err();
    assert!(error.to_string().contains("0001.jsonl"));
    assert_eq!(fs::read(first(&folder)).unwrap(), before);
    journal.file = None;
    journal.append(&[entry(1)]).unwrap();
    assert_eq!(read(&place(&folder)).0.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Cut anywhere, mended and continued, the journal holds what stood
    /// before the cut, and what was added.
    #[test]
    fn a_cut_anywhere_loses_no_whole_line(count in 1u64..5, cut in 0.0f64..1.0) {
        let folder = journal_of(count);
        let whole = fs::read(first(&folder)).unwrap();
        let cut = (whole.len() as f64 * cut) as usize;
        fs::write(first(&folder), &whole[..cut]).unwrap();
        let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count() as u64;
        let ends_whole = whole[..cut].last() != Some(&b'\n') && whole[cut] == b'\n';
        let kept = lines + u64::from(ends_whole);
        mend_tail(&place(&folder)).unwrap();
        open(&place(&folder)).append(&[entry(99)]).unwrap();
        let (entries, scan) = read(&place(&folder));
        let expected: Vec<_> = (0..kept).chain([99]).map(entry).collect();
        prop_assert_eq!(entries, expected);
        prop_assert!(scan.findings.is_empty());
    }

    /// One flipped bit never changes what an entry says: the line is found
    /// damaged, or set aside as torn, and the others are read.
    #[test]
    fn a_flipped_bit_is_found(count in 2u64..5, at in 0.0f64..1.0, bit in 0u8..8) {
        let folder = journal_of(count);
        let mut bytes = fs::read(first(&folder)).unwrap();
        let at = (bytes.len() as f64 * at) as usize;
        bytes[at] ^= 1 << bit;
        fs::write(first(&folder), &bytes).unwrap();
        let mended = mend_tail(&place(&folder)).unwrap();
        let (entries, scan) = read(&place(&folder));
        prop_assert!(mended.is_some() || !scan.findings.is_empty());
        prop_assert!(entries.len() as u64 >= count - 2);
        prop_assert!(entries.iter().all(|read| (0..count).any(|n| entry(n) == *read)));
    }
}
