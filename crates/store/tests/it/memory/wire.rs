use {
    super::tree::Inode,
    std::{
        collections::BTreeMap,
        io,
        path::{Path, PathBuf},
    },
};

/// What stands between the store and the disk: it counts what is done there,
/// and ends or fails as it is told.
#[derive(Debug, Clone, Default)]
pub struct Wire {
    /// Writes, syncs and changes of names so far.
    pub operations: u64,
    /// A digest of all that was done, in its order.
    pub log: u64,
    /// Operations until everything fails.
    left: Option<u64>,
    is_off: bool,
    pub faults: Vec<Fault>,
    /// What comes to the next file that is made: how, and how often.
    pub fault_of_next: Option<(FaultKind, u32)>,
    /// Files that were opened to be read, while somebody wants to know.
    pub opened: Option<Vec<PathBuf>>,
    /// Bytes that were read of each file.
    pub read: BTreeMap<Inode, u64>,
    /// How often a lock was asked for.
    pub locks_asked: u32,
    /// The disk does not keep its promise of making all durable when it is asked.
    pub is_careless: bool,
}

/// A failure in reading that passes.
#[derive(Debug, Clone)]
pub struct Fault {
    pub inode: Inode,
    pub kind: FaultKind,
    /// How often it comes.
    pub times: u32,
    /// Whether it came.
    pub has_come: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Reading fails.
    Error,
    /// This byte of what is read, if it is long enough, is another.
    Flip(usize),
    /// The length that is told.
    Length(u64),
}

impl Wire {
    /// Everything fails from the operation on that comes after `count` more.
    pub const fn end_after(&mut self, count: u64) {
        self.left = Some(count);
    }

    /// Nothing fails any more, nor will.
    pub const fn switch_on(&mut self) {
        self.left = None;
        self.is_off = false;
    }

    pub const fn is_off(&self) -> bool {
        self.is_off
    }

    /// Something is read or looked at.
    pub fn look(&mut self, what: &str, inode: u64, at: u64) -> io::Result<()> {
        self.note(what.as_bytes());
        self.note(&inode.to_le_bytes());
        self.note(&at.to_le_bytes());
        match self.is_off {
            true => Err(off()),
            false => Ok(()),
        }
    }

    /// The same by its path.
    pub fn look_at(&mut self, what: &str, path: &Path) -> io::Result<()> {
        self.note(path.as_os_str().as_encoded_bytes());
        self.look(what, 0, 0)
    }

    /// Something is changed: counted, and the end of everything when it is its
    /// turn.
    pub fn change(&mut self, what: &str, subject: &[u8], at: u64) -> io::Result<()> {
        self.note(subject);
        self.look(what, 0, at)?;
        self.operations += 1;
        match self.left {
            Some(0) => {
                self.is_off = true;
                Err(off())
            }
            Some(left) => {
                self.left = Some(left - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub fn change_at(&mut self, what: &str, path: &Path) -> io::Result<()> {
        self.change(what, path.as_os_str().as_encoded_bytes(), 0)
    }

    /// A file is made: it gets the failure that waits for one.
    pub fn made(&mut self, inode: Inode) {
        let waiting = self.fault_of_next.take();
        self.faults.extend(waiting.map(|(kind, times)| Fault {
            inode,
            kind,
            times,
            has_come: false,
        }));
    }

    /// The failure that comes now in reading this file.
    pub fn fault(&mut self, inode: Inode, of_length: bool) -> Option<FaultKind> {
        let is_due = |fault: &&mut Fault| {
            let is_of_length = matches!(fault.kind, FaultKind::Length(_));
            fault.inode == inode && fault.times > 0 && is_of_length == of_length
        };
        let fault = self.faults.iter_mut().find(is_due)?;
        fault.times -= 1;
        fault.has_come = true;
        Some(fault.kind)
    }

    /// FNV-1a, eight bytes at a time.
    fn note(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.log = (self.log ^ u64::from_le_bytes(word)).wrapping_mul(0x100_0000_01b3);
            self.log ^= self.log >> 29;
        }
    }
}

fn off() -> io::Error {
    io::Error::other("the power is off")
}
