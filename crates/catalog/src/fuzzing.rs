//! The readers of foreign bytes, for the fuzz targets in `fuzz/`: whatever
//! the bytes, none of these panics. One function a format.

use {
    crate::{
        kept::{
            Content, Keeper, TarMembers, cut_elements as elements, cut_lines as lines,
            cut_rows as rows, is_tar, unpacked,
        },
        seekable,
        sources::{Format, Harvest, Head, HeadRows, Mapping, Reader, Splitting, plain_record},
    },
    longplay_model::TrackRecord,
    std::{
        io::{self, BufRead, Read},
        path::Path,
    },
};

/// What is read of a packed file: a bomb need not be unpacked whole.
const MOST: u64 = 1 << 22;

/// A line of a track record.
///
/// # Panics
/// When a line that is plain is read otherwise than by `serde_json`.
pub fn read_track_records(bytes: &[u8]) {
    let plain = str::from_utf8(bytes).ok().and_then(plain_record);
    if let Some(plain) = plain {
        let read: TrackRecord = serde_json::from_slice(bytes).expect("what is plain is JSON");
        assert_eq!(plain, read, "both read the same");
    }
    let mut harvest = Harvest::default();
    Format::of(bytes);
    Format::TrackRecords.read(bytes, &mut harvest);
}

/// A document of MusicBrainz, of any kind.
pub fn read_musicbrainz(bytes: &[u8]) {
    for restricted_fields in [false, true] {
        let mut harvest = Harvest {
            restricted_fields,
            ..Harvest::default()
        };
        Format::of(bytes);
        Format::MusicbrainzReleases.read(bytes, &mut harvest);
    }
}

/// Text that falls into lines; the first byte tells where it is read apart.
///
/// # Panics
/// When the lines are not the text, or depend on how it was read.
pub fn cut_lines(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else {
        return;
    };
    let mut whole = Vec::new();
    assert_eq!(
        lines(text, true, &mut whole),
        text.len(),
        "all is done with"
    );
    let mut apart = Vec::new();
    let done = lines(&text[..text.len().min((*first).into())], false, &mut apart);
    let before = apart.len();
    lines(&text[done..], true, &mut apart);
    for range in &mut apart[before..] {
        *range = range.start + done..range.end + done;
    }
    assert_eq!(whole, apart, "lines depend on their bytes alone");
    let parts: Vec<&[u8]> = whole.into_iter().map(|range| &text[range]).collect();
    let joined = parts.join(&b'\n');
    assert_eq!(
        joined,
        text.strip_suffix(b"\n").unwrap_or(text),
        "lines are the text"
    );
}

/// A seekable zstd file.
pub fn read_seekable(bytes: &[u8]) {
    drop(seekable::content_of(bytes));
}

/// A file that may be gzip, xz, zstd, a tar, or a tar inside one of them.
pub fn read_archive(bytes: &[u8]) {
    drop(archive(bytes));
}

fn archive(bytes: &[u8]) -> io::Result<()> {
    let mut from = unpacked(bytes)?.take(MOST);
    let head = from.fill_buf()?.to_vec();
    if !is_tar(&head) {
        return io::copy(&mut from, &mut io::sink()).map(drop);
    }
    let mut tar = TarMembers::new(from);
    while tar.next()?.is_some() {
        io::copy(&mut tar.by_ref().take(MOST / 2), &mut io::sink())?;
    }
    Ok(())
}

/// A record of Discogs, of any kind, or a whole dump.
pub fn read_discogs(bytes: &[u8]) {
    Format::of(bytes);
    Format::Discogs.read(bytes, &mut Harvest::default());
}

/// A message of DDEX.
pub fn read_ddex(bytes: &[u8]) {
    Format::of(bytes);
    Format::Ddex.read(bytes, &mut Harvest::default());
}

/// The files of an item of the Internet Archive, or an answer about it.
pub fn read_internet_archive(bytes: &[u8]) {
    Format::of(bytes);
    Format::InternetArchiveXml.read(bytes, &mut Harvest::default());
}

/// A dump of elements; the first byte tells where it is read apart.
///
/// # Panics
/// When the records are out of order, or depend on how they were read.
pub fn cut_elements(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else {
        return;
    };
    let mut whole = Vec::new();
    assert_eq!(
        elements(text, true, &mut whole),
        text.len(),
        "all is done with"
    );
    let mut apart = Vec::new();
    let done = elements(&text[..text.len().min((*first).into())], false, &mut apart);
    let before = apart.len();
    elements(&text[done..], true, &mut apart);
    for range in &mut apart[before..] {
        *range = range.start + done..range.end + done;
    }
    assert_eq!(whole, apart, "records depend on their bytes alone");
    let is_behind = |pair: &[std::ops::Range<usize>]| pair[0].end <= pair[1].start;
    assert!(whole.windows(2).all(is_behind), "records are in order");
}

/// A line of ListenBrainz of any kind, and a popularity CSV.
pub fn read_listenbrainz(bytes: &[u8]) {
    let mut harvest = Harvest::default();
    Format::of(bytes);
    Format::ListenbrainzListens.read(bytes, &mut harvest);
    Format::ListenbrainzPopularity.read(bytes, &mut harvest);
    read_table(Format::ListenbrainzPopularityCsv, None, bytes);
}

/// A table; before a zero byte may stand the mapping that it is read by.
pub fn read_mapped(bytes: &[u8]) {
    const PLAIN: &str = "[track]\nid = 1\ntitle = 1\nartists = { column = 1, separator = ';' }\n\
        duration = { column = 1, unit = 'min:s' }\nisrcs = 1\nlistens = 1\nrelease_date = 1\n\
        [[figure]]\nisrc = 1\nmetric = 'plays'\nvalue = 1\nat = { column = 1, unit = 'unix' }";
    let parts = bytes
        .iter()
        .position(|byte| *byte == 0)
        .map(|at| bytes.split_at(at));
    let (text, table) = parts.map_or((&b""[..], bytes), |(text, table)| (text, &table[1..]));
    let given = Mapping::parse(String::from_utf8_lossy(text).into_owned());
    for mapping in [Mapping::parse(PLAIN), given].into_iter().flatten() {
        read_table(Format::mapped(&mapping), Some(&mapping), table);
        if let Ok(columns) = serde_json::from_slice::<Vec<String>>(text) {
            let head = HeadRows::Columns(columns);
            read_rows(Format::MappedParquet, Some(&mapping), head, &[table]);
        }
    }
}

fn read_table(format: Format, mapping: Option<&Mapping>, table: &[u8]) {
    let mut ranges = Vec::new();
    let cut = match format {
        Format::MappedTsv => rows::<b'\t'>,
        Format::MappedSemicolons => rows::<b';'>,
        Format::MappedBars => rows::<b'|'>,
        Format::MappedCsv => rows::<b','>,
        _ => lines,
    };
    cut(table, true, &mut ranges);
    let documents: Vec<&[u8]> = ranges.into_iter().map(|range| &table[range]).collect();
    let head = documents.iter().take(8).map(|row| row.to_vec()).collect();
    read_rows(format, mapping, HeadRows::Text(head), &documents);
}

fn read_rows(format: Format, mapping: Option<&Mapping>, rows: HeadRows, documents: &[&[u8]]) {
    let head = Head { member: None, rows };
    let Ok(reader) = Reader::new(format, mapping, &[head]) else {
        return;
    };
    let mut harvest = Harvest::default();
    for (nth, document) in (1..).zip(documents) {
        reader.read(document, None, Some(nth), &mut harvest);
    }
}

/// Records of a CSV file; the first byte tells where it is read apart.
///
/// # Panics
/// When the records depend on how the file was read.
pub fn cut_rows(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else {
        return;
    };
    let mut whole = Vec::new();
    assert_eq!(
        rows::<b','>(text, true, &mut whole),
        text.len(),
        "all is done with"
    );
    let mut apart = Vec::new();
    let done = rows::<b','>(&text[..text.len().min((*first).into())], false, &mut apart);
    let before = apart.len();
    rows::<b','>(&text[done..], true, &mut apart);
    for range in &mut apart[before..] {
        *range = range.start + done..range.end + done;
    }
    assert_eq!(whole, apart, "records depend on their bytes alone");
}

/// A file of Parquet, kept in `folder`, which need not be there.
///
/// # Panics
/// When a row by its number is another than in the order of all rows.
pub fn read_parquet(folder: &Path, bytes: &[u8]) {
    // Few bytes can stand for billions of equal rows.
    const BATCHES: usize = 4;
    let keep = || {
        let mut keeper = Keeper::create(folder)?;
        keeper.bytes(bytes)?;
        keeper.finish()
    };
    let (_, kept) = keep().expect("the folder can be written");
    drop(kept.detect(MOST));
    let mut rows = Vec::new();
    for batch in kept.batches(Splitting::ParquetRows, MOST).take(BATCHES) {
        let batch = batch.expect("what was kept is read");
        let told = batch.documents.iter().filter_map(|document| {
            let Content::Within(range) = &document.content else {
                return None;
            };
            document.nth?;
            Some((document.number, batch.bytes[range.clone()].to_vec()))
        });
        rows.extend(told);
    }
    let step = rows.len() / 8 + 1;
    for (number, row) in rows.into_iter().step_by(step) {
        let record = kept.record(number, Splitting::ParquetRows, MOST);
        assert_eq!(record.expect("a row that was read"), row, "row {number}");
    }
}
