//! Where the values of rows stand in a page, by its levels.

use {
    crate::table::coding::{bits::Hybrid, deltas::deltas_until},
    parquet::basic::Encoding,
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
pub(super) struct Plain<'a> {
    pub(super) bytes: &'a [u8],
    /// Values, those that are absent too.
    pub(super) count: usize,
    pub(super) encoding: Encoding,
}

impl<'a> Plain<'a> {
    /// Where these rows of a column without lists are, and the values.
    pub(super) fn flat(&self, is_nullable: bool, rows: &[usize]) -> Option<(Vec<Place>, &'a [u8])> {
        let is_there = rows.last().is_none_or(|last| *last < self.count);
        if !is_there {
            return None;
        }
        let mut bytes = self.bytes;
        if !is_nullable {
            return Some((rows.iter().copied().map(Place::Value).collect(), bytes));
        }
        let mut levels = levels(&mut bytes)?;
        let mut places = Vec::with_capacity(rows.len());
        let (mut first, mut before) = (0, 0);
        let mut rows = rows.iter().peekable();
        while rows.peek().is_some() {
            let (length, run) = levels.run()?;
            let end = length.saturating_add(first);
            while let Some(row) = rows.next_if(|row| **row < end) {
                places.push(match run.number(row - first, 1)? {
                    0 => Place::Absent,
                    _ => Place::Value(before + run.ones(row - first)?),
                });
            }
            if rows.peek().is_some() {
                before += run.ones(length)?;
            }
            first = end;
        }
        Some((places, bytes))
    }

    /// Where the values of these rows of a column of lists are, and the values.
    pub(super) fn lists(&self, rows: &[usize]) -> Option<(Vec<Range<usize>>, &'a [u8])> {
        let mut bytes = self.bytes;
        let repeated = levels(&mut bytes)?;
        if repeated.is_all(0, self.count) {
            return Self { bytes, ..*self }.lists_of_one(rows);
        }
        let repeated = repeated.all(self.count)?;
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

    /// Lists of which none holds more than one text.
    fn lists_of_one(&self, rows: &[usize]) -> Option<(Vec<Range<usize>>, &'a [u8])> {
        let (places, values) = self.flat(true, rows)?;
        let ranges = places.iter().map(|place| match place {
            Place::Absent => 0..0,
            Place::Value(at) => *at..at + 1,
        });
        Some((ranges.collect(), values))
    }

    /// All numbers of a column that holds neither lists nor nulls, and ascends;
    /// those greater than `last` may be left out.
    pub(super) fn numbers(&self, width: usize, last: u64) -> Option<Vec<u64>> {
        if self.encoding != Encoding::DELTA_BINARY_PACKED {
            return None;
        }
        let mask = match width {
            4 => u64::from(u32::MAX),
            _ => u64::MAX,
        };
        let number = |signed: i64| signed as u64 & mask;
        let (numbers, _) = deltas_until(self.bytes, self.count, |it| number(it) > last)?;
        let numbers: Vec<u64> = numbers.into_iter().map(number).collect();
        let is_ended = numbers.last().is_some_and(|number| *number > last);
        (numbers.len() == self.count || is_ended).then_some(numbers)
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

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn page(bytes: &[u8], count: usize, encoding: Encoding) -> Plain<'_> {
        Plain {
            bytes,
            count,
            encoding,
        }
    }

    #[test]
    fn absent_values_take_no_place() {
        // Five rows, of which the first and the fourth hold something.
        let bytes = [&[2, 0, 0, 0, 3, 0b0000_1001][..], b"ab"].concat();
        let page = page(&bytes, 5, Encoding::PLAIN);
        let (places, values) = page.flat(true, &[0, 1, 3, 4]).unwrap();
        let [first, second] = [0, 1].map(Place::Value);
        assert_eq!(places, [first, Place::Absent, second, Place::Absent]);
        assert_eq!(values, b"ab");
        assert!(page.flat(true, &[5]).is_none());
    }

    #[test]
    fn lists_of_one_text_or_none_need_no_look_at_the_others() {
        // Rows of 1, 0 and 1 values: a run of three, then their levels.
        let bytes = [&[2, 0, 0, 0, 6, 0, 2, 0, 0, 0, 3, 0b0101][..], b"ab"].concat();
        let page = page(&bytes, 3, Encoding::PLAIN);
        let (ranges, values) = page.lists(&[0, 1, 2]).unwrap();
        assert_eq!(ranges, [0..1, 0..0, 1..2]);
        assert_eq!(values, b"ab");
        assert!(page.lists(&[3]).is_none());
    }

    #[test]
    fn lists_of_any_length_are_found() {
        // Rows of 2, 0 and 1 values.
        let levels = |bits: u8| [2, 0, 0, 0, 3, bits];
        let bytes = [&levels(0b0010)[..], &levels(0b1011), b"abc"].concat();
        let page = page(&bytes, 4, Encoding::PLAIN);
        let (ranges, values) = page.lists(&[0, 1, 2]).unwrap();
        assert_eq!(ranges, [0..2, 2..2, 2..3]);
        assert_eq!(values, b"abc");
        assert_eq!(page.lists(&[2]).unwrap().0, vec![2..3]);
        assert!(page.lists(&[3]).is_none());
    }

    proptest! {
        #[test]
        fn nothing_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            count in 0usize..300,
            rows in prop::collection::btree_set(0usize..320, 0..9),
            encoding in 0usize..5,
        ) {
            use super::super::values::Values;
            let encodings = [
                Encoding::PLAIN,
                Encoding::RLE_DICTIONARY,
                Encoding::BYTE_STREAM_SPLIT,
                Encoding::DELTA_BINARY_PACKED,
                Encoding::DELTA_LENGTH_BYTE_ARRAY,
            ];
            let page = page(&bytes, count, encodings[encoding]);
            let rows: Vec<usize> = rows.into_iter().collect();
            for shape in [None, Some(0), Some(4), Some(8), Some(16)] {
                let values = Values::of(page.encoding, &bytes, shape, Some(&bytes), count);
                values.and_then(|values| values.at(&rows));
            }
            page.flat(true, &rows);
            page.lists(&rows);
            page.numbers(8, u64::MAX);
        }
    }
}
