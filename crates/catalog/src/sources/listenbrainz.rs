//! ListenBrainz: listens, and how often things were listened to
//! (`docs/format/listenbrainz.md`).

use {
    super::{
        harvest::{Figure, Harvest, Listen},
        scalar::Scalar,
    },
    crate::figures::{Metric, Target},
    longplay_model::{FindingCode, Mbid, Timestamp},
    serde::Deserialize,
    serde_json::Error,
    std::{collections::HashSet, str::FromStr},
};

const COUNT: &str = "total_listen_count";
const USERS: &str = "total_user_count";

/// Who listened to what when, in the Parquet dump.
pub(super) const COLUMNS: [&str; 3] = ["listened_at", "user_id", "recording_mbid"];

/// What a popularity is about, the first that stands there: a recording of
/// an artist is about the recording.
const ENTITIES: [&str; 4] = [
    "recording_mbid",
    "release_mbid",
    "release_group_mbid",
    "artist_mbid",
];

/// Listens are later than 1970 and told in seconds of 32 bits.
const TIMES: std::ops::RangeInclusive<i64> = 1..=u32::MAX as i64;

/// Whether an object with these keys is a listen, of the dump or of the
/// service.
pub(super) fn recognises_listens(keys: &HashSet<String>) -> bool {
    let has = |key: &str| keys.contains(key);
    has("track_metadata") && (has("listened_at") || has("timestamp"))
}

/// Whether rows with these columns are listens of the Parquet dump.
pub(super) fn recognises_columns(columns: &[String]) -> bool {
    let has = |key: &str| columns.iter().any(|column| column == key);
    COLUMNS.into_iter().all(has)
}

pub(super) fn recognises_popularity(keys: &HashSet<String>) -> bool {
    keys.contains(COUNT) && ENTITIES.iter().any(|key| keys.contains(*key))
}

/// What figures with these keys are about.
pub(super) fn content(holds: impl Fn(&str) -> bool) -> Option<&'static str> {
    ENTITIES.into_iter().find(|key| holds(key))
}

/// One listen. Of a Parquet dump the row comes as a JSON object.
#[derive(Deserialize)]
struct Listened<'a> {
    #[serde(borrow, default)]
    listened_at: Scalar<'a>,
    #[serde(borrow, default)]
    timestamp: Scalar<'a>,
    #[serde(borrow, default)]
    user_id: Scalar<'a>,
    #[serde(borrow, default)]
    user_name: Scalar<'a>,
    #[serde(borrow, default)]
    recording_mbid: Scalar<'a>,
    #[serde(borrow)]
    track_metadata: Option<Metadata<'a>>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    mbid_mapping: Option<Ids<'a>>,
    #[serde(borrow)]
    additional_info: Option<Ids<'a>>,
}

#[derive(Deserialize)]
struct Ids<'a> {
    #[serde(borrow, default)]
    recording_mbid: Scalar<'a>,
    #[serde(borrow, default)]
    isrc: Scalar<'a>,
}

/// Reads one listen.
pub(super) fn read_listen(document: &str, harvest: &mut Harvest) -> Result<(), Error> {
    let listened: Listened = serde_json::from_str(document)?;
    let Some(at) = time_of(&listened, harvest) else {
        return Ok(());
    };
    let user = [&listened.user_id, &listened.user_name];
    let user = user.into_iter().find_map(Scalar::text).unwrap_or_default();
    let target = target_of(&listened, harvest);
    harvest.listens.push(Listen {
        target,
        user: hash(user),
        at,
    });
    Ok(())
}

fn time_of(listened: &Listened, harvest: &mut Harvest) -> Option<Timestamp> {
    let times = [&listened.listened_at, &listened.timestamp];
    let text = times.into_iter().find_map(Scalar::text).unwrap_or_default();
    let seconds = seconds_of(text).filter(|seconds| TIMES.contains(seconds));
    if seconds.is_none() {
        let seen = format!("expected a time from 1970 to 2106, found {text:?}");
        harvest.trouble(FindingCode::C003, "listened_at", seen);
    }
    seconds.map(Timestamp::from_unix_seconds)
}

/// Seconds since 1970, or a time as Parquet files give it.
fn seconds_of(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(seconds);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return Some(seconds.floor() as i64);
    }
    let time = text.parse::<Timestamp>();
    let time = time.or_else(|_| format!("{text}Z").parse::<Timestamp>());
    time.ok().map(Timestamp::unix_seconds)
}

/// What was heard: by the mapping of ListenBrainz, otherwise by what the
/// player said.
fn target_of(listened: &Listened, harvest: &mut Harvest) -> Option<Target> {
    let metadata = listened.track_metadata.as_ref();
    let mapped = metadata.and_then(|metadata| metadata.mbid_mapping.as_ref());
    let said = metadata.and_then(|metadata| metadata.additional_info.as_ref());
    let mbids = [
        mapped.map(|ids| &ids.recording_mbid),
        Some(&listened.recording_mbid),
        said.map(|ids| &ids.recording_mbid),
    ];
    let mbids = mbids.into_iter().flatten();
    let mbid = mbids
        .filter_map(Scalar::text)
        .find_map(|text| parsed::<Mbid>(text, "recording_mbid", harvest));
    mbid.map(Target::Mbid).or_else(|| {
        let isrc = said.and_then(|ids| ids.isrc.text())?;
        parsed(isrc, "isrc", harvest).map(Target::Isrc)
    })
}

/// The value of a text; an empty one is absent, a wrong one absent and told.
fn parsed<T: FromStr<Err: ToString>>(text: &str, field: &str, harvest: &mut Harvest) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    let refused = |error: T::Err| harvest.trouble(FindingCode::C003, field, error.to_string());
    text.parse().map_err(refused).ok()
}

/// FNV-1a of 64 bits: the same user is the same number, in one run of the
/// program and in no file that stays.
fn hash(user: &str) -> u64 {
    user.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[derive(Deserialize)]
struct Popularity<'a> {
    #[serde(borrow, default)]
    recording_mbid: Scalar<'a>,
    #[serde(borrow, default)]
    release_mbid: Scalar<'a>,
    #[serde(borrow, default)]
    release_group_mbid: Scalar<'a>,
    #[serde(borrow, default)]
    artist_mbid: Scalar<'a>,
    #[serde(borrow, default)]
    total_listen_count: Scalar<'a>,
    #[serde(borrow, default)]
    total_user_count: Scalar<'a>,
}

/// Reads one object of the service's answers on popularity.
pub(super) fn read_popularity(document: &str, harvest: &mut Harvest) -> Result<(), Error> {
    let row: Popularity = serde_json::from_str(document)?;
    let entities = [
        row.recording_mbid.text(),
        row.release_mbid.text(),
        row.release_group_mbid.text(),
        row.artist_mbid.text(),
    ];
    let counts = [row.total_listen_count.text(), row.total_user_count.text()];
    figures(entities, counts, harvest);
    Ok(())
}

/// Counts that are absent are not known; nothing is made of them.
fn figures(entities: [Option<&str>; 4], counts: [Option<&str>; 2], harvest: &mut Harvest) {
    let entities = entities.map(|text| text.filter(|text| !text.is_empty()));
    let Some(entity) = entities.iter().position(Option::is_some) else {
        return harvest.malformed("nothing says what the counts are about");
    };
    let text = entities[entity].unwrap_or_default();
    let Some(mbid) = parsed::<Mbid>(text, ENTITIES[entity], harvest) else {
        return;
    };
    let target = match entity {
        0 => Target::Mbid(mbid),
        1 => Target::Release(mbid),
        2 => Target::ReleaseGroup(mbid),
        _ => Target::Artist(mbid),
    };
    let metrics = [(COUNT, Metric::Listens), (USERS, Metric::Listeners)];
    for ((field, metric), count) in metrics.into_iter().zip(counts) {
        let count = count.filter(|count| !count.is_empty());
        let Some(value) = count.and_then(|count| counted(count, field, harvest)) else {
            continue;
        };
        harvest.figures.push(Figure {
            target,
            metric,
            value,
            at: None,
        });
    }
}

/// A whole number from 0 on.
fn counted(text: &str, field: &str, harvest: &mut Harvest) -> Option<f64> {
    let count = text.parse::<u64>().ok().map(|count| count as f64);
    if count.is_none() {
        let seen = format!("expected a count, found {text:?}");
        harvest.trouble(FindingCode::C003, field, seen);
    }
    count
}

/// Which field of a popularity CSV holds what.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Columns {
    entities: [Option<usize>; 4],
    counts: [Option<usize>; 2],
    fields: usize,
}

impl Columns {
    /// The columns of a popularity CSV, when `header` is its first row.
    pub(super) fn of(header: &[u8]) -> Option<Self> {
        let header = str::from_utf8(header).ok()?.trim_end();
        let names: Vec<&str> = header
            .split(',')
            .map(|name| name.trim_matches('"'))
            .collect();
        let at = |name: &str| names.iter().position(|known| *known == name);
        let columns = Self {
            entities: ENTITIES.map(at),
            counts: [COUNT, USERS].map(at),
            fields: names.len(),
        };
        let holds = columns.counts[0].is_some() && columns.entities.iter().any(Option::is_some);
        holds.then_some(columns)
    }

    pub(super) fn content(&self) -> Option<&'static str> {
        let entity = self.entities.iter().position(Option::is_some)?;
        Some(ENTITIES[entity])
    }

    /// Reads one row. There are no quotes to mind: all fields are ids and
    /// numbers.
    pub(super) fn read(&self, row: &str, harvest: &mut Harvest) {
        let fields: Vec<&str> = row.trim_end().split(',').collect();
        if fields.len() != self.fields {
            let (expected, found) = (self.fields, fields.len());
            return harvest.malformed(format!("expected {expected} fields, found {found}"));
        }
        let field = |at: Option<usize>| at.map(|at| fields[at].trim_matches('"'));
        figures(self.entities.map(field), self.counts.map(field), harvest);
    }
}

#[cfg(test)]
mod tests {
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
        let listen =
            |ids: &str| format!(r#"{{"timestamp":1,"user_id":7,"track_metadata":{{{ids}}}}}"#);
        let mapped = format!(r#""mbid_mapping":{{"recording_mbid":"{MBID}"}}"#);
        let said =
            format!(r#""additional_info":{{"recording_mbid":"{OTHER}","isrc":"GBAYE8100053"}}"#);
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
        let row = format!(
            r#"{{"listened_at":"2021-06-06T19:30:20","user_id":1,"recording_mbid":"{MBID}"}}"#
        );
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
}
