//! Values that do not hold are taken out of a record; the rest stays.

use {
    super::harvest::Harvest,
    longplay_model::{ArtistCredit, CreditedArtist, FindingCode, Isrc, TrackRecord},
    serde::de::DeserializeOwned,
    serde_json::{Map, Value},
};

/// Fields of which each element is looked at alone.
const LISTS: [&str; 2] = ["isrcs", "genres"];

/// Without these there is no track.
const REQUIRED: [&str; 3] = ["id", "title", "artists"];

/// The record that is left of `object` when every field that cannot be read
/// is taken out; what was taken out is told. `Err` when a required field is
/// among them.
pub(super) fn record(
    mut object: Map<String, Value>,
    prefix: &str,
    harvest: &mut Harvest,
) -> Result<TrackRecord, serde_json::Error> {
    let names: Vec<String> = object.keys().cloned().collect();
    for name in names
        .iter()
        .filter(|name| !REQUIRED.contains(&name.as_str()))
    {
        let value = object.get_mut(name).expect("a name of this object");
        let field = format!("{prefix}{name}");
        let readable = clean(name, value, &field, harvest);
        if !readable {
            object.remove(name);
        }
    }
    if let Some(artists) = object.get_mut("artists") {
        clean_credit(artists, &format!("{prefix}artists"), harvest);
    }
    serde_json::from_value(Value::Object(object))
}

/// Whether `value` can be read as the field `name`; parts that cannot are
/// taken out of it.
fn clean(name: &str, value: &mut Value, field: &str, harvest: &mut Harvest) -> bool {
    if LISTS.contains(&name) {
        clean_list(name, value, field, harvest);
    }
    if name == "release_artists" {
        clean_credit(value, field, harvest);
    }
    match try_alone(name, value) {
        Ok(()) => true,
        Err(error) => {
            let code = match name {
                "rights" => FindingCode::C011,
                _ => FindingCode::C003,
            };
            harvest.trouble(code, field, error.to_string());
            false
        }
    }
}

/// Reads a record that has this one field besides the required ones.
fn try_alone(name: &str, value: &Value) -> Result<(), serde_json::Error> {
    let mut object = Map::new();
    object.insert("id".into(), "".into());
    object.insert("title".into(), "".into());
    object.insert("artists".into(), Value::Array(Vec::new()));
    object.insert(name.into(), value.clone());
    serde_json::from_value::<TrackRecord>(Value::Object(object)).map(drop)
}

fn clean_list(name: &str, value: &mut Value, field: &str, harvest: &mut Harvest) {
    let Value::Array(elements) = value else {
        return;
    };
    let mut number = 0;
    elements.retain(|element| {
        let read = match name {
            "isrcs" => try_as::<Isrc>(element),
            _ => try_as::<String>(element),
        };
        let place = format!("{field}[{number}]");
        number += 1;
        read.map_err(|error| harvest.trouble(FindingCode::C003, place, error.to_string()))
            .is_ok()
    });
}

/// Takes out of each name what is not needed and cannot be read.
fn clean_credit(value: &mut Value, field: &str, harvest: &mut Harvest) {
    let Value::Array(names) = value else {
        return;
    };
    for (number, name) in names.iter_mut().enumerate() {
        let Value::Object(object) = name else {
            continue;
        };
        for key in ["id", "join", "popularity", "followers"] {
            let Some(value) = object.get(key) else {
                continue;
            };
            let alone = serde_json::json!({ "name": "", key: value });
            if let Err(error) = try_as::<CreditedArtist>(&alone) {
                let place = format!("{field}[{number}].{key}");
                harvest.trouble(FindingCode::C003, place, error.to_string());
                object.remove(key);
            }
        }
    }
}

fn try_as<T: DeserializeOwned>(value: &Value) -> Result<(), serde_json::Error> {
    T::deserialize(value).map(drop)
}

/// Takes out values that have the right type and cannot be right.
pub(super) fn check(record: &mut TrackRecord, prefix: &str, harvest: &mut Harvest) {
    let mut refuse = |field: &str, seen: String| {
        harvest.trouble(FindingCode::C003, format!("{prefix}{field}"), seen);
    };
    drop_if(&mut record.popularity, is_no_score, |p| {
        refuse("popularity", format!("expected 0 to 100, found {p}"));
    });
    drop_if(&mut record.release_popularity, is_no_score, |p| {
        refuse(
            "release_popularity",
            format!("expected 0 to 100, found {p}"),
        );
    });
    drop_if(
        &mut record.duration_ms,
        |ms| *ms == 0,
        |_| {
            refuse("duration_ms", "a track of no length".into());
        },
    );
    drop_if(
        &mut record.disc,
        |disc| *disc == 0,
        |_| {
            refuse("disc", "discs are counted from 1".into());
        },
    );
    drop_if(
        &mut record.position,
        |position| *position == 0,
        |_| {
            refuse("position", "positions are counted from 1".into());
        },
    );
    drop_if(
        &mut record.gtin,
        |gtin| !is_gtin(gtin),
        |gtin| {
            refuse(
                "gtin",
                format!("expected 8, 12, 13 or 14 digits with their check digit, found {gtin:?}"),
            );
        },
    );
    check_credit(&mut record.artists, "artists", &mut refuse);
    if let Some(artists) = &mut record.release_artists {
        check_credit(artists, "release_artists", &mut refuse);
    }
}

fn check_credit(credit: &mut ArtistCredit, field: &str, refuse: &mut impl FnMut(&str, String)) {
    for (number, artist) in credit.0.iter_mut().enumerate() {
        drop_if(&mut artist.popularity, is_no_score, |p| {
            let field = format!("{field}[{number}].popularity");
            refuse(&field, format!("expected 0 to 100, found {p}"));
        });
    }
}

fn drop_if<T>(value: &mut Option<T>, is_wrong: impl Fn(&T) -> bool, tell: impl FnOnce(T)) {
    if value.as_ref().is_some_and(is_wrong)
        && let Some(wrong) = value.take()
    {
        tell(wrong);
    }
}

fn is_no_score(value: &f32) -> bool {
    !(0.0..=100.0).contains(value)
}

/// GS1 General Specifications §7.9: mod 10, weights 3 and 1 from the right.
pub(crate) fn is_gtin(text: &str) -> bool {
    let lengths_hold = matches!(text.len(), 8 | 12 | 13 | 14);
    let digits = text
        .bytes()
        .rev()
        .map(|byte| u32::from(byte.wrapping_sub(b'0')));
    let weights = [1, 3].into_iter().cycle();
    lengths_hold
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && digits
            .zip(weights)
            .map(|(digit, weight)| digit * weight)
            .sum::<u32>()
            % 10
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_trade_item_numbers() {
        for good in [
            "4006381333931",
            "96385074",
            "081227970949",
            "10012345678902",
        ] {
            assert!(is_gtin(good), "{good}");
        }
        for bad in ["4006381333932", "", "123", "400638133393x", "４００６３８"] {
            assert!(!is_gtin(bad), "{bad}");
        }
    }
}
