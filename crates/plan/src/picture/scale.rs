//! Where the lines of a grid stand, and what is written at them.

use longplay_model::ByteSize;

/// Marks from 0 up, about `most` of them, at steps of 1, 2 or 5 times a power
/// of ten, none beyond `end`.
pub(super) fn marks(end: u64, most: u64) -> Vec<u64> {
    let least = end.div_ceil(most.max(1)).max(1);
    let step = steps().find(|step| *step >= least).unwrap_or(u64::MAX);
    (0..=end / step).map(|n| n * step).collect()
}

fn steps() -> impl Iterator<Item = u64> {
    (0..19).flat_map(|power| [1, 2, 5].map(|n: u64| n.saturating_mul(10u64.pow(power))))
}

/// A size at a mark of the grid: `0`, `20 GB`.
pub(super) fn mark_label(bytes: u64) -> String {
    if bytes == 0 {
        return "0".to_owned();
    }
    let text = ByteSize(bytes).to_string();
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            let number = number.trim_end_matches('0').trim_end_matches('.');
            format!("{number} {unit}")
        }
        _ => text,
    }
}

/// A share as a percentage with one decimal, never rounded up to all.
pub(super) fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    let tenths = if share < 1.0 {
        tenths.min(999.0)
    } else {
        tenths
    };
    format!("{:.1} %", tenths / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        assert_eq!(marks(0, 5), [0]);
        assert_eq!(marks(7, 5), [0, 2, 4, 6]);
        assert_eq!(marks(1_000, 5), [0, 200, 400, 600, 800, 1_000]);
        assert!(marks(u64::MAX, 5).len() <= 6);
    }

    #[test]
    fn labels_carry_no_idle_zeros() {
        assert_eq!(mark_label(0), "0");
        assert_eq!(mark_label(20_000_000_000), "20 GB");
        assert_eq!(mark_label(2_500_000), "2.5 MB");
        assert_eq!(mark_label(200_000_000), "200 MB");
    }

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!(percent(0.99999), "99.9 %");
        assert_eq!(percent(1.0), "100.0 %");
        assert_eq!(percent(0.5004), "50.0 %");
    }
}
