//! The keys of MusicBrainz's JSON that are read; all others are passed over.

use {
    longplay_model::Mbid,
    serde::{Deserialize, Deserializer, de::IgnoredAny},
    serde_json::{Value, value::RawValue},
};

/// A document of any kind; which, its keys tell.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Entity<'a> {
    pub(super) redirect: Option<Redirect>,
    #[serde(default)]
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) name: Option<String>,
    pub(super) sort_name: Option<IgnoredAny>,
    /// Whatever has a type tells this, be it null; of artists their gender too.
    #[serde(default, deserialize_with = "told")]
    pub(super) type_id: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "told")]
    pub(super) gender: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) artist_credit: Vec<Credit>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) date: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) barcode: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) label_info: Vec<LabelInfo>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) text_representation: TextRepresentation,
    /// Null is a release without media; a document without the key is none.
    #[serde(borrow, default, deserialize_with = "told")]
    pub(super) media: Option<Option<Vec<Medium<'a>>>>,
    pub(super) length: Option<u32>,
    /// All recordings tell it, be it null; a document without the key is none.
    #[serde(default, deserialize_with = "told")]
    pub(super) video: Option<IgnoredAny>,
    /// Codes in dumps; objects with an `id` in older answers of the service.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) isrcs: Vec<Value>,
    /// Not under an open licence: read when it is asked for.
    #[serde(borrow)]
    pub(super) genres: Option<&'a RawValue>,
}

/// A recording that was merged into another.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redirect {
    pub(super) from: Mbid,
    pub(super) to: Mbid,
}

#[derive(Deserialize)]
pub(super) struct Credit {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) joinphrase: String,
    pub(super) artist: Option<Named>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct LabelInfo {
    pub(super) label: Option<Named>,
}

#[derive(Deserialize, Default)]
pub(super) struct TextRepresentation {
    pub(super) language: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Medium<'a> {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) position: u32,
    #[serde(borrow)]
    pub(super) pregap: Option<Track<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) tracks: Vec<Track<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) data_tracks: Vec<Track<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Track<'a> {
    pub(super) id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) title: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) position: u32,
    pub(super) length: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) artist_credit: Vec<Credit>,
    #[serde(borrow)]
    pub(super) recording: Option<Recording<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Recording<'a> {
    pub(super) id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) title: String,
    pub(super) length: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) artist_credit: Vec<Credit>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) isrcs: Vec<Value>,
    #[serde(borrow)]
    pub(super) genres: Option<&'a RawValue>,
}

/// MusicBrainz writes null for what it does not know.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Tells null from absence.
fn told<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
