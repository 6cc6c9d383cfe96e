//! Listens and popularity, in the shapes of the dumps.

use {
    crate::home::{Home, options},
    arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray},
    parquet::arrow::ArrowWriter,
    std::{path::PathBuf, sync::Arc},
};

const MBID: &str = "c7d0bf6e-b2aa-4ffa-bded-2448415b39b0";

/// A line of the listens dump.
fn listen(user: u64, at: i64, mbid: &str) -> String {
    format!(
        r#"{{"user_id":{user},"user_name":"u{user}","timestamp":{at},"track_metadata":{{"track_name":"T","artist_name":"A","additional_info":{{"recording_mbid":"{mbid}","recording_msid":"m"}}}},"recording_msid":"m"}}"#
    ) + "\n"
}

/// A file of the dump for Spark.
fn parquet(rows: i64) -> Vec<u8> {
    let times: ArrayRef = Arc::new(TimestampMillisecondArray::from_iter_values(
        (0..rows).map(|n| 1_623_007_820_000 + n),
    ));
    let users: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
    let names: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(|_| "A")));
    let mbids: ArrayRef = Arc::new(StringArray::from_iter(
        (0..rows).map(|n| (n % 2 == 0).then_some(MBID)),
    ));
    let columns = [
        ("listened_at", times),
        ("user_id", users),
        ("artist_name", names),
        ("recording_mbid", mbids),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// A tar of these files, packed with zstd.
fn archive(home: &Home, files: &[(&str, &[u8])]) -> PathBuf {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *content).unwrap();
    }
    let packed = zstd::encode_all(&*tar.into_inner().unwrap(), 1).unwrap();
    home.file("dump.tar.zst", packed)
}

#[test]
fn the_listens_dump_is_read_from_its_archive() {
    let mut home = Home::new();
    let months = [
        listen(1, 1_600_000_000, MBID) + &listen(2, -5, MBID),
        listen(1, 1_610_000_000, ""),
    ];
    let path = archive(
        &home,
        &[
            ("dump/SCHEMA_SEQUENCE", b"10"),
            ("dump/listens/2020/9.listens", months[0].as_bytes()),
            ("dump/listens/2021/1.listens", months[1].as_bytes()),
        ],
    );
    let summary = home.try_import(&path, &options("lb")).unwrap();
    assert_eq!(
        (summary.format, summary.records, summary.rejected),
        ("listenbrainz-listens", 3, 0)
    );
    let found = home.findings.take();
    assert!(
        found.contains(
            &"C003 dump.tar.zst/dump/listens/2020/9.listens, line 2, listened_at".to_owned()
        ),
        "{found:?}"
    );
}

#[test]
fn the_dump_for_spark_is_read_from_its_archive() {
    let mut home = Home::new();
    let (first, second) = (parquet(5000), parquet(3));
    let path = archive(
        &home,
        &[
            ("dump/START_TIMESTAMP", b"2021"),
            ("dump/0.parquet", &first),
            ("dump/1.parquet", &second),
            ("dump/2.parquet", &second[..second.len() / 2]),
        ],
    );
    let summary = home.try_import(&path, &options("lb")).unwrap();
    assert_eq!(summary.format, "listenbrainz-listens-parquet");
    assert_eq!((summary.records, summary.rejected), (5004, 1));
    assert!(
        home.findings
            .take()
            .contains(&"C001 dump.tar.zst/dump/2.parquet".to_owned())
    );
}

#[test]
fn a_folder_of_parquet_files_is_one_source() {
    let mut home = Home::new();
    home.file("dump/0.parquet", parquet(4));
    let path = home.file("dump/1.parquet", parquet(3));
    home.file("dump/COPYING", "CC0");
    let summary = home
        .try_import(path.parent().unwrap(), &options("lb"))
        .unwrap();
    assert_eq!(
        (summary.format, summary.records),
        ("listenbrainz-listens-parquet", 7)
    );
}

#[test]
fn popularity_comes_as_objects_and_as_csv() {
    for (text, format, records, rejected) in [
        (
            format!(
                "{{\"recording_mbid\":\"{MBID}\",\"total_listen_count\":null,\"total_user_count\":null}}\n"
            ),
            "listenbrainz-popularity",
            1,
            0,
        ),
        (
            format!(
                "\u{feff}recording_mbid,total_listen_count,total_user_count\r\n{MBID},5,2\r\n{MBID},5\r\n"
            ),
            "listenbrainz-popularity-csv",
            3,
            1,
        ),
        (
            format!("total_user_count,artist_mbid,total_listen_count\n2,{MBID},5\n"),
            "listenbrainz-popularity-csv",
            2,
            0,
        ),
    ] {
        let mut home = Home::new();
        let path = home.file("p", &text);
        let summary = home.try_import(&path, &options("lb")).unwrap();
        assert_eq!(
            (summary.format, summary.records, summary.rejected),
            (format, records, rejected),
            "{text}"
        );
    }
}
