use {
    crate::{Access, Codec, Digest, Form, Isrc, RecordingId, RelativePath, RightsUri, TrackId},
    serde::{Deserialize, Serialize},
};

/// One line of a pack's index: where a member is and what it is.
///
/// Keys are written in the order of the fields, absent values not at all, so
/// that equal records are equal bytes (`docs/format/pack.md`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexRecord {
    pub path: RelativePath,
    /// Name of the pack's file.
    pub pack: String,
    /// First byte of the member's data, counted from the start of the pack.
    pub offset: u64,
    /// Bytes of the member's data.
    pub length: u64,
    pub sha256: Digest,
    pub kind: MemberKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// Media type: `audio/flac`, `image/jpeg`.
    pub media_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec: Option<Codec>,
    /// One track for audio; for a cover, all tracks that share it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<TrackId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub isrcs: Vec<Isrc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_rate_hz: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u16>,
    /// Bits a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bit_rate: Option<u32>,
    /// The cover's blob, in a pack of the art tranche.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<RightsUri>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights_basis: Option<String>,
    pub access: Access,
    /// The file as received, where the member was made from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<String>,
}

/// What a member of a pack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberKind {
    Audio,
    Cover,
    /// JSON lines `{"sha256":…,"chromaprint":…}` of the pack's audio.
    Fingerprints,
}
