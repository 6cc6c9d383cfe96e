//! A disk in memory, that keeps apart what was written and what is durable.
//!
//! ```text
//!   names in folders ─► inodes ─► bytes           what a reader sees
//!        │ sync_folder    │          │ sync
//!        ▼                ▼          ▼
//!   durable names ───► inodes ─► durable bytes    what a power cut leaves
//! ```

mod file;
mod history;
mod tree;

use {
    file::MemoryFile,
    longplay_store::disk::{About, Disk, DiskFile, Entry, Kind, Location},
    std::{
        io::{self, ErrorKind},
        path::{Path, PathBuf},
        sync::{Arc, Mutex, MutexGuard, PoisonError},
    },
    tree::{Inode, Node, Tree, name_of},
};

/// Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    tree: Arc<Mutex<Tree>>,
}

impl MemoryDisk {
    pub fn location(&self, path: &str) -> Location {
        Location::new(Arc::new(self.clone()), path)
    }

    /// The disk as a power cut leaves it at its worst: of what was not synced,
    /// nothing is there.
    pub fn after_power_cut(&self) -> Self {
        let tree = self.tree().durable();
        Self {
            tree: Arc::new(Mutex::new(tree)),
        }
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, inode: Inode, is_writable: bool) -> Box<dyn DiskFile> {
        Box::new(MemoryFile::new(self.tree.clone(), inode, is_writable))
    }

    /// The file at `path`; made when it is absent.
    fn made(&self, path: &Path) -> io::Result<Inode> {
        let mut tree = self.tree();
        match tree.find(path) {
            Ok(inode) => tree.bytes_mut(inode).map(|_| inode),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let folder = tree.folder_of(path)?;
                let inode = tree.add(Node::file());
                tree.names_mut(folder)?.insert(name_of(path)?, inode);
                Ok(inode)
            }
            Err(error) => Err(error),
        }
    }
}

impl Disk for MemoryDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut tree = self.tree();
        let inode = tree.find(path)?;
        tree.bytes_mut(inode)?;
        Ok(self.file(inode, false))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.made(path)?;
        self.tree().bytes_mut(inode)?.clear();
        Ok(self.file(inode, true))
    }

    fn open_to_write(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.made(path)?;
        Ok(self.file(inode, true))
    }

    fn about(&self, path: &Path) -> io::Result<About> {
        let tree = self.tree();
        Ok(tree.node(tree.find(path)?).about())
    }

    fn kind(&self, path: &Path) -> io::Result<Kind> {
        Ok(self.about(path)?.kind)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        let mut tree = self.tree();
        let inode = tree.find(folder)?;
        let names = tree.names_mut(inode)?.clone();
        let entry = |(name, inode)| Entry {
            name,
            kind: tree.node(inode).about().kind,
        };
        Ok(names.into_iter().map(entry).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut tree = self.tree();
        let inode = tree.find(from)?;
        // Two names of one file both stay (POSIX, `rename`).
        if tree.find(to).is_ok_and(|there| there == inode) {
            return Ok(());
        }
        tree.may_give_way(to, inode)?;
        let (old, new) = (tree.folder_of(from)?, tree.folder_of(to)?);
        tree.names_mut(old)?.remove(&name_of(from)?);
        tree.names_mut(new)?.insert(name_of(to)?, inode);
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut tree = self.tree();
        let inode = tree.find(from)?;
        tree.bytes_mut(inode)?;
        tree.is_free(to)?;
        let folder = tree.folder_of(to)?;
        tree.names_mut(folder)?.insert(name_of(to)?, inode);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut tree = self.tree();
        let inode = tree.find(path)?;
        tree.bytes_mut(inode)?;
        let folder = tree.folder_of(path)?;
        tree.names_mut(folder)?.remove(&name_of(path)?);
        Ok(())
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        let mut tree = self.tree();
        let inode = tree.find(path)?;
        if !tree.names_mut(inode)?.is_empty() {
            return Err(ErrorKind::DirectoryNotEmpty.into());
        }
        let folder = tree.folder_of(path)?;
        tree.names_mut(folder)?.remove(&name_of(path)?);
        Ok(())
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        let mut tree = self.tree();
        tree.is_free(path)?;
        let folder = tree.folder_of(path)?;
        let inode = tree.add(Node::folder());
        tree.names_mut(folder)?.insert(name_of(path)?, inode);
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut tree = self.tree();
        let inode = tree.find(path)?;
        tree.names_mut(inode)?;
        tree.node_mut(inode).sync();
        Ok(())
    }

    fn local(&self, _: &Path) -> Option<PathBuf> {
        None
    }
}
