//! A collection of music as a source: one line a file.

mod describe;
mod seen;
mod walk;

pub(crate) use {
    seen::{FILES, Seen},
    walk::{bytes_below, walk},
};

use {
    crate::{error::Error, kept::Keeper, options::ImportOptions},
    longplay_model::{Finding, FindingCode, Monitor, RightsFile},
    seen::SeenWriter,
    std::path::Path,
};

/// Writes a line for each audio file below `dir` to `keeper`, in the order of
/// their paths, and what the next import may know of them into the folder
/// `partial`.
pub(crate) fn keep_folder(
    dir: &Path,
    keeper: &mut Keeper,
    seen: &mut Seen,
    partial: &Path,
    options: &ImportOptions,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    let rights = rights_file(options, monitor)?;
    let files = partial.join(FILES);
    let mut files = SeenWriter::create(&files)?;
    walk(dir, monitor, &mut |found| {
        let given = options.audio_rights.as_ref();
        let described = describe::describe(&found, seen, rights.as_ref(), given, monitor);
        if let Some(line) = described {
            let mut text = serde_json::to_vec(&line).expect("all keys are strings");
            text.push(b'\n');
            keeper.bytes(&text)?;
        }
        seen.write(&mut files)
    })?;
    files.finish()
}

fn rights_file(
    options: &ImportOptions,
    monitor: &dyn Monitor,
) -> Result<Option<RightsFile>, Error> {
    let Some(path) = &options.rights_file else {
        return Ok(None);
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bytes = std::fs::read(path).map_err(Error::read(path))?;
    let rights = RightsFile::parse(&String::from_utf8_lossy(&bytes), &name);
    for (line, error) in rights.malformed() {
        let finding = Finding::new(FindingCode::C011, &*name, error.to_string());
        monitor.finding(finding.at(format!("line {line}")));
    }
    Ok(Some(rights))
}
