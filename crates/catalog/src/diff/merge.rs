//! Two parts with the same range of ids, side by side.

use {
    crate::spill::{Spill, spill_struct},
    serde::Serialize,
    std::{cmp::Ordering, collections::BTreeMap},
};

/// What of a track may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    Title,
    Credit,
    Release,
    Duration,
    Isrcs,
    Popularity,
    Rights,
}

impl Field {
    pub const ALL: [Self; 7] = [
        Self::Title,
        Self::Credit,
        Self::Release,
        Self::Duration,
        Self::Isrcs,
        Self::Popularity,
        Self::Rights,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Credit => "credit",
            Self::Release => "release",
            Self::Duration => "duration",
            Self::Isrcs => "isrcs",
            Self::Popularity => "popularity",
            Self::Rights => "rights",
        }
    }
}

/// How much is different.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct DiffCounts {
    pub old_tracks: u64,
    pub new_tracks: u64,
    pub added: u64,
    pub removed: u64,
    pub changed: u64,
    pub same: u64,
    /// Tracks of which this changed, in the order of [`Field::ALL`].
    pub fields: Vec<(Field, u64)>,
}

/// A track as it is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry {
    pub(super) id: [u8; 16],
    pub(super) row: u32,
    pub(super) title: u64,
    pub(super) credit: u64,
    pub(super) release: u64,
    pub(super) isrcs: u64,
    pub(super) rights: u64,
    pub(super) duration: Option<u32>,
    /// Not a number where it is not told.
    pub(super) popularity: f32,
}

spill_struct!(Entry {
    id,
    row,
    title,
    credit,
    release,
    isrcs,
    rights,
    duration,
    popularity
});

/// Bytes of an entry in memory.
pub(super) const BYTES: u64 = size_of::<Entry>() as u64;

impl Entry {
    fn changes(&self, new: &Self) -> Vec<Field> {
        let is_changed = |field: &Field| match field {
            Field::Title => self.title != new.title,
            Field::Credit => self.credit != new.credit,
            Field::Release => self.release != new.release,
            Field::Duration => self.duration != new.duration,
            Field::Isrcs => self.isrcs != new.isrcs,
            Field::Popularity => self.popularity.to_bits() != new.popularity.to_bits(),
            Field::Rights => self.rights != new.rights,
        };
        Field::ALL.into_iter().filter(is_changed).collect()
    }
}

/// The lowest rows of those that were added.
#[derive(Debug)]
pub(super) struct Lowest {
    limit: usize,
    count: u64,
    rows: Vec<u32>,
}

impl Lowest {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            count: 0,
            rows: Vec::new(),
        }
    }

    fn add(&mut self, row: u32) {
        self.count += 1;
        self.keep(row);
    }

    fn keep(&mut self, row: u32) {
        let at = self.rows.partition_point(|known| *known < row);
        if at < self.limit {
            self.rows.insert(at, row);
            self.rows.truncate(self.limit);
        }
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        other.rows.into_iter().for_each(|row| self.keep(row));
    }

    /// Ascending.
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }
}

/// What was found so far.
#[derive(Debug)]
pub(super) struct Merged {
    limit: usize,
    pub(super) added: Lowest,
    pub(super) removed: Lowest,
    /// New row, old row and fields of the lowest new rows.
    pub(super) changed: BTreeMap<u32, (u32, Vec<Field>)>,
    changes: u64,
    same: u64,
    fields: [u64; Field::ALL.len()],
}

impl Merged {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            added: Lowest::new(limit),
            removed: Lowest::new(limit),
            changed: BTreeMap::new(),
            changes: 0,
            same: 0,
            fields: [0; Field::ALL.len()],
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.added.merge(other.added);
        self.removed.merge(other.removed);
        self.changes += other.changes;
        self.same += other.same;
        let fields = self.fields.iter_mut().zip(other.fields);
        fields.for_each(|(count, more)| *count += more);
        for (row, change) in other.changed {
            self.keep(row, change);
        }
    }

    fn both(&mut self, old: &Entry, new: &Entry) {
        let fields = old.changes(new);
        if fields.is_empty() {
            self.same += 1;
            return;
        }
        self.changes += 1;
        for field in &fields {
            self.fields[*field as usize] += 1;
        }
        self.keep(new.row, (old.row, fields));
    }

    fn keep(&mut self, row: u32, change: (u32, Vec<Field>)) {
        self.changed.insert(row, change);
        if self.changed.len() > self.limit {
            self.changed.pop_last();
        }
    }

    pub(super) fn counts(&self, [old_tracks, new_tracks]: [u64; 2]) -> DiffCounts {
        DiffCounts {
            old_tracks,
            new_tracks,
            added: self.added.count,
            removed: self.removed.count,
            changed: self.changes,
            same: self.same,
            fields: Field::ALL.into_iter().zip(self.fields).collect(),
        }
    }
}

/// Compares a part of the old snapshot with that of the new one.
pub(super) fn part(old: Vec<u8>, new: Vec<u8>, limit: usize) -> Merged {
    let [old, new] = [old, new].map(|bytes| {
        let mut entries = Entry::all(&bytes);
        entries.sort_unstable_by_key(|entry| (entry.id, entry.row));
        entries
    });
    let mut merged = Merged::new(limit);
    let mut news = new.iter().peekable();
    for old in &old {
        while let Some(added) = news.next_if(|new| new.id < old.id) {
            merged.added.add(added.row);
        }
        match news.peek().map(|new| new.id.cmp(&old.id)) {
            Some(Ordering::Equal) => {
                let new = news.next().expect("it was peeked at");
                merged.both(old, new);
            }
            _ => merged.removed.add(old.row),
        }
    }
    news.for_each(|added| merged.added.add(added.row));
    merged
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn entry(id: u8, row: u32, title: u64) -> Entry {
        Entry {
            id: [id; 16],
            row,
            title,
            credit: 0,
            release: 0,
            isrcs: 0,
            rights: 0,
            duration: None,
            popularity: f32::NAN,
        }
    }

    fn bytes(entries: &[Entry]) -> Vec<u8> {
        let mut bytes = Vec::new();
        entries.iter().for_each(|entry| entry.put(&mut bytes));
        bytes
    }

    proptest! {
        #[test]
        fn parts_are_compared_as_sets(
            old in prop::collection::btree_map(0u8..40, 0u64..3, 0..30),
            new in prop::collection::btree_map(0u8..40, 0u64..3, 0..30),
            limit in 0usize..5,
        ) {
            // Rows run against the ids.
            let side = |map: &BTreeMap<u8, u64>| -> Vec<Entry> {
                map.iter().map(|(id, title)| entry(*id, 100 - u32::from(*id), *title)).collect()
            };
            let merged = part(bytes(&side(&old)), bytes(&side(&new)), limit);
            let mut added: Vec<u32> = new.keys().filter(|id| !old.contains_key(id)).map(|id| 100 - u32::from(*id)).collect();
            let changed = old.iter().filter(|(id, title)| new.get(id).is_some_and(|it| it != *title)).count();
            let same = old.iter().filter(|(id, title)| new.get(id) == Some(title)).count();
            let counts = merged.counts([0, 0]);
            prop_assert_eq!(counts.added as usize, added.len());
            prop_assert_eq!(counts.removed as usize, old.len() - changed - same);
            prop_assert_eq!((counts.changed as usize, counts.same as usize), (changed, same));
            prop_assert_eq!(counts.fields[0], (Field::Title, changed as u64));
            added.sort_unstable();
            added.truncate(limit);
            prop_assert_eq!(merged.added.rows(), &added[..]);
            prop_assert_eq!(merged.changed.len(), changed.min(limit));
        }
    }
}
