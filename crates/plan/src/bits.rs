use rayon::prelude::*;

/// One bit for each of so many rows.
#[derive(Debug, Clone)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// All unset.
    pub(crate) fn new(rows: u32) -> Self {
        Self(vec![0; rows.div_ceil(64) as usize])
    }

    /// Those of so many rows of which `is_set` says so; it is asked by several
    /// threads.
    pub(crate) fn of(rows: u32, is_set: impl Fn(u32) -> bool + Sync) -> Self {
        let mut bits = Self::new(rows);
        let words = bits.0.par_iter_mut().with_min_len(1 << 10).enumerate();
        words.for_each(|(number, word)| {
            let first = number as u32 * u64::BITS;
            for row in first..rows.min(first.saturating_add(u64::BITS)) {
                *word |= u64::from(is_set(row)) << (row % u64::BITS);
            }
        });
        bits
    }

    pub(crate) fn clear(&mut self, row: u32) {
        self.0[row as usize / 64] &= !(1 << (row % 64));
    }

    /// How many are set.
    pub(crate) fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    pub(crate) fn get(&self, row: u32) -> bool {
        self.0[row as usize / 64] >> (row % 64) & 1 == 1
    }

    pub(crate) fn set(&mut self, row: u32) {
        self.0[row as usize / 64] |= 1 << (row % 64);
    }

    /// The rows whose bits are set, ascending.
    pub(crate) fn ones(&self) -> impl Iterator<Item = u32> + '_ {
        ones(self.0.iter().copied().zip(0u32..))
    }
}

/// Set bits that are numbered, ascending from 0: 1.5 bits for each row.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    bits: Bits,
    /// How many are set before each word.
    before: Vec<u32>,
    count: u32,
}

impl Numbered {
    pub(crate) fn new(bits: Bits) -> Self {
        let mut count = 0;
        let before = bits.0.iter().map(|word| {
            let before = count;
            count += word.count_ones();
            before
        });
        Self {
            before: before.collect(),
            bits,
            count,
        }
    }

    /// How many are set.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    pub(crate) fn get(&self, row: u32) -> bool {
        self.bits.get(row)
    }

    /// How many are set before a row: its number, where it is set.
    pub(crate) fn number(&self, row: u32) -> u32 {
        let (at, bit) = (row as usize / 64, row % 64);
        let lower = self.bits.0[at] & ((1 << bit) - 1);
        self.before[at] + lower.count_ones()
    }

    /// Puts what is told of the rows whose bits are set, ascending, into slots, of
    /// which there is one for each.
    pub(crate) fn put_ones<T: Send>(&self, slots: &mut [T], told: impl Fn(u32) -> T + Sync) {
        let start = |word: usize| self.before[word] as usize;
        put(
            self.before.len(),
            slots,
            start,
            |word| self.bits.0[word],
            told,
        );
    }

    /// The same with the others.
    pub(crate) fn put_zeros<T: Send>(&self, slots: &mut [T], told: impl Fn(u32) -> T + Sync) {
        let start = |word: usize| word * 64 - self.before[word] as usize;
        put(
            self.before.len(),
            slots,
            start,
            |word| !self.bits.0[word],
            told,
        );
    }
}

/// Words that one thread looks at in one go.
const WORDS: usize = 1 << 10;

/// Puts what is told of the set bits of so many words into slots, as many as there
/// are; `start` tells how many are before a word.
fn put<T: Send>(
    words: usize,
    slots: &mut [T],
    start: impl Fn(usize) -> usize,
    word: impl Fn(usize) -> u64 + Sync,
    told: impl Fn(u32) -> T + Sync,
) {
    let (mut rest, mut parts) = (slots, Vec::new());
    for from in (0..words).step_by(WORDS) {
        let to = words.min(from + WORDS);
        let end = if to < words {
            start(to)
        } else {
            start(from) + rest.len()
        };
        let (part, after) = rest.split_at_mut(end - start(from));
        rest = after;
        parts.push((from..to, part));
    }
    parts.into_par_iter().for_each(|(words, part)| {
        let rows = ones(words.map(|at| (word(at), at as u32)));
        for (slot, row) in part.iter_mut().zip(rows) {
            *slot = told(row);
        }
    });
}

/// The places of set bits, by words and their numbers.
fn ones(words: impl Iterator<Item = (u64, u32)>) -> impl Iterator<Item = u32> {
    words.flat_map(|(word, number)| {
        let mut left = word;
        std::iter::from_fn(move || {
            (left != 0).then(|| {
                let bit = left.trailing_zeros();
                left &= left - 1;
                number * 64 + bit
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_told_in_order() {
        let mut bits = Bits::new(200);
        for row in [199, 0, 63, 64, 199] {
            bits.set(row);
        }
        assert_eq!(bits.ones().collect::<Vec<_>>(), [0, 63, 64, 199]);
        assert!(bits.get(63) && !bits.get(65));
        assert_eq!(bits.count(), 4);
        bits.clear(63);
        assert_eq!(bits.ones().collect::<Vec<_>>(), [0, 64, 199]);
    }

    #[test]
    fn set_bits_are_numbered_in_order() {
        let rows = [0u32, 1, 63, 64, 127, 300];
        let numbered = Numbered::new(Bits::of(301, |row| rows.contains(&row)));
        assert_eq!(numbered.count(), 6);
        for (number, row) in (0..).zip(rows) {
            assert_eq!(numbered.number(row), number);
        }
        assert_eq!(numbered.number(65), 4);
    }

    #[test]
    fn set_bits_and_the_others_are_put_by_several_threads() {
        for count in [0u32, 1, 64, 300_001] {
            let is_set = |row: &u32| row % 7 < 3 || *row > 200_000;
            let numbered = Numbered::new(Bits::of(count, |row| is_set(&row)));
            let (set, unset): (Vec<u32>, Vec<u32>) = (0..count).partition(is_set);
            let (mut ones, mut zeros) = (vec![0; set.len()], vec![0; unset.len()]);
            numbered.put_ones(&mut ones, |row| row);
            numbered.put_zeros(&mut zeros, |row| row);
            assert_eq!((ones, zeros), (set, unset));
        }
    }

    #[test]
    fn asked_bits_are_those_that_are_said() {
        for rows in [0u32, 1, 64, 70_000] {
            let bits = Bits::of(rows, |row| row % 3 == 1);
            let said = (0..rows).filter(|row| row % 3 == 1);
            assert_eq!(bits.ones().collect::<Vec<_>>(), said.collect::<Vec<_>>());
        }
    }
}
