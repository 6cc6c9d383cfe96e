//! Under which licence does the publisher of a format give its data?

use {
    super::Format,
    longplay_model::RightsStatement,
    serde::{Deserialize, Serialize},
};

const CC0: &str = "https://creativecommons.org/publicdomain/zero/1.0/";
const BY_NC_SA: &str = "https://creativecommons.org/licenses/by-nc-sa/3.0/";

/// What a publisher says of data in its own format. It decides nothing: what
/// may leave the archive is said with the source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FormatLicence {
    #[serde(flatten)]
    pub(crate) statement: RightsStatement,
    /// Keys whose values are under another licence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) except: Vec<Exception>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exception {
    pub(crate) fields: Vec<String>,
    #[serde(flatten)]
    pub(crate) statement: RightsStatement,
}

impl Format {
    /// `None` where the format says nothing of who publishes in it.
    pub(crate) fn licence(self) -> Option<FormatLicence> {
        match self {
            Self::MusicbrainzReleases
            | Self::MusicbrainzRecordings
            | Self::MusicbrainzArtists
            | Self::MusicbrainzRedirects => Some(FormatLicence {
                statement: stated(CC0, "core data of MusicBrainz"),
                except: vec![Exception {
                    fields: ["annotation", "genres", "rating", "tags"]
                        .map(str::to_owned)
                        .into(),
                    statement: stated(BY_NC_SA, "supplementary data of MusicBrainz"),
                }],
            }),
            Self::ListenbrainzListens
            | Self::ListenbrainzListensParquet
            | Self::ListenbrainzPopularity
            | Self::ListenbrainzPopularityCsv => Some(plain("data dumps of ListenBrainz")),
            Self::Discogs => Some(plain("data dumps of Discogs")),
            Self::Synthetic
            | Self::TrackRecords
            | Self::AudioFolder
            | Self::Ddex
            | Self::InternetArchiveXml
            | Self::InternetArchiveJson
            | Self::MappedCsv
            | Self::MappedTsv
            | Self::MappedSemicolons
            | Self::MappedBars
            | Self::MappedLines
            | Self::MappedParquet => None,
        }
    }
}

fn plain(basis: &str) -> FormatLicence {
    FormatLicence {
        statement: stated(CC0, basis),
        except: Vec::new(),
    }
}

fn stated(uri: &str, basis: &str) -> RightsStatement {
    RightsStatement {
        uri: uri.parse().expect("a statement of Creative Commons"),
        basis: basis.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    #[test]
    fn a_licence_names_what_it_does_not_cover() {
        let licence = Format::MusicbrainzReleases.licence().unwrap();
        let told = serde_json::to_value(&licence).unwrap();
        assert_eq!(
            told,
            json!({"uri": CC0, "basis": "core data of MusicBrainz", "except": [{
                "fields": ["annotation", "genres", "rating", "tags"],
                "uri": BY_NC_SA, "basis": "supplementary data of MusicBrainz"}]})
        );
        let read: FormatLicence = serde_json::from_value(told).unwrap();
        assert_eq!(read, licence);
    }
}
