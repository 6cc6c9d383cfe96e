use {
    super::Snapshot,
    crate::{error::Error, origin::Origin, snapshot_meta::SourceEntry},
    std::{
        collections::{BTreeMap, BTreeSet, btree_map::Entry},
        path::{Path, PathBuf},
    },
};

/// Bytes of records that are held to be handed out in another order than they
/// are read; more are read one by one.
const MOST_HELD: u64 = 64 << 20;

/// A document of a source: what a record was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentId {
    /// Number of the source in the snapshot.
    pub source: u16,
    /// Counted from 1 over the whole source.
    pub number: u64,
}

/// Reads documents out of the sources of a snapshot, which stay open.
pub struct RawRecords<'a> {
    entries: &'a [SourceEntry],
    sources: PathBuf,
    open: BTreeMap<u16, Origin>,
}

impl Snapshot {
    /// The documents that the tracks were read from, out of the folder
    /// `sources`.
    pub fn raw_records(&self, sources: &Path) -> RawRecords<'_> {
        RawRecords {
            entries: &self.meta.sources,
            sources: sources.into(),
            open: BTreeMap::new(),
        }
    }
}

impl RawRecords<'_> {
    /// Documents byte for byte as they came, handed out in the order of `ids`;
    /// nothing for those that no source has. What lies close together is read
    /// once. Goes on as long as `take` wants more.
    ///
    /// # Errors
    /// When a source cannot be read.
    pub fn read(
        &mut self,
        ids: &[DocumentId],
        take: &mut dyn FnMut(DocumentId, Option<Vec<u8>>) -> bool,
    ) -> Result<(), Error> {
        let held = self.held(ids)?;
        for id in ids {
            let record = match held.get(id) {
                Some(record) => Some(record.clone()),
                None => self.one(*id)?,
            };
            if !take(*id, record) {
                break;
            }
        }
        Ok(())
    }

    /// As many of the documents as may be held.
    fn held(&mut self, ids: &[DocumentId]) -> Result<BTreeMap<DocumentId, Vec<u8>>, Error> {
        let mut held = BTreeMap::new();
        let mut left = MOST_HELD;
        for (source, numbers) in by_source(ids) {
            let Some((origin, entry)) = self.origin(source)? else {
                continue;
            };
            for (number, record) in origin.records(&numbers, entry, left)? {
                left = left.saturating_sub(record.len() as u64);
                held.insert(DocumentId { source, number }, record);
            }
        }
        Ok(held)
    }

    fn one(&mut self, id: DocumentId) -> Result<Option<Vec<u8>>, Error> {
        let Some((origin, entry)) = self.origin(id.source)? else {
            return Ok(None);
        };
        let mut found = origin.records(&[id.number], entry, u64::MAX)?;
        Ok(found.remove(&id.number))
    }

    fn origin(&mut self, source: u16) -> Result<Option<(&Origin, &SourceEntry)>, Error> {
        let Some(entry) = self.entries.get(usize::from(source)) else {
            return Ok(None);
        };
        let origin = match self.open.entry(source) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(Origin::open(&self.sources, entry)?),
        };
        Ok(Some((origin, entry)))
    }
}

/// The numbers of each source, ascending, each once.
fn by_source(ids: &[DocumentId]) -> BTreeMap<u16, Vec<u64>> {
    let ids: BTreeSet<DocumentId> = ids.iter().copied().collect();
    let mut numbers: BTreeMap<u16, Vec<u64>> = BTreeMap::new();
    for id in ids {
        numbers.entry(id.source).or_default().push(id.number);
    }
    numbers
}
