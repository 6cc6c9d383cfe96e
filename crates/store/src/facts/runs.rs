use {
    serde::{Serialize, Serializer, ser::SerializeSeq},
    std::{iter, ops::Range},
};

/// A set of leaf numbers, kept as runs: sorted, none empty, none touching.
///
/// A lost pack of 1 GiB is one run, not 65,536 numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs(Vec<Range<u64>>);

impl Runs {
    /// The numbers from 0 to `end`, `end` not included.
    pub fn up_to(end: u64) -> Self {
        Self::from_iter(iter::once(0..end))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|run| run.end - run.start).sum()
    }

    pub fn runs(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.0.iter().cloned()
    }

    /// The numbers themselves, in order.
    pub fn numbers(&self) -> impl Iterator<Item = u64> + '_ {
        self.runs().flatten()
    }

    pub fn contains(&self, number: u64) -> bool {
        let after = self.0.partition_point(|run| run.start <= number);
        after > 0 && number < self.0[after - 1].end
    }

    pub fn insert(&mut self, run: Range<u64>) {
        *self = self.runs().chain([run]).collect();
    }

    pub fn union(&self, other: &Self) -> Self {
        self.runs().chain(other.runs()).collect()
    }

    pub fn intersection(&self, other: &Self) -> Self {
        self.runs().flat_map(|run| other.within(run).0).collect()
    }

    /// What of this set is not in `other`.
    pub fn without(&self, other: &Self) -> Self {
        let gaps = other.gaps();
        self.intersection(&gaps)
    }

    /// The part of the set from `range.start` to `range.end`.
    pub fn within(&self, range: Range<u64>) -> Self {
        self.runs()
            .map(|run| run.start.max(range.start)..run.end.min(range.end))
            .collect()
    }

    fn gaps(&self) -> Self {
        let starts = [0].into_iter().chain(self.runs().map(|run| run.end));
        let ends = self.runs().map(|run| run.start).chain([u64::MAX]);
        starts.zip(ends).map(|(start, end)| start..end).collect()
    }
}

impl FromIterator<Range<u64>> for Runs {
    fn from_iter<I: IntoIterator<Item = Range<u64>>>(runs: I) -> Self {
        let mut sorted: Vec<_> = runs.into_iter().filter(|run| run.start < run.end).collect();
        sorted.sort_by_key(|run| run.start);
        let mut merged: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
        for run in sorted {
            match merged.last_mut() {
                Some(last) if run.start <= last.end => last.end = last.end.max(run.end),
                _ => merged.push(run),
            }
        }
        Self(merged)
    }
}

impl Serialize for Runs {
    /// Pairs of first and last number: `[[0,3],[17,17]]`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for run in &self.0 {
            list.serialize_element(&[run.start, run.end - 1])?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*, std::collections::BTreeSet};

    fn runs() -> impl Strategy<Value = Runs> {
        prop::collection::vec((0u64..40, 0u64..6), 0..8).prop_map(|pairs| {
            pairs
                .into_iter()
                .map(|(start, length)| start..start + length)
                .collect()
        })
    }

    fn set(runs: &Runs) -> BTreeSet<u64> {
        runs.numbers().collect()
    }

    proptest! {
        #[test]
        fn runs_behave_as_sets(a in runs(), b in runs(), start in 0u64..40, end in 0u64..40) {
            let (x, y) = (set(&a), set(&b));
            prop_assert_eq!(set(&a.union(&b)), &x | &y);
            prop_assert_eq!(set(&a.intersection(&b)), &x & &y);
            prop_assert_eq!(set(&a.without(&b)), &x - &y);
            prop_assert_eq!(a.count(), x.len() as u64);
            let part: BTreeSet<_> = x.iter().copied().filter(|n| (start..end).contains(n)).collect();
            prop_assert_eq!(set(&a.within(start..end)), part);
            prop_assert!((0..50).all(|n| a.contains(n) == x.contains(&n)));
        }
    }

    #[test]
    fn neighbours_become_one_run() {
        let mut runs = Runs::from_iter([3..5, 0..1, 5..6]);
        runs.insert(1..2);
        assert_eq!(runs.runs().collect::<Vec<_>>(), [0..2, 3..6]);
        assert_eq!(serde_json::to_string(&runs).unwrap(), "[[0,1],[3,5]]");
    }
}
