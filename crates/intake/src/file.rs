use std::{
    fs::Metadata,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// A file of the collection as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    /// Path relative to the collection, components joined by `/`; readable
    /// also where the name is not UTF-8.
    pub(crate) name: String,
    pub(crate) stamp: Stamp,
}

/// What changes when a file is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) bytes: u64,
    /// Nanoseconds since 1970; 0 where the system does not tell.
    pub(crate) modified: i64,
}

impl SourceFile {
    pub(crate) fn new(path: PathBuf, name: String, metadata: &Metadata) -> Self {
        Self {
            path,
            name,
            stamp: Stamp::of(metadata),
        }
    }

    /// The name of the file without folder and extension: its title, where no
    /// tag gives one.
    pub(crate) fn stem(&self) -> String {
        let name = self.name.rsplit('/').next().unwrap_or(&self.name);
        let stem = Path::new(name).file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_nanos()).ok());
        Self {
            bytes: metadata.len(),
            modified: modified.unwrap_or(0),
        }
    }
}
