use {super::*, proptest::prelude::*, serde_json::json};

const MBID: &str = "c7d0bf6e-b2aa-4ffa-bded-2448415b39b0";
const OTHER: &str = "20ddea3a-1ad2-4036-9ca7-5f3383ad31c1";

fn listens(text: &str) -> Harvest {
    let mut harvest = Harvest::default();
    if let Err(error) = read_listen(text, &mut harvest) {
        harvest.malformed(error.to_string());
    }
    harvest
}

fn target(listen: &str) -> Option<Target> {
    let read = listens(listen);
    assert_eq!(read.listens.len(), 1, "{listen} {:?}", read.troubles);
    read.listens[0].target
}

#[test]
fn what_was_heard_is_what_the_mapping_says_then_the_player() {
    let listen = |ids: &str| format!(r#"{{"timestamp":1,"user_id":7,"track_metadata":{{{ids}}}}}"#);
    let mapped = format!(r#""mbid_mapping":{{"recording_mbid":"{MBID}"}}"#);
    let said = format!(r#""additional_info":{{"recording_mbid":"{OTHER}","isrc":"GBAYE8100053"}}"#);
    let (mbid, other) = (MBID.parse().unwrap(), OTHER.parse().unwrap());
    assert_eq!(
        target(&listen(&format!("{mapped},{said}"))),
        Some(Target::Mbid(mbid))
    );
    assert_eq!(target(&listen(&said)), Some(Target::Mbid(other)));
    let isrc = r#""additional_info":{"recording_mbid":null,"isrc":"gb-aye-81-00053"}"#;
    assert_eq!(
        target(&listen(isrc)),
        Some(Target::Isrc("GBAYE8100053".parse().unwrap()))
    );
    for none in [
        "",
        r#""mbid_mapping":null,"additional_info":{"isrc":["x"],"recording_mbid":{}}"#,
    ] {
        assert_eq!(target(&listen(none)), None);
    }
    let row =
        format!(r#"{{"listened_at":"2021-06-06T19:30:20","user_id":1,"recording_mbid":"{MBID}"}}"#);
    assert_eq!(target(&row), Some(Target::Mbid(mbid)));
}

#[test]
fn a_wrong_id_is_told_and_the_next_one_taken() {
    let text = format!(
        r#"{{"listened_at":5,"track_metadata":{{"mbid_mapping":{{"recording_mbid":"x"}},"additional_info":{{"recording_mbid":"{MBID}"}}}}}}"#
    );
    let read = listens(&text);
    assert_eq!(read.troubles[0].field, "recording_mbid");
    assert_eq!(
        read.listens[0].target,
        Some(Target::Mbid(MBID.parse().unwrap()))
    );
}

#[test]
fn users_and_times_are_alike_in_every_shape() {
    let read: Vec<Listen> = [
        r#"{"timestamp":1623007820,"user_id":1,"user_name":"a"}"#,
        r#"{"listened_at":1623007820.75,"user_id":"1","track_metadata":{}}"#,
        r#"{"listened_at":"2021-06-06T19:30:20","user_id":1,"recording_mbid":null}"#,
        r#"{"listened_at":"2021-06-06T21:30:20+02:00","user_id":1}"#,
    ]
    .iter()
    .map(|text| listens(text).listens[0])
    .collect();
    assert!(read.windows(2).all(|pair| pair[0] == pair[1]), "{read:?}");
    let named = listens(r#"{"listened_at":1,"user_name":"a"}"#).listens[0];
    assert_ne!(named.user, read[0].user);
}

#[test]
fn times_that_cannot_be_leave_the_listen_out() {
    for time in [
        "-1",
        "0",
        "1748967954000",
        "null",
        "\"soon\"",
        "[]",
        "1e300",
        "\"\"",
    ] {
        let read = listens(&format!(
            r#"{{"listened_at":{time},"track_metadata":{{}}}}"#
        ));
        assert_eq!((read.listens.len(), read.troubles.len()), (0, 1), "{time}");
        assert_eq!(read.troubles[0].field, "listened_at");
    }
}

fn popularity(text: &str) -> Harvest {
    let mut harvest = Harvest::default();
    if let Err(error) = read_popularity(text, &mut harvest) {
        harvest.malformed(error.to_string());
    }
    harvest
}

#[test]
fn counts_are_about_the_closest_thing_that_is_named() {
    let mbid: Mbid = MBID.parse().unwrap();
    for (keys, target) in [
        (&["recording_mbid"][..], Target::Mbid(mbid)),
        (&["artist_mbid", "recording_mbid"], Target::Mbid(mbid)),
        (&["release_mbid"], Target::Release(mbid)),
        (&["release_group_mbid"], Target::ReleaseGroup(mbid)),
        (&["artist_mbid"], Target::Artist(mbid)),
    ] {
        let ids: String = keys
            .iter()
            .map(|key| format!("\"{key}\":\"{MBID}\","))
            .collect();
        let read = popularity(&format!(
            r#"{{{ids}"total_listen_count":1000,"total_user_count":10}}"#
        ));
        let told: Vec<_> = read
            .figures
            .iter()
            .map(|f| (f.target, f.metric, f.value))
            .collect();
        assert_eq!(
            told,
            [
                (target, Metric::Listens, 1000.0),
                (target, Metric::Listeners, 10.0)
            ]
        );

        let header = format!("{},total_listen_count,total_user_count", keys.join(","));
        let row = format!("{},1000,10", vec![MBID; keys.len()].join(","));
        let mut harvest = Harvest::default();
        Columns::of(header.as_bytes())
            .unwrap()
            .read(&row, &mut harvest);
        assert_eq!(harvest.figures, read.figures);
    }
}

#[test]
fn counts_that_are_not_known_are_no_figures() {
    let read = popularity(&format!(
        r#"{{"recording_mbid":"{MBID}","total_listen_count":null,"total_user_count":null}}"#
    ));
    assert_eq!((read.figures.len(), read.troubles.len()), (0, 0));
    let columns = Columns::of(b"recording_mbid,total_listen_count,total_user_count\r").unwrap();
    let mut harvest = Harvest::default();
    columns.read(&format!("{MBID},,\r"), &mut harvest);
    assert_eq!((harvest.figures.len(), harvest.troubles.len()), (0, 0));
}

#[test]
fn wrong_counts_are_told_with_their_column() {
    let columns = Columns::of(b"recording_mbid,total_listen_count,total_user_count").unwrap();
    for (row, field, figures) in [
        (format!("{MBID},-5,1"), "total_listen_count", 1),
        (format!("{MBID},1,many"), "total_user_count", 1),
        (format!("{MBID},1.5,1"), "total_listen_count", 1),
        (
            format!("{MBID},99999999999999999999,1"),
            "total_listen_count",
            1,
        ),
        ("x,1,1".into(), "recording_mbid", 0),
        (",1,1".into(), "", 0),
        (format!("{MBID},1"), "", 0),
        (format!("{MBID},1,1,1"), "", 0),
    ] {
        let mut harvest = Harvest::default();
        columns.read(&row, &mut harvest);
        let [trouble] = &harvest.troubles[..] else {
            panic!("{row}");
        };
        assert_eq!(
            (trouble.field.as_str(), harvest.figures.len()),
            (field, figures),
            "{row}"
        );
    }
}

#[test]
fn other_headers_are_not_ours() {
    for header in [
        "",
        "recording_mbid,count",
        "total_listen_count",
        "a,b",
        "\u{feff}",
    ] {
        assert_eq!(Columns::of(header.as_bytes()), None, "{header}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(text in "[\\[\\]{}:,\"a0-9]{0,60}|\\PC{0,60}") {
        for read in [read_listen, read_popularity] {
            drop(read(&text, &mut Harvest::default()));
        }
        if let Some(columns) = Columns::of(text.as_bytes()) {
            columns.read(&text, &mut Harvest::default());
        }
    }

    #[test]
    fn listens_that_are_written_are_read(
        seconds in 1..=u32::MAX,
        fraction in 0u32..1_000,
        user in 1u32..,
        mapped in prop::option::of(1u128..),
        said in prop::option::of(1u128..),
        isrc in prop::option::of("[A-Z]{2}[A-Z0-9]{3}[0-9]{7}"),
    ) {
        let mbid = |number: u128| Mbid::from_bytes(number.to_be_bytes());
        let text = |number: Option<u128>| number.map(|number| mbid(number).to_string());
        let metadata = json!({
            "mbid_mapping": mapped.map(|_| json!({"recording_mbid": text(mapped)})),
            "additional_info": {"recording_mbid": text(said), "isrc": isrc},
        });
        let times = [
            json!(seconds),
            json!(seconds.to_string()),
            json!(format!("{seconds}.{fraction:03}")),
            json!(Timestamp::from_unix_seconds(seconds.into()).to_string()),
        ];
        let code = isrc.as_deref().map(|code| Target::Isrc(code.parse().unwrap()));
        let expected = mapped.or(said).map(|number| Target::Mbid(mbid(number))).or(code);
        for key in ["listened_at", "timestamp"] {
            for time in &times {
                let listen = json!({key: time, "user_id": user, "track_metadata": metadata});
                let read = listens(&listen.to_string());
                prop_assert_eq!(&read.troubles, &[]);
                let [found] = &read.listens[..] else {
                    return Err(TestCaseError::fail(listen.to_string()));
                };
                prop_assert_eq!(found.at.unix_seconds(), i64::from(seconds));
                prop_assert_eq!(found.target, expected);
                prop_assert_eq!(found.user, hash(&user.to_string()));
            }
        }
    }

    #[test]
    fn counts_are_alike_in_rows_and_objects(
        ids in prop::collection::vec(prop::option::of(1u128..), 4),
        counts in prop::collection::vec(prop::option::of(0u64..1 << 53), 2),
    ) {
        let text = |id: &Option<u128>| id.map(|id| Mbid::from_bytes(id.to_be_bytes()).to_string());
        let ids: Vec<Option<String>> = ids.iter().map(text).collect();
        let mut object = serde_json::Map::new();
        for (key, id) in ENTITIES.into_iter().zip(&ids) {
            object.insert(key.into(), json!(id));
        }
        for (key, count) in [COUNT, USERS].into_iter().zip(&counts) {
            object.insert(key.into(), json!(count));
        }
        let told = popularity(&serde_json::Value::Object(object).to_string());
        let row: Vec<String> = ids
            .iter()
            .map(|id| id.clone().unwrap_or_default())
            .chain(counts.iter().map(|count| count.map_or(String::new(), |count| count.to_string())))
            .collect();
        let header = [&ENTITIES[..], &[COUNT, USERS]].concat().join(",");
        let mut harvest = Harvest::default();
        Columns::of(header.as_bytes()).unwrap().read(&row.join(","), &mut harvest);
        prop_assert_eq!(&harvest.figures, &told.figures);
        prop_assert_eq!(&harvest.troubles, &told.troubles);
        let is_about = ids.iter().any(Option::is_some);
        let values: Vec<f64> = told.figures.iter().map(|figure| figure.value).collect();
        let given = counts.iter().flatten().map(|count| *count as f64);
        prop_assert!(values.into_iter().eq(given.filter(|_| is_about)));
        prop_assert_eq!(told.troubles.len(), usize::from(!is_about));
    }
}
