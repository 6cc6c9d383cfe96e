//! The files of a collection, in the order of their paths.

use {
    crate::{error::Error, file::SourceFile},
    longplay_model::{Finding, FindingCode, Monitor},
    std::{io, path::Path},
    walkdir::{DirEntry, WalkDir},
};

/// Extensions of files that should hold sound. What they hold is seen when
/// they are decoded; other files of a collection are passed over.
const EXTENSIONS: [&str; 25] = [
    "aac", "aif", "aifc", "aiff", "alac", "ape", "dff", "dsf", "flac", "m4a", "m4b", "mka", "mp2",
    "mp3", "mp4a", "mpc", "oga", "ogg", "opus", "spx", "tta", "wav", "wave", "wma", "wv",
];

/// Finds all sound files below `collection`, folders read in the order of the
/// bytes of their names. Symbolic links are followed.
///
/// # Errors
/// [`Error::ReadCollection`] when the folder itself cannot be read.
pub(crate) fn walk(collection: &Path, monitor: &dyn Monitor) -> Result<Vec<SourceFile>, Error> {
    std::fs::read_dir(collection).map_err(|source| Error::ReadCollection {
        path: collection.into(),
        source,
    })?;
    let mut files = Vec::new();
    let entries = WalkDir::new(collection)
        .follow_links(true)
        .sort_by_file_name();
    for entry in entries {
        match entry {
            Ok(entry) if is_wanted(&entry) => add(&mut files, collection, &entry, monitor),
            Ok(_) => {}
            Err(error) => monitor.finding(unreachable(collection, &error)),
        }
    }
    if files.is_empty() {
        let name = collection.display().to_string();
        monitor.finding(Finding::new(
            FindingCode::I016,
            name,
            "no file with the extension of a sound file was found",
        ));
    }
    Ok(files)
}

fn is_wanted(entry: &DirEntry) -> bool {
    // `._name` beside `name` holds what macOS could not store elsewhere.
    let name = entry.file_name().to_string_lossy();
    let extension = Path::new(entry.file_name()).extension();
    !entry.file_type().is_dir()
        && !name.starts_with("._")
        && extension.is_some_and(|it| {
            EXTENSIONS
                .iter()
                .any(|known| it.eq_ignore_ascii_case(known))
        })
}

fn add(files: &mut Vec<SourceFile>, collection: &Path, entry: &DirEntry, monitor: &dyn Monitor) {
    let (name, is_readable_name) = name_in(collection, entry.path());
    if !is_readable_name {
        let seen = "it is taken in as this text, with \u{fffd} for what cannot be read";
        monitor.finding(Finding::new(FindingCode::I005, &name, seen));
    }
    match entry.metadata() {
        Ok(metadata) if metadata.is_file() => {
            files.push(SourceFile::new(entry.path().into(), name, &metadata));
        }
        // A pipe or a device would keep the reader waiting.
        Ok(_) => monitor.finding(Finding::new(FindingCode::I004, name, "it is no plain file")),
        Err(error) => {
            monitor.finding(Finding::new(FindingCode::I004, name, error.to_string()));
        }
    }
}

/// The path below the collection, components joined by `/`, and whether all
/// of it is UTF-8.
fn name_in(collection: &Path, path: &Path) -> (String, bool) {
    let below = path.strip_prefix(collection).unwrap_or(path);
    let parts: Vec<_> = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    (parts.join("/"), below.to_str().is_some())
}

fn unreachable(collection: &Path, error: &walkdir::Error) -> Finding {
    let path = error.path().unwrap_or(collection);
    let (name, _) = name_in(collection, path);
    let is_link = path.symlink_metadata().is_ok_and(|it| it.is_symlink());
    if let Some(ancestor) = error.loop_ancestor() {
        let (ancestor, _) = name_in(collection, ancestor);
        let target = if ancestor.is_empty() {
            "the collection itself".to_owned()
        } else {
            ancestor
        };
        return Finding::new(
            FindingCode::I006,
            name,
            format!("it leads back to {target}"),
        );
    }
    let cause = error.io_error();
    let seen = cause.map_or_else(|| error.to_string(), ToString::to_string);
    let is_forbidden = cause.is_some_and(|it| it.kind() == io::ErrorKind::PermissionDenied);
    let code = if is_link && !is_forbidden {
        FindingCode::I006
    } else {
        FindingCode::I004
    };
    Finding::new(code, name, seen)
}
