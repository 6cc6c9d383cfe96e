//! JSON lines of `TrackRecord` (`docs/format/track-records.md`).

use {
    super::{harvest::Harvest, loose, plain_line},
    longplay_model::TrackRecord,
    serde::de::Error as _,
    serde_json::{Error, Map, Value},
    std::collections::HashSet,
};

pub(super) fn recognises(keys: &HashSet<String>) -> bool {
    ["id", "title", "artists"]
        .iter()
        .any(|key| keys.contains(*key))
}

/// Reads one record; a value that does not hold is left out and told.
pub(super) fn read(document: &str, harvest: &mut Harvest) -> Result<(), Error> {
    let record = match plain_line::record(document) {
        Some(plain) => plain,
        None => match serde_json::from_str::<TrackRecord>(document) {
            Ok(record) => record,
            Err(error) => mend(document, error, harvest)?,
        },
    };
    let record = checked(record, harvest)?;
    harvest.tracks.push(record.into());
    Ok(())
}

fn mend(document: &str, error: Error, harvest: &mut Harvest) -> Result<TrackRecord, Error> {
    let object: Map<String, Value> = serde_json::from_str(document).map_err(|syntax| {
        // What is wrong with JSON itself is the clearer message.
        if syntax.is_data() { error } else { syntax }
    })?;
    loose::record(object, "", harvest)
}

pub(super) fn checked(
    mut record: TrackRecord,
    harvest: &mut Harvest,
) -> Result<TrackRecord, Error> {
    if record.id.is_empty() {
        return Err(Error::custom("`id` is empty"));
    }
    loose::check(&mut record, "", harvest);
    Ok(record)
}

#[cfg(test)]
mod tests {
    use {super::*, crate::row::Sourced, longplay_model::FindingCode};

    fn harvest(line: &str) -> Harvest {
        let mut harvest = Harvest::default();
        if let Err(error) = read(line, &mut harvest) {
            harvest.malformed(error.to_string());
        }
        harvest
    }

    fn record(fields: &str) -> String {
        format!(r#"{{"id":"1","title":"t","artists":[{{"name":"n"}}]{fields}}}"#)
    }

    #[test]
    fn a_bare_record_is_a_track() {
        let read = harvest(&record(""));
        assert_eq!(read.troubles, []);
        let [Sourced { record, .. }] = &read.tracks[..] else {
            panic!("one track");
        };
        assert_eq!(
            (record.title.as_str(), record.artists.to_string()),
            ("t", "n".into())
        );
    }

    #[test]
    fn keys_that_nobody_knows_are_passed_over() {
        let read = harvest(&record(r#","mood":{"deep":[1]}"#));
        assert_eq!((read.tracks.len(), read.troubles.len()), (1, 0));
    }

    #[test]
    fn every_field_can_be_wrong_alone() {
        for (fields, field) in [
            (r#","isrcs":["GBAYE6900531","no"]"#, "isrcs[1]"),
            (r#","isrcs":"GBAYE6900531""#, "isrcs"),
            (r#","release_date":"1969-13""#, "release_date"),
            (r#","gtin":"4006381333932""#, "gtin"),
            (r#","popularity":101"#, "popularity"),
            (r#","popularity":-0.5"#, "popularity"),
            (r#","popularity":"high""#, "popularity"),
            (r#","release_popularity":1e9"#, "release_popularity"),
            (r#","duration_ms":-1"#, "duration_ms"),
            (r#","duration_ms":0"#, "duration_ms"),
            (r#","disc":0"#, "disc"),
            (r#","position":0"#, "position"),
            (r#","explicit":"yes""#, "explicit"),
            (r#","genres":["a",1]"#, "genres[1]"),
            (r#","recording_mbid":"x""#, "recording_mbid"),
            (r#","popularity_at":"soon""#, "popularity_at"),
            (
                r#","release_artists":[{"name":"a","popularity":200}]"#,
                "release_artists[0].popularity",
            ),
            (r#","release_artists":"a""#, "release_artists"),
            (
                r#","rights":{"uri":"https://example.org/","basis":"b"}"#,
                "rights",
            ),
        ] {
            let read = harvest(&record(fields));
            assert_eq!(read.tracks.len(), 1, "{fields}");
            let [trouble] = &read.troubles[..] else {
                panic!("one trouble: {fields} {:?}", read.troubles);
            };
            let code = if field == "rights" {
                FindingCode::C011
            } else {
                FindingCode::C003
            };
            assert_eq!((trouble.code, trouble.field.as_str()), (code, field));
        }
    }

    #[test]
    fn what_is_right_beside_it_stays() {
        let read = harvest(&record(
            r#","isrcs":["x","GBAYE6900531"],"label":"l","disc":"one""#,
        ));
        let record = &read.tracks[0].record;
        assert_eq!(record.isrcs.len(), 1);
        assert_eq!(record.label.as_deref(), Some("l"));
        assert_eq!(read.troubles.len(), 2);
    }

    #[test]
    fn an_artist_keeps_its_name_without_the_rest() {
        let line = r#"{"id":"1","title":"t","artists":[{"name":"n","popularity":"?","id":"a"}]}"#;
        let read = harvest(line);
        assert_eq!(read.troubles[0].field, "artists[0].popularity");
        assert_eq!(read.tracks[0].record.artists.0[0].id.as_deref(), Some("a"));
    }

    #[test]
    fn without_what_is_required_there_is_no_track() {
        for line in [
            "",
            "{",
            "[]",
            "1",
            r#"{"id":"1","title":"t"}"#,
            r#"{"id":1,"title":"t","artists":[]}"#,
            r#"{"id":"","title":"t","artists":[]}"#,
            r#"{"id":"1","title":"t","artists":[{"id":"no name"}]}"#,
            r#"{"id":"1","title":"t","artists":[]} trailing"#,
        ] {
            let read = harvest(line);
            assert_eq!(read.tracks.len(), 0, "{line}");
            assert_eq!(
                read.troubles.last().unwrap().code,
                FindingCode::C001,
                "{line}"
            );
        }
    }
}
