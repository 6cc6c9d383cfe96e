use {
    super::{
        documents::{Content, Document},
        keep::Keeper,
        open::Kept,
    },
    crate::{
        error::Error,
        sources::{Format, Splitting},
    },
    arrow_array::{
        ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, FixedSizeBinaryArray,
        Float32Array, Float64Array, Int8Array, Int64Array, RecordBatch, StringArray, StructArray,
        Time64MicrosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray, UInt64Array,
        builder::{Int32Builder, ListBuilder, MapBuilder, StringBuilder},
    },
    arrow_schema::{DataType, Field},
    longplay_model::Silent,
    parquet::{
        arrow::ArrowWriter,
        data_type::{FixedLenByteArray, FixedLenByteArrayType},
        file::{properties::WriterProperties, writer::SerializedFileWriter},
        schema::parser::parse_message_type,
    },
    proptest::prelude::*,
    std::sync::Arc,
    tempfile::TempDir,
};

fn kept(files: &[(&str, &[u8])]) -> (TempDir, Kept) {
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

fn documents(kept: &Kept, splitting: Splitting) -> Vec<(Document, String)> {
    let mut found = Vec::new();
    for batch in kept.batches(splitting, u64::MAX) {
        let batch = batch.unwrap();
        for document in batch.documents {
            let bytes = match &document.content {
                Content::Within(range) | Content::Aside(range) => &batch.bytes[range.clone()],
                Content::TooLong => &[],
            };
            let text = String::from_utf8_lossy(bytes).into_owned();
            found.push((document, text));
        }
    }
    found
}

/// `rows` rows in groups of `group`.
fn file(batch: &RecordBatch, group: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group));
    let mut writer =
        ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build())).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn numbered(rows: i64, group: usize) -> Vec<u8> {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
    let names: ArrayRef = Arc::new(StringArray::from_iter(
        (0..rows).map(|n| (n % 3 > 0).then(|| format!("n{n}"))),
    ));
    file(
        &RecordBatch::try_from_iter([("id", ids), ("name", names)]).unwrap(),
        group,
    )
}

fn every_type() -> RecordBatch {
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([Some("a"), None]);
    list.append_null();
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    map.keys().append_value("k");
    map.values().append_value(7);
    map.append(true).unwrap();
    map.append(true).unwrap();
    let inner: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), None]));
    let fields = StructArray::from(vec![(
        Arc::new(Field::new("inner", DataType::Utf8, true)),
        inner,
    )]);
    let columns: [(&str, ArrayRef); 16] = [
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("small", Arc::new(Int8Array::from(vec![-5, 5]))),
        ("large", Arc::new(UInt64Array::from(vec![u64::MAX, 0]))),
        ("single", Arc::new(Float32Array::from(vec![0.1, f32::NAN]))),
        (
            "double",
            Arc::new(Float64Array::from(vec![1e300, f64::NEG_INFINITY])),
        ),
        ("text", Arc::new(StringArray::from(vec!["a\"\n\u{1}é", ""]))),
        (
            "bytes",
            Arc::new(BinaryArray::from(vec![&b"\x00\xff"[..], b""])),
        ),
        (
            "fixed",
            Arc::new(FixedSizeBinaryArray::try_from_iter([[1u8, 2], [3, 4]].iter()).unwrap()),
        ),
        ("day", Arc::new(Date32Array::from(vec![-1, 18_784]))),
        (
            "clock",
            Arc::new(Time64MicrosecondArray::from(vec![45_000_500_000, 0])),
        ),
        (
            "local",
            Arc::new(TimestampMillisecondArray::from(vec![1_623_007_820_000, -1])),
        ),
        (
            "utc",
            Arc::new(
                TimestampMicrosecondArray::from(vec![1_623_007_820_250_000, 0])
                    .with_timezone("+00:00"),
            ),
        ),
        (
            "price",
            Arc::new(
                Decimal128Array::from(vec![1230, -5])
                    .with_precision_and_scale(9, 2)
                    .unwrap(),
            ),
        ),
        ("list", Arc::new(list.finish())),
        ("fields", Arc::new(fields)),
        ("map", Arc::new(map.finish())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true)))
        .unwrap()
}

#[test]
fn every_type_has_one_rendering() {
    let bytes = file(&every_type(), 10);
    let (_dir, kept) = kept(&[("", &bytes)]);
    let rows = documents(&kept, Splitting::ParquetRows);
    assert_eq!(
        rows[0].1,
        concat!(
            r#"{"flag":true,"small":-5,"large":18446744073709551615,"single":0.1,"double":1e+300,"#,
            r#""text":"a\"\n\u0001é","bytes":"00ff","fixed":"0102","day":"1969-12-31","clock":"12:30:00.5","#,
            r#""local":"2021-06-06T19:30:20","utc":"2021-06-06T19:30:20.25Z","price":"12.30","list":["a",null],"#,
            r#""fields":{"inner":"x"},"map":[{"keys":"k","values":7}]}"#
        )
    );
    assert_eq!(
        rows[1].1,
        concat!(
            r#"{"small":5,"large":0,"single":"NaN","double":"-inf","#,
            r#""text":"","bytes":"","fixed":"0304","day":"2021-06-06","clock":"00:00:00","#,
            r#""local":"1969-12-31T23:59:59.999","utc":"1970-01-01T00:00:00Z","price":"-0.05","#,
            r#""fields":{},"map":[]}"#
        )
    );
    for (_, text) in rows {
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
}

#[test]
fn sixteen_bytes_are_a_uuid_where_the_schema_says_so() {
    let schema = "message m { required fixed_len_byte_array(16) id (UUID); required fixed_len_byte_array(16) raw; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut rows = writer.next_row_group().unwrap();
    while let Some(mut column) = rows.next_column().unwrap() {
        let value = FixedLenByteArray::from((0u8..16).collect::<Vec<u8>>());
        column
            .typed::<FixedLenByteArrayType>()
            .write_batch(&[value], None, None)
            .unwrap();
        column.close().unwrap();
    }
    rows.close().unwrap();
    let (_dir, kept) = kept(&[("", &writer.into_inner().unwrap())]);
    let rows = documents(&kept, Splitting::ParquetRows);
    let expected =
        r#"{"id":"00010203-0405-0607-0809-0a0b0c0d0e0f","raw":"000102030405060708090a0b0c0d0e0f"}"#;
    assert_eq!(rows[0].1, expected);
}

#[test]
fn rows_are_numbered_through_all_files_and_come_back() {
    let (first, second) = (numbered(10_000, 3000), numbered(5, 2));
    let (_dir, kept) = kept(&[
        ("COPYING", b"CC0"),
        ("a.parquet", &first),
        ("b.parquet", b"no Parquet at all"),
        ("c.parquet", &second),
    ]);
    let rows = documents(&kept, Splitting::ParquetRows);
    assert_eq!(rows.len(), 10_007);
    assert!((1..).zip(&rows).all(|(number, row)| row.0.number == number));
    let places = [
        (0, None),
        (1, Some(1)),
        (10_000, Some(10_000)),
        (10_001, None),
        (10_002, Some(1)),
        (10_006, Some(5)),
    ];
    for (at, nth) in places {
        assert_eq!(rows[at].0.nth, nth, "{at}");
    }
    assert_eq!(rows[2].1, r#"{"id":1,"name":"n1"}"#);
    assert_eq!(rows[10_005].1, r#"{"id":3}"#);
    assert!(matches!(rows[0].0.content, Content::Aside(_)));
    for at in [0, 1, 2, 3000, 3001, 10_000, 10_001, 10_002, 10_006] {
        let found = kept
            .record(at as u64 + 1, Splitting::ParquetRows, u64::MAX)
            .unwrap();
        assert_eq!(String::from_utf8(found).unwrap(), rows[at].1, "{at}");
    }
    for step in [1, 5000] {
        let numbers: Vec<u64> = (0..=10_008).step_by(step).collect();
        let found = kept.records(&numbers, Splitting::ParquetRows, u64::MAX, u64::MAX);
        for (number, record) in found.unwrap() {
            let row = &rows[number as usize - 1].1;
            assert_eq!(&String::from_utf8(record).unwrap(), row, "{number}");
        }
        let found = kept
            .records(&numbers, Splitting::ParquetRows, u64::MAX, 0)
            .unwrap();
        assert_eq!(found.len(), 1);
    }
    for number in [0, 10_008, u64::MAX] {
        let absent = kept
            .record(number, Splitting::ParquetRows, u64::MAX)
            .unwrap_err();
        assert!(
            matches!(
                absent,
                Error::NoDocument {
                    documents: 10_007,
                    ..
                }
            ),
            "{absent:?}"
        );
    }
    let told: u64 = rows.iter().map(|row| row.0.length).sum();
    assert_eq!(told, 3 + first.len() as u64 + second.len() as u64);
}

#[test]
fn listens_are_read_by_three_columns_and_given_back_whole() {
    let text = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    let columns = [
        ("user_id", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
        ("artist_name", text("A")),
        ("recording_mbid", text("b")),
        ("listened_at", text("2020")),
    ];
    let bytes = file(&RecordBatch::try_from_iter(columns).unwrap(), 1);
    let (_dir, kept) = kept(&[("", &bytes)]);
    assert_eq!(
        kept.format(None, u64::MAX).unwrap(),
        Format::ListenbrainzListensParquet
    );
    let read = documents(&kept, Splitting::ParquetListens);
    assert_eq!(
        read[0].1,
        r#"{"user_id":1,"recording_mbid":"b","listened_at":"2020"}"#
    );
    let whole = kept.record(1, Splitting::ParquetListens, u64::MAX).unwrap();
    assert_eq!(
        whole,
        br#"{"user_id":1,"artist_name":"A","recording_mbid":"b","listened_at":"2020"}"#
    );
}

#[test]
fn a_damaged_row_group_is_told_and_the_rows_behind_keep_their_numbers() {
    let mut bytes = numbered(9, 3);
    // The header of the first page, behind the magic number.
    bytes[4..12].fill(0xff);
    let (_dir, kept) = kept(&[("", &bytes)]);
    let rows = documents(&kept, Splitting::ParquetRows);
    let numbers: Vec<_> = rows.iter().map(|row| (row.0.number, row.0.nth)).collect();
    assert_eq!(numbers[..2], [(1, None), (4, Some(4))]);
    assert_eq!(rows.len(), 7);
    assert_eq!(rows[6].1, r#"{"id":8,"name":"n8"}"#);
}

#[test]
fn bytes_on_which_the_decoder_panics_are_told() {
    let whole = numbered(50, 20);
    // One of these bytes says how many bits the numbers of a dictionary take.
    let widths = (1..whole.len()).filter(|at| [4, 5].contains(&whole[*at]));
    let mut told = 0;
    for at in widths {
        let mut bytes = whole.clone();
        bytes[at] = 33;
        let (_dir, kept) = kept(&[("", &bytes)]);
        let rows = documents(&kept, Splitting::ParquetRows);
        told += rows
            .iter()
            .filter(|row| row.1.contains("the decoder gave up"))
            .count();
    }
    assert!(told > 0);
}

#[test]
fn a_row_longer_than_the_limit_is_passed_over() {
    let long: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(5000), "y".into()]));
    let bytes = file(&RecordBatch::try_from_iter([("a", long)]).unwrap(), 5);
    let (_dir, kept) = kept(&[("", &bytes)]);
    let batches: Vec<_> = kept
        .batches(Splitting::ParquetRows, 1000)
        .map(Result::unwrap)
        .collect();
    let contents: Vec<bool> = batches[0]
        .documents
        .iter()
        .map(|d| d.content == Content::TooLong)
        .collect();
    assert_eq!(contents, [true, false]);
    assert_eq!(batches[0].documents[0].length, 5008);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damage_is_told_or_harmless(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = numbered(50, 20);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let (_dir, kept) = kept(&[("a", &bytes)]);
        for (document, text) in documents(&kept, Splitting::ParquetRows) {
            let whole = kept.record(document.number, Splitting::ParquetRows, u64::MAX).unwrap();
            if document.nth.is_some() {
                prop_assert_eq!(String::from_utf8_lossy(&whole), text);
            }
        }
    }
}
