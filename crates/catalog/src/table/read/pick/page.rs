//! Where the values of rows stand in a page, by its levels.

use {
    super::{bits::Hybrid, deltas::deltas},
    bytes::Bytes,
    parquet::{basic::Encoding, column::page::Page},
    std::ops::Range,
};

/// Where the value of a row stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place {
    Absent,
    /// Among the values of the page.
    Value(usize),
}

impl Place {
    pub(super) const fn value(&self) -> Option<usize> {
        match self {
            Self::Absent => None,
            Self::Value(at) => Some(*at),
        }
    }
}

/// A page of the first version, unpacked.
pub(super) struct Plain {
    bytes: Bytes,
    /// Values, those that are absent too.
    count: usize,
    pub(super) encoding: Encoding,
}

impl Plain {
    pub(super) fn of(page: Page) -> Option<Self> {
        match page {
            Page::DataPage {
                buf,
                num_values,
                encoding,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                ..
            } => Some(Self {
                bytes: buf,
                count: num_values as usize,
                encoding,
            }),
            _ => None,
        }
    }

    /// Where these rows of a column without lists are, and the values.
    pub(super) fn flat(&self, is_nullable: bool, rows: &[usize]) -> Option<(Vec<Place>, &[u8])> {
        let is_there = rows.last().is_none_or(|last| *last < self.count);
        if !is_there {
            return None;
        }
        let mut bytes = &self.bytes[..];
        if !is_nullable {
            return Some((rows.iter().copied().map(Place::Value).collect(), bytes));
        }
        let mut levels = levels(&mut bytes)?;
        let mut places = Vec::with_capacity(rows.len());
        let (mut first, mut before) = (0, 0);
        let mut rows = rows.iter().peekable();
        while rows.peek().is_some() {
            let (length, run) = levels.run()?;
            while let Some(row) = rows.next_if(|row| **row < first + length) {
                places.push(match run.number(row - first, 1)? {
                    0 => Place::Absent,
                    _ => Place::Value(before + run.ones(row - first)?),
                });
            }
            if rows.peek().is_some() {
                before += run.ones(length)?;
            }
            first += length;
        }
        Some((places, bytes))
    }

    /// Where the values of these rows of a column of lists are, and the values.
    pub(super) fn lists(&self, rows: &[usize]) -> Option<(Vec<Range<usize>>, &[u8])> {
        let mut bytes = &self.bytes[..];
        let repeated = levels(&mut bytes)?.all(self.count)?;
        let defined = levels(&mut bytes)?.all(self.count)?;
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let (mut next, mut value, mut is_wanted) = (0, 0, false);
        let mut rows = rows.iter().peekable();
        for (repeated, defined) in repeated.iter().zip(&defined) {
            if *repeated == 0 {
                is_wanted = rows.next_if(|row| **row == next).is_some();
                if is_wanted {
                    ranges.push(value..value);
                }
                next += 1;
            }
            value += usize::from(*defined > 0);
            if let Some(last) = ranges.last_mut().filter(|_| is_wanted) {
                last.end = value;
            }
        }
        rows.peek().is_none().then_some((ranges, bytes))
    }

    /// All numbers of a column that holds neither lists nor nulls.
    pub(super) fn all_numbers(&self, width: usize) -> Option<Vec<u64>> {
        let numbers: Vec<u64> = match self.encoding {
            Encoding::DELTA_BINARY_PACKED => {
                let (numbers, _) = deltas(&self.bytes, self.count)?;
                let mask = if width == 4 {
                    u64::from(u32::MAX)
                } else {
                    u64::MAX
                };
                numbers.into_iter().map(|n| n as u64 & mask).collect()
            }
            _ => return None,
        };
        (numbers.len() == self.count).then_some(numbers)
    }
}

/// Takes levels of one bit off the front: four bytes tell their length.
fn levels<'a>(bytes: &mut &'a [u8]) -> Option<Hybrid<'a>> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (levels, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *bytes = rest;
    Some(Hybrid {
        bytes: levels,
        width: 1,
    })
}
