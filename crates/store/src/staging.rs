//! `staging/`: blobs between intake and seal.
//!
//! `staging/blobs/ab/abcd…` holds whole blobs under their digests;
//! `staging/tmp/` holds copies that are still being written, which the next
//! writer removes.

use {
    crate::{
        disk::{DiskFile, Kind, Location},
        durable::{create_dir, put_in_place, remove_if_present, rename_new, sync_dir},
        error::Error,
        work::each,
    },
    longplay_model::Digest,
    sha2::{Digest as _, Sha256},
    std::{
        collections::BTreeSet,
        io::{self, Write},
        path::PathBuf,
        sync::atomic::{AtomicU64, Ordering},
    },
};

/// The staging area of one archive. May be used by several threads at once.
#[derive(Debug)]
pub struct Staging {
    root: Location,
    next: AtomicU64,
}

/// A blob on its way into staging: what is written is hashed and kept in a
/// temporary file. Dropping it removes the file.
#[derive(Debug)]
pub struct BlobWriter<'a> {
    staging: &'a Staging,
    location: Location,
    file: Box<dyn DiskFile>,
    hasher: Sha256,
    bytes: u64,
}

/// Folder of blobs that no longer had their digest.
pub(crate) const DAMAGED: &str = "damaged";

/// Folder of blobs that no receipt claims.
pub(crate) const UNCLAIMED: &str = "unclaimed";

impl Staging {
    pub(crate) fn new(root: Location) -> Self {
        Self {
            root,
            next: AtomicU64::new(0),
        }
    }

    /// Begins a blob.
    pub fn create(&self) -> Result<BlobWriter<'_>, Error> {
        let location = self.temporary();
        create_dir(location.folder())?;
        let file = location
            .create()
            .map_err(|source| Error::write(&location, source))?;
        Ok(BlobWriter {
            staging: self,
            location,
            file,
            hasher: Sha256::new(),
            bytes: 0,
        })
    }

    /// Where the blob of this digest stands, or would stand.
    pub fn location(&self, blob: &Digest) -> Location {
        let name = blob.to_string();
        self.blobs_dir().join(&name[..2]).join(name)
    }

    pub fn contains(&self, blob: &Digest) -> bool {
        self.location(blob).is_file()
    }

    /// Bytes of the blob, if it is there. Its content is not looked at.
    pub fn length(&self, blob: &Digest) -> Option<u64> {
        let about = self.location(blob).about().ok()?;
        (about.kind == Kind::File).then_some(about.bytes)
    }

    /// Removes blobs, durably; those that are absent are fine.
    pub fn remove(&self, blobs: &[Digest]) -> Result<(), Error> {
        let mut locations: Vec<_> = blobs.iter().map(|blob| self.location(blob)).collect();
        // A file that is in memory takes its time to go: 5 ms for 20 MB.
        let removed = each(&mut locations, |location| remove_if_present(&*location));
        removed.into_iter().collect::<Result<(), _>>()?;
        let folders: BTreeSet<_> = locations.iter().map(Location::folder).collect();
        folders
            .iter()
            .filter(|folder| folder.is_folder())
            .try_for_each(sync_dir)
    }

    /// Takes a damaged blob out of the way, to `staging/damaged/`, so that
    /// intake can bring it in again from its source.
    pub fn set_aside(&self, blob: &Digest) -> Result<Location, Error> {
        self.move_to(DAMAGED, blob)
    }

    /// Takes a blob of which no receipt is left out of the way, to
    /// `staging/unclaimed/`: a sweep would remove it.
    pub(crate) fn set_unclaimed(&self, blob: &Digest) -> Result<Location, Error> {
        self.move_to(UNCLAIMED, blob)
    }

    fn move_to(&self, folder: &str, blob: &Digest) -> Result<Location, Error> {
        let folder = self.root.join(folder);
        create_dir(&folder)?;
        let to = folder.join(blob.to_string());
        remove_if_present(&to)?;
        rename_new(self.location(blob), &to)?;
        Ok(to)
    }

    /// All blobs, in the order of their digests. Other files are passed over.
    pub fn blobs(&self) -> Result<Vec<Digest>, Error> {
        let mut blobs = Vec::new();
        for folder in list(&self.blobs_dir())? {
            if folder.is_folder() {
                blobs.extend(list(&folder)?.iter().filter_map(digest_of_name));
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
            .try_for_each(remove_if_present)
    }

    fn blobs_dir(&self) -> Location {
        self.root.join("blobs")
    }

    fn temporary_dir(&self) -> Location {
        self.root.join("tmp")
    }

    fn temporary(&self) -> Location {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.temporary_dir().join(format!("{number:08}"))
    }
}

/// Files and folders in `folder`, sorted; none when it is absent.
fn list(folder: &Location) -> Result<Vec<Location>, Error> {
    let entries = folder.entries()?.into_iter();
    Ok(entries.map(|entry| folder.join(entry.name)).collect())
}

fn digest_of_name(location: &Location) -> Option<Digest> {
    location.file_name()?.to_str()?.parse().ok()
}

impl BlobWriter<'_> {
    /// The temporary file: what was written stands there.
    pub const fn location(&self) -> &Location {
        &self.location
    }

    /// Its path, for those who decode what was written.
    ///
    /// # Errors
    /// [`Error::NotLocal`] when staging is on no disk of this system.
    pub fn to_local(&self) -> Result<PathBuf, Error> {
        self.location.to_local()
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
    pub fn finish(self) -> Result<(Digest, u64), Error> {
        let digest = self.digest();
        let to = self.staging.location(&digest);
        if self.staging.length(&digest) == Some(self.bytes) {
            return Ok((digest, self.bytes));
        }
        let synced = self.file.sync();
        synced.map_err(|source| Error::write(&self.location, source))?;
        create_dir(to.folder())?;
        match rename_new(&self.location, &to) {
            // Another thread brought the same blob, or one cut short stands there.
            Err(Error::AlreadyThere { .. }) => put_in_place(&self.location, &to)?,
            other => other?,
        }
        Ok((digest, self.bytes))
    }
}

impl Write for BlobWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write_at(bytes, self.bytes)?;
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
        let _ = self.location.remove_file();
    }
}

#[cfg(test)]
mod tests {
    use {super::*, std::fs};

    fn staging(folder: &tempfile::TempDir) -> Staging {
        Staging::new(folder.path().join("staging").into())
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
        assert_eq!(fs::read(writer.to_local().unwrap()).unwrap(), b"one ");
        writer.write_all(b"two").unwrap();
        assert_eq!(
            writer.finish().unwrap(),
            (Digest::of(b"one two"), 7),
            "digest and bytes"
        );
        let blob = staging.location(&Digest::of(b"one two"));
        assert_eq!(blob.read().unwrap(), b"one two");
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
        fs::write(staging.location(&digest).path(), b"who").unwrap();
        put(&staging, b"whole");
        assert_eq!(staging.location(&digest).read().unwrap(), b"whole");
    }

    #[test]
    fn what_is_dropped_or_left_behind_disappears() {
        let folder = tempfile::tempdir().unwrap();
        let staging = staging(&folder);
        staging.create().unwrap().write_all(b"dropped").unwrap();
        assert_eq!(list(&staging.temporary_dir()).unwrap().len(), 0);
        fs::write(staging.temporary_dir().join("00000007").path(), b"killed").unwrap();
        staging.clear_temporary().unwrap();
        assert_eq!(list(&staging.temporary_dir()).unwrap().len(), 0);
    }

    #[test]
    fn removing_twice_is_fine_and_strangers_stay() {
        let folder = tempfile::tempdir().unwrap();
        let staging = staging(&folder);
        let digest = put(&staging, b"x");
        let stranger = staging.blobs_dir().join("note.txt");
        fs::write(stranger.path(), b"mine").unwrap();
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
        fs::write(staging.location(&digest).path(), b"whale").unwrap();
        let aside = staging.set_aside(&digest).unwrap();
        assert_eq!(aside.read().unwrap(), b"whale");
        put(&staging, b"whole");
        assert_eq!(staging.location(&digest).read().unwrap(), b"whole");
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
