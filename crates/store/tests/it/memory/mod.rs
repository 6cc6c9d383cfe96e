//! A disk in memory, that keeps apart what was written and what is durable.
//!
//! ```text
//!   names in folders ─► inodes ─► bytes           what a reader sees
//!        │ sync_folder    │          │ sync
//!        ▼                ▼          ▼
//!   durable names ───► inodes ─► durable bytes    what a power cut leaves
//! ```
//!
//! A change of names is one step, as a journaling file system has it; steps and
//! writes that are not synced survive a power cut in part, by a seed. The power
//! goes, or a reading fails, where the [`Wire`] is told so.

mod cut;
mod file;
mod history;
mod tree;
mod wire;

pub use wire::{Fault, FaultKind, Wire};

use {
    crate::fixture::Rng,
    file::MemoryFile,
    longplay_store::disk::{About, Disk, DiskFile, Entry, Kind, Location},
    std::{
        collections::BTreeMap,
        io::{self, ErrorKind},
        path::{Path, PathBuf},
        sync::{Arc, Mutex, MutexGuard, PoisonError},
    },
    tree::{Change, Inode, Node, Tree},
};

/// Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    medium: Arc<Mutex<Medium>>,
}

#[derive(Debug, Clone, Default)]
struct Medium {
    tree: Tree,
    wire: Wire,
}

impl MemoryDisk {
    pub fn location(&self, path: &str) -> Location {
        Location::new(Arc::new(self.clone()), path)
    }

    /// The disk as a power cut leaves it at its worst: of what was not synced,
    /// nothing is there.
    pub fn after_power_cut(&self) -> Self {
        Self::of(self.medium().tree.durable())
    }

    /// Another disk with the same on it.
    pub fn copy(&self) -> Self {
        Self {
            medium: Arc::new(Mutex::new(self.medium().clone())),
        }
    }

    fn of(tree: Tree) -> Self {
        let wire = Wire::default();
        Self {
            medium: Arc::new(Mutex::new(Medium { tree, wire })),
        }
    }

    pub fn wire<T>(&self, act: impl FnOnce(&mut Wire) -> T) -> T {
        act(&mut self.medium().wire)
    }

    /// The system starts again after a command was killed: all that was written
    /// is there, and what was not synced is not durable yet.
    pub fn after_kill(&self) {
        self.wire(Wire::switch_on);
    }

    /// The system starts again after the power was off.
    pub fn after_cut(&self, rng: &mut Rng) {
        let mut medium = self.medium();
        medium.tree = medium.tree.after_cut(rng);
        medium.wire.switch_on();
    }

    /// Time passes: everything becomes durable.
    pub fn rest(&self) {
        let mut medium = self.medium();
        medium.settle();
        medium.tree.clear();
    }

    /// The bytes of a file, seen by nobody.
    pub fn peek(&self, path: &str) -> Option<Vec<u8>> {
        let medium = self.medium();
        let inode = medium.tree.find(Path::new(path)).ok()?;
        medium.tree.bytes(inode).ok().cloned()
    }

    /// Every file below a folder, by its path from there.
    pub fn peek_below(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let medium = self.medium();
        let mut files = BTreeMap::new();
        if let Ok(inode) = medium.tree.find(Path::new(folder)) {
            collect(&medium.tree, inode, "", &mut files);
        }
        files
    }

    /// Puts a file there, durably, with the folders above it: behind the back of
    /// the store.
    pub fn put(&self, path: &str, bytes: Vec<u8>) {
        let mut medium = self.medium();
        let tree = &mut medium.tree;
        let path = Path::new(path);
        let mut above: Vec<&Path> = path.ancestors().skip(1).collect();
        above.reverse();
        for folder in above {
            if tree.find(folder).is_err() {
                let inode = tree.add(Node::folder());
                let slot = tree.slot(folder, Some(inode)).unwrap();
                tree.step(vec![slot]).unwrap();
            }
        }
        let inode = tree.add(Node::durable_file(bytes));
        let slot = tree.slot(path, Some(inode)).unwrap();
        tree.step(vec![slot]).unwrap();
        drop(medium);
        self.rest();
    }

    /// Takes a file away, durably.
    pub fn lose(&self, path: &str) {
        let mut medium = self.medium();
        let slot = medium.tree.slot(Path::new(path), None).unwrap();
        medium.tree.step(vec![slot]).unwrap();
        drop(medium);
        self.rest();
    }

    /// Reading this file fails a few times.
    pub fn fail_reading(&self, path: &str, kind: FaultKind, times: u32) {
        let mut medium = self.medium();
        let inode = medium.tree.find(Path::new(path)).unwrap();
        medium.wire.faults.push(Fault {
            inode,
            kind,
            times,
            has_come: false,
        });
    }

    /// Bytes of the file that were read, since [`Wire::read`] was cleared.
    pub fn bytes_read(&self, path: &str) -> u64 {
        let medium = self.medium();
        let inode = medium.tree.find(Path::new(path)).unwrap();
        medium.wire.read.get(&inode).copied().unwrap_or(0)
    }

    fn medium(&self) -> MutexGuard<'_, Medium> {
        self.medium.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, inode: Inode, is_writable: bool) -> Box<dyn DiskFile> {
        Box::new(MemoryFile::new(self.medium.clone(), inode, is_writable))
    }
}

fn collect(tree: &Tree, inode: Inode, above: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for (name, inode) in tree.names(inode).unwrap() {
        let path = format!("{above}{}", name.to_str().unwrap());
        match tree.bytes(*inode) {
            Ok(bytes) => _ = files.insert(path, bytes.clone()),
            Err(_) => collect(tree, *inode, &format!("{path}/"), files),
        }
    }
}

impl Medium {
    fn settle(&mut self) {
        let all = vec![true; self.tree.waiting.len()];
        self.tree.keep_names(&all);
        self.tree.nodes_mut().for_each(Node::sync);
    }

    /// The file at `path`; made when it is absent, emptied when that is wanted.
    fn made(&mut self, path: &Path, is_emptied: bool) -> io::Result<Inode> {
        match self.tree.find(path) {
            Ok(inode) => {
                self.tree.bytes(inode)?;
                if is_emptied {
                    self.wire.change_at("empty", path)?;
                    self.tree.change(inode, Change::Length(0))?;
                }
                Ok(inode)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.tree.folder_of(path)?;
                self.wire.change_at("create", path)?;
                let inode = self.tree.add(Node::file());
                self.wire.made(inode);
                self.name(path, inode)?;
                Ok(inode)
            }
            Err(error) => Err(error),
        }
    }

    fn name(&mut self, path: &Path, inode: Inode) -> io::Result<()> {
        let slot = self.tree.slot(path, Some(inode))?;
        self.tree.step(vec![slot])
    }

    fn unname(&mut self, path: &Path) -> io::Result<()> {
        let slot = self.tree.slot(path, None)?;
        self.tree.step(vec![slot])
    }
}

impl Disk for MemoryDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut medium = self.medium();
        medium.wire.look_at("open", path)?;
        let inode = medium.tree.find(path)?;
        medium.tree.bytes(inode)?;
        if let Some(opened) = &mut medium.wire.opened {
            opened.push(path.into());
        }
        Ok(self.file(inode, false))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.medium().made(path, true)?;
        Ok(self.file(inode, true))
    }

    fn open_to_write(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut medium = self.medium();
        medium.wire.look_at("open to write", path)?;
        let inode = medium.made(path, false)?;
        Ok(self.file(inode, true))
    }

    fn about(&self, path: &Path) -> io::Result<About> {
        let mut medium = self.medium();
        medium.wire.look_at("about", path)?;
        let inode = medium.tree.find(path)?;
        let about = medium.tree.node(inode).about();
        match medium.wire.fault(inode, true) {
            Some(FaultKind::Length(bytes)) => Ok(About { bytes, ..about }),
            _ => Ok(about),
        }
    }

    fn kind(&self, path: &Path) -> io::Result<Kind> {
        let mut medium = self.medium();
        medium.wire.look_at("kind", path)?;
        Ok(medium.tree.node(medium.tree.find(path)?).about().kind)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        let mut medium = self.medium();
        medium.wire.look_at("list", folder)?;
        let names = medium.tree.names(medium.tree.find(folder)?)?.iter();
        let entry = |(name, inode): (&std::ffi::OsString, &Inode)| Entry {
            name: name.clone(),
            kind: medium.tree.node(*inode).about().kind,
        };
        Ok(names.map(entry).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut medium = self.medium();
        medium.wire.change_at("rename", to)?;
        let inode = medium.tree.find(from)?;
        // Two names of one file both stay (POSIX, `rename`).
        if medium.tree.find(to).is_ok_and(|there| there == inode) {
            return Ok(());
        }
        medium.tree.may_give_way(to, inode)?;
        let old = medium.tree.slot(from, None)?;
        let new = medium.tree.slot(to, Some(inode))?;
        medium.tree.step(vec![old, new])
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut medium = self.medium();
        medium.wire.change_at("link", to)?;
        let inode = medium.tree.find(from)?;
        medium.tree.bytes(inode)?;
        medium.tree.is_free(to)?;
        medium.name(to, inode)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut medium = self.medium();
        let inode = medium.tree.find(path)?;
        medium.wire.change_at("remove", path)?;
        medium.tree.bytes(inode)?;
        medium.unname(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        let mut medium = self.medium();
        medium.wire.change_at("remove folder", path)?;
        let inode = medium.tree.find(path)?;
        if !medium.tree.names(inode)?.is_empty() {
            return Err(ErrorKind::DirectoryNotEmpty.into());
        }
        medium.unname(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        let mut medium = self.medium();
        medium.wire.change_at("create folder", path)?;
        medium.tree.is_free(path)?;
        let inode = medium.tree.add(Node::folder());
        medium.name(path, inode)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut medium = self.medium();
        medium.wire.change_at("sync folder", path)?;
        let inode = medium.tree.find(path)?;
        medium.tree.names(inode)?;
        medium.tree.sync_names(inode);
        Ok(())
    }

    fn settle(&self, path: &Path) -> io::Result<()> {
        let mut medium = self.medium();
        medium.wire.change_at("settle", path)?;
        if !medium.wire.is_careless {
            medium.settle();
        }
        Ok(())
    }

    fn local(&self, _: &Path) -> Option<PathBuf> {
        None
    }
}
