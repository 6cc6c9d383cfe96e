use crate::{disk::Location, error::Error};

/// Another copy of the tranches. What it gives is believed where it has the
/// hashes that were sealed.
pub trait Donor {
    /// `length` bytes from `offset` on of the file that lies at `path` below
    /// the folder of tranches.
    ///
    /// # Errors
    /// Why it gives none, in words.
    fn range(&self, path: &str, offset: u64, length: u64) -> Result<Vec<u8>, String>;

    /// All of a file, unless it is longer than `most` bytes.
    ///
    /// # Errors
    /// Why it gives none, in words.
    fn whole(&self, path: &str, most: u64) -> Result<Vec<u8>, String>;
}

/// A copy in a folder: of an archive, of its folder of tranches, or of what it
/// published.
#[derive(Debug, Clone)]
pub struct FolderDonor {
    tranches: Location,
}

impl FolderDonor {
    /// # Errors
    /// [`Error::ListFolder`] when there is no such folder.
    pub fn new(folder: impl Into<Location>) -> Result<Self, Error> {
        let folder = folder.into();
        let tranches = folder.join("tranches");
        if tranches.is_folder() {
            return Ok(Self { tranches });
        }
        match folder.list() {
            Ok(_) => Ok(Self { tranches: folder }),
            Err(source) => Err(Error::ListFolder {
                path: folder.into(),
                source,
            }),
        }
    }
}

impl Donor for FolderDonor {
    fn range(&self, path: &str, offset: u64, length: u64) -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; length as usize];
        let read = self.tranches.join(path).open();
        let read = read.and_then(|file| file.read_exact_at(&mut bytes, offset));
        read.map(|()| bytes).map_err(|error| error.to_string())
    }

    fn whole(&self, path: &str, most: u64) -> Result<Vec<u8>, String> {
        let read = self.tranches.join(path).read_first(most + 1);
        let bytes = read.map_err(|error| error.to_string())?;
        match bytes.len() as u64 > most {
            true => Err(format!("it is longer than {most} bytes")),
            false => Ok(bytes),
        }
    }
}
