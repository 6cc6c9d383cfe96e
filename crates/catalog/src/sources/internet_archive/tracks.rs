use {
    super::{
        super::{harvest::Harvest, lengths, loose::is_gtin},
        fields::{Fields, Item},
        files::{is_original_audio, stem},
    },
    crate::row::Sourced,
    longplay_model::{
        Access, ArtistCredit, CreditedArtist, FindingCode, Isrc, Mbid, ParseTimeError, PartialDate,
        RightsStatement, RightsUri, TrackRecord,
    },
};

/// Reads the original audio files of an item as its tracks.
pub(super) fn read(item: &Item, harvest: &mut Harvest) {
    let metadata = &item.metadata;
    let Some(identifier) = metadata.first("identifier") else {
        return harvest.malformed(match (&item.files, metadata == &Fields::default()) {
            (Some(_), true) => "a list of files without its item",
            (None, true) if item.is_foreign => "expected the metadata of an item",
            _ => "an item without identifier",
        });
    };
    let Some(files) = &item.files else {
        if metadata.first("mediatype") != Some("collection") {
            harvest.trouble(FindingCode::C003, "files", "no list of its files");
        }
        return;
    };
    let tracks: Vec<&Fields> = files
        .iter()
        .filter(|file| is_original_audio(file))
        .collect();
    let common = common(identifier, metadata, harvest);
    let access = access(metadata, &common);
    let is_alone = tracks.len() == 1;
    for file in tracks {
        let mut record = track(&common, file, metadata, harvest);
        if is_alone {
            title_of_item(&mut record, file, metadata);
        }
        harvest.tracks.push(Sourced {
            access,
            ..record.into()
        });
    }
}

/// Of an item that is one track, the item's title and downloads are its own.
fn title_of_item(record: &mut TrackRecord, file: &Fields, metadata: &Fields) {
    if let (None, Some(title)) = (file.first("title"), metadata.first("title")) {
        record.title = title.into();
    }
    record.listens = metadata.first("downloads").and_then(|it| it.parse().ok());
}

/// What all tracks of an item share.
fn common(identifier: &str, metadata: &Fields, harvest: &mut Harvest) -> TrackRecord {
    let artists = credit(metadata.all("creator"));
    TrackRecord {
        id: String::new(),
        title: String::new(),
        release_artists: Some(artists.clone()).filter(|artists| !artists.0.is_empty()),
        artists,
        recording_mbid: None,
        isrcs: Vec::new(),
        duration_ms: None,
        release_id: Some(identifier.into()),
        release: metadata.first("title").map(str::to_owned),
        release_date: date(metadata, harvest),
        gtin: gtin(metadata, harvest),
        label: metadata.first("publisher").map(str::to_owned),
        disc: None,
        position: None,
        genres: genres(metadata),
        language: metadata.first("language").map(str::to_owned),
        explicit: None,
        popularity: None,
        listens: None,
        popularity_at: None,
        release_popularity: None,
        rights: rights(metadata, harvest),
        synthetic: false,
    }
}

fn track(
    common: &TrackRecord,
    file: &Fields,
    metadata: &Fields,
    harvest: &mut Harvest,
) -> TrackRecord {
    let name = file.first("name").unwrap_or_default();
    let mut genres = common.genres.clone();
    let own = file
        .all("genre")
        .iter()
        .filter(|genre| !common.genres.contains(genre));
    genres.extend(own.cloned());
    TrackRecord {
        id: format!(
            "{}/{name}",
            common.release_id.as_deref().unwrap_or_default()
        ),
        title: file.first("title").unwrap_or_else(|| stem(name)).into(),
        artists: artists(file, metadata, &common.artists),
        recording_mbid: identifiers(file, "urn:mb_recording_id:")
            .find_map(|id| id.parse::<Mbid>().ok()),
        isrcs: isrcs(file, name, harvest),
        duration_ms: length(file, name, harvest),
        release: common
            .release
            .clone()
            .or_else(|| file.first("album").map(str::to_owned)),
        disc: number(file.first("disc")),
        position: number(file.first("track")),
        genres,
        ..common.clone()
    }
}

/// The artist of the file. The Archive writes all creators of the item into
/// its files, with semicolons between: then they are those of the item.
fn artists(file: &Fields, metadata: &Fields, of_item: &ArtistCredit) -> ArtistCredit {
    let together = metadata.all("creator").join(";");
    match file.first("artist").or_else(|| file.first("creator")) {
        Some(name) if name != together => credit(&[name.to_owned()]),
        _ => of_item.clone(),
    }
}

/// Names in the order of the item. It says nothing of what stands between
/// them, so commas do; a name is never split.
fn credit(names: &[String]) -> ArtistCredit {
    let last = names.len().saturating_sub(1);
    let credited = |(at, name): (usize, &String)| CreditedArtist {
        name: name.clone(),
        id: None,
        join: if at == last { "" } else { ", " }.into(),
        popularity: None,
        followers: None,
    };
    ArtistCredit(names.iter().enumerate().map(credited).collect())
}

/// `1977-05-08T00:00:00Z`, `1977-05-00`, `[1977]`: the part that is a date.
fn date(metadata: &Fields, harvest: &mut Harvest) -> Option<PartialDate> {
    let (name, text) = ["date", "year"]
        .into_iter()
        .find_map(|name| Some((name, metadata.first(name)?)))?;
    let known = text.trim_start_matches('[').trim_end_matches(']');
    let known = known.split(['T', ' ']).next().unwrap_or_default();
    let known = known.strip_suffix("-00").unwrap_or(known);
    let known = known.strip_suffix("-00").unwrap_or(known);
    let refused = |error: ParseTimeError| {
        harvest.trouble(FindingCode::C003, name, error.to_string());
    };
    known.parse().map_err(refused).ok()
}

/// Subjects stand one a field, or all in one with semicolons between.
fn genres(metadata: &Fields) -> Vec<String> {
    let texts = metadata.all("subject").iter();
    let mut genres: Vec<String> = Vec::new();
    for genre in texts.flat_map(|text| text.split(';')).map(str::trim) {
        if !genre.is_empty() && !genres.iter().any(|known| known == genre) {
            genres.push(genre.into());
        }
    }
    genres
}

fn rights(metadata: &Fields, harvest: &mut Harvest) -> Option<RightsStatement> {
    let texts = metadata.all("licenseurl");
    let statements: Vec<_> = texts.iter().map(|text| statement(text)).collect();
    let refused = statements.iter().find_map(|read| read.as_ref().err());
    let found = statements.iter().find_map(|read| read.as_ref().ok());
    if let (None, Some(error)) = (found, refused) {
        harvest.trouble(FindingCode::C011, "licenseurl", error.to_string());
    }
    found.map(|uri| RightsStatement {
        uri: uri.clone(),
        basis: "licenseurl of the item".into(),
    })
}

/// Uploaders write addresses in capitals and without their scheme.
fn statement(text: &str) -> Result<RightsUri, longplay_model::ParseRightsError> {
    text.parse().or_else(|error| {
        let lower = text.to_ascii_lowercase();
        let bare = lower.split_once("://").map_or(&*lower, |(_, bare)| bare);
        let bare = bare.trim_start_matches('/');
        format!("https://{bare}").parse().map_err(|_| error)
    })
}

/// Dark where the item restricts access, or where it states a licence that
/// nobody understands.
fn access(metadata: &Fields, common: &TrackRecord) -> Option<Access> {
    let is_restricted = metadata.first("access-restricted-item") == Some("true");
    let is_unclear = common.rights.is_none() && !metadata.all("licenseurl").is_empty();
    (is_restricted || is_unclear).then_some(Access::Dark)
}

/// What follows `prefix` in the outside identifiers.
fn identifiers<'f>(fields: &'f Fields, prefix: &str) -> impl Iterator<Item = &'f str> {
    let texts = fields.all("external-identifier").iter();
    texts.filter_map(move |text| text.strip_prefix(prefix))
}

/// The first that is a trade item number; where none is, the first is told.
fn gtin(metadata: &Fields, harvest: &mut Harvest) -> Option<String> {
    let found = identifiers(metadata, "urn:upc:").find(|code| is_gtin(code));
    if let (None, Some(first)) = (found, identifiers(metadata, "urn:upc:").next()) {
        let seen = format!("expected a GTIN with its check digit, found {first:?}");
        harvest.trouble(FindingCode::C003, "urn:upc", seen);
    }
    found.map(str::to_owned)
}

fn isrcs(file: &Fields, name: &str, harvest: &mut Harvest) -> Vec<Isrc> {
    let mut isrcs = Vec::new();
    for code in identifiers(file, "urn:isrc:") {
        match code.parse::<Isrc>() {
            Ok(isrc) if !isrcs.contains(&isrc) => isrcs.push(isrc),
            Ok(_) => {}
            Err(error) => {
                harvest.trouble(
                    FindingCode::C003,
                    format!("{name}, isrc"),
                    error.to_string(),
                );
            }
        }
    }
    isrcs
}

/// `225.1` or `3:45`; a length of nothing is an unknown one.
fn length(file: &Fields, name: &str, harvest: &mut Harvest) -> Option<u32> {
    let text = file.first("length")?;
    let length = lengths::clock(text).or_else(|| lengths::seconds(text));
    if length.is_none() {
        let seen = format!("expected a length such as 225.1 or 3:45, found {text:?}");
        harvest.trouble(FindingCode::C003, format!("{name}, length"), seen);
    }
    length.filter(|length| *length > 0)
}

/// `3`, `03` or `3/12`, counted from 1.
fn number(text: Option<&str>) -> Option<u32> {
    let first = text?.split('/').next()?.trim();
    let number = first.parse::<u32>().ok().filter(|_| first.len() <= 4)?;
    Some(number).filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::default();
        pairs.iter().for_each(|(name, text)| fields.add(name, text));
        fields
    }

    fn harvest(metadata: &[(&str, &str)], files: &[&[(&str, &str)]]) -> Harvest {
        let mut harvest = Harvest::default();
        let metadata = [&[("identifier", "gd77")], metadata].concat();
        let item = Item {
            metadata: fields(&metadata),
            files: Some(files.iter().map(|file| fields(file)).collect()),
            is_foreign: false,
        };
        read(&item, &mut harvest);
        harvest
    }

    fn told(harvest: &Harvest) -> Vec<String> {
        let troubles = harvest.troubles.iter();
        troubles
            .map(|it| format!("{} {}: {}", it.code, it.field, it.seen))
            .collect()
    }

    #[test]
    fn a_track_holds_what_its_item_and_its_file_say() {
        let read = harvest(
            &[
                ("title", "Live at Barton Hall"),
                ("creator", "Grateful Dead"),
                ("creator", "Guest"),
                ("date", "1977-05-08T00:00:00Z"),
                ("subject", "rock; live"),
                ("subject", "live"),
                ("language", "eng"),
                ("publisher", "Nobody"),
                ("external-identifier", "urn:upc:4006381333931"),
                (
                    "licenseurl",
                    "http://creativecommons.org/licenses/by-nc-sa/3.0/us",
                ),
                ("downloads", "7"),
            ],
            &[
                &[
                    ("name", "d1/01.flac"),
                    ("source", "original"),
                    ("title", "Minglewood"),
                    ("track", "01/12"),
                    ("disc", "1"),
                    ("length", "3:45"),
                    ("genre", "jam"),
                    ("creator", "Grateful Dead;Guest"),
                    (
                        "external-identifier",
                        "urn:mb_recording_id:b1a9c0e9-d987-4042-ae91-78d6a3267d69",
                    ),
                    ("external-identifier", "urn:isrc:USWB10202616"),
                ],
                &[
                    ("name", "d1/02 Loser.flac"),
                    ("artist", "Dead"),
                    ("length", "225.1"),
                ],
                &[("name", "d1/01.mp3"), ("source", "derivative")],
                &[("name", "cover.jpg"), ("source", "original")],
            ],
        );
        assert_eq!(told(&read), [""; 0]);
        let [one, two] = &read.tracks[..] else {
            panic!("{:?}", read.tracks);
        };
        let record = &one.record;
        assert_eq!(
            (record.id.as_str(), record.title.as_str()),
            ("gd77/d1/01.flac", "Minglewood")
        );
        assert_eq!(record.artists.to_string(), "Grateful Dead, Guest");
        assert_eq!((record.disc, record.position), (Some(1), Some(1)));
        assert_eq!((record.duration_ms, record.listens), (Some(225_000), None));
        assert_eq!(record.genres, ["rock", "live", "jam"]);
        assert_eq!(record.release_date.unwrap().to_string(), "1977-05-08");
        assert_eq!(record.release_id.as_deref(), Some("gd77"));
        assert_eq!(record.release.as_deref(), Some("Live at Barton Hall"));
        assert_eq!(record.gtin.as_deref(), Some("4006381333931"));
        assert_eq!(record.isrcs[0].as_str(), "USWB10202616");
        assert!(record.recording_mbid.is_some());
        let rights = record.rights.as_ref().unwrap();
        assert_eq!(
            rights.uri.as_str(),
            "https://creativecommons.org/licenses/by-nc-sa/3.0/us/"
        );
        assert_eq!(
            (one.access, rights.basis.as_str()),
            (None, "licenseurl of the item")
        );
        assert_eq!(
            (two.record.title.as_str(), two.record.duration_ms),
            ("02 Loser", Some(225_100))
        );
        assert_eq!(two.record.artists.to_string(), "Dead");
    }

    #[test]
    fn an_item_of_one_track_lends_its_title() {
        let read = harvest(
            &[("title", "Speech"), ("downloads", "41")],
            &[&[("name", "x01.mp3")]],
        );
        let record = &read.tracks[0].record;
        assert_eq!(
            (record.title.as_str(), record.listens),
            ("Speech", Some(41))
        );
        assert_eq!((&record.rights, read.tracks[0].access), (&None, None));
    }

    #[test]
    fn licences_are_understood_in_many_spellings() {
        for (text, uri) in [
            (
                "http://creativecommons.org/publicdomain/zero/1.0/",
                "publicdomain/zero/1.0/",
            ),
            (
                "https://creativecommons.org/publicdomain/mark/1.0",
                "publicdomain/mark/1.0/",
            ),
            (
                "http://www.creativecommons.org/licenses/by/3.0/",
                "licenses/by/3.0/",
            ),
            (
                "HTTP://CreativeCommons.org/licenses/BY-SA/4.0/deed.en",
                "licenses/by-sa/4.0/",
            ),
            ("creativecommons.org/licenses/by/4.0/", "licenses/by/4.0/"),
            ("//creativecommons.org/licenses/by/4.0", "licenses/by/4.0/"),
        ] {
            let read = statement(text).unwrap();
            assert_eq!(read.as_str(), format!("https://creativecommons.org/{uri}"));
        }
    }

    #[test]
    fn what_nobody_may_open_stays_dark() {
        let file: &[(&str, &str)] = &[("name", "a.mp3")];
        let unclear = harvest(&[("licenseurl", "see my page")], &[file]);
        assert_eq!(unclear.tracks[0].access, Some(Access::Dark));
        assert_eq!(unclear.tracks[0].record.rights, None);
        assert_eq!(
            told(&unclear),
            [
                "C011 licenseurl: expected a rightsstatements.org or Creative Commons URI, found \"see my page\""
            ]
        );
        let lent = [
            ("access-restricted-item", "true"),
            ("licenseurl", "https://creativecommons.org/licenses/by/4.0/"),
        ];
        assert_eq!(harvest(&lent, &[file]).tracks[0].access, Some(Access::Dark));
    }

    #[test]
    fn what_does_not_hold_is_told_and_left_out() {
        let read = harvest(
            &[("date", "197?")],
            &[&[
                ("name", "a.mp3"),
                ("length", "long"),
                ("external-identifier", "urn:isrc:x"),
                ("track", "A1"),
            ]],
        );
        assert_eq!(
            told(&read),
            [
                "C003 date: expected a date such as 1969, 1969-09 or 1969-09-26, found \"197?\"",
                "C003 a.mp3, isrc: expected an ISRC such as GBAYE6900531, found \"x\"",
                "C003 a.mp3, length: expected a length such as 225.1 or 3:45, found \"long\"",
            ]
        );
        assert_eq!(read.tracks[0].record.position, None);
    }

    #[test]
    fn dates_keep_what_is_known() {
        for (text, shown) in [
            ("1977", "1977"),
            ("[1977]", "1977"),
            ("1977-05-00", "1977-05"),
            ("1977-00-00", "1977"),
            ("1977-05-08 20:00:00", "1977-05-08"),
        ] {
            let read = date(&fields(&[("date", text)]), &mut Harvest::default());
            assert_eq!(read.unwrap().to_string(), shown);
        }
    }

    #[test]
    fn items_without_files_are_told() {
        let item = |kind: &str| {
            let mut harvest = Harvest::default();
            let item = Item {
                metadata: fields(&[("identifier", "x"), ("mediatype", kind)]),
                ..Item::default()
            };
            read(&item, &mut harvest);
            told(&harvest)
        };
        assert_eq!(item("audio"), ["C003 files: no list of its files"]);
        assert_eq!(item("collection"), [""; 0]);
        assert_eq!(told(&harvest(&[], &[])), [""; 0]);
    }
}
