//! Putting things into the public folder: whole or not at all, and untouched
//! where they are the same already.

use {
    crate::error::Error,
    longplay_store::{
        disk::Location,
        durable::{self, TEMPORARY, remove_if_present, replace, sync_dir},
    },
    std::{
        fs::{self, File},
        io::{self, BufWriter, Read, Write},
        path::{Component, Path, PathBuf},
    },
};

/// Gives the file at `path` these bytes. Says whether anything changed.
pub fn put(path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(false);
    }
    replace(path, bytes)?;
    Ok(true)
}

/// Gives the file at `path` what `write` writes, without holding it in memory.
/// Says whether anything changed.
pub fn put_stream(
    path: &Path,
    write: &mut dyn FnMut(&mut dyn Write) -> Result<(), Error>,
) -> Result<bool, Error> {
    let failed = |source| Error::Write {
        path: path.into(),
        source,
    };
    let temporary = temporary_of(path);
    let file = File::create(&temporary).map_err(failed)?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    let file = out
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    if are_equal(&temporary, path) {
        remove_if_present(&temporary)?;
        return Ok(false);
    }
    fs::rename(&temporary, path).map_err(failed)?;
    sync_dir(folder_of(path))?;
    Ok(true)
}

fn folder_of(path: &Path) -> PathBuf {
    Location::from(path).folder().into()
}

fn temporary_of(path: &Path) -> PathBuf {
    durable::temporary_of(path).into()
}

fn are_equal(one: &Path, other: &Path) -> bool {
    let length = |path: &Path| fs::metadata(path).map(|file| file.len()).ok();
    length(one) == length(other) && same_bytes(one, other).unwrap_or(false)
}

fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        left.clear();
        right.clear();
        Read::take(&mut one, 1 << 20).read_to_end(&mut left)?;
        Read::take(&mut other, 1 << 20).read_to_end(&mut right)?;
        if left != right || left.is_empty() {
            return Ok(left == right);
        }
    }
}

/// Makes `link` point to the folder `target` by a path relative to the folder
/// that the link is in. Says whether anything changed.
///
/// # Errors
/// [`Error::Occupied`] when something else than a link stands there.
pub fn link(link: &Path, target: &Path) -> Result<bool, Error> {
    let failed = |source| Error::Write {
        path: link.into(),
        source,
    };
    let folder = fs::canonicalize(folder_of(link)).map_err(failed)?;
    let parent = fs::canonicalize(folder_of(target)).map_err(failed)?;
    let name = target.file_name().unwrap_or_default();
    let wanted = relative(&folder, &parent).join(name);
    match fs::read_link(link) {
        Ok(there) if there == wanted => return Ok(false),
        Err(_) if link.symlink_metadata().is_ok() => {
            return Err(Error::Occupied { path: link.into() });
        }
        _ => {}
    }
    let temporary = temporary_of(link);
    remove_if_present(&temporary)?;
    symlink(&wanted, &temporary).map_err(failed)?;
    fs::rename(&temporary, link).map_err(failed)?;
    sync_dir(&folder)?;
    Ok(true)
}

#[cfg(unix)]
use std::os::unix::fs::symlink;
#[cfg(windows)]
use std::os::windows::fs::symlink_dir as symlink;

/// The way from one folder to another; both are absolute and resolved.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[shared..].iter().map(|_| Component::ParentDir);
    up.chain(to[shared..].iter().copied()).collect()
}

/// Removes what a killed release left unfinished.
pub fn clear_unfinished(folder: &Path) -> Result<(), Error> {
    let failed = |source| Error::Read {
        path: folder.into(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            remove_if_present(entry.path())?;
        }
    }
    Ok(())
}

/// Takes a link or a file of ours away. Says whether there was one.
pub fn withdraw(path: &Path) -> Result<bool, Error> {
    let Ok(there) = path.symlink_metadata() else {
        return Ok(false);
    };
    if there.is_dir() {
        return Err(Error::Occupied { path: path.into() });
    }
    remove_if_present(path)?;
    sync_dir(folder_of(path))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_between_folders() {
        for (from, to, way) in [
            ("/a/public", "/a/tranches", "../tranches"),
            ("/a", "/a/tranches", "tranches"),
            ("/srv/www", "/a/t", "../../a/t"),
            ("/a", "/a", ""),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(way));
        }
    }

    #[test]
    fn what_is_the_same_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let mut stream = |out: &mut dyn Write| {
            out.write_all(b"abc").unwrap();
            Ok(())
        };
        assert!(put(&path, b"abc").unwrap());
        assert!(!put(&path, b"abc").unwrap());
        assert!(!put_stream(&path, &mut stream).unwrap());
        assert!(put(&path, b"abd").unwrap());
        assert!(put_stream(&path, &mut stream).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn links_are_relative_and_replace_only_links() {
        let folder = tempfile::tempdir().unwrap();
        let [target, public] = ["tranches/one", "public"].map(|name| folder.path().join(name));
        fs::create_dir_all(&target).unwrap();
        fs::create_dir_all(public.join("two")).unwrap();
        assert!(link(&public.join("one"), &target).unwrap());
        assert!(!link(&public.join("one"), &target).unwrap());
        let way = fs::read_link(public.join("one")).unwrap();
        assert_eq!(way, Path::new("../tranches/one"));
        assert!(public.join("one").is_dir());
        let refused = link(&public.join("two"), &target).unwrap_err();
        assert!(matches!(refused, Error::Occupied { .. }));
        assert!(withdraw(&public.join("one")).unwrap());
        assert!(!withdraw(&public.join("one")).unwrap());
        assert!(target.is_dir());
    }
}
