//! ListenBrainz: listens, and how often things were listened to
//! (`docs/format/listenbrainz.md`).

#[cfg(test)]
mod tests;

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
