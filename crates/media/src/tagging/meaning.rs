//! Which name of which tag format means what.

use {
    super::fields::Fields,
    crate::{limits, tags::Tags},
};

const TITLE: &[&str] = &["TITLE", "TIT2", "INAM", "NAME"];
const ARTIST: &[&str] = &["ARTIST", "TPE1", "IART", "AUTH"];
const RELEASE: &[&str] = &["ALBUM", "TALB", "IPRD"];
const RELEASE_ARTIST: &[&str] = &["ALBUMARTIST", "ALBUM ARTIST", "TPE2"];
const DATE: &[&str] = &[
    "DATE",
    "TDRC",
    "YEAR",
    "ICRD",
    "TDRL",
    "RELEASEDATE",
    "ORIGINALDATE",
    "TDOR",
];
const DISC: &[&str] = &["DISCNUMBER", "TPOS", "DISC"];
const POSITION: &[&str] = &["TRACKNUMBER", "TRCK", "TRACK", "ITRK", "IPRT"];
const ISRC: &[&str] = &["ISRC", "TSRC"];
const RECORDING: &[&str] = &[
    "MUSICBRAINZ_TRACKID",
    "UFID:HTTP://MUSICBRAINZ.ORG",
    "MUSICBRAINZ TRACK ID",
];
const GENRE: &[&str] = &["GENRE", "TCON", "IGNR"];
const LABEL: &[&str] = &["LABEL", "ORGANIZATION", "TPUB", "PUBLISHER"];
const BARCODE: &[&str] = &["BARCODE", "UPC", "EAN", "EAN/UPN"];
/// The statement may stand under any of them, and in several.
const RIGHTS: &[&str] = &[
    "LICENSE",
    "LICENCE",
    "LICENSEURL",
    "LICENSE_URL",
    "LICENSE URL",
    "WCOP",
    "COPYRIGHT",
    "COPYRIGHTURL",
    "COPYRIGHT_URL",
    "COPYRIGHT URL",
    "RIGHTS",
    "USAGE TERMS",
    "TCOP",
    "ICOP",
    "(C) ",
    "WXXX:LICENSE",
    "WXXX:LICENCE",
    "WXXX:COPYRIGHT",
];

/// Gives the fields their meaning; an earlier tag is believed before a later.
///
/// Several artists of one recording are joined with `; `.
pub(crate) fn understand(tags: &[Fields]) -> Tags {
    Tags {
        title: first(tags, TITLE),
        artist: joined(tags, ARTIST),
        release: first(tags, RELEASE),
        release_artist: joined(tags, RELEASE_ARTIST),
        date: first(tags, DATE),
        disc: first(tags, DISC).and_then(|text| number(&text)),
        position: first(tags, POSITION).and_then(|text| number(&text)),
        isrcs: all(tags, ISRC),
        recording_mbid: first(tags, RECORDING),
        genres: all(tags, GENRE),
        label: first(tags, LABEL),
        barcode: first(tags, BARCODE),
        rights: rights(tags),
    }
}

/// The texts of the first name (in the order of `names`) that has any.
fn texts<'a>(fields: &'a Fields, names: &[&str]) -> Vec<&'a str> {
    let of = |name: &&str| -> Vec<&'a str> {
        let named = fields.iter().filter(|(found, _)| found == name);
        named
            .map(|(_, text)| text.as_str())
            .filter(|text| !text.is_empty())
            .collect()
    };
    names
        .iter()
        .map(of)
        .find(|texts| !texts.is_empty())
        .unwrap_or_default()
}

fn all(tags: &[Fields], names: &[&str]) -> Vec<String> {
    let found = tags.iter().map(|fields| texts(fields, names));
    let texts = found
        .into_iter()
        .find(|texts| !texts.is_empty())
        .unwrap_or_default();
    let mut unique: Vec<String> = Vec::new();
    for text in texts {
        if unique.len() < limits::TAG_ENTRIES && !unique.iter().any(|known| known == text) {
            unique.push(text.to_owned());
        }
    }
    unique
}

fn first(tags: &[Fields], names: &[&str]) -> Option<String> {
    all(tags, names).into_iter().next()
}

fn joined(tags: &[Fields], names: &[&str]) -> Option<String> {
    let texts = all(tags, names);
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// `3` of `3`, `03` and `3/12`; 0 is what taggers write for "not known".
fn number(text: &str) -> Option<u32> {
    let digits = text.split('/').next().unwrap_or_default().trim();
    digits.parse().ok().filter(|number| *number != 0)
}

fn rights(tags: &[Fields]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (name, text) in tags.iter().flatten() {
        let new = !text.is_empty() && !found.iter().any(|(n, t)| n == name && t == text);
        if new && RIGHTS.contains(&name.as_str()) && found.len() < limits::TAG_ENTRIES {
            found.push((name.clone(), text.clone()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs
            .iter()
            .map(|(name, text)| ((*name).into(), (*text).into()))
            .collect()
    }

    #[test]
    fn names_of_every_format_are_understood() {
        for (title, artist, release) in [
            ("TITLE", "ARTIST", "ALBUM"),
            ("TIT2", "TPE1", "TALB"),
            ("INAM", "IART", "IPRD"),
        ] {
            let tags = understand(&[fields(&[(title, "a"), (artist, "b"), (release, "c")])]);
            assert_eq!(tags.title.as_deref(), Some("a"));
            assert_eq!(tags.artist.as_deref(), Some("b"));
            assert_eq!(tags.release.as_deref(), Some("c"));
        }
    }

    #[test]
    fn an_earlier_tag_is_believed_and_a_later_one_fills_in() {
        let tags = understand(&[
            fields(&[("TIT2", "long title"), ("TIT2", "")]),
            fields(&[("TITLE", "long ti"), ("ARTIST", "someone")]),
        ]);
        assert_eq!(tags.title.as_deref(), Some("long title"));
        assert_eq!(tags.artist.as_deref(), Some("someone"));
    }

    #[test]
    fn numbers_come_with_and_without_totals() {
        assert_eq!(number("3/12"), Some(3));
        assert_eq!(number("03"), Some(3));
        assert_eq!(number("A1"), None);
        assert_eq!(number("0"), None);
        assert_eq!(number("99999999999"), None);
    }

    #[test]
    fn rights_keep_the_name_they_stood_under() {
        let tags = understand(&[fields(&[
            ("TCOP", "2019 X"),
            ("WCOP", "https://x"),
            ("TCOP", "2019 X"),
        ])]);
        let expected = [("TCOP", "2019 X"), ("WCOP", "https://x")];
        assert_eq!(tags.rights, fields(&expected));
    }

    #[test]
    fn isrcs_are_kept_once_each() {
        let tags = understand(&[fields(&[
            ("ISRC", "GBAYE6900531"),
            ("ISRC", "GBAYE6900531"),
            ("ISRC", "X"),
        ])]);
        assert_eq!(tags.isrcs, ["GBAYE6900531", "X"]);
    }
}
