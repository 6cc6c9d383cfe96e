use {
    crate::home::{Home, bytes_below, lines, options, record},
    longplay_model::RightsStatement,
};

fn open() -> RightsStatement {
    RightsStatement {
        uri: "https://creativecommons.org/publicdomain/zero/1.0/"
            .parse()
            .unwrap(),
        basis: "dump".into(),
    }
}

fn home_with_both() -> Home {
    let mut home = Home::new();
    let secret = r#""isrcs":["AAABC2600009"],"popularity":99,"release":"Secret release","genres":["secret genre"]"#;
    home.import("dark", lines(&[record("1", "Secret title", secret)]));
    let public = r#""isrcs":["AAABC2600001"],"release":"Public release","genres":["g"],"gtin":"4006381333931""#;
    let path = home.file(
        "public.jsonl",
        lines(&[record("1", "Public", public), record("2", "Also", "")]),
    );
    let mut options = options("public");
    options.records_rights = Some(open());
    home.try_import(&path, &options).unwrap();
    home
}

#[test]
fn only_open_records_leave() {
    let home = home_with_both();
    let out = home.root.path().join("out");
    let files = home.snapshot().open_tables(&out).unwrap();
    let names: Vec<&str> = files
        .iter()
        .map(|f| f.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "artists.parquet",
            "artwork.parquet",
            "catalog.json",
            "genres.parquet",
            "identifiers.parquet",
            "popularity.parquet",
            "release_artists.parquet",
            "releases.parquet",
            "rights.parquet",
            "track_artists.parquet",
            "tracks.parquet",
        ]
    );
    let meta: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("catalog.json")).unwrap()).unwrap();
    assert_eq!(meta["counts"]["tracks"], 2);
    assert_eq!(meta["counts"]["recordings"], 2);
    assert_eq!(meta["counts"]["releases"], 1);
    assert_eq!(meta["sources"].as_array().unwrap().len(), 1);
    for (name, bytes) in bytes_below(&out) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for secret in ["Secret", "secret", "AAABC2600009", "dark.jsonl"] {
            assert!(!text.contains(secret), "{secret} in {name}");
        }
    }
    let titles: Vec<String> = column(&out.join("tracks.parquet"), "title");
    assert_eq!(titles.len(), 2);
    assert!(titles.contains(&"Public".to_owned()), "{titles:?}");
}

/// A text column of a Parquet file, read by the Parquet crate alone.
fn column(path: &std::path::Path, name: &str) -> Vec<String> {
    use {
        arrow_array::cast::AsArray, parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder,
    };
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    reader
        .flat_map(|batch| {
            let batch = batch.unwrap();
            let column = batch
                .column_by_name(name)
                .unwrap()
                .as_string::<i32>()
                .clone();
            column
                .iter()
                .map(|text| text.unwrap().to_owned())
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn row_numbers_are_those_of_the_open_tables() {
    let home = home_with_both();
    let out = home.root.path().join("out");
    home.snapshot().open_tables(&out).unwrap();
    let kinds = column(&out.join("identifiers.parquet"), "kind");
    assert!(!kinds.contains(&"blob".to_owned()));
    assert!(kinds.is_sorted());
    let file = std::fs::File::open(out.join("identifiers.parquet")).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    for batch in reader {
        use arrow_array::{cast::AsArray, types::UInt32Type};
        let batch = batch.unwrap();
        let rows = batch
            .column_by_name("row")
            .unwrap()
            .as_primitive::<UInt32Type>()
            .clone();
        assert!(rows.iter().flatten().all(|row| row < 2), "{rows:?}");
    }
}

#[test]
fn the_same_snapshot_gives_the_same_bytes() {
    let home = home_with_both();
    let both = ["a", "b"].map(|name| {
        let out = home.root.path().join(name);
        home.snapshot().open_tables(&out).unwrap();
        bytes_below(&out)
    });
    assert!(both[0] == both[1]);
}

#[test]
fn without_an_open_source_there_is_nothing() {
    let mut home = Home::new();
    home.import("dark", lines(&[record("1", "t", "")]));
    let out = home.root.path().join("out");
    assert_eq!(home.snapshot().open_tables(&out).unwrap().len(), 0);
    assert!(!out.exists());
}
