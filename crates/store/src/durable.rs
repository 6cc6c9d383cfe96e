//! Files that survive a power cut.
//!
//! A file is finished when its bytes are on the disk, it has been renamed to
//! its name without overwriting anything, and its folder is on the disk too.
//! What a killed command leaves behind is a file whose name starts with
//! [`TEMPORARY`]; writing the same file again takes its place.

use {
    crate::error::Error,
    longplay_model::Digest,
    std::{
        fs::{self, File, OpenOptions},
        io::{ErrorKind, Write},
        path::{Path, PathBuf},
    },
};

/// How the names of unfinished files begin.
pub const TEMPORARY: &str = ".longplay-";

/// Writes a file that must not exist yet.
///
/// # Errors
/// [`Error::AlreadyThere`] when `path` exists; it is left as it was.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = write_temporary(path, bytes)?;
    let renamed = rename_new(&temporary, path);
    if renamed.is_err() {
        remove_if_present(&temporary)?;
    }
    renamed
}

/// Writes a file in place of the one of that name, if there is one: at any
/// moment the name stands for the old bytes or for the new.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = write_temporary(path, bytes)?;
    fs::rename(&temporary, path).map_err(|source| Error::Rename {
        from: temporary,
        to: path.into(),
        source,
    })?;
    sync_dir(folder_of(path))
}

/// Renames a file or a folder and makes the new name durable, never
/// overwriting.
///
/// A file gets its new name before it loses the old one, so that a kill
/// leaves one or both.
///
/// # Errors
/// [`Error::AlreadyThere`] when `to` exists.
pub fn rename_new(from: &Path, to: &Path) -> Result<(), Error> {
    let failed = |source| Error::Rename {
        from: from.into(),
        to: to.into(),
        source,
    };
    if to.symlink_metadata().is_ok() {
        return Err(Error::AlreadyThere { path: to.into() });
    }
    if from.is_dir() {
        fs::rename(from, to).map_err(failed)?;
    } else {
        link_then_unlink(from, to).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => Error::AlreadyThere { path: to.into() },
            _ => failed(source),
        })?;
    }
    sync_dir(folder_of(to))?;
    if folder_of(from) != folder_of(to) {
        sync_dir(folder_of(from))?;
    }
    Ok(())
}

/// File systems without hard links (FAT, some network shares) get a plain
/// rename; the caller has seen that the name is free, and holds the lock.
fn link_then_unlink(from: &Path, to: &Path) -> std::io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(error),
        Err(_) => fs::rename(from, to),
    }
}

/// Makes the names in a folder durable.
pub fn sync_dir(path: &Path) -> Result<(), Error> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| Error::SyncFolder {
            path: path.into(),
            source,
        })
}

/// Makes a folder and those above it, durably; a folder that is there is fine.
pub fn create_dir(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    let above = folder_of(path);
    if above != path {
        create_dir(above)?;
    }
    match fs::create_dir(path) {
        Err(source) if source.kind() != ErrorKind::AlreadyExists => {
            Err(Error::create_folder(path, source))
        }
        _ => sync_dir(above),
    }
}

/// Removes a file; one that is absent is fine.
pub fn remove_if_present(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(Error::Remove {
            path: path.into(),
            source,
        }),
        _ => Ok(()),
    }
}

/// The folder that holds `path`; `.` for a bare name.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

/// Where the bytes of `path` stand until they are whole: a name of fixed
/// length in the same folder, the same at every attempt.
pub fn temporary_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    let digest = Digest::of(name.as_encoded_bytes()).to_string();
    folder_of(path).join(format!("{TEMPORARY}{}.tmp", &digest[..16]))
}

fn write_temporary(path: &Path, bytes: &[u8]) -> Result<PathBuf, Error> {
    let temporary = temporary_of(path);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    if let Err(source) = written {
        // The first failure is the one to tell; on a full disk this frees space.
        let _ = fs::remove_file(&temporary);
        return Err(Error::write(path, source));
    }
    Ok(temporary)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_file_never_overwrites() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_new(&path, b"one").unwrap();
        let refused = write_new(&path, b"two");
        assert!(matches!(refused, Err(Error::AlreadyThere { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn what_a_killed_writer_left_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(temporary_of(&path), b"a longer half of something").unwrap();
        write_new(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn replacing_leaves_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn folders_are_renamed_but_not_onto_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two, three] = ["1", "2", "3"].map(|name| folder.path().join(name));
        create_dir(&one.join("deep/er")).unwrap();
        create_dir(&two).unwrap();
        assert!(matches!(
            rename_new(&one, &two),
            Err(Error::AlreadyThere { .. })
        ));
        rename_new(&one, &three).unwrap();
        assert!(three.join("deep/er").is_dir());
    }

    #[test]
    fn the_longest_name_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n".repeat(255));
        write_new(&path, b"x").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x");
    }
}
