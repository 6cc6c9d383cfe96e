use {
    super::{cutting::Fall, meta::Member},
    crate::sources::Splitting,
    std::{ops::Range, sync::Arc},
};

/// The bytes of one member, or of a source that is one file.
#[derive(Clone)]
pub(super) struct Stretch {
    pub(super) range: Range<u64>,
    pub(super) member: Option<Arc<str>>,
    pub(super) fall: Fall,
}

/// The stretches of a source in the order of their bytes.
pub(super) struct Stretches {
    members: Option<Arc<[Member]>>,
    splitting: Splitting,
    /// Bytes of the whole source.
    bytes: u64,
    next: usize,
    start: u64,
}

impl Stretches {
    pub(super) fn new(members: Option<Arc<[Member]>>, splitting: Splitting, bytes: u64) -> Self {
        Self {
            members,
            splitting,
            bytes,
            next: 0,
            start: 0,
        }
    }

    /// Passes over what ends before `offset`; an empty stretch at `offset`
    /// stays, for it may be a document.
    pub(super) fn skip_to(&mut self, offset: u64) {
        let members = self.members.clone();
        for member in members.iter().flat_map(|members| members.iter()) {
            let end = self.start.saturating_add(member.bytes);
            if end > offset || self.start >= offset {
                break;
            }
            self.start = end;
            self.next += 1;
        }
    }
}

impl Iterator for Stretches {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        let (path, end) = match &self.members {
            Some(members) => {
                let member = members.get(self.next)?;
                (Some(&*member.path), self.start.saturating_add(member.bytes))
            }
            None if self.next == 0 && self.bytes > 0 => (None, self.bytes),
            None => return None,
        };
        let stretch = Stretch {
            // Members that claim more than there is end with the source.
            range: self.start.min(self.bytes)..end.min(self.bytes),
            member: path.map(Arc::from),
            fall: Fall::of(self.splitting, path),
        };
        (self.start, self.next) = (end, self.next + 1);
        Some(stretch)
    }
}
