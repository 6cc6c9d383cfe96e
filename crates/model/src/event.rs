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

/// How a file was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixityMethod {
    /// Hash by hash of its leaves of 16 KiB.
    Leaves,
    /// That, and the digest of the whole.
    #[default]
    Whole,
}

/// Files whose paths in their bags lie between two, both included, in the
/// order of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathRange {
    pub first: String,
    pub last: String,
}

impl PathRange {
    pub fn contains(&self, path: &str) -> bool {
        self.first.as_str() <= path && path <= self.last.as_str()
    }
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
        #[serde(default)]
        how: FixityMethod,
        /// The packs and recovery packs that were read; all of them where it is
        /// empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        only: Vec<PathRange>,
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
