//! Numbers of any width, and runs of them: the hybrid of runs and packed
//! numbers that levels and codes of a dictionary are kept in.

use crate::varint;

/// A number of little endian, of eight bytes at most.
pub(in crate::table) fn number(bytes: &[u8]) -> Option<u64> {
    let mut word = [0; 8];
    word.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(u64::from_le_bytes(word))
}

/// The number of `width` bits, 64 at most, at this bit.
#[inline]
pub(in crate::table) fn packed(bytes: &[u8], bit: usize, width: usize) -> u64 {
    let start = (bit / 8).min(bytes.len());
    let rest = &bytes[start..];
    let word = match rest.first_chunk() {
        Some(word) => u128::from_le_bytes(*word),
        None => {
            let mut word = [0; 16];
            word[..rest.len()].copy_from_slice(rest);
            u128::from_le_bytes(word)
        }
    };
    let mask = ((1u128 << width.min(64)) - 1) as u64;
    (word >> (bit % 8)) as u64 & mask
}

/// Takes a signed number off the front, whose lowest bit is its sign.
pub(in crate::table) fn zigzag(bytes: &mut &[u8]) -> Option<i64> {
    varint::take(bytes).map(|n| (n >> 1) as i64 ^ -((n & 1) as i64))
}

/// Numbers of some bits each, as runs.
#[derive(Debug, Clone, Copy)]
pub(in crate::table) struct Hybrid<'a> {
    pub(in crate::table) bytes: &'a [u8],
    pub(in crate::table) width: usize,
}

/// Numbers that follow one another.
#[derive(Debug, Clone, Copy)]
pub(in crate::table) enum Run<'a> {
    Same(u64),
    Packed(&'a [u8]),
}

impl<'a> Hybrid<'a> {
    /// Takes the next run off the front, with how many numbers it holds.
    pub(in crate::table) fn run(&mut self) -> Option<(usize, Run<'a>)> {
        let head = varint::take(&mut self.bytes)?;
        let length = usize::try_from(head >> 1).ok()?;
        if head & 1 == 0 {
            let (value, rest) = self.bytes.split_at_checked(self.width.div_ceil(8))?;
            self.bytes = rest;
            return Some((length, Run::Same(number(value)?)));
        }
        // The last run may be cut short behind the last number.
        let wanted = length.checked_mul(self.width)?.min(self.bytes.len());
        let (numbers, rest) = self.bytes.split_at(wanted);
        self.bytes = rest;
        Some((length.checked_mul(8)?, Run::Packed(numbers)))
    }

    /// Whether the first `count` numbers are one run of this one.
    pub(in crate::table) fn is_all(mut self, number: u64, count: usize) -> bool {
        let run = self.run();
        matches!(run, Some((length, Run::Same(same))) if same == number && length >= count)
    }

    /// The numbers at these ascending places.
    pub(in crate::table) fn at(mut self, places: &[usize]) -> Option<Vec<u64>> {
        let mut found = Vec::with_capacity(places.len());
        let mut first = 0;
        let mut places = places.iter().peekable();
        while places.peek().is_some() {
            let (length, run) = self.run()?;
            let end = length.saturating_add(first);
            while let Some(place) = places.next_if(|place| **place < end) {
                found.push(run.number(place - first, self.width)?);
            }
            first = end;
        }
        Some(found)
    }

    /// The first `count` numbers.
    pub(in crate::table) fn all(mut self, count: usize) -> Option<Vec<u64>> {
        let mut all = Vec::with_capacity(count.min(1 << 16));
        while all.len() < count {
            let (length, run) = self.run()?;
            for place in 0..length.min(count - all.len()) {
                all.push(run.number(place, self.width)?);
            }
        }
        Some(all)
    }
}

impl Run<'_> {
    pub(in crate::table) fn number(&self, place: usize, width: usize) -> Option<u64> {
        match self {
            Self::Same(number) => Some(*number),
            Self::Packed(bytes) => {
                let bit = place.checked_mul(width)?;
                (bit + width <= bytes.len() * 8).then(|| packed(bytes, bit, width))
            }
        }
    }

    /// How many of the first `count` numbers of one bit are 1.
    pub(in crate::table) fn ones(&self, count: usize) -> Option<usize> {
        match self {
            Self::Same(0) => Some(0),
            Self::Same(_) => Some(count),
            Self::Packed(bytes) => {
                let (whole, rest) = bytes.split_at_checked(count / 8)?;
                let ones: u32 = whole.iter().map(|byte| byte.count_ones()).sum();
                let last = match count % 8 {
                    0 => 0,
                    bits => (rest.first()? & ((1 << bits) - 1)).count_ones(),
                };
                Some((ones + last) as usize)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_width_are_cut_out() {
        let bytes = [0b1010_0110, 0b1111_0000, 0b0000_0001];
        assert_eq!(packed(&bytes, 0, 3), 0b110);
        assert_eq!(packed(&bytes, 6, 7), 0b100_0010);
        assert_eq!(packed(&[0xff; 24], 5, 64), u64::MAX);
        assert_eq!(number(&[1, 2]), Some(0x201));
        assert_eq!(number(&[0; 9]), None);
    }

    #[test]
    fn runs_and_packed_numbers_follow_one_another() {
        // Three times 2, then 0 to 7 in three bits each, the example of the
        // format's own documentation.
        let bytes = [6, 2, 3, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        let hybrid = Hybrid {
            bytes: &bytes,
            width: 3,
        };
        let all = [2, 2, 2, 0, 1, 2, 3, 4, 5, 6, 7];
        assert_eq!(hybrid.all(11).unwrap(), all);
        assert_eq!(hybrid.at(&[0, 4, 10]).unwrap(), [2, 1, 7]);
        assert_eq!(hybrid.at(&[11]), None);
        let cut = Hybrid {
            bytes: &bytes[..4],
            width: 3,
        };
        assert_eq!(cut.all(11), None);
    }

    #[test]
    fn ones_are_counted_up_to_a_place() {
        let run = Run::Packed(&[0b1010_1010, 0b0000_0111]);
        let counts = [0, 1, 2, 8, 9, 11, 16].map(|count| run.ones(count).unwrap());
        assert_eq!(counts, [0, 0, 1, 4, 5, 7, 7]);
        assert_eq!(run.ones(17), None);
        assert_eq!(
            (Run::Same(1).ones(5), Run::Same(0).ones(5)),
            (Some(5), Some(0))
        );
    }

    #[test]
    fn signs_are_the_lowest_bit() {
        let mut bytes = &[3u8, 4, 0x80][..];
        assert_eq!(zigzag(&mut bytes), Some(-2));
        assert_eq!(zigzag(&mut bytes), Some(2));
        assert_eq!(zigzag(&mut bytes), None);
    }
}
