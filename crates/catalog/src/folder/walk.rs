use {
    crate::error::Error,
    longplay_model::{Finding, FindingCode, Monitor},
    std::{io, path::Path, path::PathBuf},
    walkdir::WalkDir,
};

/// A file of a folder.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// Relative to the folder, components joined by `/`.
    pub(crate) name: String,
}

/// Gives `each` every file below `dir` in the order of the paths, following
/// links. What cannot be looked at is told and passed over.
pub(crate) fn walk(
    dir: &Path,
    monitor: &dyn Monitor,
    each: &mut dyn FnMut(Found) -> Result<(), Error>,
) -> Result<(), Error> {
    // Also refuses what is no folder.
    std::fs::read_dir(dir).map_err(Error::read(dir))?;
    for entry in WalkDir::new(dir).follow_links(true).sort_by_file_name() {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let found = found(dir, entry.into_path(), monitor);
                each(found)?;
            }
            Ok(_) => {}
            Err(error) => monitor.finding(obstacle(dir, &error)),
        }
    }
    Ok(())
}

/// Bytes of all files below `dir`, for a progress bar.
pub(crate) fn bytes_below(dir: &Path) -> u64 {
    let entries = WalkDir::new(dir).follow_links(true).into_iter().flatten();
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .filter_map(|entry| entry.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}

fn found(dir: &Path, path: PathBuf, monitor: &dyn Monitor) -> Found {
    let name = name_below(dir, &path);
    let relative = path.strip_prefix(dir).unwrap_or(&path);
    if relative.to_str().is_none() {
        let seen = format!(
            "its bytes are {}",
            relative.as_os_str().as_encoded_bytes().escape_ascii()
        );
        monitor.finding(Finding::new(FindingCode::C007, &name, seen));
    }
    Found { path, name }
}

fn name_below(dir: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(dir).unwrap_or(path);
    let components = relative.components();
    let names: Vec<_> = components
        .map(|component| component.as_os_str().to_string_lossy())
        .collect();
    names.join("/")
}

fn obstacle(dir: &Path, error: &walkdir::Error) -> Finding {
    let path = error.path().unwrap_or(dir);
    let name = name_below(dir, path);
    if let Some(ancestor) = error.loop_ancestor() {
        let target = name_below(dir, ancestor);
        let seen = format!(
            "it leads back to {:?}",
            if target.is_empty() { "." } else { &target }
        );
        return Finding::new(FindingCode::C009, name, seen);
    }
    let is_absent = error.io_error().map(io::Error::kind) == Some(io::ErrorKind::NotFound);
    let reason = error
        .io_error()
        .map_or_else(|| error.to_string(), ToString::to_string);
    match is_absent && path.is_symlink() {
        true => Finding::new(FindingCode::C009, name, "it leads nowhere"),
        false => Finding::new(FindingCode::C008, name, reason),
    }
}
