use {
    super::{
        Medium,
        tree::{Change, Inode, Node},
        wire::FaultKind,
    },
    longplay_store::disk::DiskFile,
    std::{
        io::{self, ErrorKind},
        sync::{
            Arc, Mutex, MutexGuard, PoisonError,
            atomic::{AtomicBool, Ordering},
        },
    },
};

/// An open file: its bytes stay as long as it is open, whatever its name does.
#[derive(Debug)]
pub struct MemoryFile {
    medium: Arc<Mutex<Medium>>,
    inode: Inode,
    is_writable: bool,
    has_lock: AtomicBool,
}

impl MemoryFile {
    pub const fn new(medium: Arc<Mutex<Medium>>, inode: Inode, is_writable: bool) -> Self {
        Self {
            medium,
            inode,
            is_writable,
            has_lock: AtomicBool::new(false),
        }
    }

    fn medium(&self) -> MutexGuard<'_, Medium> {
        self.medium.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn may_write(&self) -> io::Result<()> {
        match self.is_writable {
            true => Ok(()),
            false => Err(ErrorKind::PermissionDenied.into()),
        }
    }
}

impl DiskFile for MemoryFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut medium = self.medium();
        medium.wire.look("read", self.inode as u64, offset)?;
        let fault = medium.wire.fault(self.inode, false);
        if fault == Some(FaultKind::Error) {
            return Err(io::Error::from_raw_os_error(5));
        }
        let bytes = medium.tree.bytes(self.inode)?;
        let start = bytes
            .len()
            .min(usize::try_from(offset).unwrap_or(usize::MAX));
        let rest = &bytes[start..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        if let Some(FaultKind::Flip(at)) = fault
            && let Some(byte) = buffer[..count].get_mut(at % count.max(1))
        {
            *byte ^= 0x10;
        }
        *medium.wire.read.entry(self.inode).or_default() += count as u64;
        Ok(count)
    }

    /// The power may go in the middle of it.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.may_write()?;
        let at = usize::try_from(offset).map_err(|_| ErrorKind::FileTooLarge)?;
        let mut medium = self.medium();
        let was_off = medium.wire.is_off();
        let going = medium.wire.change("write", bytes, offset);
        let bytes = match &going {
            Err(_) if was_off => return going.map(|()| 0),
            Err(_) => &bytes[..bytes.len() / 2],
            Ok(()) => bytes,
        };
        let write = Change::Write {
            at,
            bytes: bytes.to_vec(),
        };
        medium.tree.change(self.inode, write)?;
        going.map(|()| bytes.len())
    }

    fn bytes(&self) -> io::Result<u64> {
        let mut medium = self.medium();
        medium.wire.look("length", self.inode as u64, 0)?;
        let bytes = medium.tree.bytes(self.inode)?.len() as u64;
        match medium.wire.fault(self.inode, true) {
            Some(FaultKind::Length(bytes)) => Ok(bytes),
            _ => Ok(bytes),
        }
    }

    fn set_bytes(&self, bytes: u64) -> io::Result<()> {
        self.may_write()?;
        let length = usize::try_from(bytes).map_err(|_| ErrorKind::FileTooLarge)?;
        let mut medium = self.medium();
        medium.wire.change("cut", &[], bytes)?;
        medium.tree.change(self.inode, Change::Length(length))
    }

    fn sync(&self) -> io::Result<()> {
        let mut medium = self.medium();
        medium.wire.change("sync", &[], self.inode as u64)?;
        medium.tree.node_mut(self.inode).sync();
        Ok(())
    }

    fn try_lock(&self) -> io::Result<bool> {
        let mut medium = self.medium();
        medium.wire.look("lock", self.inode as u64, 0)?;
        medium.wire.locks_asked += 1;
        let Node::File { is_locked, .. } = medium.tree.node_mut(self.inode) else {
            return Err(ErrorKind::IsADirectory.into());
        };
        let is_mine = !*is_locked;
        *is_locked = true;
        self.has_lock.fetch_or(is_mine, Ordering::Relaxed);
        Ok(is_mine)
    }

    /// A process that is killed loses its locks.
    fn unlock(&self) -> io::Result<()> {
        if self.has_lock.swap(false, Ordering::Relaxed)
            && let Node::File { is_locked, .. } = self.medium().tree.node_mut(self.inode)
        {
            *is_locked = false;
        }
        Ok(())
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        let _cannot_fail = self.unlock();
    }
}
