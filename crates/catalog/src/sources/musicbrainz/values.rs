use {
    super::{
        super::{harvest::Harvest, loose::is_gtin},
        entity::{Credit, Named},
    },
    longplay_model::{ArtistCredit, CreditedArtist, FindingCode, Isrc, PartialDate},
    serde_json::{Value, value::RawValue},
    std::str::FromStr,
};

/// The names of a credit, in order and as printed.
pub(super) fn credit(names: &[Credit]) -> ArtistCredit {
    let credited = |credit: &Credit| CreditedArtist {
        name: credit.name.clone(),
        id: credit
            .artist
            .as_ref()
            .map(|artist| artist.id.clone())
            .filter(|id| !id.is_empty()),
        join: credit.joinphrase.clone(),
        popularity: None,
        followers: None,
    };
    ArtistCredit(names.iter().map(credited).collect())
}

/// The codes of a recording, each once.
pub(super) fn isrcs(values: &[Value], field: &str, harvest: &mut Harvest) -> Vec<Isrc> {
    let texts = values.iter().map(|value| value.get("id").unwrap_or(value));
    let mut isrcs: Vec<Isrc> = texts
        .filter_map(|value| parsed(value.as_str().unwrap_or_default(), field, harvest))
        .collect();
    isrcs.sort_unstable();
    isrcs.dedup();
    isrcs
}

/// The value of a text; an empty one is absent, a wrong one absent and told.
pub(super) fn parsed<T: FromStr<Err: ToString>>(
    text: &str,
    field: &str,
    harvest: &mut Harvest,
) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    let refused = |error: T::Err| harvest.trouble(FindingCode::C003, field, error.to_string());
    text.parse().map_err(refused).ok()
}

/// What is known of a date: parts that are zeros or question marks, and those
/// behind them, are not.
pub(super) fn date(text: &str, field: &str, harvest: &mut Harvest) -> Option<PartialDate> {
    let is_unknown = |part: &&str| matches!(part.as_bytes(), [first @ (b'0' | b'?'), rest @ ..] if rest.iter().all(|b| b == first));
    let known: Vec<&str> = text
        .split('-')
        .take_while(|part| !is_unknown(part))
        .collect();
    parsed(&known.join("-"), field, harvest)
}

/// Barcodes of MusicBrainz are as printed; those that are no GTIN are told.
pub(super) fn gtin(barcode: &str, harvest: &mut Harvest) -> Option<String> {
    if !barcode.is_empty() && !is_gtin(barcode) {
        let seen = format!("expected a GTIN with its check digit, found {barcode:?}");
        harvest.trouble(FindingCode::C003, "barcode", seen);
    }
    Some(barcode.to_owned()).filter(|barcode| is_gtin(barcode))
}

/// The names of genres, where they are asked for.
pub(super) fn genres(genres: Option<&RawValue>, field: &str, harvest: &mut Harvest) -> Vec<String> {
    let asked = genres.filter(|_| harvest.restricted_fields);
    let Some(text) = asked.map(RawValue::get) else {
        return Vec::new();
    };
    match serde_json::from_str::<Option<Vec<Named>>>(text) {
        Ok(found) => found
            .into_iter()
            .flatten()
            .map(|genre| genre.name)
            .collect(),
        Err(error) => {
            harvest.trouble(FindingCode::C003, field, error.to_string());
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_date_stays() {
        for (text, known) in [
            ("1969", "1969"),
            ("1969-05", "1969-05"),
            ("1969-05-00", "1969-05"),
            ("1969-00-00", "1969"),
            ("1969-??-26", "1969"),
            ("1969-05-??", "1969-05"),
        ] {
            let mut harvest = Harvest::default();
            let found = date(text, "date", &mut harvest).unwrap();
            assert_eq!(found.to_string(), known, "{text}");
            assert_eq!(harvest.troubles, []);
        }
        for nothing in ["", "0000-00-00", "????-12-25"] {
            let mut harvest = Harvest::default();
            assert_eq!(date(nothing, "date", &mut harvest), None);
            assert_eq!(harvest.troubles, []);
        }
        let mut harvest = Harvest::default();
        assert_eq!(date("1969-13", "date", &mut harvest), None);
        assert_eq!(harvest.troubles[0].code, FindingCode::C003);
    }
}
