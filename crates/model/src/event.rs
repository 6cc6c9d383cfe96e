use {
    crate::{Digest, Receipt, Timestamp, TrackId},
    serde::{Deserialize, Serialize},
};

/// One line of the journal: what the archive did, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    pub at: Timestamp,
    #[serde(flatten)]
    pub event: Event,
}

/// What the archive did. Names in `event` follow PREMIS where it has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The home was made.
    Creation { name: String },
    /// A source was read into a catalog snapshot.
    Import {
        source: String,
        digest: Digest,
        records: u64,
        snapshot: String,
    },
    /// A plan was written.
    Plan { plan: String, catalog: String },
    /// A file was taken in; its blobs are durable in staging.
    Ingestion { receipt: Box<Receipt> },
    /// A file was looked at and left where it is.
    Refusal {
        source_path: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<Digest>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        track: Option<TrackId>,
        reason: String,
    },
    /// A tranche was written, verified and named.
    Sealing {
        tranche: String,
        /// Digest of its `tagmanifest-sha256.txt`.
        tagmanifest: Digest,
        /// Digest of its recovery bag's `tagmanifest-sha256.txt`.
        recovery: Digest,
        bytes: u64,
        recovery_bytes: u64,
    },
    /// Blobs that tranches hold were removed from staging.
    StagingEmptied { blobs: Vec<Digest> },
    /// A tranche was read and compared with what was promised.
    FixityCheck {
        tranche: String,
        findings: u64,
        bytes: u64,
    },
    /// Damage was healed.
    Repair { tranche: String, files: Vec<String> },
    /// A tranche was published.
    Release {
        tranche: String,
        infohash_v1: String,
        infohash_v2: String,
    },
}
