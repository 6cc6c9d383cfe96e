use {
    crate::{Access, Codec, Digest, Form, How, Isrc, RecordingId, RightsStatement, TrackId},
    serde::{Deserialize, Serialize},
};

/// The archive's word that it holds a blob of a recording: written to the
/// journal once the blob is durable in staging, never before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub track: TrackId,
    pub recording: RecordingId,
    pub how: How,
    /// Place in the plan: packs follow it.
    pub order: u64,
    pub form: Form,
    /// The blob that is kept.
    pub blob: Digest,
    pub bytes: u64,
    pub codec: Codec,
    pub duration_ms: u32,
    pub sample_rate_hz: u32,
    pub channels: u16,
    /// Mean bit rate of the kept blob.
    pub bit_rate: u32,
    /// The file as received: path relative to the collection, and digest.
    pub source_path: String,
    pub source: Digest,
    /// 0 where it is not known: the receipt was made again from a pack that
    /// holds another form.
    pub source_bytes: u64,
    /// Encoder and version, where the form was made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<String>,
    pub title: String,
    pub artist: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_artist: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disc: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub isrcs: Vec<Isrc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<Cover>,
    /// Chromaprint fingerprint, compressed, URL-safe Base64 without padding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<RightsStatement>,
    pub access: Access,
}

/// The front cover that came with a file; a blob of its own in staging.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cover {
    pub blob: Digest,
    pub bytes: u64,
    /// `image/jpeg` or `image/png`.
    pub media_type: String,
    /// 0, like the height, where it is not known: no index tells it.
    pub width: u32,
    pub height: u32,
}
