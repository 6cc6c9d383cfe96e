//! Sorting hundreds of millions of rows by a number of 32 bits, in the memory
//! of their row numbers.

use {
    rayon::prelude::*,
    std::{
        ops::Range,
        sync::atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// Buckets of the first step at most: a few hundred rows each at 256 M rows, so
/// that each is sorted within a processor's cache.
const BUCKET_BITS: u32 = 18;

/// Parts that are counted by a thread each, at most: each counts all buckets.
const MOST_PARTS: usize = 16;

/// Of so many rows those that `is_asked` chooses, the largest key first, equal
/// keys by row.
///
/// Rows go into buckets by the highest bits of their keys, and each bucket is
/// sorted in place; 4 bytes are taken for a row, and up to 1 MB a thread for
/// the buckets.
pub(crate) fn by_key_descending(
    rows: u32,
    key: impl Fn(u32) -> u32 + Sync,
    is_asked: impl Fn(u32) -> bool + Sync,
) -> Vec<u32> {
    by_key_descending_with_room(rows, key, is_asked, 0)
}

/// The same, with room behind them for `room` more: a vector that grows is in
/// memory twice for a moment.
pub(crate) fn by_key_descending_with_room(
    rows: u32,
    key: impl Fn(u32) -> u32 + Sync,
    is_asked: impl Fn(u32) -> bool + Sync,
    room: usize,
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
    let mut sorted: Vec<AtomicU32> = Vec::with_capacity(total + room);
    sorted.extend((0..total).map(|_| AtomicU32::new(0)));
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
        sort_buckets(&mut sorted, &starts, &key);
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

fn sort_buckets(rows: &mut [u32], starts: &[usize], key: &(impl Fn(u32) -> u32 + Sync)) {
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
        .for_each_init(Vec::new, |pairs, bucket| {
            sort_bucket(bucket, pairs, key);
        });
}

/// Each key is looked up once, and sorted together with its row.
fn sort_bucket(bucket: &mut [u32], pairs: &mut Vec<u64>, key: &impl Fn(u32) -> u32) {
    pairs.clear();
    pairs.extend(
        bucket
            .iter()
            .map(|row| u64::from(!key(*row)) << 32 | u64::from(*row)),
    );
    pairs.sort_unstable();
    for (row, pair) in bucket.iter_mut().zip(pairs) {
        *row = *pair as u32;
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
}
