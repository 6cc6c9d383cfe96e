//! Which disk each file of a stripe stands on, and how much recovery that takes.
//!
//! A stripe of `k + m` files on `d` disks, dealt out one after the other, leaves
//! ⌈(k+m)/d⌉ of them on a disk at most; the loss of a disk is healed when that is
//! no more than `m`, which is when k ≤ m·(d−1).

use std::fmt;

/// Files of a stripe that the numbers chosen for few disks come near to.
const USUAL_FILES: usize = 24;

/// No stripe has more files.
const MOST_FILES: usize = 255;

/// Files of a stripe that one of `disks` holds at most.
pub const fn most_on_a_disk(files: usize, disks: usize) -> usize {
    match disks {
        0 => files,
        disks => files.div_ceil(disks),
    }
}

/// Whether a stripe of `k` packs and `m` recovery packs survives the loss of
/// any one of `disks`.
pub fn survives(k: u8, m: u8, disks: usize) -> bool {
    most_on_a_disk(usize::from(k) + usize::from(m), disks) <= m.into()
}

/// The disk, counted from 0, of the `nth` file of those that a stripe has, packs
/// before recovery packs. Each stripe begins at another disk, so that all get as
/// many packs, and as many recovery packs, in the end.
pub const fn disk_of(tranche: u32, stripe: u32, nth: usize, disks: usize) -> usize {
    let first = (tranche as usize).wrapping_add(stripe as usize) % disks;
    (first + nth) % disks
}

/// Packs and recovery packs of a stripe for so many disks: 20+4 where that is
/// enough, else about as many files with the least recovery that is.
pub fn numbers_for(disks: usize) -> (u8, u8) {
    match disks {
        2..6 => {
            let m = USUAL_FILES.div_ceil(disks);
            ((m * (disks - 1)) as u8, m as u8)
        }
        _ => (20, 4),
    }
}

/// Numbers near to `k` and `m` that survive the loss of any of `disks`: the same
/// packs with more recovery, and the same recovery over fewer packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nearest {
    k: usize,
    m: usize,
    disks: usize,
}

impl Nearest {
    pub fn of(k: u8, m: u8, disks: usize) -> Self {
        Self {
            k: k.into(),
            m: m.into(),
            disks,
        }
    }

    /// Those that make a stripe: up to 255 files.
    pub fn numbers(&self) -> impl Iterator<Item = (usize, usize)> {
        let others = self.disks.saturating_sub(1);
        let more = (others > 0).then(|| (self.k, self.k.div_ceil(others.max(1))));
        let fewer = (others > 0).then(|| (self.m * others, self.m));
        let both = more.into_iter().chain(fewer);
        both.filter(|(k, m)| k + m <= MOST_FILES)
    }

    /// Disks on which `k` and `m` would do.
    pub const fn disks(&self) -> usize {
        (self.k + self.m).div_ceil(self.m)
    }
}

impl fmt::Display for Nearest {
    /// `20+10 or 8+4 or 6 disks`
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (k, m) in self.numbers() {
            write!(f, "{k}+{m} or ")?;
        }
        write!(f, "{} disks", self.disks())
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    proptest! {
        #[test]
        fn no_disk_holds_more_than_its_share(
            (k, m, present) in (1u8..=200).prop_flat_map(|k| {
                (Just(k), 1u8..=(255 - k), 1u8..=k)
            }),
            disks in 1usize..40,
            tranche in 1u32..100_000,
            stripe in 0u32..10_000,
        ) {
            let files = usize::from(present) + usize::from(m);
            let mut held = vec![0; disks];
            for nth in 0..files {
                held[disk_of(tranche, stripe, nth, disks)] += 1;
            }
            let most = *held.iter().max().unwrap();
            prop_assert_eq!(most, most_on_a_disk(files, disks));
            // A stripe with fewer packs is never worse off than a full one.
            if survives(k, m, disks) {
                prop_assert!(most <= usize::from(m));
            }
        }

        #[test]
        fn disks_fill_alike(m in 1u8..20, k in 1u8..40, disks in 2usize..12, tranche in 1u32..99) {
            let (mut packs, mut recovery) = (vec![0; disks], vec![0; disks]);
            for stripe in 0..disks as u32 {
                for nth in 0..usize::from(k) + usize::from(m) {
                    let held = if nth < k.into() { &mut packs } else { &mut recovery };
                    held[disk_of(tranche, stripe, nth, disks)] += 1;
                }
            }
            prop_assert!(packs.iter().all(|it| *it == usize::from(k)));
            prop_assert!(recovery.iter().all(|it| *it == usize::from(m)));
        }

        #[test]
        fn the_bound_is_that_of_the_packs(k in 1u8..=200, m in 1u8..=55, disks in 1usize..40) {
            let bound = usize::from(k) <= usize::from(m) * (disks - 1);
            prop_assert_eq!(survives(k, m, disks), bound);
        }

        #[test]
        fn nearest_numbers_survive_and_one_less_does_not(
            (k, m, disks) in (2usize..40).prop_flat_map(|disks| {
                let most = (199 / (disks - 1)).min(55) as u8;
                (1..=most).prop_flat_map(move |m| {
                    let enough = m as usize * (disks - 1);
                    (enough as u8 + 1..=200, Just(m), Just(disks))
                })
            }),
        ) {
            prop_assert!(!survives(k, m, disks));
            let near = Nearest::of(k, m, disks);
            for (near_k, near_m) in near.numbers() {
                prop_assert!(survives(near_k as u8, near_m as u8, disks));
                let less = match near_k == usize::from(k) {
                    true => (near_k as u8, near_m as u8 - 1),
                    false => (near_k as u8 + 1, near_m as u8),
                };
                prop_assert!(!survives(less.0, less.1, disks));
            }
            prop_assert!(survives(k, m, near.disks()));
            prop_assert!(!survives(k, m, near.disks() - 1));
        }
    }

    #[test]
    fn numbers_are_chosen_by_disks() {
        let chosen: Vec<_> = (2..9).map(numbers_for).collect();
        let expected = [
            (12, 12),
            (16, 8),
            (18, 6),
            (20, 5),
            (20, 4),
            (20, 4),
            (20, 4),
        ];
        assert_eq!(chosen, expected);
        for disks in 2..300 {
            let (k, m) = numbers_for(disks);
            assert!(survives(k, m, disks), "{disks}");
        }
    }

    #[test]
    fn what_would_do_is_told_in_words() {
        assert_eq!(Nearest::of(20, 4, 3).to_string(), "20+10 or 8+4 or 6 disks");
        assert_eq!(Nearest::of(200, 20, 2).to_string(), "20+20 or 11 disks");
        assert_eq!(Nearest::of(4, 2, 1).to_string(), "3 disks");
    }
}
