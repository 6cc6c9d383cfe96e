use {
    longplay_store::disk::{About, Kind},
    std::{
        collections::{BTreeMap, BTreeSet},
        ffi::OsString,
        io::{self, ErrorKind},
        path::{Component, Path},
    },
};

/// Number of a file or folder: names lead to it, and open files hold it.
pub type Inode = usize;

pub type Names = BTreeMap<OsString, Inode>;

/// All files and folders that ever were; the first is the root.
#[derive(Debug, Clone)]
pub struct Tree {
    nodes: Vec<Node>,
    /// Steps of names that are not durable yet, in their order.
    pub waiting: Vec<Step>,
}

#[derive(Debug, Clone)]
pub enum Node {
    File {
        bytes: Vec<u8>,
        durable: Vec<u8>,
        /// What made `bytes` of `durable`.
        changes: Vec<Change>,
        /// An open file has the lock.
        is_locked: bool,
    },
    Folder {
        names: Names,
        durable: Names,
    },
}

/// A change of a file that is not durable yet.
#[derive(Debug, Clone)]
pub enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// One change of names: all of it happens, or nothing, as a journaling file
/// system keeps it.
#[derive(Debug, Clone)]
pub struct Step(pub Vec<Slot>);

/// What a name in a folder stands for from now on.
#[derive(Debug, Clone)]
pub struct Slot {
    pub folder: Inode,
    pub name: OsString,
    pub inode: Option<Inode>,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::folder()],
            waiting: Vec::new(),
        }
    }
}

impl Change {
    pub fn apply(&self, all: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => write_into(all, *at, bytes),
            Self::Length(length) => all.resize(*length, 0),
        }
    }
}

/// Zeros fill what lies between the end and `at`.
pub fn write_into(all: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if all.len() < end {
        all.resize(end, 0);
    }
    all[at..end].copy_from_slice(bytes);
}

impl Node {
    pub fn file() -> Self {
        Self::durable_file(Vec::new())
    }

    /// A file that was there for long.
    pub fn durable_file(bytes: Vec<u8>) -> Self {
        Self::File {
            durable: bytes.clone(),
            bytes,
            changes: Vec::new(),
            is_locked: false,
        }
    }

    pub const fn folder() -> Self {
        Self::Folder {
            names: Names::new(),
            durable: Names::new(),
        }
    }

    pub fn about(&self) -> About {
        let (kind, bytes) = match self {
            Self::File { bytes, .. } => (Kind::File, bytes.len() as u64),
            Self::Folder { .. } => (Kind::Folder, 0),
        };
        About {
            kind,
            bytes,
            device: 1,
        }
    }

    /// Makes the bytes of a file durable.
    pub fn sync(&mut self) {
        if let Self::File {
            bytes,
            durable,
            changes,
            ..
        } = self
            && !changes.is_empty()
        {
            durable.clone_from(bytes);
            changes.clear();
        }
    }
}

impl Tree {
    pub fn add(&mut self, node: Node) -> Inode {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub fn node(&self, inode: Inode) -> &Node {
        &self.nodes[inode]
    }

    pub fn node_mut(&mut self, inode: Inode) -> &mut Node {
        &mut self.nodes[inode]
    }

    pub fn nodes_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        self.nodes.iter_mut()
    }

    pub fn find(&self, path: &Path) -> io::Result<Inode> {
        let mut inode = 0;
        for part in path.components() {
            let Component::Normal(name) = part else {
                continue;
            };
            inode = match self.node(inode) {
                Node::Folder { names, .. } => *names.get(name).ok_or(ErrorKind::NotFound)?,
                Node::File { .. } => return Err(ErrorKind::NotADirectory.into()),
            };
        }
        Ok(inode)
    }

    pub fn folder_of(&self, path: &Path) -> io::Result<Inode> {
        self.find(path.parent().ok_or(ErrorKind::InvalidInput)?)
    }

    pub fn bytes(&self, inode: Inode) -> io::Result<&Vec<u8>> {
        match self.node(inode) {
            Node::File { bytes, .. } => Ok(bytes),
            Node::Folder { .. } => Err(ErrorKind::IsADirectory.into()),
        }
    }

    pub fn names(&self, inode: Inode) -> io::Result<&Names> {
        match self.node(inode) {
            Node::Folder { names, .. } => Ok(names),
            Node::File { .. } => Err(ErrorKind::NotADirectory.into()),
        }
    }

    /// Changes a file; what a power cut leaves of it is open until it is synced.
    pub fn change(&mut self, inode: Inode, change: Change) -> io::Result<()> {
        match self.node_mut(inode) {
            Node::File { bytes, changes, .. } => {
                change.apply(bytes);
                changes.push(change);
                Ok(())
            }
            Node::Folder { .. } => Err(ErrorKind::IsADirectory.into()),
        }
    }

    /// Changes names, all at once.
    ///
    /// # Errors
    /// Where a slot is in no folder.
    pub fn step(&mut self, slots: Vec<Slot>) -> io::Result<()> {
        for slot in &slots {
            self.names(slot.folder)?;
        }
        let step = Step(slots);
        self.take(&step, false);
        self.waiting.push(step);
        Ok(())
    }

    /// The slot of a path, for a step.
    pub fn slot(&self, path: &Path, inode: Option<Inode>) -> io::Result<Slot> {
        Ok(Slot {
            folder: self.folder_of(path)?,
            name: name_of(path)?,
            inode,
        })
    }

    fn take(&mut self, step: &Step, is_durable: bool) {
        for slot in &step.0 {
            let Node::Folder { names, durable } = self.node_mut(slot.folder) else {
                continue;
            };
            let names = if is_durable { durable } else { names };
            match slot.inode {
                Some(inode) => _ = names.insert(slot.name.clone(), inode),
                None => _ = names.remove(&slot.name),
            }
        }
    }

    /// Makes the names of a folder durable: the steps that touch it, and those
    /// before them that touch the same names.
    pub fn sync_names(&mut self, folder: Inode) {
        let mut needed: BTreeSet<(Inode, OsString)> = BTreeSet::new();
        let key = |slot: &Slot| (slot.folder, slot.name.clone());
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        for step in std::mem::take(&mut self.waiting).into_iter().rev() {
            let slots = || step.0.iter();
            let is_taken = slots().any(|it| it.folder == folder || needed.contains(&key(it)));
            match is_taken {
                true => {
                    needed.extend(slots().map(key));
                    taken.push(step);
                }
                false => left.push(step),
            }
        }
        left.reverse();
        self.waiting = left;
        taken.iter().rev().for_each(|step| self.take(step, true));
    }

    /// Makes these steps durable, and forgets the others.
    pub fn keep_names(&mut self, is_kept: &[bool]) {
        let waiting = std::mem::take(&mut self.waiting);
        let kept = waiting.iter().zip(is_kept).filter(|(_, is_kept)| **is_kept);
        kept.for_each(|(step, _)| self.take(step, true));
        for node in &mut self.nodes {
            if let Node::Folder { names, durable } = node {
                names.clone_from(durable);
            }
        }
    }

    /// Empties files to which no name leads, and ends all locks.
    pub fn clear(&mut self) {
        let mut reached: BTreeSet<Inode> = BTreeSet::from([0]);
        let mut left = vec![0];
        while let Some(inode) = left.pop() {
            if let Node::Folder { names, .. } = self.node(inode) {
                let more: Vec<Inode> = names.values().copied().collect();
                left.extend(more.into_iter().filter(|inode| reached.insert(*inode)));
            }
        }
        for (inode, node) in self.nodes.iter_mut().enumerate() {
            if !reached.contains(&inode) {
                *node = Node::file();
            }
            if let Node::File { is_locked, .. } = node {
                *is_locked = false;
            }
        }
    }

    pub fn is_free(&self, path: &Path) -> io::Result<()> {
        match self.find(path) {
            Ok(_) => Err(ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether what stands at `path` may be replaced by `inode`: a file by a
    /// file, an empty folder by a folder (POSIX, `rename`).
    pub fn may_give_way(&self, path: &Path, inode: Inode) -> io::Result<()> {
        let is_folder = matches!(self.node(inode), Node::Folder { .. });
        let Ok(there) = self.find(path) else {
            return Ok(());
        };
        match (self.node(there), is_folder) {
            (Node::File { .. }, false) => Ok(()),
            (Node::File { .. }, true) => Err(ErrorKind::NotADirectory.into()),
            (Node::Folder { .. }, false) => Err(ErrorKind::IsADirectory.into()),
            (Node::Folder { names, .. }, true) => match names.is_empty() {
                true => Ok(()),
                false => Err(ErrorKind::DirectoryNotEmpty.into()),
            },
        }
    }
}

pub fn name_of(path: &Path) -> io::Result<OsString> {
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    Ok(name.to_owned())
}
