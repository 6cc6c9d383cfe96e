use {
    crate::{
        disk::Location,
        durable::{create_dir, replace},
        error::Error,
    },
    serde::{Deserialize, Serialize},
    std::{
        io::ErrorKind,
        path::{Path, PathBuf},
    },
};

/// Name of the marker in the archive's folder on a disk.
const NAME: &str = "longplay-disk.json";

/// Which disk of which archive this is (`docs/format/archive.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Marker {
    longplay: String,
    version: u32,
    /// Id of the archive.
    archive: String,
    /// Counted from 1.
    disk: u32,
}

/// The archive's folder on a disk.
pub fn root_of(disk: &Location, id: &str) -> Location {
    disk.join(id)
}

fn marker_of(disk: &Location, id: &str) -> Location {
    root_of(disk, id).join(NAME)
}

/// Where the marker of the disk at this path has to stand.
pub fn marker_path(disk: &Path, id: &str) -> PathBuf {
    disk.join(id).join(NAME)
}

/// Whether a file on a disk is its marker.
pub fn is_marker(path: &str) -> bool {
    path == NAME
}

/// The number of the disk at `disk`; `None` when none of the archive's is there.
///
/// # Errors
/// [`Error::ParseMarker`] where its marker is damaged.
pub fn number_at(disk: &Location, id: &str) -> Result<Option<u32>, Error> {
    let path = marker_of(disk, id);
    let bytes = match path.read() {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(source) => return Err(Error::read(path, source)),
    };
    let marker: Marker = serde_json::from_slice(&bytes).map_err(|source| Error::ParseMarker {
        path: path.into(),
        id: id.into(),
        source,
    })?;
    let is_ours = marker.longplay == "disk" && marker.archive == id;
    Ok(is_ours.then_some(marker.disk))
}

/// Takes the folder `disk` into use as disk `number` of the archive.
pub fn mark(disk: &Location, id: &str, number: u32) -> Result<(), Error> {
    let marker = Marker {
        longplay: "disk".into(),
        version: 1,
        archive: id.into(),
        disk: number,
    };
    create_dir(root_of(disk, id))?;
    let mut bytes = serde_json::to_vec(&marker).expect("strings and numbers are always JSON");
    bytes.push(b'\n');
    replace(marker_of(disk, id), &bytes)
}
