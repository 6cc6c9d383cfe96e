use {
    crate::disk::DiskFile,
    std::{
        fs::{File, OpenOptions},
        io,
        ops::{Deref, DerefMut},
        os::unix::fs::FileExt,
        path::Path,
    },
};

/// Where buffers, offsets and lengths of direct reads and writes begin and end: a
/// multiple of the blocks of all disks that are sold, and a page of most systems.
const BLOCK: usize = 4096;

/// Bytes that begin where a disk takes them past the system's memory.
#[derive(Debug)]
pub struct Aligned {
    bytes: Vec<u8>,
    start: usize,
}

impl Aligned {
    /// Zeros.
    pub fn new(length: usize) -> Self {
        let mut bytes = vec![0; length + BLOCK];
        let address = bytes.as_ptr().addr();
        let start = address.next_multiple_of(BLOCK) - address;
        bytes.truncate(start + length);
        Self { bytes, start }
    }
}

impl Deref for Aligned {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..]
    }
}

/// A file that is read and written past the system's memory, wherever that is possible:
/// whole blocks, between a disk that can do it and an [`Aligned`] buffer.
#[derive(Debug)]
pub struct Uncached {
    file: File,
    direct: Option<File>,
}

impl Uncached {
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        let direct = directly(OpenOptions::new().write(true), path);
        Ok(Self { file, direct })
    }

    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let direct = directly(OpenOptions::new().read(true), path);
        if direct.is_none() {
            file.forget();
        }
        Ok(Self { file, direct })
    }

    /// The file, and how many of the bytes go past memory; none where none can.
    fn direct(&self, bytes: &[u8], offset: u64) -> Option<(&File, usize)> {
        let is_aligned =
            offset.is_multiple_of(BLOCK as u64) && bytes.as_ptr().addr().is_multiple_of(BLOCK);
        let whole = bytes.len() / BLOCK * BLOCK;
        let direct = self.direct.as_ref()?;
        (is_aligned && whole > 0).then_some((direct, whole))
    }
}

/// The file opened once more; none where its disk has no such way.
#[cfg(target_os = "linux")]
fn directly(options: &mut OpenOptions, path: &Path) -> Option<File> {
    use {rustix::fs::OFlags, std::os::unix::fs::OpenOptionsExt};
    let flags = OFlags::DIRECT.bits().cast_signed();
    options.custom_flags(flags).open(path).ok()
}

#[cfg(not(target_os = "linux"))]
fn directly(_: &mut OpenOptions, _: &Path) -> Option<File> {
    None
}

/// What came of it, unless the disk has longer blocks or cannot do it after all.
fn unless_refused(came: io::Result<usize>) -> Option<io::Result<usize>> {
    let is_refused = |error: &io::Error| error.kind() == io::ErrorKind::InvalidInput;
    Some(came).filter(|came| !came.as_ref().is_err_and(is_refused))
}

impl DiskFile for Uncached {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let came = self.direct(buffer, offset).and_then(|(file, whole)| {
            unless_refused(FileExt::read_at(file, &mut buffer[..whole], offset))
        });
        came.unwrap_or_else(|| FileExt::read_at(&self.file, buffer, offset))
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let went = self.direct(bytes, offset).and_then(|(file, whole)| {
            unless_refused(FileExt::write_at(file, &bytes[..whole], offset))
        });
        went.unwrap_or_else(|| FileExt::write_at(&self.file, bytes, offset))
    }

    fn bytes(&self) -> io::Result<u64> {
        DiskFile::bytes(&self.file)
    }

    fn set_bytes(&self, bytes: u64) -> io::Result<()> {
        self.file.set_bytes(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    fn sync_data(&self) -> io::Result<()> {
        DiskFile::sync_data(&self.file)
    }

    fn forget(&self) {
        self.file.forget();
    }

    fn read_ahead(&self) {
        // What comes past memory, nothing fetches into it.
        if self.direct.is_none() {
            self.file.read_ahead();
        }
    }
}

#[cfg(test)]
mod tests {
    use {super::*, std::fs};

    /// Bytes that no block of 4096 repeats.
    fn pattern(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn buffers_are_aligned_and_as_long_as_they_are_asked_for() {
        for length in [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 7] {
            let mut buffer = Aligned::new(length);
            assert!(buffer.as_ptr().addr().is_multiple_of(BLOCK));
            assert_eq!(*buffer, vec![0; length]);
            buffer.fill(1);
            assert_eq!(*buffer, vec![1; length]);
        }
    }

    /// In portions of whole blocks and of others, to an end that is none.
    #[test]
    fn a_file_holds_what_was_written_in_portions_of_any_kind() {
        let bytes = pattern(5 * BLOCK + 123);
        let program = std::env::current_exe().unwrap();
        // It lies on a disk; what is temporary may lie in memory.
        let on_disk = tempfile::tempdir_in(program.parent().unwrap());
        for folder in [tempfile::tempdir(), on_disk] {
            let folder = folder.unwrap();
            let path = folder.path().join("a");
            for portion in [BLOCK, 2 * BLOCK, BLOCK + 1, 100] {
                let file = Uncached::create(&path).unwrap();
                let mut buffer = Aligned::new(portion);
                for (nth, part) in bytes.chunks(portion).enumerate() {
                    buffer[..part.len()].copy_from_slice(part);
                    let at = (nth * portion) as u64;
                    file.write_all_at(&buffer[..part.len()], at).unwrap();
                }
                file.sync().unwrap();
                assert!(fs::read(&path).unwrap() == bytes, "portions of {portion}");
                let file = Uncached::open(&path).unwrap();
                let mut read = Vec::new();
                loop {
                    let at = read.len() as u64;
                    let count = crate::disk::fill_at(&file, &mut buffer, at).unwrap();
                    read.extend_from_slice(&buffer[..count]);
                    if count < portion {
                        break;
                    }
                }
                assert!(read == bytes, "portions of {portion}");
            }
        }
    }
}
