/// Listens of a recording, added up row by row in 32 bits: six of exponent and 26 of
/// fraction, three more than an `f32` has, as nothing is below zero and nobody's listens
/// fill its range. Each row that is added rounds by at most one part in 134 million (2⁻²⁷).
///
/// Up to 2⁵¹ (2.25 × 10¹⁵), which is also what more than that counts as; parts below
/// 2⁻³⁸ are rounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listens(u32);

/// Bits of an `f64`'s fraction that are not kept.
const CUT: u32 = 26;

/// 2¹⁰¹⁰: an `f64` of 2⁵¹ listens, divided by this, fills the lowest 58 bits.
const UNIT: f64 = f64::from_bits((1023 + 1010) << 52);

impl Listens {
    /// These and more, which is not below zero.
    #[inline]
    pub(crate) fn and(self, more: f64) -> Self {
        let bits = ((self.get() + more) / UNIT).to_bits();
        // To the nearest; from the middle between two to the even one.
        let nearest = (bits + (1 << (CUT - 1)) - 1 + (bits >> CUT & 1)) >> CUT;
        Self(u32::try_from(nearest).unwrap_or(u32::MAX))
    }

    #[inline]
    pub(crate) fn get(self) -> f64 {
        f64::from_bits(u64::from(self.0) << CUT) * UNIT
    }

    #[inline]
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    #[inline]
    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn sum(listens: &[f64]) -> f64 {
        let all = listens.iter();
        all.fold(Listens::default(), |sum, it| sum.and(*it)).get()
    }

    #[test]
    fn whole_numbers_are_told_as_they_are() {
        for listens in [
            0.0,
            1.0,
            2.0,
            1_000_003.0,
            134_217_727.0,
            0.5,
            2f64.powi(-38),
        ] {
            assert_eq!(sum(&[listens]), listens);
        }
        assert_eq!(sum(&[1.0; 4_711]), 4_711.0);
    }

    #[test]
    fn the_largest_stay_the_largest() {
        let largest = Listens::from_bits(u32::MAX);
        assert!((largest.get() / 2f64.powi(51) - 1.0).abs() < 1e-8);
        for listens in [2f64.powi(51), 1e16, 1e300, f64::MAX] {
            assert_eq!(Listens::default().and(listens), largest);
            assert_eq!(largest.and(listens), largest);
        }
    }

    #[test]
    fn a_middle_goes_to_the_even_one() {
        let (even, odd) = (2f64.powi(27), 2f64.powi(27) + 2.0);
        assert_eq!(sum(&[even + 1.0]), even);
        assert_eq!(sum(&[odd + 1.0]), odd + 2.0);
        assert_eq!(sum(&[2f64.powi(-39)]), 0.0);
    }

    proptest! {
        #[test]
        fn each_row_rounds_once(rows in prop::collection::vec(0.001f64..1e13, 1..12)) {
            let exact: f64 = rows.iter().sum();
            let most = exact * rows.len() as f64 * 2f64.powi(-27);
            prop_assert!((sum(&rows) - exact).abs() <= most * 1.001);
        }

        #[test]
        fn more_are_never_fewer(a in 0.0f64..1e16, b in 0.0f64..1e16) {
            let one = |listens| Listens::default().and(listens);
            prop_assert_eq!(one(a) <= one(b), a <= b || one(a) == one(b));
            prop_assert!(one(a).and(b) >= one(a));
        }
    }
}
