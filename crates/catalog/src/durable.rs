//! Files that are whole or absent: written beside, synced, then renamed.

use {
    crate::error::Error,
    std::{
        fs::{self, File},
        io::{self, BufWriter, Write},
        path::Path,
    },
};

/// Name that marks what is not finished; leftovers are removed at the start.
pub(crate) const PARTIAL: &str = ".partial-";

/// Makes an empty folder `path`, in place of whatever an interrupted run left.
pub(crate) fn fresh_dir(path: &Path) -> Result<(), Error> {
    remove_dir(path)?;
    fs::create_dir_all(path).map_err(Error::write(path))
}

/// Removes a folder and all below it; an absent one is fine.
pub(crate) fn remove_dir(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::write(path)(error)),
        _ => Ok(()),
    }
}

/// Writes a file inside a folder that is not finished itself.
pub(crate) fn write_inside(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(Error::write(path))
}

/// Ends the file `path` inside a folder that is not finished.
pub(crate) fn sync_written(out: BufWriter<File>, path: &Path) -> Result<(), Error> {
    let file = out.into_inner().map_err(io::IntoInnerError::into_error);
    let synced = file.and_then(|file| file.sync_all());
    synced.map_err(Error::write(path))
}

/// Puts `bytes` in the place of the file `path` in one step.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = path.with_file_name(format!("{PARTIAL}{name}"));
    write_inside(&partial, bytes)?;
    fs::rename(&partial, path).map_err(Error::write(path))?;
    sync_parent(path)
}

/// Makes the file `out` of what `write` puts into the file that it is given;
/// what `write` returned, and the file's length. Whatever fails, nothing is
/// left behind.
pub(crate) fn write_whole<T>(
    out: &Path,
    force: bool,
    write: impl FnOnce(&Path) -> Result<T, Error>,
) -> Result<(T, u64), Error> {
    if !force && out.exists() {
        return Err(Error::ExportExists { path: out.into() });
    }
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let partial = out.with_file_name(format!("{PARTIAL}{name}"));
    remove_file(&partial)?;
    let written = match write(&partial) {
        Ok(written) => written,
        Err(error) => {
            remove_file(&partial)?;
            return Err(error);
        }
    };
    let file = File::open(&partial).map_err(Error::read(&partial))?;
    file.sync_all().map_err(Error::write(&partial))?;
    let bytes = file.metadata().map_err(Error::read(&partial))?.len();
    rename(&partial, out)?;
    Ok((written, bytes))
}

/// Removes a file; an absent one is fine.
fn remove_file(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::write(path)(error)),
        _ => Ok(()),
    }
}

/// Makes the finished folder or file `from` known as `to`, durably.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    if from.is_dir() {
        sync_dir(from)?;
    }
    fs::rename(from, to).map_err(Error::write(to))?;
    sync_parent(to)
}

fn sync_parent(path: &Path) -> Result<(), Error> {
    path.parent().map_or(Ok(()), sync_dir)
}

fn sync_dir(path: &Path) -> Result<(), Error> {
    File::open(path)
        .and_then(|dir| dir.sync_all())
        .map_err(Error::write(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_dir_forgets_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("old"), "x").unwrap();
        fresh_dir(&path).unwrap();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }

    #[test]
    fn replacing_leaves_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        for text in ["one", "two"] {
            replace(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
