//! Files of a stripe that nobody has looked at yet, compared with their leaves while others
//! are made from them: what is lost at sight is healed by reading the rest once.

use {
    crate::{
        error::Error,
        facts::{Place, place::Found},
        merkle::{LEAF_BYTES, leaf_count},
        verify::{
            Unhurried,
            leafwise::{Compared, Task, compare_all},
            proven::{Expected, Leaves},
            shard::Shard,
            survey::Survey,
        },
    },
    longplay_model::{Monitor, Unit},
    longplay_wide::{hash_each, side_by_side},
    std::{
        collections::BTreeMap,
        iter,
        ops::Range,
        sync::atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// Files of a stripe that are there, have the right length, and were not read.
#[derive(Default)]
pub struct Survivors<'a> {
    rows: BTreeMap<usize, Survivor<'a>>,
    /// Which of them nothing proves: they are looked at whole.
    unproven: Vec<Place>,
    /// Leaves at the start of all that were compared.
    end: AtomicU64,
}

struct Survivor<'a> {
    expected: &'a Expected,
    leaves: Leaves,
    found: &'a Found,
    /// Leaves that the code covers whole.
    coded: u64,
    differs: AtomicBool,
}

impl<'a> Survivors<'a> {
    /// Those of `shards` that nobody has read; what they should be is in `expected`.
    pub fn of(
        survey: &'a Survey,
        shards: impl Iterator<Item = &'a Shard>,
        expected: &'a BTreeMap<Place, Expected>,
    ) -> Self {
        let mut survivors = Self::default();
        for shard in shards {
            let survivor = expected.get(&shard.place).zip(survey.file(&shard.place));
            let survivor = survivor.and_then(|(it, found)| Some((it, it.leaves()?, found)));
            let Some((expected, leaves, found)) = survivor else {
                survivors.unproven.push(shard.place.clone());
                continue;
            };
            let survivor = Survivor {
                expected,
                leaves,
                found,
                coded: shard.coded.unwrap_or(0).min(expected.bytes()) / LEAF_BYTES,
                differs: AtomicBool::new(false),
            };
            survivors.rows.insert(shard.row, survivor);
        }
        survivors
    }

    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.rows.keys().copied()
    }

    /// Whether these leaves are the next ones: only then they are compared while others
    /// are made.
    pub fn are_next(&self, leaves: &Range<u64>) -> bool {
        !self.rows.is_empty() && self.end.load(Ordering::Relaxed) == leaves.start
    }

    /// All leaves up to this one were compared.
    pub fn reached(&self, end: u64) {
        self.end.store(end, Ordering::Relaxed);
    }

    /// Leaves of all rows that a buffer has room for, so that they are hashed in as many
    /// at once as the machine does.
    pub fn room(leaves: usize) -> usize {
        leaves.next_multiple_of(side_by_side::<[u32; 8]>())
    }

    /// Compares `leaves` of these rows, which stand in `bytes` one row after the other,
    /// `portion` leaves each.
    pub fn compare(&self, rows: &[usize], leaves: &Range<u64>, portion: u64, bytes: &[u8]) {
        let hashes = hash_each(bytes, LEAF_BYTES as usize);
        for (row, hashes) in iter::zip(rows, hashes.chunks(portion as usize)) {
            let Some(survivor) = self.rows.get(row) else {
                continue;
            };
            let end = leaves.end.min(survivor.coded);
            let expected = survivor.leaves.between(leaves.start.min(end)..end);
            if !iter::zip(hashes, expected).all(|(hash, leaf)| hash == leaf.as_bytes()) {
                survivor.differs.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Compares the rest of the leaves; gives files that were read otherwise than they
    /// should be, or that nothing proves.
    ///
    /// # Errors
    /// When the job is interrupted.
    pub fn finish(self, monitor: &dyn Monitor) -> Result<Vec<Place>, Error> {
        let mut doubtful = self.unproven;
        let end = self.end.into_inner();
        let (differing, alike): (Vec<Survivor>, Vec<Survivor>) = self
            .rows
            .into_values()
            .partition(|survivor| survivor.differs.load(Ordering::Relaxed));
        doubtful.extend(differing.into_iter().map(|it| it.found.place.clone()));
        let tasks: Vec<Task> = alike
            .iter()
            .map(|survivor| Task {
                expected: survivor.expected,
                found: survivor.found,
                compared: end.min(survivor.coded),
                cold: false,
            })
            .collect();
        let left = |task: &Task| leaf_count(task.found.bytes) - task.compared;
        let left: u64 = tasks.iter().map(left).sum();
        if left > 0 {
            monitor.begin("reading the rest", Some(left * LEAF_BYTES), Unit::Bytes);
        }
        let compared = compare_all(&tasks, &Unhurried, monitor)?;
        let unsound = compared
            .into_iter()
            .filter(|(_, compared)| *compared != Compared::Sound);
        doubtful.extend(unsound.map(|(place, _)| place));
        Ok(doubtful)
    }
}
