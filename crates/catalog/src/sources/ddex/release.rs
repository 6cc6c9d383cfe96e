use {
    super::{
        super::{harvest::Harvest, loose::is_gtin, xml::Element},
        credit::credit,
        parties::Parties,
        scope::Scope,
        titles::title,
    },
    longplay_model::{
        FindingCode, ParseTimeError, PartialDate, RightsStatement, RightsUri, TrackRecord,
    },
};

/// The release that a message is about: the one that is marked, then the
/// first that is more than a track, then the first.
pub(super) fn main_release<'t>(message: Element<'t>, harvest: &mut Harvest) -> Option<Element<'t>> {
    let lists = message.child("ReleaseList");
    let listed: Vec<Element> = lists
        .iter()
        .flat_map(|list| list.children())
        .filter(|it| matches!(it.name(), "Release" | "TrackRelease"))
        .collect();
    let is_marked = |it: &&Element| it.attribute("IsMainRelease") == Some("true");
    let marked = listed.iter().find(is_marked);
    let whole: Vec<&Element> = listed.iter().filter(|it| !is_track(**it)).collect();
    if marked.is_none() && whole.len() > 1 {
        let seen = format!(
            "{} releases and none is marked as the main one",
            whole.len()
        );
        harvest.trouble(FindingCode::C003, "ReleaseList", seen);
    }
    marked
        .or_else(|| whole.first().copied())
        .or_else(|| listed.first())
        .copied()
}

fn is_track(release: Element) -> bool {
    release.name() == "TrackRelease"
        || Scope::new(release)
            .all("ReleaseType")
            .iter()
            .any(|kind| kind.text() == "TrackRelease")
}

/// What all tracks of a release share. `id` is the one that it goes by.
pub(super) fn common(
    release: Scope,
    id: &str,
    parties: &Parties,
    harvest: &mut Harvest,
) -> TrackRecord {
    let artists = credit(release, parties, "", harvest);
    TrackRecord {
        id: id.into(),
        title: String::new(),
        release_artists: Some(artists.clone()).filter(|artists| !artists.0.is_empty()),
        artists,
        recording_mbid: None,
        isrcs: Vec::new(),
        duration_ms: None,
        release_id: Some(id.into()),
        release: title(release),
        release_date: date(release, harvest),
        gtin: gtin(release.element(), harvest),
        label: label(release, parties),
        disc: None,
        position: None,
        genres: genres(release),
        language: None,
        explicit: explicit(release).filter(|is_explicit| !is_explicit),
        popularity: None,
        listens: None,
        popularity_at: None,
        release_popularity: None,
        rights: p_line(release),
        synthetic: false,
    }
}

/// The day of this release, otherwise that of the first one of its content.
fn date(release: Scope, harvest: &mut Harvest) -> Option<PartialDate> {
    let names = [
        "ReleaseDate",
        "GlobalReleaseDate",
        "OriginalReleaseDate",
        "GlobalOriginalReleaseDate",
    ];
    let (name, text) = names
        .into_iter()
        .find_map(|name| Some((name, release.value(name)?)))?;
    let refused = |error: ParseTimeError| {
        harvest.trouble(FindingCode::C003, name, error.to_string());
    };
    day(text).parse().map_err(refused).ok()
}

/// A date without its time and its zone.
fn day(text: &str) -> &str {
    let text = text.split('T').next().unwrap_or(text);
    let text = text.trim_end_matches('Z');
    match text.split_once('+') {
        Some((day, _)) => day,
        // `-05:00` behind a date.
        None if text.ends_with(":00") || text.ends_with(":30") => {
            text.rsplit_once('-').map_or(text, |(day, _)| day)
        }
        None => text,
    }
}

fn gtin(release: Element, harvest: &mut Harvest) -> Option<String> {
    let ids = release.all("ReleaseId");
    let codes: Vec<&str> = ids.flat_map(|ids| ids.values("ICPN")).collect();
    let found = codes.iter().find(|code| is_gtin(code));
    if let (None, Some(first)) = (found, codes.first()) {
        let seen = format!("expected a GTIN with its check digit, found {first:?}");
        harvest.trouble(FindingCode::C003, "ICPN", seen);
    }
    found.map(|code| (*code).to_owned())
}

fn label(release: Scope, parties: &Parties) -> Option<String> {
    let named = release.value("LabelName").map(str::to_owned);
    named.or_else(|| {
        let reference = release.value("ReleaseLabelReference")?;
        Some(parties.get(reference)?.name.clone())
    })
}

pub(super) fn genres(scope: Scope) -> Vec<String> {
    let elements = ["Genre", "DisplayGenre"].map(|name| scope.all(name));
    let mut genres: Vec<String> = Vec::new();
    for genre in elements.into_iter().flatten() {
        for text in genre.values("GenreText").chain(genre.values("SubGenre")) {
            if !genres.iter().any(|known| known == text) {
                genres.push(text.into());
            }
        }
    }
    genres
}

/// Whether listeners are warned; an edited version is one without a warning.
pub(super) fn explicit(scope: Scope) -> Option<bool> {
    match scope.value("ParentalWarningType")? {
        "Explicit" => Some(true),
        "NotExplicit" | "ExplicitContentEdited" => Some(false),
        _ => None,
    }
}

/// A ℗ line says who holds rights in the recording, and so that there are
/// some. It never says that anything is open.
pub(super) fn p_line(scope: Scope) -> Option<RightsStatement> {
    let text = scope.child("PLine")?.value("PLineText")?;
    let uri: RightsUri = "http://rightsstatements.org/vocab/InC/1.0/"
        .parse()
        .expect("the canonical spelling of a statement");
    Some(RightsStatement {
        uri,
        basis: format!("P line of the message: {text}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_lose_time_and_zone() {
        for (text, shown) in [
            ("2019-05-03", "2019-05-03"),
            ("2019-05-03T10:00:00+02:00", "2019-05-03"),
            ("2019-05-03Z", "2019-05-03"),
            ("2019-05-03+02:00", "2019-05-03"),
            ("2019-05-03-05:00", "2019-05-03"),
            ("2019-05", "2019-05"),
            ("2019", "2019"),
        ] {
            assert_eq!(day(text), shown);
        }
    }
}
