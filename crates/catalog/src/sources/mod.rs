//! What did a source say, in the words of the catalog?
//!
//! Each format of source records is one file here, behind two functions:
//! `recognises` looks at the keys of a JSON object, `read` turns one document
//! into tracks and tells what was wrong with it.

pub(crate) mod audio;
mod harvest;
mod loose;
mod musicbrainz;
mod track_records;

pub(crate) use {
    harvest::{Harvest, Trouble},
    loose::is_gtin,
};

use {
    serde::{
        Deserialize, Serialize,
        de::{IgnoredAny, MapAccess, Visitor},
    },
    std::{collections::HashSet, fmt},
};

/// The format of a source's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    /// One `TrackRecord` a line.
    TrackRecords,
    /// One release of MusicBrainz a line or file.
    MusicbrainzReleases,
    /// One file of a collection a line, written by longplay.
    AudioFolder,
}

/// How the bytes of a source fall into documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Splitting {
    /// Each line is one; of many files, each `.json` file.
    Lines,
    /// Each file is one.
    Members,
}

impl Splitting {
    const ALL: [Self; 2] = [Self::Lines, Self::Members];

    /// Its number in `documents.bin`; never given to another.
    pub(crate) const fn code(self) -> u32 {
        match self {
            Self::Lines => 1,
            Self::Members => 2,
        }
    }

    pub(crate) fn from_code(code: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }
}

impl Format {
    /// How a source of this format falls into documents.
    pub(crate) const fn splitting(self) -> Splitting {
        match self {
            Self::TrackRecords | Self::MusicbrainzReleases | Self::AudioFolder => Splitting::Lines,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TrackRecords => "track-records",
            Self::MusicbrainzReleases => "musicbrainz-releases",
            Self::AudioFolder => "audio-folder",
        }
    }

    /// The format of a document that somebody else wrote, if it has one.
    pub(crate) fn of(document: &[u8]) -> Option<Self> {
        let Keys(keys) = serde_json::from_slice(without_mark(document)).ok()?;
        if musicbrainz::recognises(&keys) {
            Some(Self::MusicbrainzReleases)
        } else {
            track_records::recognises(&keys).then_some(Self::TrackRecords)
        }
    }

    /// Reads one document into `harvest`.
    pub(crate) fn read(self, document: &[u8], harvest: &mut Harvest) {
        let document = without_mark(document);
        if let Err(error) = str::from_utf8(document) {
            return harvest.malformed(format!("not UTF-8 from byte {} on", error.valid_up_to()));
        }
        let read = match self {
            Self::TrackRecords => track_records::read(document, harvest),
            Self::MusicbrainzReleases => musicbrainz::read(document, harvest),
            Self::AudioFolder => audio::read(document, harvest),
        };
        if let Err(error) = read {
            harvest.malformed(error.to_string());
        }
    }
}

/// A byte-order mark may stand before the first record.
fn without_mark(document: &[u8]) -> &[u8] {
    document.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(document)
}

/// The keys of a JSON object, its values unread.
struct Keys(HashSet<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = HashSet::new();
                while let Some((key, _)) = map.next_entry::<String, IgnoredAny>()? {
                    keys.insert(key);
                }
                Ok(Keys(keys))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use {super::*, longplay_model::FindingCode};

    #[test]
    fn formats_are_told_by_their_keys() {
        for (text, format) in [
            (
                r#"{"id":"1","title":"t","artists":[]}"#,
                Some(Format::TrackRecords),
            ),
            (
                "\u{feff}{\"id\":\"1\",\"title\":\"t\",\"artists\":[]}",
                Some(Format::TrackRecords),
            ),
            (
                r#"{"id":"1","title":"t","media":[],"artist-credit":[]}"#,
                Some(Format::MusicbrainzReleases),
            ),
            (r#"{"description":"d"}"#, None),
            ("[]", None),
            ("{", None),
        ] {
            assert_eq!(Format::of(text.as_bytes()), format, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_malformed() {
        let mut harvest = Harvest::default();
        Format::TrackRecords.read(b"{\"id\":\"\xff\"}", &mut harvest);
        assert_eq!(harvest.troubles[0].code, FindingCode::C001);
        assert_eq!(harvest.troubles[0].seen, "not UTF-8 from byte 7 on");
    }
}
