//! A segment made of members that come in any order, in bounded memory.

use {
    super::{
        cover::{Covered, Listed},
        entry::{ENTRY_BYTES, Entry, Member},
        file::Spill,
        list,
        source::Tranche,
        write::Writer,
    },
    crate::{
        disk::Location,
        error::Error,
        work::{each, workers},
    },
    longplay_model::Monitor,
    std::sync::{Mutex, PoisonError},
};

/// Bytes of entries that are held in memory; the rest waits on disk.
pub const MEMORY: usize = 128 << 20;

/// Parts at most, by the first bits of digests.
const MOST_PARTS: usize = 256;

/// Members on their way into a segment, parted by the first bits of their
/// digests. Tranches may be added by several threads at once.
#[derive(Debug)]
pub struct Gather {
    folder: Location,
    parts: Vec<Mutex<Part>>,
    /// Bytes of a part that are held in memory.
    share: usize,
    tranches: Mutex<Vec<(u32, Covered)>>,
}

#[derive(Debug, Default)]
struct Part {
    bytes: Vec<u8>,
    spill: Option<Spill>,
}

impl Gather {
    /// For about `expected` members (a power of two of parts is made for them),
    /// holding `memory` bytes of them. What does not fit waits in `folder`.
    pub fn new(folder: impl Into<Location>, expected: u64, memory: usize) -> Self {
        let bytes = expected.saturating_mul(ENTRY_BYTES as u64);
        let wanted = bytes.div_ceil((memory as u64 / 4).max(1));
        let parts = usize::try_from(wanted)
            .unwrap_or(MOST_PARTS)
            .clamp(1, MOST_PARTS);
        let parts = parts.next_power_of_two();
        Self {
            folder: folder.into(),
            parts: (0..parts).map(|_| Mutex::default()).collect(),
            share: memory / parts,
            tranches: Mutex::default(),
        }
    }

    /// Adds a tranche with all its members. Tranches come in the order of
    /// `number`, each of which is given once.
    ///
    /// `false`, and nothing is added, when a number of a member is too large for an
    /// entry.
    pub fn add(&self, number: u32, tranche: &Tranche, members: &[Member]) -> Result<bool, Error> {
        let entries = members.iter().map(|member| Entry::new(number, member));
        let Some(mut entries) = entries.collect::<Option<Vec<Entry>>>() else {
            return Ok(false);
        };
        entries.sort_unstable();
        for run in entries.chunk_by(|a, b| self.part_of(a) == self.part_of(b)) {
            self.add_run(self.part_of(&run[0]), run)?;
        }
        let covered = Covered {
            name: tranche.name.to_string(),
            tagmanifest: tranche.tagmanifest,
            entries: members.len() as u64,
        };
        let mut tranches = self.tranches.lock().unwrap_or_else(PoisonError::into_inner);
        tranches.push((number, covered));
        Ok(true)
    }

    fn part_of(&self, entry: &Entry) -> usize {
        // Of the first 32 bits as a fraction.
        let high = entry.prefix() >> 32;
        (high as usize * self.parts.len()) >> 32
    }

    fn add_run(&self, number: usize, run: &[Entry]) -> Result<(), Error> {
        let mut part = self.parts[number]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Part { bytes, spill } = &mut *part;
        run.iter().for_each(|entry| bytes.extend(entry.as_bytes()));
        if bytes.len() <= self.share {
            return Ok(());
        }
        let spill = match spill {
            Some(spill) => spill,
            None => spill.insert(Spill::create(
                &self.folder,
                &format!("part-{number:03}.tmp"),
            )?),
        };
        spill.append(bytes)?;
        bytes.clear();
        Ok(())
    }

    /// Sorts the parts and writes the segment of all tranches that were added.
    ///
    /// # Errors
    /// [`Error::Interrupted`]; nothing counts then.
    pub(super) fn finish(self, monitor: &dyn Monitor) -> Result<Listed, Error> {
        let mut tranches = self
            .tranches
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        tranches.sort_by_key(|(number, _)| *number);
        let (numbers, covered): (Vec<u32>, Vec<Covered>) = tranches.into_iter().unzip();
        let mut writer = Writer::create(&self.folder, covered)?;
        let mut parts: Vec<Part> = self
            .parts
            .into_iter()
            .map(|part| part.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect();
        for some in parts.chunks_mut(workers()) {
            if monitor.is_interrupted() {
                return Err(Error::Interrupted);
            }
            for entries in each(some, |part| std::mem::take(part).sorted(&numbers)) {
                for entry in entries? {
                    writer.push(entry)?;
                }
            }
        }
        writer.finish()
    }

    /// The same, and makes the segment the whole index of the folder.
    pub fn finish_alone(self, monitor: &dyn Monitor) -> Result<(), Error> {
        let folder = self.folder.clone();
        let listed = self.finish(monitor)?;
        list::write(&folder, &[listed])
    }
}

impl Part {
    /// Its entries in order, each tranche under its place in `numbers`.
    fn sorted(self, numbers: &[u32]) -> Result<Vec<Entry>, Error> {
        let mut bytes = Vec::new();
        if let Some(spill) = self.spill {
            spill.take(&mut bytes)?;
        }
        bytes.extend(self.bytes);
        let place = |number: u32| numbers.partition_point(|earlier| *earlier < number);
        let mut entries: Vec<Entry> = bytes
            .chunks_exact(ENTRY_BYTES)
            .filter_map(Entry::read)
            .map(|entry| entry.in_tranche(place(entry.tranche()) as u32))
            .collect();
        entries.sort_unstable();
        Ok(entries)
    }
}
