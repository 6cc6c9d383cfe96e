//! Reading one list of rows, from the front or by leaps.

use {
    super::{
        list::ENTRY,
        pack::{BLOCK, Reader},
        pages::{Pages, Place},
        value::{self, Value},
    },
    crate::{error::Error, varint},
};

/// Stands at a row of a list, or behind its end.
#[derive(Debug, Clone)]
pub(super) struct ListCursor<'a> {
    /// Rows of the list.
    count: u64,
    /// Where blocks and entries are read.
    blocks: Place<'a>,
    heads: Place<'a>,
    blocks_start: u64,
    blocks_bytes: u64,
    entries_start: u64,
    /// Rows are below this.
    documents: u64,
    block: u64,
    reader: Reader,
    /// Where it stands, if at any row.
    row: Option<u32>,
    /// The last row of the block; the head of a list of one block does not tell it.
    last: u32,
}

/// Where a block is, and what it may hold.
struct Bounds {
    /// The first row that it may hold, and its last where the head says so.
    base: u32,
    last: Option<u32>,
    /// Its bytes among those of all blocks.
    start: u64,
    end: u64,
}

/// An entry of a head.
#[derive(Debug, Clone, Copy)]
struct Entry {
    last: u32,
    start: u32,
}

impl<'a> ListCursor<'a> {
    /// Stands at the first row.
    pub(super) fn open(pages: &'a Pages, value: Value, documents: u64) -> Result<Self, Error> {
        let mut cursor = Self {
            count: 1,
            blocks: Place::new(pages),
            heads: Place::new(pages),
            blocks_start: 0,
            blocks_bytes: 0,
            entries_start: 0,
            documents,
            block: 0,
            reader: Reader::new(),
            row: None,
            last: 0,
        };
        match value.place() {
            value::Place::Row(row) if u64::from(row) < documents => {
                (cursor.row, cursor.last) = (Some(row), row);
            }
            value::Place::Row(_) => return Err(pages.damaged()),
            value::Place::Head(head) => cursor.read_head(head)?,
        }
        Ok(cursor)
    }

    fn read_head(&mut self, head: u64) -> Result<(), Error> {
        let damaged = || self.blocks.pages.damaged();
        let mut bytes = [0; 20];
        let length = self.blocks.pages.length().saturating_sub(head).min(20) as usize;
        self.heads.read(head, &mut bytes[..length])?;
        let mut rest = &bytes[..length];
        let count = varint::take(&mut rest).ok_or_else(damaged)?;
        let blocks = varint::take(&mut rest).ok_or_else(damaged)?;
        let is_sound = (2..=self.documents).contains(&count);
        let start = head.checked_sub(blocks).filter(|_| is_sound);
        self.blocks_start = start.ok_or_else(damaged)?;
        self.entries_start = head + (length - rest.len()) as u64;
        self.blocks_bytes = blocks;
        self.count = count;
        self.open_block(0)?;
        self.read(|_| false)
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Where the bytes behind the head begin.
    pub(super) fn end_of_head(&self) -> u64 {
        let entries = match self.block_count() {
            1 => 0,
            blocks => blocks * ENTRY as u64,
        };
        self.entries_start + entries
    }

    /// The last row of a list of several blocks.
    pub(super) fn last(&mut self) -> Result<u32, Error> {
        Ok(self.entry(self.block_count() - 1)?.last)
    }

    const fn block_count(&self) -> u64 {
        self.count.div_ceil(BLOCK as u64)
    }

    /// The row that it stands at; `None` at the end.
    #[inline]
    pub(super) const fn row(&self) -> Option<u32> {
        self.row
    }

    /// Goes to the next row.
    #[inline]
    pub(super) fn step(&mut self) -> Result<(), Error> {
        match self.reader.is_done() || self.row.is_none() {
            true => self.next_block(),
            false => self.read(|_| false),
        }
    }

    /// Stands at the first row of the next block then.
    fn next_block(&mut self) -> Result<(), Error> {
        if self.row.is_none() || self.block + 1 >= self.block_count() {
            self.row = None;
            return Ok(());
        }
        self.open_block(self.block + 1)?;
        self.read(|_| false)
    }

    /// Goes to the first row from `end` on, and hands over those before it.
    pub(super) fn through(&mut self, end: u64, mut take: impl FnMut(u32)) -> Result<(), Error> {
        while let Some(row) = self.row.filter(|row| u64::from(*row) < end) {
            take(row);
            if !self.reader.is_done() {
                self.read(|row| {
                    let is_before = u64::from(row) < end;
                    if is_before {
                        take(row);
                    }
                    is_before
                })?;
                if self.row.is_none_or(|row| u64::from(row) >= end) {
                    return Ok(());
                }
            }
            self.next_block()?;
        }
        Ok(())
    }

    /// Goes to the first row from `target` on, never back.
    pub(super) fn seek(&mut self, target: u32) -> Result<(), Error> {
        if self.row.is_none_or(|row| row >= target) {
            return Ok(());
        }
        if self.last < target {
            let Some(block) = self.block_from(target)? else {
                self.row = None;
                return Ok(());
            };
            self.open_block(block)?;
        }
        self.read(|row| row < target)?;
        if self.row.is_some_and(|row| row < target) {
            // It ends before the target, which only a list of one block may do.
            self.row = None;
            if self.block_count() > 1 {
                return Err(self.blocks.pages.damaged());
            }
        }
        Ok(())
    }

    /// The first block behind this one that ends at `target` or later: in
    /// doubling steps, then by halves.
    fn block_from(&mut self, target: u32) -> Result<Option<u64>, Error> {
        let count = self.block_count();
        let mut low = self.block + 1;
        let mut step = 1;
        let mut high = low;
        while high < count && self.entry(high)?.last < target {
            low = high + 1;
            high += step;
            step *= 2;
        }
        high = high.min(count);
        while low < high {
            let middle = low.midpoint(high);
            if self.entry(middle)?.last < target {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok((low < count).then_some(low))
    }

    fn entry(&mut self, block: u64) -> Result<Entry, Error> {
        let mut bytes = [0; ENTRY];
        let offset = self.entries_start + block * ENTRY as u64;
        self.heads.read(offset, &mut bytes)?;
        Ok(entry(bytes))
    }

    /// None of its rows is read yet.
    fn open_block(&mut self, block: u64) -> Result<(), Error> {
        let pages = self.blocks.pages;
        let damaged = || pages.damaged();
        let Bounds {
            base,
            last,
            start,
            end,
        } = self.bounds(block)?.ok_or_else(damaged)?;
        let count = (self.count - block * BLOCK as u64).min(BLOCK as u64) as usize;
        let length = end.checked_sub(start).and_then(|n| usize::try_from(n).ok());
        let room = length.and_then(|length| self.reader.room(length));
        let start = self.blocks_start + start;
        self.blocks.read(start, room.ok_or_else(damaged)?)?;
        self.reader.open(base, count).ok_or_else(damaged)?;
        (self.block, self.last) = (block, last.unwrap_or(u32::MAX));
        Ok(())
    }

    /// Reads rows of the block as long as `goes_on` says so, and stands at the last.
    #[inline]
    fn read(&mut self, mut goes_on: impl FnMut(u32) -> bool) -> Result<(), Error> {
        let mut found = None;
        let is_read = self.reader.read(|row| {
            found = Some(row);
            goes_on(row)
        });
        self.row = found.or(self.row);
        let is_sound = |row: u32| {
            let is_in_place = match self.reader.is_done() && self.block_count() > 1 {
                true => row == self.last,
                false => row <= self.last,
            };
            u64::from(row) < self.documents && is_in_place
        };
        match is_read.is_some() && self.row.is_some_and(is_sound) {
            true => Ok(()),
            false => Err(self.blocks.pages.damaged()),
        }
    }

    /// `None` where the entries contradict one another.
    fn bounds(&mut self, block: u64) -> Result<Option<Bounds>, Error> {
        let count = self.block_count();
        if count == 1 {
            return Ok(Some(Bounds {
                base: 0,
                last: None,
                start: 0,
                end: self.blocks_bytes,
            }));
        }
        let own = self.entry(block)?;
        let base = match block.checked_sub(1) {
            Some(before) => self.entry(before)?.last.checked_add(1),
            None => Some(0),
        };
        let end = if block + 1 < count {
            u64::from(self.entry(block + 1)?.start)
        } else {
            self.blocks_bytes
        };
        let bounds = |base| Bounds {
            base,
            last: Some(own.last),
            start: own.start.into(),
            end,
        };
        Ok(base.map(bounds).filter(|_| end <= self.blocks_bytes))
    }
}

fn entry(bytes: [u8; ENTRY]) -> Entry {
    let [a, b, c, d, e, f, g, h] = bytes;
    Entry {
        last: u32::from_le_bytes([a, b, c, d]),
        start: u32::from_le_bytes([e, f, g, h]),
    }
}

#[cfg(test)]
mod tests {
    use {
        super::{super::list::write, *},
        proptest::prelude::*,
        std::path::Path,
    };

    fn rows(gaps: &[u32]) -> Vec<u32> {
        let mut next = 0;
        let row = |gap: &u32| {
            next += gap + 1;
            next - 1
        };
        gaps.iter().map(row).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn steps_and_leaps_find_what_was_written(
            gaps in proptest::collection::vec(prop_oneof![0..3u32, 0..2000u32], 1..1500),
            leaps in proptest::collection::vec(0..40_000u32, 1..40),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("postings");
            let rows = rows(&gaps);
            let values = write(&path, &[vec![3], rows.clone(), vec![0, 9]]);
            let pages = Pages::open(&path, 1 << 20).unwrap();
            let mut cursor = ListCursor::open(&pages, values[1], 1 << 32).unwrap();
            prop_assert_eq!(cursor.count(), rows.len() as u64);
            for row in &rows {
                prop_assert_eq!(cursor.row(), Some(*row));
                cursor.step().unwrap();
            }
            prop_assert_eq!(cursor.row(), None);
            let mut cursor = ListCursor::open(&pages, values[1], 1 << 32).unwrap();
            let mut target = 0;
            for leap in leaps {
                target += leap;
                cursor.seek(target).unwrap();
                let expected = rows.iter().copied().find(|row| *row >= target);
                prop_assert_eq!(cursor.row(), expected);
            }
        }
    }

    #[test]
    fn damage_is_told_of_and_never_panics() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("postings");
        let rows: Vec<u32> = (0..1_000).map(|n| n * n / 3 + n).collect();
        let value = write(&path, std::slice::from_ref(&rows))[0];
        let whole = std::fs::read(&path).unwrap();
        let mut noticed = 0;
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&path, &bytes).unwrap();
            noticed += usize::from(read_all(&path, value).is_none());
            std::fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(read_all(&path, value), None);
        }
        assert!(
            noticed * 10 > whole.len() * 9,
            "{noticed} of {}",
            whole.len()
        );
    }

    fn read_all(path: &Path, value: Value) -> Option<Vec<u32>> {
        let pages = Pages::open(path, 1 << 20).unwrap();
        let mut cursor = ListCursor::open(&pages, value, 1 << 20).ok()?;
        let mut rows = Vec::new();
        while let Some(row) = cursor.row() {
            rows.push(row);
            cursor.step().ok()?;
        }
        Some(rows)
    }
}
