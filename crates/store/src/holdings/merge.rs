//! Fewer segments out of many, the newest first.

use {
    super::{
        cover::Listed,
        entry::Entry,
        read::{Damage, Segment},
        write::Writer,
    },
    crate::{disk::Location, error::Error},
    longplay_model::Monitor,
    std::collections::VecDeque,
};

/// Entries of a merged segment at most.
pub const MOST_ENTRIES: u64 = 8 << 20;

/// From which segment on they should be one; `sizes` are entries, the oldest
/// first. `None` where all stay.
///
/// An older segment takes part where the newer ones together have as many
/// entries: what is large is seldom written again, and beyond [`MOST_ENTRIES`] never.
pub fn begin(sizes: &[u64]) -> Option<usize> {
    let last = sizes.len().checked_sub(1)?;
    let (mut begin, mut sum) = (last, sizes[last]);
    while let Some(before) = begin.checked_sub(1) {
        let size = sizes[before];
        if size > sum || size + sum > MOST_ENTRIES {
            break;
        }
        (begin, sum) = (before, sum + size);
    }
    (begin < last).then_some(begin)
}

/// Why segments were not merged.
#[derive(Debug)]
pub enum Stop {
    /// One of them, by its place, is damaged.
    Damaged(usize, Damage),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Writes the segment of all that `segments` have.
pub fn merge(
    folder: &Location,
    segments: &[Segment],
    monitor: &dyn Monitor,
) -> Result<Listed, Stop> {
    let tranches = segments.iter().flat_map(|segment| segment.tranches.clone());
    let mut writer = Writer::create(folder, tranches.collect())?;
    let mut first = 0;
    let mut cursors = Vec::new();
    for (place, segment) in segments.iter().enumerate() {
        cursors.push(Cursor::new(place, segment, first)?);
        // Fewer than 2^24, as each of them is in an entry.
        first += segment.tranches.len() as u32;
    }
    let mut written = 0u64;
    loop {
        let next = cursors
            .iter_mut()
            .min_by_key(|cursor| (cursor.next.is_none(), cursor.next));
        let Some((cursor, entry)) = next.and_then(|cursor| cursor.next.map(|it| (cursor, it)))
        else {
            return Ok(writer.finish()?);
        };
        writer.push(entry)?;
        cursor.step()?;
        written += 1;
        if written.is_multiple_of(1 << 16) && monitor.is_interrupted() {
            return Err(Stop::Failed(Error::Interrupted));
        }
    }
}

/// A segment that is read from its start to its end.
struct Cursor<'a> {
    place: usize,
    segment: &'a Segment,
    /// Tranches of the segments before it.
    first: u32,
    number: u64,
    block: VecDeque<Entry>,
    next: Option<Entry>,
}

impl<'a> Cursor<'a> {
    fn new(place: usize, segment: &'a Segment, first: u32) -> Result<Self, Stop> {
        let mut cursor = Self {
            place,
            segment,
            first,
            number: 0,
            block: VecDeque::new(),
            next: None,
        };
        cursor.step()?;
        Ok(cursor)
    }

    fn step(&mut self) -> Result<(), Stop> {
        if self.block.is_empty() && self.number < self.segment.blocks() {
            let block = self.segment.block(self.number);
            let block = block.map_err(|damage| Stop::Damaged(self.place, damage))?;
            self.block.extend(block.entries());
            self.number += 1;
        }
        let next = self.block.pop_front();
        self.next = next.map(|entry| entry.in_tranche(self.first + entry.tranche()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seals tranches one after another; gives the sizes of segments, the most
    /// that there ever were, and how many entries were written in all.
    fn grow(tranches: impl Iterator<Item = u64>) -> (Vec<u64>, usize, u64) {
        let (mut sizes, mut most, mut written) = (Vec::new(), 0, 0);
        for tranche in tranches {
            sizes.push(tranche);
            written += tranche;
            while let Some(begin) = begin(&sizes) {
                let sum: u64 = sizes.drain(begin..).sum();
                assert!(sum <= MOST_ENTRIES);
                written += sum;
                sizes.push(sum);
            }
            most = most.max(sizes.len());
        }
        (sizes, most, written)
    }

    #[test]
    fn nothing_or_one_is_not_merged() {
        assert_eq!(begin(&[]), None);
        assert_eq!(begin(&[5]), None);
        assert_eq!(begin(&[5, 4]), None);
        assert_eq!(begin(&[5, 5]), Some(0));
        assert_eq!(begin(&[9, 3, 2, 2]), Some(1));
        assert_eq!(begin(&[MOST_ENTRIES, MOST_ENTRIES]), None);
        assert_eq!(begin(&[1, 0]), None);
        assert_eq!(begin(&[0, 0]), Some(0));
    }

    #[test]
    fn eighty_six_million_blobs_make_few_segments_and_few_bytes_are_written_again() {
        let (sizes, most, written) = grow((0..2_200).map(|_| 39_091));
        assert_eq!(sizes.iter().sum::<u64>(), 86_000_200);
        assert!(most <= 32, "{most} segments at once");
        assert!(written <= 86_000_200 * 10, "{written} entries written");
        let (_, most, _) = grow((0..2_200u64).map(|number| number * 7_919 % 80_000));
        assert!(most <= 40, "{most} segments at once");
    }
}
