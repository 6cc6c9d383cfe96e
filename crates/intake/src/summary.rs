use {longplay_model::Form, serde::Serialize, std::collections::BTreeMap};

/// What a run of intake did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct IntakeSummary {
    /// Sound files that were found.
    pub files: u64,
    pub file_bytes: u64,
    /// Files that were taken in now.
    pub taken: u64,
    /// Bytes that were taken in now, without covers.
    pub taken_bytes: u64,
    pub taken_by_form: BTreeMap<Form, u64>,
    /// Files taken in now that brought a cover.
    pub covers: u64,
    /// Files that had been taken in before.
    pub held: u64,
    /// Of these, receipts that follow a new plan or new rights.
    pub renewed: u64,
    pub not_in_catalog: u64,
    pub not_chosen: u64,
    pub duplicates: u64,
    /// Damaged files, and files that are no audio.
    pub failed: u64,
    /// Files taken in now that are dark.
    pub dark: u64,
    /// Blobs that no receipt needs any more and that were removed.
    pub swept_blobs: u64,
}
