//! `staging/`: blobs between intake and seal.
//!
//! `staging/blobs/ab/abcd…` holds whole blobs under their digests;
//! `staging/tmp/` holds copies that are still being written, which the next
//! writer removes.

use {
    crate::{
        durable::{create_dir, remove_if_present, rename_new, sync_dir},
        error::Error,
    },
    longplay_model::Digest,
    sha2::{Digest as _, Sha256},
    std::{
        collections::BTreeSet,
        fs::{self, File},
        io::{self, Write},
        path::{Path, PathBuf},
        sync::atomic::{AtomicU64, Ordering},
    },
};

/// The staging area of one archive. May be used by several threads at once.
#[derive(Debug)]
pub struct Staging {
    root: PathBuf,
    next: AtomicU64,
}

/// A blob on its way into staging: what is written is hashed and kept in a
/// temporary file. Dropping it removes the file.
#[derive(Debug)]
pub struct BlobWriter<'a> {
    staging: &'a Staging,
    path: PathBuf,
    file: Option<File>,
    hasher: Sha256,
    bytes: u64,
}

impl Staging {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self {
            root,
            next: AtomicU64::new(0),
        }
    }

    /// Begins a blob.
    pub fn create(&self) -> Result<BlobWriter<'_>, Error> {
        let path = self.temporary_path();
        create_dir(&self.temporary_dir())?;
        let file = File::create(&path).map_err(|source| Error::write(&path, source))?;
        Ok(BlobWriter {
            staging: self,
            path,
            file: Some(file),
            hasher: Sha256::new(),
            bytes: 0,
        })
    }

    /// Where the blob of this digest stands, or would stand.
    pub fn path(&self, blob: &Digest) -> PathBuf {
        let name = blob.to_string();
        self.blobs_dir().join(&name[..2]).join(name)
    }

    pub fn contains(&self, blob: &Digest) -> bool {
        self.path(blob).is_file()
    }

    /// Bytes of the blob, if it is there. Its content is not looked at.
    pub fn length(&self, blob: &Digest) -> Option<u64> {
        let metadata = fs::metadata(self.path(blob)).ok()?;
        metadata.is_file().then_some(metadata.len())
    }

    /// Removes blobs, durably; those that are absent are fine.
    pub fn remove(&self, blobs: &[Digest]) -> Result<(), Error> {
        let mut folders = BTreeSet::new();
        for blob in blobs {
            let path = self.path(blob);
            remove_if_present(&path)?;
            folders.extend(path.parent().map(Path::to_owned));
        }
        folders
            .iter()
            .filter(|folder| folder.is_dir())
            .try_for_each(|folder| sync_dir(folder))
    }

    /// Takes a damaged blob out of the way, to `staging/damaged/`, so that
    /// intake can bring it in again from its source.
    pub fn set_aside(&self, blob: &Digest) -> Result<PathBuf, Error> {
        let folder = self.root.join("damaged");
        create_dir(&folder)?;
        let to = folder.join(blob.to_string());
        remove_if_present(&to)?;
        rename_new(&self.path(blob), &to)?;
        Ok(to)
    }

    /// All blobs, in the order of their digests. Other files are passed over.
    pub fn blobs(&self) -> Result<Vec<Digest>, Error> {
        let mut blobs = Vec::new();
        for folder in list(&self.blobs_dir())? {
            if folder.is_dir() {
                let names = list(&folder)?;
                blobs.extend(names.iter().filter_map(|path| digest_of_name(path)));
            }
        }
        blobs.sort();
        Ok(blobs)
    }

    /// Removes what killed commands left half-written. Only for the one who
    /// holds the lock.
    pub fn clear_temporary(&self) -> Result<(), Error> {
        list(&self.temporary_dir())?
            .iter()
            .try_for_each(|path| remove_if_present(path))
    }

    fn blobs_dir(&self) -> PathBuf {
        self.root.join("blobs")
    }

    fn temporary_dir(&self) -> PathBuf {
        self.root.join("tmp")
    }

    fn temporary_path(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.temporary_dir().join(format!("{number:08}"))
    }
}

/// Files and folders in `folder`, sorted; none when it is absent.
fn list(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::ListFolder {
        path: folder.into(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    paths.sort();
    Ok(paths)
}

fn digest_of_name(path: &Path) -> Option<Digest> {
    path.file_name()?.to_str()?.parse().ok()
}

impl BlobWriter<'_> {
    /// The temporary file: what was written stands there, to be decoded.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes written so far.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The digest of what was written so far.
    pub fn digest(&self) -> Digest {
        self.hasher.clone().into()
    }

    /// Makes the blob durable under its digest, and gives digest and bytes.
    /// One of the same digest that is already there is kept.
    pub fn finish(mut self) -> Result<(Digest, u64), Error> {
        let digest = self.digest();
        let to = self.staging.path(&digest);
        if self.staging.length(&digest) == Some(self.bytes) {
            return Ok((digest, self.bytes));
        }
        let file = self.file.take().expect("only finish takes the file");
        file.sync_all()
            .map_err(|source| Error::write(&self.path, source))?;
        create_dir(crate::durable::folder_of(&to))?;
        match rename_new(&self.path, &to) {
            // Another thread brought the same blob, or one cut short stands there.
            Err(Error::AlreadyThere { .. }) => self.replace(&to)?,
            other => other?,
        }
        Ok((digest, self.bytes))
    }

    /// Puts the fresh copy where a blob of the same name stands.
    fn replace(&self, to: &Path) -> Result<(), Error> {
        fs::rename(&self.path, to).map_err(|source| Error::Rename {
            from: self.path.clone(),
            to: to.into(),
            source,
        })?;
        sync_dir(crate::durable::folder_of(to))
    }
}

impl Write for BlobWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = self.file.as_mut().expect("only finish takes the file");
        let written = file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for BlobWriter<'_> {
    /// A file that cannot be removed now is removed by the next writer.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staging(folder: &tempfile::TempDir) -> Staging {
        Staging::new(folder.path().join("staging"))
    }

    fn put(staging: &Staging, bytes: &[u8]) -> Digest {
        let mut writer = staging.create().unwrap();
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap().0
    }

    #[test]
    fn a_blob_stands_under_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let staging = staging(&folder);
        let mut writer = staging.create().unwrap();
        writer.write_all(b"one ").unwrap();
        assert_eq!(fs::read(writer.path()).unwrap(), b"one ");
        writer.write_all(b"two").unwrap();
        assert_eq!(
            writer.finish().unwrap(),
            (Digest::of(b"one two"), 7),
            "digest and bytes"
        );
        let path = staging.path(&Digest::of(b"one two"));
        assert_eq!(fs::read(path).unwrap(), b"one two");
        assert_eq!(list(&staging.temporary_dir()).unwrap().len(), 0);
    }

    #[test]
    fn the_same_blob_twice_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let staging = staging(&folder);
        assert_eq!(put(&staging, b"x"), put(&staging, b"x"));
        assert_eq!(staging.blobs().unwrap(), [Digest::of(b"x")]);
        assert_eq!(list(&staging.temporary_dir()).unwrap().len(), 0);
    }

    #[test]
    fn a_blob_that_was_cut_short_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let staging = staging(&folder);
        let digest = put(&staging, b"whole");
        fs::write(staging.path(&digest), b"who").unwrap();
        put(&staging, b"whole");
        assert_eq!(fs::read(staging.path(&digest)).unwrap(), b"whole");
    }

    #[test]
    fn what_is_dropped_or_left_behind_disappears() {
        let folder = tempfile::tempdir().unwrap();
        let staging = staging(&folder);
        staging.create().unwrap().write_all(b"dropped").unwrap();
        assert_eq!(list(&staging.temporary_dir()).unwrap().len(), 0);
        fs::write(staging.temporary_dir().join("00000007"), b"killed").unwrap();
        staging.clear_temporary().unwrap();
        assert_eq!(list(&staging.temporary_dir()).unwrap().len(), 0);
    }

    #[test]
    fn removing_twice_is_fine_and_strangers_stay() {
        let folder = tempfile::tempdir().unwrap();
        let staging = staging(&folder);
        let digest = put(&staging, b"x");
        let stranger = staging.blobs_dir().join("note.txt");
        fs::write(&stranger, b"mine").unwrap();
        staging
            .remove(&[digest, Digest::of(b"never there")])
            .unwrap();
        staging.remove(&[digest]).unwrap();
        assert!(!staging.contains(&digest));
        assert!(stranger.exists());
    }

    #[test]
    fn a_damaged_blob_makes_room_for_a_fresh_one() {
        let folder = tempfile::tempdir().unwrap();
        let staging = staging(&folder);
        let digest = put(&staging, b"whole");
        fs::write(staging.path(&digest), b"whale").unwrap();
        let aside = staging.set_aside(&digest).unwrap();
        assert_eq!(fs::read(aside).unwrap(), b"whale");
        put(&staging, b"whole");
        assert_eq!(fs::read(staging.path(&digest)).unwrap(), b"whole");
    }

    #[test]
    fn many_threads_bring_the_same_blob() {
        let folder = tempfile::tempdir().unwrap();
        let staging = staging(&folder);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| put(&staging, &vec![7; 100_000]));
            }
        });
        assert_eq!(staging.blobs().unwrap(), [Digest::of(&vec![7; 100_000])]);
    }
}
