//! Sorting hundreds of millions of rows by a number of 32 bits, in the memory
//! of their row numbers.

use rayon::prelude::*;

/// Buckets of the first step at most: a few hundred rows each at 256 M rows, so
/// that each is sorted within a processor's cache.
const BUCKET_BITS: u32 = 18;

/// Of so many rows those that `is_asked` chooses, the largest key first, equal
/// keys by row.
///
/// Rows go into buckets by the highest bits of their keys, and each bucket is
/// sorted in place; 4 bytes are taken for a row, and 6 MB for the buckets.
pub(crate) fn by_key_descending(
    rows: u32,
    key: impl Fn(u32) -> u32 + Sync,
    is_asked: impl Fn(u32) -> bool,
) -> Vec<u32> {
    let asked = || (0..rows).filter(|row| is_asked(*row));
    let highest = asked().map(&key).max().unwrap_or(0);
    let bits = (u32::BITS - rows.leading_zeros()).min(BUCKET_BITS);
    let shift = (u32::BITS - highest.leading_zeros()).saturating_sub(bits);
    let bucket = |row: u32| ((highest - key(row)) >> shift) as usize;
    let mut starts = vec![0usize; (highest >> shift) as usize + 1];
    asked().for_each(|row| starts[bucket(row)] += 1);
    let mut total = 0;
    for start in &mut starts {
        total += std::mem::replace(start, total);
    }
    let mut rows = vec![0u32; total];
    let mut next = starts.clone();
    for row in asked() {
        let place = &mut next[bucket(row)];
        rows[*place] = row;
        *place += 1;
    }
    if shift > 0 {
        sort_buckets(&mut rows, &starts, &key);
    }
    rows
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
