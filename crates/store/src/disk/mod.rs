//! What does the store ask of the place where its files lie?
//!
//! ```text
//!   the store ─► Location (a path, and the disk it is on) ─► Disk ─► DiskFile
//!                                                             ├─ LocalDisk: files of the system
//!                                                             └─ whoever keeps the promises below
//! ```
//!
//! All that the store reads and writes passes here. A disk promises three
//! things, on which rests that nothing is lost:
//!
//! * bytes of a file survive a power cut once [`DiskFile::sync`] has returned;
//! * names in a folder survive it once [`Disk::sync_folder`] has returned, and
//!   a file without a durable name is gone however often it was synced;
//! * [`Disk::rename`] shows either the old state or the new, at any moment.

mod local;
mod location;
mod stream;
mod uncached;

pub use {local::LocalDisk, location::Location, stream::Stream, uncached::Aligned};

use std::{
    ffi::OsString,
    fmt,
    io::{self, Read},
    ops::Range,
    path::{Path, PathBuf},
};

/// Where files lie. Errors have the kinds that the system gives:
/// `NotFound`, `AlreadyExists`, `StorageFull` and so on; what a disk cannot do
/// at all is `Unsupported`.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Opens a file to read it.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Makes an empty file, in place of the bytes of one that is there.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Like [`Self::create`], for many bytes that nobody reads soon. Where the system
    /// can, they go to the disk past its memory, which is left to others; for that they
    /// come from buffers that are [`Aligned`], in portions of whole blocks of 4096 bytes.
    fn create_uncached(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.create(path)
    }

    /// Like [`Self::open`]. Where the system can, bytes come from the disk, whatever its
    /// memory holds of them; the same goes for their buffers.
    fn open_uncached(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open(path)
    }

    /// Opens a file to write into what it holds; makes one that is absent.
    fn open_to_write(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// What stands at `path`; a link is followed.
    fn about(&self, path: &Path) -> io::Result<About>;

    /// What bears the name itself; a link is [`Kind::Other`].
    fn kind(&self, path: &Path) -> io::Result<Kind>;

    /// What is in a folder, sorted by name.
    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>>;

    /// Gives a file or a folder another name; a file that has it gives way.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file a second name, which nothing may have yet (`AlreadyExists`).
    /// Where there are no second names, any other error makes the store rename.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes a symbolic link to `target` under a name that nothing has.
    fn lead(&self, link: &Path, target: &Path) -> io::Result<()> {
        let _ = (link, target);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Where the symbolic link at `path` leads; `InvalidInput` for anything else.
    fn leads_to(&self, path: &Path) -> io::Result<PathBuf> {
        let _ = path;
        Err(io::ErrorKind::InvalidInput.into())
    }

    /// The one path of what stands at `path`, without links and ways back.
    fn whole_path(&self, path: &Path) -> io::Result<PathBuf> {
        self.about(path).map(|_| path.into())
    }

    /// Bytes that files below the folder `path` have room for.
    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let _ = path;
        Err(io::ErrorKind::Unsupported.into())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty folder.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;

    /// Makes a folder in one that is there.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// Makes durable all that stands on the disk of this folder, bytes and names,
    /// whoever wrote it. Where all is durable as soon as it can be seen, there is
    /// nothing to do.
    fn settle(&self, path: &Path) -> io::Result<()> {
        let _ = path;
        Ok(())
    }

    /// The path by which other programs of this system reach the same file;
    /// none where they cannot.
    fn local(&self, path: &Path) -> Option<PathBuf>;

    /// All files below a folder, however deep, by their paths in it with `/`, each with
    /// its length; none where there is no such folder. For disks that are asked over a
    /// network and can tell this at once; on others folders are listed.
    fn files(&self, _folder: &Path) -> io::Result<Vec<(String, u64)>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Reads a range of a file from its start to its end, by one request; it ends
    /// where the file does. For disks that are asked over a network; on others the
    /// file is opened and read.
    fn range(&self, _path: &Path, _range: Range<u64>) -> io::Result<Box<dyn Read + Send>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Writes all bytes of `file` under a name, which at any moment stands for what
    /// it stood for, or for all of them, durably. For disks that hold files whole;
    /// on others a copy is written and renamed.
    fn put(&self, _file: &dyn DiskFile, _path: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Why something could not be looked at since this was asked last, where that
    /// says nothing of the files: whoever holds them did not answer. Disks of this
    /// machine have no such reason.
    fn failure(&self) -> Option<io::Error> {
        None
    }
}

/// An open file. May be used by several threads at once.
pub trait DiskFile: fmt::Debug + Send + Sync {
    /// Reads bytes from `offset` on, as many as come at once; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes bytes at `offset`, as many as go at once. What lies between the
    /// end and `offset` becomes zeros.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// How long the file is.
    fn bytes(&self) -> io::Result<u64>;

    /// Cuts the file, or lengthens it by zeros.
    fn set_bytes(&self, bytes: u64) -> io::Result<()>;

    /// Makes the file durable, with all that is known of it.
    fn sync(&self) -> io::Result<()>;

    /// Makes durable what is needed to read the bytes again.
    fn sync_data(&self) -> io::Result<()> {
        self.sync()
    }

    /// Takes the lock of the file, which ends with [`Self::unlock`], or with the
    /// process, however that ends. `false` when another has it.
    fn try_lock(&self) -> io::Result<bool> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn unlock(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Lets go what memory holds of the file, where that can be asked for:
    /// what is read next comes from the disk.
    fn forget(&self) {}

    /// Tells that the file will be read from its start to its end.
    fn read_ahead(&self) {}

    /// Tells that these bytes will be read soon: a disk with heads brings them in one go.
    fn will_need(&self, _bytes: Range<u64>) {}

    /// Fills `buffer` from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` when the file ends before.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        match fill_at(self, buffer, offset)? == buffer.len() {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Writes all of `bytes` at `offset`.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut written = 0;
        while written < bytes.len() {
            match self.write_at(&bytes[written..], offset + written as u64) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    pub kind: Kind,
    /// Of a file.
    pub bytes: u64,
    /// The same for all that is read by the same heads: readers of one device
    /// wait for each other.
    pub device: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    /// Neither: a link that is not followed, a device.
    Other,
}

/// A name in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: OsString,
    pub kind: Kind,
}

/// Reads from `offset` on until `buffer` is full or the file ends; gives the
/// number of bytes.
pub fn fill_at(
    file: &(impl DiskFile + ?Sized),
    buffer: &mut [u8],
    offset: u64,
) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
