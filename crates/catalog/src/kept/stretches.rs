use {
    super::{cutting::Fall, meta::Member},
    crate::sources::{Splitting, item_of},
    std::{ops::Range, sync::Arc},
};

/// The bytes of one member, of those that make one item together, or of a
/// source that is one file.
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

impl Stretches {
    /// How many members, from the next on, are one document.
    fn together(&self, members: &[Member]) -> usize {
        let item = |member: &Member| item_of(&member.path).map(str::to_owned);
        let Some(first) = members.get(self.next) else {
            return 0;
        };
        match (self.splitting, item(first)) {
            (Splitting::Items, Some(of)) => members[self.next..]
                .iter()
                .take_while(|member| item(member).as_ref() == Some(&of))
                .count(),
            _ => 1,
        }
    }
}

impl Iterator for Stretches {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        let mut count = 1;
        let (path, end) = match &self.members {
            Some(members) => {
                count = self.together(members);
                let members = members.get(self.next..self.next + count)?;
                let bytes = members.iter().map(|member| member.bytes);
                let end = bytes.fold(self.start, u64::saturating_add);
                (Some(&*members.first()?.path), end)
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
        (self.start, self.next) = (end, self.next + count);
        Some(stretch)
    }
}
