//! New files, read from the disk before they take the place of anything: leaf by leaf
//! where the journal proves what each leaf is, else whole.
//!
//! ```text
//!   made:     ████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓······
//!   durable:  ████████████████████
//!   compared: ████████████            while more is made; the rest on all cores after it
//! ```

use {
    crate::{
        behind::{Opened, sync},
        disk::Aligned,
        error::Error,
        facts::{
            Place,
            observe::{Observation, observe},
            place::Found,
        },
        merkle::LEAF_BYTES,
        repair::target::Target,
        verify::{
            Unhurried,
            leafwise::{Compared, Task, compare_all},
            proven::{Expected, Leaves},
            survey::Seen,
        },
        work::each,
    },
    longplay_model::{Monitor, Unit},
    std::{
        collections::BTreeMap,
        iter,
        ops::Range,
        sync::{Mutex, MutexGuard},
    },
};

/// Bytes that are read at a time while more is made.
const CHUNK: u64 = 1 << 20;

/// Leaves that are made in all new files.
#[derive(Default)]
struct Made {
    /// All before this one are.
    end: u64,
    /// Those beyond it that came sooner than others: first leaf and end of each range.
    ahead: BTreeMap<u64, u64>,
}

impl Made {
    fn insert(&mut self, leaves: Range<u64>) {
        self.ahead.insert(leaves.start, leaves.end);
        while let Some(next) = self.ahead.first_entry().filter(|it| *it.key() <= self.end) {
            self.end = self.end.max(next.remove());
        }
    }
}

/// Reads new files of a stripe back.
pub struct ReadBack<'a> {
    /// Of those whose leaf files are proven.
    expected: &'a BTreeMap<Place, Expected>,
    /// Of those that are made.
    leaves: BTreeMap<Place, Leaves>,
    made: Mutex<Made>,
    /// Leaves at the start of each file that were read from the disk, and are right.
    compared: Mutex<BTreeMap<Place, u64>>,
}

impl<'a> ReadBack<'a> {
    /// Of `targets` that `expected` tells of.
    pub fn new<'t>(
        expected: &'a BTreeMap<Place, Expected>,
        targets: impl IntoIterator<Item = &'t Target<'t>>,
    ) -> Self {
        let places = targets.into_iter().map(|target| &target.shard.place);
        let leaves =
            places.filter_map(|place| Some((place.clone(), expected.get(place)?.leaves()?)));
        Self {
            expected,
            leaves: leaves.collect(),
            made: Mutex::default(),
            compared: Mutex::default(),
        }
    }

    /// Notes leaves that were written, to all files.
    pub fn wrote(&self, leaves: Range<u64>) {
        locked(&self.made).insert(leaves);
    }

    /// Brings to the disk what was written, and compares what has come there of the start
    /// of each file. What is read otherwise than it should be is read again at the end.
    ///
    /// # Errors
    /// When the disk did not take it.
    pub fn advance(&self, targets: &[Target], files: &[Opened]) -> Result<(), Error> {
        let end = locked(&self.made).end;
        sync(files)?;
        targets.iter().for_each(|target| self.compare(target, end));
        Ok(())
    }

    /// Compares leaves up to `end`, which lie on the disk.
    fn compare(&self, target: &Target, end: u64) {
        let place = &target.shard.place;
        let Some((expected, leaves)) = self.expected.get(place).zip(self.leaves.get(place)) else {
            return;
        };
        // Of a leaf that the coded bytes end in, more may come.
        let end = end.min(target.coded.min(expected.bytes()) / LEAF_BYTES) * LEAF_BYTES;
        let Ok(file) = target.temporary.open_uncached() else {
            return;
        };
        // What memory holds of a file proves nothing of the disk.
        target.file.forget();
        let mut at = self.compared(place) * LEAF_BYTES;
        let mut buffer = Aligned::new(CHUNK as usize);
        while at < end {
            let chunk = &mut buffer[..(end - at).min(CHUNK) as usize];
            if file.read_exact_at(chunk, at).is_err() {
                break;
            }
            let sound = leaves.agrees_from(at, chunk) * LEAF_BYTES;
            at += sound;
            if sound < chunk.len() as u64 {
                break;
            }
        }
        locked(&self.compared).insert(place.clone(), at / LEAF_BYTES);
    }

    fn compared(&self, place: &Place) -> u64 {
        locked(&self.compared).get(place).copied().unwrap_or(0)
    }

    /// What stands on the disk of these files, in their order.
    ///
    /// # Errors
    /// When the disk did not take them, or does not give them back.
    pub fn finish(
        &self,
        targets: &[&Target],
        monitor: &dyn Monitor,
    ) -> Result<Vec<Observation>, Error> {
        let mut targets = targets.to_vec();
        let synced = each(&mut targets, |target| target.sync());
        synced.into_iter().collect::<Result<(), Error>>()?;
        let files = files(&targets)?;
        let compared = files.iter().map(|file| self.compared(&file.place));
        let left = iter::zip(&files, compared)
            .map(|(file, compared)| file.bytes.saturating_sub(compared * LEAF_BYTES));
        monitor.begin("reading back", Some(left.sum()), Unit::Bytes);
        targets.iter().for_each(|target| target.file.forget());
        let sound = self.sound(&files, monitor)?;
        let seen = each(&mut targets, |target| {
            let sound = sound.get(&target.shard.place).cloned();
            sound.map_or_else(|| observe(&target.temporary, monitor), Ok)
        });
        seen.into_iter().collect()
    }

    /// Those of which every leaf is as it was sealed.
    fn sound(&self, files: &[Found], monitor: &dyn Monitor) -> Result<Seen, Error> {
        let tasks = files.iter().filter_map(|found| {
            let expected = self.expected.get(&found.place)?;
            (found.bytes == expected.bytes()).then_some(Task {
                expected,
                found,
                compared: self.compared(&found.place),
                cold: true,
            })
        });
        let tasks: Vec<Task> = tasks.collect();
        let compared = compare_all(&tasks, &Unhurried, monitor)?;
        let is_sound = |task: &&Task| {
            let place = &task.expected.place;
            compared.get(place) == Some(&Compared::Sound)
        };
        let sound = tasks.iter().filter(is_sound).map(|task| task.expected);
        Ok(sound
            .map(|it| (it.place.clone(), it.observation()))
            .collect())
    }
}

fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().expect("nobody panics while it is held")
}

fn files(targets: &[&Target]) -> Result<Vec<Found>, Error> {
    let file = |target: &&Target| {
        let bytes = target.file.bytes();
        Ok(Found {
            place: target.shard.place.clone(),
            location: target.temporary.clone(),
            bytes: bytes.map_err(|source| Error::read(&target.temporary, source))?,
        })
    };
    targets.iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_counts_from_the_start_without_gaps() {
        let mut made = Made::default();
        let ends = [2..4, 6..8, 0..2, 4..6, 10..12, 8..9].map(|leaves| {
            made.insert(leaves);
            made.end
        });
        assert_eq!(ends, [0, 0, 4, 8, 8, 9]);
    }
}
