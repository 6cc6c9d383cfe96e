//! Files that survive a power cut.
//!
//! A file is finished when its bytes are on the disk, it has been renamed to
//! its name without overwriting anything, and its folder is on the disk too.
//! What a killed command leaves behind is a file whose name starts with
//! [`TEMPORARY`]; writing the same file again takes its place.

use {
    crate::{
        disk::{Kind, Location},
        error::Error,
    },
    longplay_model::Digest,
    std::io::{self, ErrorKind},
};

/// How the names of unfinished files begin.
pub const TEMPORARY: &str = ".longplay-";

/// Writes a file that must not exist yet.
///
/// # Errors
/// [`Error::AlreadyThere`] when `path` exists; it is left as it was.
pub fn write_new(path: impl Into<Location>, bytes: &[u8]) -> Result<(), Error> {
    let path = path.into();
    let temporary = write_temporary(&path, bytes)?;
    let renamed = rename_new(&temporary, &path);
    if renamed.is_err() {
        remove_if_present(&temporary)?;
    }
    renamed
}

/// Writes a file in place of the one of that name, if there is one: at any
/// moment the name stands for the old bytes or for the new.
pub fn replace(path: impl Into<Location>, bytes: &[u8]) -> Result<(), Error> {
    let path = path.into();
    put_in_place(&write_temporary(&path, bytes)?, &path)
}

/// Gives a file whose bytes are durable the name `path`, durably; one that has
/// it gives way.
pub fn put_in_place(temporary: &Location, path: &Location) -> Result<(), Error> {
    temporary.rename(path)?;
    sync_dir(path.folder())
}

/// Renames a file or a folder and makes the new name durable, never
/// overwriting.
///
/// A file gets its new name before it loses the old one, so that a kill
/// leaves one or both.
///
/// # Errors
/// [`Error::AlreadyThere`] when `to` exists.
pub fn rename_new(from: impl Into<Location>, to: impl Into<Location>) -> Result<(), Error> {
    let (from, to) = (from.into(), to.into());
    if to.is_taken() {
        return Err(Error::AlreadyThere { path: to.into() });
    }
    if from.is_folder() {
        from.rename(&to)?;
    } else {
        link_then_unlink(&from, &to)?;
    }
    let (old, new) = (from.folder(), to.folder());
    sync_dir(&new)?;
    match old == new {
        true => Ok(()),
        false => sync_dir(old),
    }
}

/// Makes `link` lead to `file` by a symbolic link, durably, in place of the link
/// or file of that name, if there is one.
pub fn replace_link(file: &Location, link: &Location) -> Result<(), Error> {
    let temporary = temporary_of(link);
    remove_if_present(&temporary)?;
    let made = temporary.lead_to(file.path());
    made.map_err(|source| Error::Link {
        link: link.into(),
        file: file.into(),
        source,
    })?;
    put_in_place(&temporary, link)
}

/// Where files have no second names (FAT, some network shares) a plain rename
/// serves; the caller has seen that the name is free, and holds the lock.
fn link_then_unlink(from: &Location, to: &Location) -> Result<(), Error> {
    let failed = |source: io::Error| match source.kind() {
        ErrorKind::AlreadyExists => Error::AlreadyThere { path: to.into() },
        _ => Error::Rename {
            from: from.into(),
            to: to.into(),
            source,
        },
    };
    match from.link(to) {
        Ok(()) => from.remove_file().map_err(failed),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(failed(error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(failed(error)),
        Err(_) => from.rename(to),
    }
}

/// Makes the names in a folder durable.
pub fn sync_dir(path: impl Into<Location>) -> Result<(), Error> {
    let path = path.into();
    let synced = path.sync_folder();
    synced.map_err(|source| Error::SyncFolder {
        path: path.into(),
        source,
    })
}

/// Makes a folder and those above it, durably; a folder that is there is fine.
pub fn create_dir(path: impl Into<Location>) -> Result<(), Error> {
    create_folder(&path.into())
}

fn create_folder(path: &Location) -> Result<(), Error> {
    if path.is_folder() {
        return Ok(());
    }
    let above = path.folder();
    if above != *path {
        create_folder(&above)?;
    }
    match path.create_folder() {
        Err(source) if source.kind() != ErrorKind::AlreadyExists => {
            Err(Error::create_folder(path, source))
        }
        _ => sync_dir(above),
    }
}

/// Removes a file; one that is absent is fine.
pub fn remove_if_present(path: impl Into<Location>) -> Result<(), Error> {
    let path = path.into();
    match path.remove_file() {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(Error::Remove {
            path: path.into(),
            source,
        }),
        _ => Ok(()),
    }
}

/// Removes a folder with all that is in it, durably; an absent one is fine.
pub fn remove_dir(path: &Location) -> Result<(), Error> {
    if !path.exists() {
        return Ok(());
    }
    remove_tree(path)?;
    sync_dir(path.folder())
}

fn remove_tree(folder: &Location) -> Result<(), Error> {
    for entry in folder.entries()? {
        let path = folder.join(&entry.name);
        match entry.kind {
            Kind::Folder => remove_tree(&path)?,
            Kind::File | Kind::Other => remove_if_present(&path)?,
        }
    }
    folder.remove_folder().map_err(|source| Error::Remove {
        path: folder.into(),
        source,
    })
}

/// Where the bytes of `path` stand until they are whole: a name of fixed
/// length in the same folder, the same at every attempt.
pub fn temporary_of(path: impl Into<Location>) -> Location {
    let path = path.into();
    let name = path.file_name().unwrap_or_default();
    let digest = Digest::of(name.as_encoded_bytes()).to_string();
    path.folder()
        .join(format!("{TEMPORARY}{}.tmp", &digest[..16]))
}

fn write_temporary(path: &Location, bytes: &[u8]) -> Result<Location, Error> {
    let temporary = temporary_of(path);
    let written = temporary
        .create()
        .and_then(|file| file.write_all_at(bytes, 0).and_then(|()| file.sync()));
    if let Err(source) = written {
        // The first failure is the one to tell; on a full disk this frees space.
        let _ = temporary.remove_file();
        return Err(Error::write(path, source));
    }
    Ok(temporary)
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        std::{fs, path::Path},
    };

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
        fs::write(temporary_of(&path).path(), b"a longer half of something").unwrap();
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
        create_dir(one.join("deep/er")).unwrap();
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
