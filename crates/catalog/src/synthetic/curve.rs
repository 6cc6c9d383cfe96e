//! How popularity and listens fall from the first track to the last.

/// Tracks of 256,039,007 that score at least so much (December 2025).
const POPULARITY: [(f64, f64); 12] = [
    (0.0, 256_039_007.0),
    (1.0, 45_000_000.0),
    (10.0, 16_800_000.0),
    (20.0, 5_600_000.0),
    (30.0, 1_880_000.0),
    (40.0, 628_000.0),
    (50.0, 210_000.0),
    (60.0, 45_800.0),
    (70.0, 10_000.0),
    (80.0, 550.0),
    (90.0, 30.0),
    (100.0, 1.0),
];

/// Tracks of 202 million with more than so many streams in 2024 (Luminate).
/// The last line closes the curve with the most streamed track of the year.
const LISTENS: [(f64, f64); 10] = [
    (0.0, 202_192_533.0),
    (10.0, 108_992_533.0),
    (100.0, 61_292_533.0),
    (1e3, 26_692_533.0),
    (1e5, 2_592_533.0),
    (1e6, 492_533.0),
    (1e7, 64_833.0),
    (1e8, 4_833.0),
    (1e9, 33.0),
    (4e9, 1.0),
];

/// The popularity, a whole number from 0 to 100, of the track with this share
/// of all tracks above it.
pub(super) fn popularity(above: f64) -> f32 {
    let (low, high, part) = place(&POPULARITY, above);
    let scored = if low == 0.0 {
        0.0
    } else {
        low + (high - low) * part
    };
    scored.floor() as f32
}

/// The yearly listens of the track with this share of all tracks above it.
/// Between two counts the logarithm of listens is linear in the logarithm of
/// rank (a Pareto line); below ten it is that of listens + 1, to reach 0.
pub(super) fn listens(above: f64) -> u64 {
    let (low, high, part) = place(&LISTENS, above);
    let shift = if low == 0.0 { 1.0 } else { 0.0 };
    let ratio = (high + shift) / (low + shift);
    ((low + shift) * ratio.powf(part) - shift).floor() as u64
}

/// Between which two values of `points`, and how far from the first to the
/// second in the logarithm of rank.
fn place(points: &[(f64, f64)], above: f64) -> (f64, f64, f64) {
    let all = points[0].1;
    let rank = (above * all).clamp(1.0, all);
    let end = points
        .iter()
        .position(|point| point.1 <= rank)
        .unwrap_or(points.len() - 1)
        .max(1);
    let ((low, wide), (high, narrow)) = (points[end - 1], points[end]);
    (low, high, (wide / rank).ln() / (wide / narrow).ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_counts_come_out() {
        for (value, count) in &POPULARITY[1..] {
            let share = count / POPULARITY[0].1;
            assert!(f64::from(popularity(share * 0.9999)) >= *value);
            assert!(f64::from(popularity(share * 1.0001)) < *value || *value == 100.0);
        }
        for (value, count) in &LISTENS[1..9] {
            let share = count / LISTENS[0].1;
            assert!(listens(share * 0.9999) as f64 >= *value, "{value}");
            assert!(listens(share * 1.0001) as f64 <= *value, "{value}");
        }
    }

    #[test]
    fn both_fall_from_the_first_to_the_last() {
        let shares: Vec<f64> = (0..=1_000)
            .map(|n| 10f64.powf(f64::from(n) / 111.1 - 9.0).min(1.0))
            .collect();
        assert!(shares.is_sorted_by(|a, b| popularity(*a) >= popularity(*b)));
        assert!(shares.is_sorted_by(|a, b| listens(*a) >= listens(*b)));
        assert_eq!((popularity(1.0), listens(1.0)), (0.0, 0));
        assert_eq!((popularity(0.0), listens(0.0)), (100.0, 4_000_000_000));
    }
}
