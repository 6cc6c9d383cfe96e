use {
    crate::{Digest, Receipt, Timestamp, TrackId},
    serde::{Deserialize, Serialize},
};

/// One line of the journal: what the archive did, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    pub at: Timestamp,
    /// What it says was read off what the archive holds, after the journal was
    /// lost; not witnessed then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rebuilt: bool,
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

/// Files, and the bytes of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    pub files: u64,
    pub bytes: u64,
}

impl Tally {
    /// One file more.
    pub const fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// How what is there differs from what should be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Difference {
    /// Should be there, and is not.
    pub lost: Tally,
    /// Is there, under another path.
    pub moved: Tally,
    /// Is there, and known to nothing.
    pub unknown: Tally,
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
    /// What should be there was compared with what is there, and files that had
    /// moved went back to their places.
    Reconciliation {
        expected: Tally,
        before: Difference,
        after: Difference,
    },
    /// A tranche was published.
    Release {
        tranche: String,
        infohash_v1: String,
        infohash_v2: String,
    },
}
