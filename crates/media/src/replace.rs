//! A file is there whole or not at all.

use {
    crate::error::Error,
    longplay_model::Digest,
    std::{
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

/// A name of constant length, since that of the file may be as long as the
/// file system allows.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let digest = Digest::of(name).to_string();
    path.with_file_name(format!(".{}.partial", &digest[..16]))
}

fn settle(partial: &Path, path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(partial)?.sync_all()?;
    fs::rename(partial, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_whose_name_is_as_long_as_can_be_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x".repeat(255));
        fs::write(&path, "old").unwrap();
        replace(&path, |partial| {
            fs::write(partial, "new").map_err(|source| create(&path, source))
        })
        .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_fails_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        let failed = replace(&path, |partial| {
            fs::write(partial, "half").unwrap();
            Err(create(&path, io::ErrorKind::StorageFull.into()))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
