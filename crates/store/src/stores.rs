use {
    crate::disk::Location,
    serde::{Deserialize, Serialize},
    std::{error, path::Path},
};

/// Where sealed tranches lie that are not in the archive's folder: the table
/// `[tranches]` of `longplay.toml`. Who may ask there stands in no file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrancheStore {
    /// `s3://bucket/prefix`.
    pub at: String,
    /// Where the store answers; the scheme's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// Who knows the way to stores beyond the disks of this machine.
pub trait Stores {
    /// The folder of tranches there. What is unfinished may lie in `scratch`, a folder
    /// of this machine that may not be there yet. Nobody need be asked.
    ///
    /// # Errors
    /// Why there is no way, with the remedy.
    fn find(&self, store: &TrancheStore, scratch: &Path) -> Result<Location, NoWay>;

    /// Makes sure that the store answers and that nobody else keeps tranches there, and
    /// takes it for the archive of this name; again, if that was begun before.
    ///
    /// # Errors
    /// Why it cannot be had, with the remedy.
    fn claim(&self, store: &TrancheStore, archive: &str) -> Result<(), NoWay>;
}

/// Why there is no way to a store.
pub type NoWay = Box<dyn error::Error + Send + Sync>;

/// For who knows of no store beyond the disks of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct DisksAlone;

impl Stores for DisksAlone {
    fn find(&self, _: &TrancheStore, _: &Path) -> Result<Location, NoWay> {
        Err("this program keeps tranches in folders alone".into())
    }

    fn claim(&self, _: &TrancheStore, _: &str) -> Result<(), NoWay> {
        Err("this program keeps tranches in folders alone".into())
    }
}
