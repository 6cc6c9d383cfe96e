//! Tables of other people, by mapping files.

use {
    crate::home::{Home, options},
    arrow_array::{
        ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
        builder::{ListBuilder, StringBuilder},
    },
    longplay_catalog::{Error, ImportOptions, ImportSummary, Mapping, MappingError, TrackDetails},
    longplay_model::TrackId,
    parquet::arrow::ArrowWriter,
    std::{fs, sync::Arc},
};

fn with_mapping(mapping: &str) -> ImportOptions {
    let mut options = options("t");
    options.mapping = Some(Mapping::parse(mapping).unwrap());
    options
}

/// Imports a table as the file `t.csv`.
fn import(home: &mut Home, mapping: &str, table: impl AsRef<[u8]>) -> ImportSummary {
    let path = home.file("t.csv", table);
    home.try_import(&path, &with_mapping(mapping)).unwrap()
}

fn track(home: &Home, id: &str) -> TrackDetails {
    let track = TrackId::of_source("t", id);
    home.snapshot().track(&track).unwrap().unwrap()
}

fn shipped(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/mappings");
    fs::read_to_string(format!("{folder}/{name}.toml")).unwrap()
}

const PLAIN: &str = "[track]\nid = 'id'\ntitle = 'title'\n";

#[test]
fn every_mapping_that_ships_is_tried_here() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/mappings");
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "classic-rock.toml",
            "harmonix.toml",
            "salami-internet-archive.toml",
            "salami.toml"
        ]
    );
}

#[test]
fn songs_with_ids_of_musicbrainz() {
    let mut home = Home::new();
    let table = "File,Title,Artist,Release,Duration,BPM,Ratio Bars in 4,Time Signature,Genre,MusicBrainz Id,Acoustid Id\n\
        0001_a,\"1, 2, Go\",Some & Other,First,142.47,113,100.0,4|4,R&B,5f1604ed-5c6b-3a85-8391-15aa61ae7f98,\n\
        0003_b,Three,Third,\"\"\"Quoted\"\"\",157.347,84,100.0,4|4,Hip-Hop,5f1604ed-5c6b-4a85-8391-15aa61ae7f98,4708e4ae-a3eb-4b7a-b701-ff3a142b2bcb\n";
    let summary = import(&mut home, &shipped("harmonix"), table);
    assert_eq!(
        (
            summary.format,
            summary.records,
            summary.tracks,
            summary.rejected
        ),
        ("mapped-csv", 3, 2, 0)
    );
    assert_eq!(home.findings.take(), [""; 0]);
    let first = track(&home, "0001_a");
    assert_eq!(
        (first.title.as_str(), first.artists.to_string()),
        ("1, 2, Go", "Some & Other".into())
    );
    assert_eq!(
        (first.duration_ms, first.recording_mbid),
        (Some(142_470), None)
    );
    let second = track(&home, "0003_b");
    assert_eq!(
        second.recording_mbid.unwrap().to_string(),
        "5f1604ed-5c6b-4a85-8391-15aa61ae7f98"
    );
    assert_eq!(second.release.unwrap().title, "\"Quoted\"");
    assert_eq!(second.genres, ["Hip-Hop"]);
}

#[test]
fn pieces_whose_titles_were_file_names() {
    let mut home = Home::new();
    let header = "SONG_ID,SOURCE,ANNOTATOR1,ANNOTATOR2,FILE_LOCATION,SONG_DURATION,EMPTY,SONG_TITLE,ARTIST,FORMAT,\
        ANNOTATION_TIME1,ANNOTATION_TIME2,TEXTFILE1,TEXTFILE2,CLASS,GENRE,SUBMISSION_DATE1,SUBMISSION_DATE2,\
        SONG_WAS_PRIVATE_FLAG,SONG_WAS_DISCARDED_FLAG,XEQS1,XEQS2\n";
    let rows = "2,Codaich,5,8,/a,264,,For_A_Test,The_Examples,mp3,37,45,/b,/c,popular,Alternative_Pop,,,0,FALSE,X,X\r\n\
        956,IA,5,8,/a,,,Nothing,Band,mp3,37,45,/b,/c,Live_Music_Archive,,,,0,FALSE,X,X\n";
    let summary = import(&mut home, &shipped("salami"), format!("{header}{rows}"));
    assert_eq!((summary.tracks, summary.rejected), (2, 0));
    assert_eq!(home.findings.take(), [""; 0]);
    let first = track(&home, "2");
    assert_eq!(
        (first.title.as_str(), first.artists.to_string()),
        ("For A Test", "The Examples".into())
    );
    assert_eq!(first.duration_ms, Some(264_000));
    assert_eq!(
        (
            track(&home, "956").duration_ms,
            track(&home, "956").genres.len()
        ),
        (None, 0)
    );

    let table = "SONG_ID,TITLE,ARTIST,ALBUM,URL,FILE_NAME,SONG_DURATION,BITRATE\n\
        956,Song,A|B,Live on 2005-07-27,http://example.org/,a.mp3,320,186597\n";
    let mut home = Home::new();
    import(&mut home, &shipped("salami-internet-archive"), table);
    assert_eq!(track(&home, "956").artists.to_string(), "A|B");
}

#[test]
fn songs_without_an_id_and_a_year_that_is_none() {
    let mut home = Home::new();
    let table = "Song Clean,ARTIST CLEAN,Release Year,COMBINED,First?,Year?,PlayCount,F*G\n\
        One,.38,1982,One by .38,1,1,82,82\n\
        Two,.38,,Two by .38,1,0,3,0\n\
        Three,.38,SONGFACTS.COM,Three by .38,1,1,18,18\n\
        Four,.38,1999,Four by .38,1,1,-4,18\n";
    let summary = import(&mut home, &shipped("classic-rock"), table);
    assert_eq!((summary.tracks, summary.rejected), (4, 0));
    assert_eq!(
        home.findings.take(),
        [
            "C003 t.csv, line 4, release_date",
            "C003 t.csv, line 5, listens"
        ]
    );
    assert_eq!(track(&home, ".38 / One").listens, Some(82));
    assert_eq!(home.snapshot().track_at(0).unwrap().title, "One");
}

#[test]
fn rows_that_are_wrong_are_named_and_the_rest_goes_on() {
    let mut home = Home::new();
    let mut table =
        b"\xEF\xBB\xBFid,title,n\r\n1,one,1\r\n\r\n2,two\n3,three,3,4\n,none,5\n4,,6\n5,\xff,7\n"
            .to_vec();
    table.extend(b"6,\"two\nlines, and \"\"more\"\"\",8\n7,\"a\"b,9\n1,again,10\n8,\"never closed\n9,lost,1\n");
    let summary = import(&mut home, &format!("{PLAIN}listens = 'n'"), &table);
    assert_eq!((summary.tracks, summary.rejected), (3, 7));
    assert_eq!(
        home.findings.take(),
        [
            "C001 t.csv, line 10",
            "C001 t.csv, line 12",
            "C001 t.csv, line 4",
            "C001 t.csv, line 5",
            "C001 t.csv, line 6",
            "C001 t.csv, line 7",
            "C001 t.csv, line 8",
            "C004 t.csv, line 11",
        ]
    );
    assert_eq!(track(&home, "6").title, "two\nlines, and \"more\"");
    let snapshot = home.snapshot();
    let found = snapshot
        .raw_record(&home.dirs.sources, &track(&home, "6"))
        .unwrap();
    assert_eq!(found, b"6,\"two\nlines, and \"\"more\"\"\",8");
}

#[test]
fn a_row_that_never_ends_takes_no_more_memory_than_the_limit() {
    let mut home = Home::new();
    let long = "x".repeat(1 << 20);
    let path = home.file("t.csv", format!("id,title\n1,\"{long}\n2,two\n3,three\n"));
    let mut options = with_mapping(PLAIN);
    options.max_line_bytes = 1000;
    let summary = home.try_import(&path, &options).unwrap();
    assert_eq!((summary.tracks, summary.rejected), (2, 1));
    assert_eq!(home.findings.take(), ["C002 t.csv, line 2"]);
}

#[test]
fn delimiters_quotes_comments_and_tables_without_names() {
    for (file, table, format) in [
        (
            "delimiter = ';'",
            "id;title\n1;\"a;b\"\n",
            "mapped-semicolons",
        ),
        ("delimiter = 'tab'", "id\ttitle\n1\ta;b\n", "mapped-tsv"),
        (
            "delimiter = \"\\t\"\nquotes = false",
            "id\ttitle\r\n1\ta;b\r\n",
            "mapped-lines",
        ),
        ("delimiter = '|'", "id|title\n1|a;b\n", "mapped-bars"),
        (
            "comment = '#'",
            "# about\n\n#more\nid,title\n#1,x\n1,a;b\n",
            "mapped-csv",
        ),
    ] {
        let mut home = Home::new();
        let summary = import(&mut home, &format!("[file]\n{file}\n{PLAIN}"), table);
        assert_eq!((summary.format, summary.tracks), (format, 1), "{file}");
        assert_eq!(track(&home, "1").title, "a;b", "{file}");
        assert_eq!(home.findings.take(), [""; 0], "{file}");
    }
    let mut home = Home::new();
    let numbered = "[file]\nheader = false\n[track]\nid = 2\ntitle = 1\n";
    assert_eq!(import(&mut home, numbered, "one,1\ntwo,2\n").tracks, 2);
}

#[test]
fn a_column_that_is_not_there_is_told_before_anything_is_written() {
    for (mapping, table, told) in [
        (
            format!("{PLAIN}label = 'lable'"),
            "id,title,label\n1,a,b\n",
            "`label` names column \"lable\", which is not there; the columns are \"id\", \"title\", \"label\"",
        ),
        (
            "[track]\nid = 1\ntitle = 3".into(),
            "id,title\n",
            "`title` names column 3",
        ),
        (
            "[file]\nheader = false\n[track]\nid = 1\ntitle = 3".into(),
            "1,a\n",
            "the columns are 1 to 2",
        ),
        (
            "[[figure]]\nisrc = 'isrc'\nmetric = 'plays'\nvalue = 'n'".into(),
            "isrc,m\n",
            "`value` names column \"n\"",
        ),
        (
            format!("{PLAIN}\n[[skip]]\ncolumn = 'x'\nvalues = []"),
            "id,title\n",
            "`skip` names column \"x\"",
        ),
        (PLAIN.into(), "id,title,id\n", "stands twice"),
        (PLAIN.into(), "\n\n", "no first row"),
        (PLAIN.into(), "\"id,title\n1,a\n", "no first row"),
    ] {
        let mut home = Home::new();
        let path = home.file("t.csv", table);
        let error = home.try_import(&path, &with_mapping(&mapping)).unwrap_err();
        let Error::Map { source, .. } = &error else {
            panic!("{error:?}");
        };
        assert!(source.to_string().contains(told), "{source}");
        assert_eq!(home.catalog_bytes().len(), 0);
        let kept = fs::read_dir(&home.dirs.sources).unwrap();
        let kept = kept.filter(|entry| {
            !entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with('.')
        });
        assert_eq!(kept.count(), 0);
    }
}

#[test]
fn the_mapping_travels_with_the_source() {
    let mut home = Home::new();
    import(&mut home, PLAIN, "id,title,name\n1,a,b\n");
    let first = home.last.clone();
    let text = fs::read_to_string(
        fs::read_dir(&home.dirs.sources)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path()
            .join("source.json"),
    )
    .unwrap();
    assert!(text.contains("title = 'title'"), "{text}");
    // Another source on top: the table is read again by its mapping.
    home.import("s", r#"{"id":"9","title":"other","artists":[]}"#);
    assert_eq!(track(&home, "1").title, "a");
    // The same bytes by another mapping are another snapshot.
    import(
        &mut home,
        "[track]\nid = 'id'\ntitle = 'name'",
        "id,title,name\n1,a,b\n",
    );
    assert_eq!(track(&home, "1").title, "b");
    assert_ne!(home.last, first);
}

#[test]
fn rows_may_be_passed_over_and_values_be_unknown() {
    let mut home = Home::new();
    let mapping = format!(
        "{PLAIN}label = 'label'\n[file]\nnull = ['', 'NA']\n[[skip]]\ncolumn = 'gone'\nvalues = ['TRUE', '1']"
    );
    let table = "id,title,label,gone\n1,a,NA,FALSE\n2,b,L,TRUE\n3,c,L,0\n";
    let summary = import(&mut home, &mapping, table);
    assert_eq!((summary.tracks, summary.rejected), (2, 0));
    assert_eq!(home.findings.take(), [""; 0]);
}

fn parquet(rows: i64) -> Vec<u8> {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
    let titles: ArrayRef = Arc::new(StringArray::from_iter(
        (0..rows).map(|n| (n != 3).then(|| format!("title {n}"))),
    ));
    let lengths: ArrayRef = Arc::new(Float64Array::from_iter_values(
        (0..rows).map(|n| n as f64 + 0.5),
    ));
    let mut lists = ListBuilder::new(StringBuilder::new());
    for n in 0..rows {
        lists.append_value([Some(format!("A{n}")), Some("B".to_owned())]);
    }
    let artists: ListArray = lists.finish();
    let batch = RecordBatch::try_from_iter([
        ("id", ids),
        ("title", titles),
        ("seconds", lengths),
        ("artists", Arc::new(artists) as ArrayRef),
    ])
    .unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    for start in (0..batch.num_rows()).step_by(1000) {
        writer
            .write(&batch.slice(start, 1000.min(batch.num_rows() - start)))
            .unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
    bytes
}

const COLUMNS: &str = "[track]\nid = 'id'\ntitle = 'title'\nartists = 'artists'\nduration = { column = 'seconds', unit = 's' }";

#[test]
fn rows_of_parquet_are_rows() {
    let mut home = Home::new();
    let bytes = parquet(2500);
    let path = home.file("t.parquet", &bytes);
    let summary = home.try_import(&path, &with_mapping(COLUMNS)).unwrap();
    assert_eq!(
        (
            summary.format,
            summary.records,
            summary.tracks,
            summary.rejected
        ),
        ("mapped-parquet", 2500, 2499, 1)
    );
    assert_eq!(summary.bytes, bytes.len() as u64);
    assert_eq!(home.findings.take(), ["C001 t.parquet, line 4"]);
    let last = track(&home, "2499");
    assert_eq!(
        (last.title.as_str(), last.duration_ms),
        ("title 2499", Some(2_499_500))
    );
    assert_eq!(last.artists.to_string(), "A2499, B");
}

#[test]
fn a_parquet_file_needs_a_mapping_with_its_columns() {
    let mut home = Home::new();
    let path = home.file("t.parquet", parquet(3));
    let absent = home.try_import(&path, &options("t")).unwrap_err();
    assert!(
        matches!(
            absent,
            Error::Map {
                source: MappingError::Absent,
                ..
            }
        ),
        "{absent:?}"
    );
    let wrong = home
        .try_import(&path, &with_mapping("[track]\nid = 'id'\ntitle = 'name'"))
        .unwrap_err();
    assert!(
        matches!(
            wrong,
            Error::Map {
                source: MappingError::MissingColumn { .. },
                ..
            }
        ),
        "{wrong:?}"
    );
    assert_eq!(home.catalog_bytes().len(), 0);
}

#[test]
fn a_parquet_file_that_was_cut_off_is_a_finding() {
    let mut home = Home::new();
    let bytes = parquet(2500);
    let path = home.file("t.parquet", &bytes[..bytes.len() / 2]);
    let summary = home.try_import(&path, &with_mapping(COLUMNS)).unwrap();
    assert_eq!((summary.tracks, summary.rejected), (0, 1));
    assert_eq!(home.findings.take(), ["C001 t.parquet", "C005 t.parquet"]);
}
