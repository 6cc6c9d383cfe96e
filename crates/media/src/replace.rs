//! A file is there whole or not at all.

use {
    crate::error::Error,
    std::{
        ffi::OsString,
        fs::{self, File, OpenOptions},
        io,
        path::{Path, PathBuf},
    },
};

/// Lets `work` write a file beside `path`, and puts it in the place of `path`
/// once it is on disk. A file left over from an interrupted run is replaced.
pub(crate) fn replace(
    path: &Path,
    work: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let partial = beside(path);
    let done = work(&partial).and_then(|()| settle(&partial, path).map_err(|e| create(path, e)));
    if done.is_err() {
        // What could not be finished is worth nothing; that it may still be
        // there is no second error.
        let _ = fs::remove_file(&partial);
    }
    done
}

pub(crate) fn create(path: &Path, source: io::Error) -> Error {
    let path = path.to_path_buf();
    Error::Create { path, source }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".partial");
    path.with_file_name(name)
}

fn settle(partial: &Path, path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(partial)?.sync_all()?;
    fs::rename(partial, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
