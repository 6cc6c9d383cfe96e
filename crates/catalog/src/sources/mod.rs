//! What did a source say, in the words of the catalog?
//!
//! Each format of source records is one file here, behind two functions:
//! `recognises` looks at the keys of a JSON object, `read` turns one document
//! into tracks and tells what was wrong with it.

pub(crate) mod audio;
mod ddex;
mod discogs;
mod harvest;
mod internet_archive;
mod lengths;
mod licence;
mod listenbrainz;
mod loose;
mod mapped;
mod mapped_row;
mod mapped_value;
mod mapping;
mod musicbrainz;
mod plain_line;
mod reader;
mod scalar;
mod track_records;
mod xml;

pub use mapping::{Mapping, MappingError};
pub(crate) use {
    harvest::{ArtistFact, Figure, Harvest, Listen, Trouble},
    internet_archive::item_of,
    licence::FormatLicence,
    loose::is_gtin,
    musicbrainz::schema_of_dump,
    plain_line::record as plain_record,
    reader::{Head, HeadRows, Reader},
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
    /// The same with another kind of document first; each is read as what it
    /// is.
    MusicbrainzRecordings,
    MusicbrainzArtists,
    MusicbrainzRedirects,
    /// One file of a collection a line, written by longplay.
    AudioFolder,
    /// Made up, by a recipe: nothing is kept but the recipe.
    Synthetic,
    /// A dump of Discogs: releases, artists, labels or masters.
    Discogs,
    /// One message of DDEX a file.
    Ddex,
    /// Files of metadata of items of the Internet Archive.
    InternetArchiveXml,
    /// One answer of its metadata API a line or file.
    InternetArchiveJson,
    /// One listen of ListenBrainz a line.
    ListenbrainzListens,
    /// One listen of ListenBrainz a row of Parquet.
    ListenbrainzListensParquet,
    /// How often something was listened to, one object a line.
    ListenbrainzPopularity,
    /// The same as CSV.
    ListenbrainzPopularityCsv,
    /// Any table, by a mapping file: fields are separated by commas, tabs,
    /// semicolons or bars, and may be quoted.
    MappedCsv,
    MappedTsv,
    MappedSemicolons,
    MappedBars,
    /// The same without quotes.
    MappedLines,
    MappedParquet,
}

/// How the bytes of a source fall into documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Splitting {
    /// Each line is one; of many files, each `.json` file.
    Lines,
    /// Each file is one.
    Members,
    /// Each record element of an XML dump.
    Elements,
    /// The files of each item of the Internet Archive together.
    Items,
    /// Each record of a CSV file; its fields are separated by commas, tabs,
    /// semicolons or bars.
    CommaRows,
    TabRows,
    SemicolonRows,
    BarRows,
    /// Each row of Parquet files, as JSON.
    ParquetRows,
    /// The same; who reads all rows gets of each who listened to what when.
    ParquetListens,
}

impl Splitting {
    const ALL: [Self; 10] = [
        Self::Lines,
        Self::Members,
        Self::Elements,
        Self::Items,
        Self::CommaRows,
        Self::TabRows,
        Self::SemicolonRows,
        Self::BarRows,
        Self::ParquetRows,
        Self::ParquetListens,
    ];

    /// Its number in `documents.bin`; never given to another.
    pub(crate) const fn code(self) -> u32 {
        match self {
            Self::Lines => 1,
            Self::Members => 2,
            Self::Elements => 3,
            Self::Items => 4,
            Self::CommaRows => 16,
            Self::TabRows => 17,
            Self::SemicolonRows => 18,
            Self::BarRows => 19,
            Self::ParquetRows => 20,
            Self::ParquetListens => 21,
        }
    }

    /// Whether the files are Parquet, which is not cut.
    pub(crate) const fn is_parquet(self) -> bool {
        matches!(self, Self::ParquetRows | Self::ParquetListens)
    }

    /// The columns that are enough for who reads all rows.
    pub(crate) const fn columns(self) -> Option<&'static [&'static str]> {
        match self {
            Self::ParquetListens => Some(&listenbrainz::COLUMNS),
            _ => None,
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
            Self::TrackRecords | Self::AudioFolder | Self::Synthetic => Splitting::Lines,
            Self::MusicbrainzReleases
            | Self::MusicbrainzRecordings
            | Self::MusicbrainzArtists
            | Self::MusicbrainzRedirects => Splitting::Lines,
            Self::Discogs => Splitting::Elements,
            Self::Ddex => Splitting::Members,
            Self::InternetArchiveXml => Splitting::Items,
            Self::InternetArchiveJson => Splitting::Lines,
            Self::ListenbrainzListens
            | Self::ListenbrainzPopularity
            | Self::ListenbrainzPopularityCsv
            | Self::MappedLines => Splitting::Lines,
            Self::MappedCsv => Splitting::CommaRows,
            Self::MappedTsv => Splitting::TabRows,
            Self::MappedSemicolons => Splitting::SemicolonRows,
            Self::MappedBars => Splitting::BarRows,
            Self::MappedParquet => Splitting::ParquetRows,
            Self::ListenbrainzListensParquet => Splitting::ParquetListens,
        }
    }

    /// Whether a mapping says what the columns mean.
    pub(crate) const fn is_mapped(self) -> bool {
        matches!(
            self,
            Self::MappedCsv
                | Self::MappedTsv
                | Self::MappedSemicolons
                | Self::MappedBars
                | Self::MappedLines
                | Self::MappedParquet
        )
    }

    /// Whether documents are read by what stands at the start of their file.
    pub(crate) const fn has_heads(self) -> bool {
        self.is_mapped() || matches!(self, Self::ListenbrainzPopularityCsv)
    }

    /// Whether somebody else writes documents of JSON in this format, which
    /// their keys tell.
    pub(crate) const fn is_json(self) -> bool {
        matches!(
            self,
            Self::TrackRecords
                | Self::MusicbrainzReleases
                | Self::MusicbrainzRecordings
                | Self::MusicbrainzArtists
                | Self::MusicbrainzRedirects
                | Self::InternetArchiveJson
                | Self::ListenbrainzListens
                | Self::ListenbrainzPopularity
        )
    }

    const fn is_musicbrainz(self) -> bool {
        matches!(
            self,
            Self::MusicbrainzReleases
                | Self::MusicbrainzRecordings
                | Self::MusicbrainzArtists
                | Self::MusicbrainzRedirects
        )
    }

    /// Whether documents of both formats are read in the same way.
    pub(crate) fn reads_as(self, other: Self) -> bool {
        self == other || (self.is_musicbrainz() && other.is_musicbrainz())
    }

    /// Whether the files of the source are Parquet.
    pub(crate) const fn is_parquet(self) -> bool {
        matches!(self, Self::MappedParquet | Self::ListenbrainzListensParquet)
    }

    /// Whether the records tell who did what: they stay dark on any terms.
    pub(crate) const fn names_people(self) -> bool {
        matches!(
            self,
            Self::ListenbrainzListens | Self::ListenbrainzListensParquet
        )
    }

    /// The format of tables of text that a mapping is given for.
    pub(crate) fn mapped(mapping: &Mapping) -> Self {
        match mapping.delimiter() {
            _ if !mapping.has_quotes() => Self::MappedLines,
            b'\t' => Self::MappedTsv,
            b';' => Self::MappedSemicolons,
            b'|' => Self::MappedBars,
            _ => Self::MappedCsv,
        }
    }

    /// The format of Parquet files with these columns.
    pub(crate) fn of_columns(columns: &[String]) -> Self {
        match listenbrainz::recognises_columns(columns) {
            true => Self::ListenbrainzListensParquet,
            false => Self::MappedParquet,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TrackRecords => "track-records",
            Self::MusicbrainzReleases => "musicbrainz-releases",
            Self::MusicbrainzRecordings => "musicbrainz-recordings",
            Self::MusicbrainzArtists => "musicbrainz-artists",
            Self::MusicbrainzRedirects => "musicbrainz-redirects",
            Self::AudioFolder => "audio-folder",
            Self::Synthetic => "synthetic",
            Self::Discogs => "discogs",
            Self::Ddex => "ddex",
            Self::InternetArchiveXml => "internet-archive-xml",
            Self::InternetArchiveJson => "internet-archive-json",
            Self::ListenbrainzListens => "listenbrainz-listens",
            Self::ListenbrainzListensParquet => "listenbrainz-listens-parquet",
            Self::ListenbrainzPopularity => "listenbrainz-popularity",
            Self::ListenbrainzPopularityCsv => "listenbrainz-popularity-csv",
            Self::MappedCsv => "mapped-csv",
            Self::MappedTsv => "mapped-tsv",
            Self::MappedSemicolons => "mapped-semicolons",
            Self::MappedBars => "mapped-bars",
            Self::MappedLines => "mapped-lines",
            Self::MappedParquet => "mapped-parquet",
        }
    }

    /// The format of a document that somebody else wrote, if it has one.
    pub(crate) fn of(document: &[u8]) -> Option<Self> {
        if let Some(root) = xml::root_name(document) {
            return Self::of_root(&root);
        }
        let document = without_mark(document);
        if listenbrainz::Columns::of(document).is_some() {
            return Some(Self::ListenbrainzPopularityCsv);
        }
        let Keys(keys) = serde_json::from_slice(document).ok()?;
        if let Some(kind) = musicbrainz::recognises(&keys) {
            Some(match kind {
                musicbrainz::Kind::Release => Self::MusicbrainzReleases,
                musicbrainz::Kind::Recording => Self::MusicbrainzRecordings,
                musicbrainz::Kind::Artist => Self::MusicbrainzArtists,
                musicbrainz::Kind::Redirect => Self::MusicbrainzRedirects,
            })
        } else if internet_archive::recognises_json(&keys) {
            Some(Self::InternetArchiveJson)
        } else if listenbrainz::recognises_listens(&keys) {
            Some(Self::ListenbrainzListens)
        } else if listenbrainz::recognises_popularity(&keys) {
            Some(Self::ListenbrainzPopularity)
        } else {
            track_records::recognises(&keys).then_some(Self::TrackRecords)
        }
    }

    fn of_root(root: &str) -> Option<Self> {
        match root {
            _ if discogs::recognises(root) => Some(Self::Discogs),
            _ if ddex::recognises(root) => Some(Self::Ddex),
            _ => internet_archive::recognises(root).then_some(Self::InternetArchiveXml),
        }
    }

    /// Whether there are dumps of it of several contents.
    pub(crate) const fn has_contents(self) -> bool {
        matches!(
            self,
            Self::Discogs | Self::ListenbrainzPopularity | Self::ListenbrainzPopularityCsv
        )
    }

    /// What the dump that begins with this line is about.
    pub(crate) fn content(self, line: &[u8]) -> Option<&'static str> {
        match self {
            Self::Discogs => discogs::content(&xml::root_name(line)?),
            Self::ListenbrainzPopularityCsv => listenbrainz::Columns::of(line)?.content(),
            Self::ListenbrainzPopularity => {
                let Keys(keys) = serde_json::from_slice(without_mark(line)).ok()?;
                listenbrainz::content(|key| keys.contains(key))
            }
            _ => None,
        }
    }

    /// Reads one document into `harvest`.
    pub(crate) fn read(self, document: &[u8], harvest: &mut Harvest) {
        let read = match self {
            Self::TrackRecords | Self::Synthetic => json(track_records::read, document, harvest),
            Self::MusicbrainzReleases
            | Self::MusicbrainzRecordings
            | Self::MusicbrainzArtists
            | Self::MusicbrainzRedirects => json(musicbrainz::read, document, harvest),
            Self::AudioFolder => json(audio::read, document, harvest),
            Self::Discogs => discogs::read(document, harvest).map_err(|error| error.seen()),
            Self::Ddex => ddex::read(document, harvest).map_err(|error| error.seen()),
            Self::InternetArchiveXml | Self::InternetArchiveJson => {
                internet_archive::read(document, harvest)
            }
            Self::ListenbrainzListens | Self::ListenbrainzListensParquet => {
                json(listenbrainz::read_listen, document, harvest)
            }
            Self::ListenbrainzPopularity => json(listenbrainz::read_popularity, document, harvest),
            Self::ListenbrainzPopularityCsv
            | Self::MappedCsv
            | Self::MappedTsv
            | Self::MappedSemicolons
            | Self::MappedBars
            | Self::MappedLines
            | Self::MappedParquet => Err("its columns are not known".into()),
        };
        if let Err(seen) = read {
            harvest.malformed(seen);
        }
    }
}

/// Reads a document of JSON; `Err` says what was wrong with the whole of it.
fn json(
    read: fn(&str, &mut Harvest) -> Result<(), serde_json::Error>,
    document: &[u8],
    harvest: &mut Harvest,
) -> Result<(), String> {
    let document = without_mark(document);
    match str::from_utf8(document) {
        Ok(document) => read(document, harvest).map_err(|error| error.to_string()),
        Err(error) => Err(format!("not UTF-8 from byte {} on", error.valid_up_to())),
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
