use {
    super::*,
    crate::{Dirs, ImportOptions, import_records},
    longplay_model::{ByteSize, Silent, Timestamp},
    std::{fmt::Write as _, fs, path::PathBuf},
    tempfile::TempDir,
};

const RECORDS: &str = r#"{"id":"1","title":"First Light","artists":[{"name":"Ada","id":"a1"}],"release_id":"r1","release":"Dawn","isrcs":["AA0002600001","AA0002600009"],"recording_mbid":"b9ad642e-b012-41c7-b72a-42cf4911f9ff","popularity":40}
{"id":"2","title":"Second, \"Light\"","artists":[{"name":"Ada","id":"a1","join":" & "},{"name":"Bo","id":"a2"}],"popularity":12}
{"id":"3","title":"Noon","artists":[{"name":"Bo","id":"a2"}],"duration_ms":95000}
"#;

struct Bench {
    folder: TempDir,
    snapshot: PathBuf,
}

fn bench(records: &str) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tracks.jsonl");
    fs::write(&file, records).unwrap();
    let dirs = Dirs {
        sources: folder.path().join("sources"),
        catalog: folder.path().join("catalog"),
    };
    let options = ImportOptions::new("net", Timestamp::from_unix_seconds(0));
    let done = import_records(&dirs, &file, None, &options, &Silent).unwrap();
    let snapshot = dirs.catalog.join(done.snapshot);
    Bench { folder, snapshot }
}

/// More tracks than a row group holds.
fn large() -> Bench {
    let mut records = String::new();
    for number in 0..140_000 {
        let popularity = 100.0 - f64::from(number) / 1400.0;
        writeln!(
            records,
            r#"{{"id":"{number}","title":"t{number}","artists":[{{"name":"n{}"}}],"popularity":{popularity}}}"#,
            number % 1000
        )
        .unwrap();
    }
    bench(&records)
}

impl Bench {
    fn sql(&self) -> Sql {
        self.with_memory(ByteSize(256 << 20))
    }

    fn with_memory(&self, memory: ByteSize) -> Sql {
        let spill = self.folder.path().join("spill");
        fs::create_dir_all(&spill).unwrap();
        let options = SqlOptions {
            memory,
            spill: Some(spill),
            plans: None,
            newest_plan: None,
        };
        Sql::open(&self.snapshot, &options).unwrap()
    }
}

fn csv(sql: &Sql, query: &str) -> String {
    let mut text = Vec::new();
    let mut answer = sql
        .ask(query)
        .unwrap_or_else(|error| panic!("{query}: {error:?}"));
    let written = answer.write_csv(&mut text, &Silent);
    written.unwrap_or_else(|error| panic!("{query}: {error:?}"));
    String::from_utf8(text).unwrap()
}

/// One value.
fn value(sql: &Sql, query: &str) -> String {
    csv(sql, query).lines().nth(1).unwrap().to_owned()
}

#[test]
fn every_table_is_asked() {
    let bench = bench(RECORDS);
    let sql = bench.sql();
    assert!(sql.tables().len() >= 15);
    for table in sql.tables() {
        let text = csv(&sql, &format!("SELECT * FROM {}", table.name));
        let names: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(
            text.lines().next().unwrap(),
            names.join(","),
            "{}",
            table.name
        );
        let counted = value(&sql, &format!("SELECT count(*) FROM {}", table.name));
        let rows = sql
            .ask(&format!("SELECT * FROM {}", table.name))
            .unwrap()
            .write_jsonl(&mut Vec::new(), &Silent)
            .unwrap();
        assert_eq!(counted, rows.to_string(), "{}", table.name);
    }
}

#[test]
fn tables_are_joined_by_the_numbers_of_their_rows() {
    let bench = bench(RECORDS);
    let text = csv(
        &bench.sql(),
        "SELECT t.row, credit, title, isrcs, f.popularity, mbid(recording_mbid) AS mbid
         FROM tracks t JOIN credits c ON c.row = t.row LEFT JOIN figures f ON f.row = t.row
         ORDER BY t.row",
    );
    let expected = "row,credit,title,isrcs,popularity,mbid\n\
        0,Ada,First Light,AA0002600001; AA0002600009,40.0,b9ad642e-b012-41c7-b72a-42cf4911f9ff\n\
        1,Ada & Bo,\"Second, \"\"Light\"\"\",,12.0,\n\
        2,Bo,Noon,,,\n";
    assert_eq!(text, expected);
}

#[test]
fn ids_are_compared_and_shown() {
    let bench = bench(RECORDS);
    let sql = bench.sql();
    let shown = value(&sql, "SELECT track_id FROM tracks WHERE row = 1");
    assert_eq!(shown.len(), 32);
    assert_eq!(
        value(&sql, "SELECT hex_id(track_id) FROM tracks WHERE row = 1"),
        shown
    );
    let query = format!("SELECT row FROM tracks WHERE track_id = id('{shown}')");
    assert_eq!(csv(&sql, &query), "row\n1\n");
    let query =
        "SELECT row FROM tracks WHERE recording_mbid = id('B9AD642E-b012-41c7-b72a-42cf4911f9ff')";
    assert_eq!(csv(&sql, query), "row\n0\n");
    let mut answer = sql
        .ask("SELECT track_id, isrcs, language FROM tracks WHERE row = 1")
        .unwrap();
    let mut text = Vec::new();
    answer.write_jsonl(&mut text, &Silent).unwrap();
    let expected = format!("{{\"track_id\":\"{shown}\",\"isrcs\":[],\"language\":null}}\n");
    assert_eq!(String::from_utf8(text).unwrap(), expected);
    let hello = sql.ask("SELECT id('hello')");
    let error = hello.and_then(|it| it.head(1, &Silent)).unwrap_err();
    assert!(matches!(error, crate::Error::Sql { .. }), "{error:?}");
}

#[test]
fn names_that_are_not_there_are_told_with_those_that_are() {
    let bench = bench(RECORDS);
    let sql = bench.sql();
    let told = |query: &str| match sql.ask(query).map(|_| ()) {
        Err(crate::Error::Sql { source }) => source,
        other => panic!("{query}: {other:?}"),
    };
    let error = told("SELECT * FROM songs JOIN tracks USING (row)");
    let text = error.to_string();
    assert!(
        text.starts_with("there is no table songs; there are tracks, releases,"),
        "{text}"
    );
    let text = told("SELECT titel FROM tracks").to_string();
    assert!(
        text.starts_with("there is no column titel; there are tracks.row, tracks.track_id"),
        "{text}"
    );
    for query in [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM 'tracks.parquet'",
        "SELECT * FROM other.tracks",
    ] {
        assert!(matches!(told(query), SqlError::NoTable { .. }), "{query}");
    }
    for query in [
        "SELECT nothing(1)",
        "SELECT row FROM tracks GROUP BY title",
        "SELECT 1 INTO a",
    ] {
        assert!(matches!(told(query), SqlError::Plan { .. }), "{query}");
    }
    assert!(matches!(
        told("DROP TABLE tracks"),
        SqlError::NotAQuery { .. }
    ));
    assert_eq!(
        value(
            &sql,
            "WITH songs AS (SELECT row FROM tracks) SELECT count(*) FROM songs"
        ),
        "3"
    );
}

#[test]
fn only_the_pages_of_the_rows_asked_are_read() {
    let bench = large();
    let sql = bench.sql();
    // Where row groups meet.
    for (filter, expected) in [
        ("row = 131072", "t131072"),
        ("row IN (131073, 3) AND row > 5", "t131073"),
        (
            "row BETWEEN 131070 AND 131075 AND title = 't131071'",
            "t131071",
        ),
        ("139999 <= row", "t139999"),
    ] {
        let query = format!("SELECT title FROM tracks WHERE {filter}");
        assert_eq!(
            csv(&sql, &query),
            format!("title\n{expected}\n"),
            "{filter}"
        );
    }
    let read = scanned(&sql, "SELECT title FROM tracks WHERE row = 131072");
    assert_eq!(read, 1);
    let read = scanned(&sql, "SELECT artist FROM track_artists WHERE row = 70000");
    assert!(read <= 4096, "{read}");
    let query = "SELECT credit FROM credits WHERE row = 70000";
    assert_eq!(csv(&sql, query), "credit\nn0\n");
    assert_eq!(value(&sql, "SELECT max(row) FROM tracks"), "139999");
    let first = csv(&sql, "SELECT row FROM tracks ORDER BY row LIMIT 2");
    assert_eq!(first, "row\n0\n1\n");
    let last = csv(&sql, "SELECT row FROM tracks ORDER BY row DESC LIMIT 2");
    assert_eq!(last, "row\n139999\n139998\n");
}

/// Rows that the scans of a query gave.
fn scanned(sql: &Sql, query: &str) -> u64 {
    let told = csv(sql, &format!("EXPLAIN ANALYZE {query}"));
    let scans = told.lines().filter(|line| line.contains("DataSourceExec"));
    let rows = scans.map(|line| {
        let count = line.split("output_rows=").nth(1).unwrap();
        let digits: String = count
            .chars()
            .take_while(|it| !", ]".contains(*it))
            .collect();
        digits.parse::<u64>().unwrap_or_else(|_| panic!("{line}"))
    });
    rows.sum()
}

#[test]
fn counting_reads_no_rows() {
    let bench = bench(RECORDS);
    let plan = csv(
        &bench.sql(),
        "EXPLAIN SELECT count(*), min(row), max(row) FROM tracks",
    );
    assert!(!plan.contains("DataSourceExec"), "{plan}");
}

#[test]
fn what_does_not_fit_into_memory_is_written_to_files() {
    let bench = bench(RECORDS);
    let query = "SELECT sum(CASE WHEN number = place THEN 0 ELSE 1 END) FROM (
        SELECT value AS number, row_number() OVER (ORDER BY (value * 7919) % 400009, value) AS place,
            repeat(CAST(value AS text), 12) AS text FROM generate_series(1, 400000))
        WHERE length(text) > 0";
    let expected = value(&bench.sql(), query);
    let sql = bench.with_memory(ByteSize(16 << 20));
    assert_eq!(value(&sql, query), expected);
    drop(sql);
    let left = fs::read_dir(bench.folder.path().join("spill"))
        .unwrap()
        .count();
    assert_eq!(left, 0);
    let options = SqlOptions {
        memory: ByteSize(1 << 20),
        spill: None,
        plans: None,
        newest_plan: None,
    };
    let error = Sql::open(&bench.snapshot, &options)
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(
        error,
        crate::Error::Sql {
            source: SqlError::TooLittleMemory { .. }
        }
    ));
}

#[test]
fn an_interruption_ends_a_query() {
    #[derive(Debug)]
    struct Impatient;
    impl longplay_model::Monitor for Impatient {
        fn begin(&self, _: &str, _: Option<u64>, _: longplay_model::Unit) {}
        fn advance(&self, _: u64) {}
        fn finding(&self, _: longplay_model::Finding) {}
        fn is_interrupted(&self) -> bool {
            true
        }
    }
    let bench = bench(RECORDS);
    let sql = bench.sql();
    let endless = "SELECT count(*) FROM generate_series(1, 9000000000) WHERE value % 7 = 8";
    let answer = sql.ask(endless).unwrap();
    let ended = answer.head(1, &Impatient);
    assert!(matches!(ended, Err(crate::Error::Interrupted)));
    let out = bench.folder.path().join("a.csv");
    let mut answer = sql.ask(endless).unwrap();
    let ended = answer.write_file(&out, SqlFormat::Csv, false, &Impatient);
    assert!(matches!(ended, Err(crate::Error::Interrupted)));
    let mut names = fs::read_dir(bench.folder.path()).unwrap();
    assert!(names.all(|it| !it.unwrap().file_name().to_string_lossy().ends_with("a.csv")));
}

#[test]
fn answers_become_files() {
    let bench = bench(RECORDS);
    let sql = bench.sql();
    let query = "SELECT t.row, title, isrcs, track_id, r.row
        FROM tracks t JOIN rights r ON r.row = t.row ORDER BY t.row";
    for (name, format) in [
        ("a.parquet", SqlFormat::Parquet),
        ("a.csv", SqlFormat::Csv),
        ("a.jsonl", SqlFormat::Jsonl),
    ] {
        let out = bench.folder.path().join(name);
        assert_eq!(SqlFormat::of_path(&out), Some(format));
        let file = sql
            .ask(query)
            .unwrap()
            .write_file(&out, format, false, &Silent)
            .unwrap();
        assert_eq!(file.rows, 3);
        assert_eq!(file.bytes, fs::metadata(&out).unwrap().len());
        let again = sql
            .ask(query)
            .unwrap()
            .write_file(&out, format, false, &Silent);
        assert!(matches!(again, Err(crate::Error::ExportExists { .. })));
        sql.ask(query)
            .unwrap()
            .write_file(&out, format, true, &Silent)
            .unwrap();
    }
    let text = fs::read_to_string(bench.folder.path().join("a.csv")).unwrap();
    assert!(
        text.starts_with("row,title,isrcs,track_id,row_2\n0,First Light,"),
        "{text}"
    );
    let file = fs::File::open(bench.folder.path().join("a.parquet")).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(file, 10).unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(batches[0].num_rows(), 3);
    assert_eq!(
        batches[0].schema().field(1).data_type(),
        &arrow_schema::DataType::Utf8
    );
}

#[test]
fn the_first_rows_are_told_apart_from_all() {
    let bench = bench(RECORDS);
    let sql = bench.sql();
    for (rows, cells, has_more) in [(0, 0, true), (2, 2, true), (3, 3, false), (9, 3, false)] {
        let head = sql
            .ask("SELECT row FROM tracks")
            .unwrap()
            .head(rows, &Silent)
            .unwrap();
        assert_eq!((head.cells.len(), head.has_more), (cells, has_more));
    }
}
