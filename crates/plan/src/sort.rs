//! Sorting hundreds of millions of rows by a number of 32 bits, in the memory
//! of their row numbers.

use {
    rayon::prelude::*,
    std::{
        ops::Range,
        sync::atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// Buckets of the first step at most: so few that a processor knows the pages of all of
/// them that rows are put into in turn.
const BUCKET_BITS: u32 = 12;

/// Bits of the keys in a bucket that are sorted by at a time.
const DIGIT_BITS: u32 = 11;

/// Rows of the buckets that are sorted by digits: of fewer that takes longer, and of
/// more it takes more memory.
const BY_DIGITS: Range<usize> = 1 << 12..1 << 21;

/// Parts that are counted by a thread each, at most: each counts all buckets.
const MOST_PARTS: usize = 16;

/// Of so many rows those that `is_asked` chooses, the largest key first, equal
/// keys by row.
///
/// Rows go into buckets by the highest bits of their keys, and each bucket is sorted
/// in memory of its own; 4 bytes are taken for a row, and up to 32 MB a thread for the
/// buckets (8 bytes a row of a bucket, where two million keys and more begin alike).
pub(crate) fn by_key_descending(
    rows: u32,
    key: impl Fn(u32) -> u32 + Sync,
    is_asked: impl Fn(u32) -> bool + Sync,
) -> Vec<u32> {
    by_key_descending_in(Vec::new(), rows, key, is_asked)
}

/// The same, in memory that is there: what is given back and taken anew is in use
/// twice for a moment.
pub(crate) fn by_key_descending_in(
    memory: Vec<u32>,
    rows: u32,
    key: impl Fn(u32) -> u32 + Sync,
    is_asked: impl Fn(u32) -> bool + Sync,
) -> Vec<u32> {
    let parts = parts_of(rows);
    let asked = |part: &Range<u32>| part.clone().filter(|row| is_asked(*row));
    let highest = |part: &Range<u32>| asked(part).map(&key).max();
    let highest = parts.par_iter().filter_map(highest).max().unwrap_or(0);
    let bits = (u32::BITS - rows.leading_zeros()).min(BUCKET_BITS);
    let shift = (u32::BITS - highest.leading_zeros()).saturating_sub(bits);
    let bucket = |row: u32| ((highest - key(row)) >> shift) as usize;
    let buckets = (highest >> shift) as usize + 1;
    let count = |part: &Range<u32>| {
        let mut counts = vec![0u32; buckets];
        asked(part).for_each(|row| counts[bucket(row)] += 1);
        counts
    };
    let mut places: Vec<Vec<u32>> = parts.par_iter().map(count).collect();
    let (starts, total) = starts(&mut places, buckets);
    let mut sorted: Vec<AtomicU32> = memory.into_iter().map(AtomicU32::new).collect();
    sorted.resize_with(total, AtomicU32::default);
    // Each part has places of its own in each bucket.
    let parts = parts.par_iter().zip(&mut places);
    parts.for_each(|(part, places)| {
        for row in asked(part) {
            let place = &mut places[bucket(row)];
            sorted[*place as usize].store(row, Relaxed);
            *place += 1;
        }
    });
    let mut sorted: Vec<u32> = sorted.into_iter().map(AtomicU32::into_inner).collect();
    if shift > 0 {
        let depth = |row: u32| highest - key(row);
        sort_buckets(&mut sorted, &starts, &depth, shift);
    }
    sorted
}

/// All rows, in parts of about the same length.
fn parts_of(rows: u32) -> Vec<Range<u32>> {
    let parts = rayon::current_num_threads().clamp(1, MOST_PARTS) as u64;
    let end = |part: u64| (u64::from(rows) * part / parts) as u32;
    (0..parts).map(|part| end(part)..end(part + 1)).collect()
}

/// Makes counts of buckets into where each part begins in each; where the
/// buckets begin, and the number of all rows.
fn starts(counts: &mut [Vec<u32>], buckets: usize) -> (Vec<usize>, usize) {
    let mut total = 0u32;
    let mut starts = Vec::with_capacity(buckets);
    for bucket in 0..buckets {
        starts.push(total as usize);
        for part in &mut *counts {
            total += std::mem::replace(&mut part[bucket], total);
        }
    }
    (starts, total as usize)
}

/// `depth` is less where the key is larger; within a bucket all but its lowest
/// `bits` are the same.
fn sort_buckets(
    rows: &mut [u32],
    starts: &[usize],
    depth: &(impl Fn(u32) -> u32 + Sync),
    bits: u32,
) {
    let ends = starts.iter().skip(1).copied().chain([rows.len()]);
    let lengths: Vec<usize> = starts
        .iter()
        .zip(ends)
        .map(|(from, to)| to - from)
        .collect();
    let mut rest = rows;
    let mut buckets = Vec::new();
    for length in lengths.into_iter().filter(|length| *length > 0) {
        let (bucket, after) = rest.split_at_mut(length);
        rest = after;
        if bucket.len() > 1 {
            buckets.push(bucket);
        }
    }
    buckets
        .into_par_iter()
        .for_each_init(Pairs::default, |pairs, bucket| {
            pairs.sort(bucket, depth, bits);
        });
}

/// Each depth is looked up once, and sorted together with its row.
#[derive(Default)]
struct Pairs {
    pairs: Vec<u64>,
    other: Vec<u64>,
}

impl Pairs {
    fn sort(&mut self, bucket: &mut [u32], depth: &impl Fn(u32) -> u32, bits: u32) {
        let with_depth = |row: &u32| u64::from(depth(*row)) << 32 | u64::from(*row);
        self.pairs.clear();
        self.pairs.extend(bucket.iter().map(with_depth));
        match () {
            () if self.pairs.is_sorted() => return,
            () if BY_DIGITS.contains(&bucket.len()) => self.sort_by_digits(bits),
            () => self.pairs.sort_unstable(),
        }
        for (row, pair) in bucket.iter_mut().zip(&self.pairs) {
            *row = *pair as u32;
        }
    }

    /// By the lowest digit first; rows ascend already, and stay so where depths are
    /// the same.
    fn sort_by_digits(&mut self, bits: u32) {
        self.other.resize(self.pairs.len(), 0);
        for low in (0..bits).step_by(DIGIT_BITS as usize) {
            let digit = |pair: u64| (pair >> (32 + low)) as usize & ((1 << DIGIT_BITS) - 1);
            let mut places = [0usize; 1 << DIGIT_BITS];
            for pair in &self.pairs {
                places[digit(*pair)] += 1;
            }
            let mut total = 0;
            for place in &mut places {
                total += std::mem::replace(place, total);
            }
            for pair in &self.pairs {
                let place = &mut places[digit(*pair)];
                self.other[*place] = *pair;
                *place += 1;
            }
            std::mem::swap(&mut self.pairs, &mut self.other);
        }
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*, std::cmp::Reverse};

    proptest! {
        #[test]
        fn as_a_plain_sort_does_it(
            keys in prop::collection::vec(
                prop_oneof![0u32..4, any::<u32>(), (0u32..9).prop_map(|n| 3_000_000_000 + n)],
                0..300,
            ),
            step in 1u32..4,
        ) {
            let asked = |row: u32| row.is_multiple_of(step);
            let mut plain: Vec<u32> = (0..keys.len() as u32).filter(|row| asked(*row)).collect();
            plain.sort_by_key(|row| (Reverse(keys[*row as usize]), *row));
            let rows = keys.len() as u32;
            let sorted = by_key_descending(rows, |row| keys[row as usize], asked);
            prop_assert_eq!(sorted, plain);
        }
    }

    #[test]
    fn large_buckets_are_sorted_by_digits() {
        // Keys that begin alike, in two buckets, of which one is in order.
        let key = |row: u32| match row % 3 {
            0 => 7,
            _ => 0xf000_0000 | row.wrapping_mul(0x9e37_79b9) >> 13,
        };
        let rows = 50_000u32;
        let mut plain: Vec<u32> = (0..rows).collect();
        plain.sort_by_key(|row| (Reverse(key(*row)), *row));
        assert_eq!(by_key_descending(rows, key, |_| true), plain);
        let again = by_key_descending_in(vec![1; 60_000], rows, key, |_| true);
        assert_eq!(again, plain);
    }
}
