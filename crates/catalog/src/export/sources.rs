use crate::snapshot_meta::SourceEntry;

/// The sources of a snapshot by number.
pub(super) struct Sources {
    pub(super) entries: Vec<SourceEntry>,
}

impl Sources {
    pub(super) fn name(&self, number: u16) -> &str {
        let entry = self.entries.get(usize::from(number));
        entry.map_or("", |entry| &entry.name)
    }

    pub(super) fn is_open(&self, number: u16) -> bool {
        let entry = self.entries.get(usize::from(number));
        entry.is_some_and(SourceEntry::is_open)
    }

    /// What the source calls the track of a record.
    pub(super) fn id_of(&self, number: u16, stored: Option<&String>, record: u64) -> String {
        match self.entries.get(usize::from(number)) {
            Some(entry) => entry.id_of(stored.cloned(), record),
            None => stored.cloned().unwrap_or_default(),
        }
    }

    /// An id that is unique among all sources.
    pub(super) fn unique(&self, number: u16, id: String) -> String {
        match self.entries.len() {
            1 => id,
            _ => format!("{}:{id}", self.name(number)),
        }
    }
}
