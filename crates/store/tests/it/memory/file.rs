use {
    super::tree::{Inode, Node, Tree},
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
    tree: Arc<Mutex<Tree>>,
    inode: Inode,
    is_writable: bool,
    has_lock: AtomicBool,
}

impl MemoryFile {
    pub const fn new(tree: Arc<Mutex<Tree>>, inode: Inode, is_writable: bool) -> Self {
        Self {
            tree,
            inode,
            is_writable,
            has_lock: AtomicBool::new(false),
        }
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, act: impl FnOnce(&mut Vec<u8>) -> T) -> io::Result<T> {
        if !self.is_writable {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.tree().bytes_mut(self.inode).map(act)
    }
}

impl DiskFile for MemoryFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut tree = self.tree();
        let bytes = tree.bytes_mut(self.inode)?;
        let start = bytes
            .len()
            .min(usize::try_from(offset).unwrap_or(usize::MAX));
        let rest = &bytes[start..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).map_err(|_| ErrorKind::FileTooLarge)?;
        self.change(|all| {
            let end = start + bytes.len();
            if all.len() < end {
                all.resize(end, 0);
            }
            all[start..end].copy_from_slice(bytes);
            bytes.len()
        })
    }

    fn bytes(&self) -> io::Result<u64> {
        Ok(self.tree().bytes_mut(self.inode)?.len() as u64)
    }

    fn set_bytes(&self, bytes: u64) -> io::Result<()> {
        let length = usize::try_from(bytes).map_err(|_| ErrorKind::FileTooLarge)?;
        self.change(|all| all.resize(length, 0))
    }

    fn sync(&self) -> io::Result<()> {
        self.tree().node_mut(self.inode).sync();
        Ok(())
    }

    fn try_lock(&self) -> io::Result<bool> {
        let mut tree = self.tree();
        let Node::File { is_locked, .. } = tree.node_mut(self.inode) else {
            return Err(ErrorKind::IsADirectory.into());
        };
        let is_mine = !*is_locked;
        *is_locked = true;
        self.has_lock.fetch_or(is_mine, Ordering::Relaxed);
        Ok(is_mine)
    }

    fn unlock(&self) -> io::Result<()> {
        if self.has_lock.swap(false, Ordering::Relaxed)
            && let Node::File { is_locked, .. } = self.tree().node_mut(self.inode)
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
