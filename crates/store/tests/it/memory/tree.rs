use {
    longplay_store::disk::{About, Kind},
    std::{
        collections::BTreeMap,
        ffi::OsString,
        io::{self, ErrorKind},
        path::{Component, Path},
    },
};

/// Number of a file or folder: names lead to it, and open files hold it.
pub type Inode = usize;

pub type Names = BTreeMap<OsString, Inode>;

/// All files and folders that ever were; the first is the root.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone)]
pub enum Node {
    File {
        bytes: Vec<u8>,
        durable: Vec<u8>,
        /// An open file has the lock.
        is_locked: bool,
    },
    Folder {
        names: Names,
        durable: Names,
    },
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::folder()],
        }
    }
}

impl Node {
    pub const fn file() -> Self {
        Self::File {
            bytes: Vec::new(),
            durable: Vec::new(),
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

    /// Makes durable what it holds.
    pub fn sync(&mut self) {
        match self {
            Self::File { bytes, durable, .. } => durable.clone_from(bytes),
            Self::Folder { names, durable } => durable.clone_from(names),
        }
    }

    /// With what is durable alone; nobody has it open.
    fn durable(&self) -> Self {
        match self {
            Self::File { durable, .. } => Self::File {
                bytes: durable.clone(),
                durable: durable.clone(),
                is_locked: false,
            },
            Self::Folder { durable, .. } => Self::Folder {
                names: durable.clone(),
                durable: durable.clone(),
            },
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

    pub fn durable(&self) -> Self {
        Self {
            nodes: self.nodes.iter().map(Node::durable).collect(),
        }
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

    pub fn bytes_mut(&mut self, inode: Inode) -> io::Result<&mut Vec<u8>> {
        match self.node_mut(inode) {
            Node::File { bytes, .. } => Ok(bytes),
            Node::Folder { .. } => Err(ErrorKind::IsADirectory.into()),
        }
    }

    pub fn names_mut(&mut self, inode: Inode) -> io::Result<&mut Names> {
        match self.node_mut(inode) {
            Node::Folder { names, .. } => Ok(names),
            Node::File { .. } => Err(ErrorKind::NotADirectory.into()),
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
    pub fn may_give_way(&mut self, path: &Path, inode: Inode) -> io::Result<()> {
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
