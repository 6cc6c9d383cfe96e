/// One bit for each of so many rows.
#[derive(Debug, Clone)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// All unset.
    pub(crate) fn new(rows: u32) -> Self {
        Self(vec![0; rows.div_ceil(64) as usize])
    }

    pub(crate) fn get(&self, row: u32) -> bool {
        self.0[row as usize / 64] >> (row % 64) & 1 == 1
    }

    /// Sets a bit, and says whether it was unset.
    pub(crate) fn set(&mut self, row: u32) -> bool {
        let word = &mut self.0[row as usize / 64];
        let before = *word;
        *word |= 1 << (row % 64);
        before != *word
    }

    /// The rows whose bits are set, ascending.
    pub(crate) fn ones(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().zip(0u32..).flat_map(|(&word, number)| {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_told_in_order() {
        let mut bits = Bits::new(200);
        for row in [199, 0, 63, 64, 199] {
            assert_eq!(bits.set(row), row != 199 || !bits.get(0));
        }
        assert_eq!(bits.ones().collect::<Vec<_>>(), [0, 63, 64, 199]);
        assert!(bits.get(63) && !bits.get(65));
    }
}
