use {
    crate::{Isrc, Mbid, PartialDate, RightsStatement, Timestamp},
    serde::{Deserialize, Serialize},
    std::fmt,
};

/// A track as a source tells it: one line of a JSON lines file.
///
/// Only `id`, `title` and `artists` are required. The schema is documented in
/// `docs/format/track-records.md`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TrackRecord {
    /// The source's own id of the track; unique within the source.
    pub id: String,
    pub title: String,
    pub artists: ArtistCredit,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_mbid: Option<Mbid>,
    /// Many-to-many: a track has none, one or several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub isrcs: Vec<Isrc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
    /// The source's id of the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_artists: Option<ArtistCredit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_date: Option<PartialDate>,
    /// Global Trade Item Number of the release: 8, 12, 13 or 14 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Number of the medium, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disc: Option<u32>,
    /// Position on the medium, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explicit: Option<bool>,
    /// 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub popularity: Option<f32>,
    /// Listens counted by the source, in its own period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listens: Option<u64>,
    /// When popularity and listens were taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub popularity_at: Option<Timestamp>,
    /// 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_popularity: Option<f32>,
    /// Rights in the audio; rights in the record itself come with the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<RightsStatement>,
    /// Made up, and marked as such everywhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub synthetic: bool,
}

/// The artists as printed: an ordered list that is never split from a string.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArtistCredit(pub Vec<CreditedArtist>);

/// One name of an artist credit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreditedArtist {
    /// The name as credited here.
    pub name: String,
    /// The source's id of the artist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What stands between this name and the next: ` & `, ` feat. `.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub join: String,
    /// 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub popularity: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
}

impl ArtistCredit {
    /// A credit of one name as it stands.
    pub fn single(name: impl Into<String>) -> Self {
        Self(vec![CreditedArtist {
            name: name.into(),
            id: None,
            join: String::new(),
            popularity: None,
            followers: None,
        }])
    }
}

impl fmt::Display for ArtistCredit {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|artist| write!(f, "{}{}", artist.name, artist.join))
    }
}
