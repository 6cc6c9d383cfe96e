//! What is exported is what was imported, filtered.

use {
    crate::{
        home::{Home, lines, options as import_options, record},
        made,
    },
    longplay_catalog::{
        Error, ExportFilter, ExportFormat, ExportOptions, ExportSummary, TrackRows, WantedRights,
        export,
        sql::{Sql, SqlError, SqlOptions},
    },
    longplay_model::{ByteSize, RightsStatement, Silent, Timestamp, TrackRecord},
    std::{collections::BTreeMap, path::PathBuf},
};

fn options(format: ExportFormat) -> ExportOptions {
    ExportOptions {
        format,
        filter: ExportFilter::default(),
        open_only: false,
        limit: None,
        force: false,
        clock: Timestamp::from_unix_seconds(0),
    }
}

fn exported(home: &Home, options: &ExportOptions) -> (PathBuf, ExportSummary) {
    let out = home
        .root
        .path()
        .join(format!("out.{}", options.format.name()));
    let options = ExportOptions {
        force: true,
        ..options.clone()
    };
    let summary = export(&home.snapshot(), &out, &options, &Silent).unwrap();
    (out, summary)
}

fn records(home: &Home, options: &ExportOptions) -> Vec<TrackRecord> {
    let (path, summary) = exported(home, options);
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(summary.bytes, text.len() as u64);
    let records: Vec<TrackRecord> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(summary.tracks, records.len() as u64);
    records
}

fn by_id(records: Vec<TrackRecord>) -> BTreeMap<String, TrackRecord> {
    let records = records
        .into_iter()
        .map(|record| (record.id.clone(), record));
    records.collect()
}

#[test]
fn what_was_imported_comes_out_and_goes_in_again() {
    let made = made::records(3000, 1);
    let home = made::home_of(&made);
    let out = records(&home, &options(ExportFormat::Jsonl));
    // Of a release, the figure of its most popular track is all that is known.
    let plain = |record: TrackRecord| TrackRecord {
        release_popularity: None,
        ..record
    };
    let expected = by_id(made.into_iter().map(plain).collect());
    let found = by_id(out.iter().cloned().map(plain).collect());
    for (id, record) in &expected {
        assert_eq!(found.get(id), Some(record));
    }
    assert_eq!(found.len(), expected.len());
    let again = made::home_of(&out);
    assert_eq!(records(&again, &options(ExportFormat::Jsonl)), out);
}

fn year(record: &TrackRecord) -> Option<u16> {
    record.release_date.map(|date| date.year() as u16)
}

#[test]
fn filters_choose_what_a_look_at_each_record_chooses() {
    let made = made::records(3000, 2);
    let home = made::home_of(&made);
    let genre = made
        .iter()
        .find_map(|it| it.genres.first())
        .unwrap()
        .clone();
    let label = made.iter().find_map(|it| it.label.clone()).unwrap();
    let by = "https://creativecommons.org/licenses/by/4.0/";
    type Holds = Box<dyn Fn(&TrackRecord) -> bool>;
    let (a_genre, a_label) = (genre.clone(), label.clone());
    let single: Vec<(ExportFilter, Holds)> = vec![
        (
            ExportFilter {
                rights: Some(WantedRights::Open),
                ..Default::default()
            },
            Box::new(|it| it.rights.is_some()),
        ),
        (
            ExportFilter {
                rights: Some(WantedRights::Uri(by.parse().unwrap())),
                ..Default::default()
            },
            Box::new(|it| it.rights.is_some()),
        ),
        (
            ExportFilter {
                languages: vec!["en".into()],
                ..Default::default()
            },
            Box::new(|it| matches!(it.language.as_deref(), Some("en" | "EN"))),
        ),
        (
            ExportFilter {
                languages: vec!["DE".into(), "xx".into()],
                ..Default::default()
            },
            Box::new(|it| it.language.as_deref() == Some("de")),
        ),
        (
            ExportFilter {
                genres: vec![genre.to_uppercase()],
                ..Default::default()
            },
            Box::new(move |it| it.genres.contains(&a_genre)),
        ),
        (
            ExportFilter {
                labels: vec![label],
                ..Default::default()
            },
            Box::new(move |it| it.label.as_ref() == Some(&a_label)),
        ),
        (
            ExportFilter {
                years: Some(1990..=2015),
                ..Default::default()
            },
            Box::new(|it| year(it).is_some_and(|year| (1990..=2015).contains(&year))),
        ),
        (
            ExportFilter {
                min_popularity: Some(10.0),
                ..Default::default()
            },
            Box::new(|it| it.popularity.is_some_and(|it| it >= 10.0)),
        ),
    ];
    let known = by_id(made);
    let check = |filter: ExportFilter, holds: &dyn Fn(&TrackRecord) -> bool| {
        let options = ExportOptions {
            filter: filter.clone(),
            ..options(ExportFormat::Jsonl)
        };
        let found = by_id(records(&home, &options));
        let wanted = known.iter().filter(|(_, record)| holds(record));
        let expected: Vec<&String> = wanted.map(|(id, _)| id).collect();
        assert!(found.keys().eq(expected.iter().copied()), "{filter:?}");
        found.len()
    };
    for (filter, holds) in single {
        assert!(check(filter, &holds) > 0);
    }
    let both = ExportFilter {
        rights: Some(WantedRights::Open),
        years: Some(1980..=2024),
        languages: vec!["en".into()],
        min_popularity: Some(0.0),
        ..Default::default()
    };
    check(both, &|it| {
        it.rights.is_some()
            && year(it).is_some_and(|year| (1980..=2024).contains(&year))
            && matches!(it.language.as_deref(), Some("en" | "EN"))
            && it.popularity.is_some()
    });
}

/// The tracks that a query gives.
fn asked(home: &Home, query: &str) -> Result<TrackRows, Error> {
    let options = SqlOptions {
        memory: ByteSize(64 << 20),
        spill: None,
        plans: None,
        newest_plan: None,
    };
    let snapshot = home.snapshot();
    let sql = Sql::open(snapshot.dir(), &options)?;
    let answer = sql.ask(query)?;
    answer.track_rows(snapshot.counts().tracks, &Silent)
}

#[test]
fn a_query_chooses_what_goes_out() {
    let made = made::records(2000, 8);
    let home = made::home_of(&made);
    let ids = |filter: ExportFilter| {
        let options = ExportOptions {
            filter,
            ..options(ExportFormat::Jsonl)
        };
        by_id(records(&home, &options))
            .into_keys()
            .collect::<Vec<_>>()
    };
    let known = by_id(made);
    let long = |it: &TrackRecord| it.duration_ms.is_some_and(|it| it > 200_000);
    let expected = |holds: &dyn Fn(&TrackRecord) -> bool| {
        let wanted = known.iter().filter(|(_, it)| holds(it));
        wanted.map(|(id, _)| id.clone()).collect::<Vec<_>>()
    };
    // Every row comes twice, and nulls choose nothing.
    let query = "SELECT row FROM tracks WHERE duration_ms > 200000 UNION ALL \
                 SELECT CASE WHEN duration_ms > 200000 THEN row END FROM tracks";
    let tracks = asked(&home, query).unwrap();
    let found = expected(&long);
    assert!(!found.is_empty() && found.len() < known.len());
    assert_eq!(tracks.count(), found.len() as u64);
    let filter = ExportFilter {
        tracks: Some(tracks),
        ..Default::default()
    };
    assert_eq!(ids(filter.clone()), found);
    let english = |it: &TrackRecord| matches!(it.language.as_deref(), Some("en" | "EN"));
    let both = ExportFilter {
        languages: vec!["en".into()],
        ..filter
    };
    assert_eq!(ids(both), expected(&|it| long(it) && english(it)));
    let none = asked(&home, "SELECT row FROM tracks WHERE title = ''").unwrap();
    let none = ExportFilter {
        tracks: Some(none),
        ..Default::default()
    };
    assert_eq!(ids(none), Vec::<String>::new());
}

#[test]
fn a_query_without_rows_of_tracks_is_refused() {
    let home = made::home_of(&made::records(20, 9));
    let fault = |query: &str| match asked(&home, query) {
        Err(Error::Sql { source }) => source,
        other => panic!("{query}: {other:?}"),
    };
    let unnamed = fault("SELECT title, row + 1 AS place FROM tracks");
    assert!(
        matches!(&unnamed, SqlError::NoRows { given } if given == &["title", "place"]),
        "{unnamed:?}"
    );
    let texts = fault("SELECT title AS row FROM tracks");
    assert!(matches!(texts, SqlError::NoRows { .. }), "{texts:?}");
    for (row, query) in [(20, "SELECT 20 AS row"), (-1, "SELECT -1 AS row")] {
        let fault = fault(query);
        let is_told = matches!(fault, SqlError::NoTrack { row: it, tracks: 20 } if it == row);
        assert!(is_told, "{fault:?}");
    }
}

#[test]
fn the_most_popular_come_first_and_a_limit_cuts_the_rest() {
    let home = made::home_of(&made::records(2000, 3));
    let all = records(&home, &options(ExportFormat::Jsonl));
    assert!(all.is_sorted_by_key(|it| std::cmp::Reverse(it.popularity.unwrap_or(0.0).to_bits())));
    for limit in [0, 1, 777, 5000] {
        let options = ExportOptions {
            limit: Some(limit),
            ..options(ExportFormat::Jsonl)
        };
        let cut = limit.min(2000) as usize;
        assert_eq!(records(&home, &options), all[..cut]);
    }
}

#[test]
fn csv_and_parquet_hold_the_same_rows() {
    let made = made::records(1500, 4);
    let home = made::home_of(&made);
    let all = records(&home, &options(ExportFormat::Jsonl));
    let (path, _) = exported(&home, &options(ExportFormat::Csv));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let heads = reader.headers().unwrap().clone();
    let rows: Vec<BTreeMap<String, String>> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let cells = heads.iter().zip(&row);
            cells
                .map(|(head, cell)| (head.to_owned(), cell.to_owned()))
                .collect()
        })
        .collect();
    assert_eq!(rows.len(), all.len());
    for (row, record) in rows.iter().zip(&all) {
        assert_eq!(row["source_id"], record.id);
        assert_eq!(row["title"], record.title);
        assert_eq!(row["artists"], record.artists.to_string());
        assert_eq!(row["genres"], record.genres.join("; "));
        let number = |cell: &str| row[cell].parse::<u32>().ok();
        assert_eq!(number("duration_ms"), record.duration_ms);
        assert_eq!(row["popularity"].parse().ok(), record.popularity);
        assert_eq!(row["label"], record.label.clone().unwrap_or_default());
    }
    let (path, summary) = exported(&home, &options(ExportFormat::Parquet));
    assert_eq!(summary.tracks, 1500);
    let file = std::fs::File::open(path).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file);
    let mut titles = Vec::new();
    for batch in reader.unwrap().build().unwrap() {
        use arrow_array::cast::AsArray;
        let batch = batch.unwrap();
        let names: Vec<String> = batch
            .schema()
            .fields()
            .iter()
            .map(|it| it.name().clone())
            .collect();
        assert!(names.iter().eq(heads.iter()));
        let column = batch
            .column_by_name("title")
            .unwrap()
            .as_string::<i32>()
            .clone();
        titles.extend(column.iter().map(|title| title.unwrap().to_owned()));
    }
    assert!(titles.iter().eq(all.iter().map(|it| &it.title)));
}

#[test]
fn a_database_joins_to_the_same_credits() {
    let home = made::home_of(&made::records(1500, 5));
    let all = records(&home, &options(ExportFormat::Jsonl));
    let (path, _) = exported(&home, &options(ExportFormat::Sqlite));
    let database = rusqlite::Connection::open(path).unwrap();
    let check: String = database
        .query_row("PRAGMA integrity_check", (), |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let lost: i64 = database
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", (), |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(lost, 0);
    let mut query = database
        .prepare(
            "SELECT t.source_id, t.title,
                (SELECT group_concat(name || join_phrase, '' ORDER BY place)
                   FROM track_artists WHERE track = t.rank),
                r.title, (SELECT count(*) FROM isrcs WHERE track = t.rank),
                (SELECT count(*) FROM genres WHERE track = t.rank)
             FROM tracks t LEFT JOIN releases r ON r.id = t.release ORDER BY t.rank",
        )
        .unwrap();
    let rows = query
        .query_map((), |row| {
            let text = |at| row.get::<_, Option<String>>(at);
            Ok((
                text(0)?,
                text(1)?,
                text(2)?,
                text(3)?,
                row.get::<_, i64>(4)? as usize,
                row.get::<_, i64>(5)? as usize,
            ))
        })
        .unwrap();
    let rows: Vec<_> = rows.map(Result::unwrap).collect();
    let expected: Vec<_> = all
        .iter()
        .map(|it| {
            (
                Some(it.id.clone()),
                Some(it.title.clone()),
                Some(it.artists.to_string()),
                it.release.clone(),
                it.isrcs.len(),
                it.genres.len(),
            )
        })
        .collect();
    assert_eq!(rows, expected);
}

fn home_with_both() -> Home {
    let mut home = Home::new();
    home.import(
        "dark",
        lines(&[record("1", "Secret", r#""popularity":99,"release":"R""#)]),
    );
    let path = home.file("public.jsonl", lines(&[record("1", "Public", "")]));
    let mut options = import_options("public");
    options.records_rights = Some(RightsStatement {
        uri: "https://creativecommons.org/publicdomain/zero/1.0/"
            .parse()
            .unwrap(),
        basis: "dump".into(),
    });
    home.try_import(&path, &options).unwrap();
    home
}

#[test]
fn dark_records_are_counted_or_left_out() {
    let home = home_with_both();
    for format in ExportFormat::ALL {
        let (_, all) = exported(&home, &options(format));
        assert_eq!((all.tracks, all.dark), (2, 1));
        let open = ExportOptions {
            open_only: true,
            ..options(format)
        };
        let (path, open) = exported(&home, &open);
        assert_eq!((open.tracks, open.dark), (1, 0));
        let bytes = std::fs::read(path).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("Secret"));
    }
}

#[test]
fn ids_of_several_sources_stay_apart() {
    let home = home_with_both();
    let ids: Vec<String> = records(&home, &options(ExportFormat::Jsonl))
        .into_iter()
        .map(|record| record.id)
        .collect();
    assert_eq!(ids, ["dark:1", "public:1"]);
}

#[test]
fn a_file_that_is_there_stays_without_force() {
    let home = made::home_of(&made::records(50, 6));
    let out = home.file("out.csv", "mine");
    let once = export(&home.snapshot(), &out, &options(ExportFormat::Csv), &Silent);
    assert!(matches!(once, Err(Error::ExportExists { .. })));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "mine");
    let forced = ExportOptions {
        force: true,
        ..options(ExportFormat::Csv)
    };
    export(&home.snapshot(), &out, &forced, &Silent).unwrap();
    assert!(
        std::fs::read_to_string(&out)
            .unwrap()
            .starts_with("rank,track_id")
    );
}

/// Stops at the first occasion.
struct Stop;

impl longplay_model::Monitor for Stop {
    fn begin(&self, _: &str, _: Option<u64>, _: longplay_model::Unit) {}
    fn advance(&self, _: u64) {}
    fn finding(&self, _: longplay_model::Finding) {}
    fn is_interrupted(&self) -> bool {
        true
    }
}

#[test]
fn what_was_stopped_leaves_nothing() {
    let home = made::home_of(&made::records(50, 7));
    let folder = home.root.path().join("empty");
    std::fs::create_dir(&folder).unwrap();
    for format in ExportFormat::ALL {
        let done = export(
            &home.snapshot(),
            &folder.join("out"),
            &options(format),
            &Stop,
        );
        assert!(matches!(done, Err(Error::Interrupted)));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    }
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let home = made::home_of(&made::records(1000, 8));
    for format in ExportFormat::ALL {
        let bytes = || std::fs::read(exported(&home, &options(format)).0).unwrap();
        assert!(bytes() == bytes(), "{}", format.name());
    }
}
