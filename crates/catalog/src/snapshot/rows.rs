/// Some rows of a table: one bit a row, and how many of them come before.
#[derive(Debug)]
pub(super) struct Rows {
    words: Vec<u64>,
    /// Rows chosen before each word.
    before: Vec<u32>,
}

/// Rows on their way to be counted.
#[derive(Debug, Clone)]
pub(super) struct Marks(Vec<u64>);

impl Marks {
    /// No row of so many.
    pub(super) fn none(rows: u64) -> Self {
        Self(vec![0; rows.div_ceil(64) as usize])
    }

    /// Chooses a row; one that is not there changes nothing.
    pub(super) fn add(&mut self, row: u64) {
        if let Some(word) = self.0.get_mut((row / 64) as usize) {
            *word |= 1 << (row % 64);
        }
    }

    pub(super) fn finish(self) -> Rows {
        let counts = self.0.iter().map(|word| word.count_ones());
        let before = counts.scan(0, |rows, count| {
            *rows += count;
            Some(*rows - count)
        });
        Rows {
            before: before.collect(),
            words: self.0,
        }
    }
}

impl Rows {
    /// The number that a row has among the chosen, if it is one.
    pub(super) fn number(&self, row: u64) -> Option<u32> {
        let at = (row / 64) as usize;
        let word = self.words.get(at)?;
        let bit = 1u64 << (row % 64);
        let earlier = (word & (bit - 1)).count_ones();
        (word & bit != 0).then(|| self.before[at] + earlier)
    }

    /// How many are chosen.
    pub(super) fn len(&self) -> u32 {
        let last = self.before.last().zip(self.words.last());
        last.map_or(0, |(before, word)| before + word.count_ones())
    }

    pub(super) fn contains(&self, row: u64) -> bool {
        self.number(row).is_some()
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*, std::collections::BTreeSet};

    proptest! {
        #[test]
        fn chosen_rows_are_counted_in_order(
            chosen in prop::collection::btree_set(0u64..400, 0..200),
            rows in 0u64..400,
        ) {
            let mut marks = Marks::none(rows);
            chosen.iter().for_each(|row| marks.add(*row));
            let known = marks.finish();
            let chosen: BTreeSet<u64> = chosen.into_iter().filter(|row| *row < rows.div_ceil(64) * 64).collect();
            prop_assert_eq!(known.len() as usize, chosen.len());
            for row in 0..450 {
                let number = chosen.range(..row).count() as u32;
                prop_assert_eq!(known.number(row), chosen.contains(&row).then_some(number));
            }
        }
    }
}
