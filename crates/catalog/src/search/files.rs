use super::pages::Pages;

/// The files of an index that stay on disk.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) postings: Pages,
    pub(super) lengths: Pages,
    /// Rows are below this.
    pub(super) documents: u64,
}
