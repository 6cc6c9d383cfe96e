//! Reading one list of rows, from the front or by leaps.

use {
    super::{
        list::ENTRY,
        pack::{self, BLOCK, MAX_BYTES},
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
    rows: [u32; BLOCK],
    held: usize,
    at: usize,
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
            rows: [0; BLOCK],
            held: 1,
            at: 0,
        };
        match value.place() {
            value::Place::Row(row) if u64::from(row) < documents => cursor.rows[0] = row,
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
        self.read_block(0)
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
    pub(super) fn row(&self) -> Option<u32> {
        self.rows[..self.held].get(self.at).copied()
    }

    /// Goes to the next row.
    #[inline]
    pub(super) fn step(&mut self) -> Result<(), Error> {
        self.at += 1;
        if self.at >= self.held {
            self.next_block()?;
        }
        Ok(())
    }

    fn next_block(&mut self) -> Result<(), Error> {
        if self.block + 1 < self.block_count() {
            return self.read_block(self.block + 1);
        }
        self.at = self.held;
        Ok(())
    }

    /// Goes to the first row from `target` on, never back.
    pub(super) fn seek(&mut self, target: u32) -> Result<(), Error> {
        if self.row().is_none_or(|row| row >= target) {
            return Ok(());
        }
        if self.rows[self.held - 1] < target {
            let Some(block) = self.block_from(target)? else {
                self.block = self.block_count();
                self.at = self.held;
                return Ok(());
            };
            self.read_block(block)?;
        }
        self.leap(target);
        if self.at == self.held {
            return Err(self.blocks.pages.damaged());
        }
        Ok(())
    }

    /// Goes on within the block: near rows are found first.
    fn leap(&mut self, target: u32) {
        let rest = &self.rows[self.at..self.held];
        let mut end = 1;
        while end < rest.len() && rest[end] < target {
            end *= 2;
        }
        let start = end / 2;
        let end = (end + 1).min(rest.len());
        self.at += start + rest[start..end].partition_point(|row| *row < target);
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

    fn read_block(&mut self, block: u64) -> Result<(), Error> {
        let Some(Bounds {
            base,
            last,
            start,
            end,
        }) = self.bounds(block)?
        else {
            return Err(self.blocks.pages.damaged());
        };
        let count = (self.count - block * BLOCK as u64).min(BLOCK as u64) as usize;
        let mut bytes = [0; MAX_BYTES];
        let length = end.checked_sub(start).filter(|n| *n <= MAX_BYTES as u64);
        let length = length.ok_or_else(|| self.blocks.pages.damaged())? as usize;
        let body = &mut bytes[..length];
        self.blocks.read(self.blocks_start + start, body)?;
        let read = pack::take(body, base, count, &mut self.rows);
        let found = self.rows[count - 1];
        let is_sound = read.is_some()
            && u64::from(found) < self.documents
            && last.is_none_or(|last| last == found);
        (self.block, self.held, self.at) = (block, count, 0);
        is_sound
            .then_some(())
            .ok_or_else(|| self.blocks.pages.damaged())
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
