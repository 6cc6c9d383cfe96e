//! Where a sequence of items is cut: into tranches, packs and stripes.

/// Cuts lengths, in order, into runs that are as long as `most` allows, each
/// of at least one item. Gives the number of items of each run.
pub fn cut_at(lengths: &[u64], most: u64) -> Vec<usize> {
    let mut runs: Vec<usize> = Vec::new();
    let mut filled = 0u64;
    for length in lengths {
        match runs.last_mut() {
            Some(run) if filled + length <= most => {
                *run += 1;
                filled += length;
            }
            _ => {
                runs.push(1);
                filled = *length;
            }
        }
    }
    runs
}

/// How many packs hold `total` bytes in `items`: whole stripes of `k`, as few
/// as keep packs at `pack_bytes` or below; fewer only where items are fewer.
pub fn pack_count(total: u64, items: usize, k: u8, pack_bytes: u64) -> usize {
    let stripes = total.div_ceil(pack_bytes.saturating_mul(k.into())).max(1);
    let packs = stripes.saturating_mul(k.into());
    usize::try_from(packs).map_or(items, |packs| packs.min(items))
}

/// Cuts lengths, in order, into `parts` runs of at least one item each, so
/// that the longest run is as short as it can be: recovery packs are as long
/// as the longest pack. `parts` is at most the number of lengths.
pub fn balance(lengths: &[u64], parts: usize) -> Vec<usize> {
    let total: u64 = lengths.iter().sum();
    let (mut low, mut high) = (lengths.iter().copied().max().unwrap_or(0), total);
    while low < high {
        let middle = low + (high - low) / 2;
        match cut_at(lengths, middle).len() <= parts {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    cut_into(lengths, parts, high)
}

/// Fills runs up to `most`, but leaves an item for each run still to come.
fn cut_into(lengths: &[u64], parts: usize, most: u64) -> Vec<usize> {
    let (mut runs, mut taken) = (Vec::with_capacity(parts), 0);
    while taken < lengths.len() {
        let later = parts.saturating_sub(runs.len() + 1);
        let room = lengths.len() - taken - later.min(lengths.len() - taken - 1);
        let run = cut_at(&lengths[taken..taken + room], most)[0];
        runs.push(run);
        taken += run;
    }
    runs
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    #[test]
    fn runs_end_before_they_are_too_long() {
        assert_eq!(cut_at(&[4, 4, 4, 9, 1], 8), [2, 1, 1, 1]);
        assert_eq!(cut_at(&[], 8), Vec::<usize>::new());
    }

    #[test]
    fn small_tranches_get_smaller_packs_rather_than_fewer() {
        assert_eq!(pack_count(1_000, 500, 20, 1 << 30), 20);
        assert_eq!(pack_count(1_000, 7, 20, 1 << 30), 7);
        assert_eq!(pack_count(21 << 30, 9_000, 20, 1 << 30), 40);
        assert_eq!(pack_count(20 << 30, 9_000, 20, 1 << 30), 20);
    }

    proptest! {
        #[test]
        fn every_part_gets_an_item_and_none_is_longer_than_need_be(
            lengths in prop::collection::vec(0u64..100, 1..40), parts in 1usize..40
        ) {
            let parts = parts.min(lengths.len());
            let runs = balance(&lengths, parts);
            prop_assert_eq!(runs.len(), parts);
            prop_assert_eq!(runs.iter().sum::<usize>(), lengths.len());
            prop_assert!(runs.iter().all(|run| *run > 0));
            let mut rest = &lengths[..];
            let mut longest = 0;
            for run in runs {
                longest = longest.max(rest[..run].iter().sum::<u64>());
                rest = &rest[run..];
            }
            prop_assert!(longest == 0 || longest == *lengths.iter().max().unwrap()
                || cut_at(&lengths, longest - 1).len() > parts);
        }
    }
}
