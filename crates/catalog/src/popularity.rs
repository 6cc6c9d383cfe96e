//! How many listens does a popularity stand for?
//!
//! A catalog whose sources give a popularity from 0 to 100 and no counts
//! still has to weigh its tracks. Two published shapes are laid over each
//! other by share: how many of 256.04 M tracks score at least `p` (45 M at 1,
//! 16.8 M at 10, … one at 100), and how many of 202 M tracks were streamed at
//! least so often in a year (Luminate 2024, piecewise Pareto between its
//! classes). What the share of tracks above `p` was streamed is the estimate;
//! between the knots its logarithm is linear. At 0 it is the mean of all that
//! score less than 1.

/// Popularity and estimated listens in a year.
const KNOTS: [(f64, f64); 12] = [
    (0.0, 46.0),
    (1.0, 453.0),
    (10.0, 3_978.0),
    (20.0, 34_830.0),
    (30.0, 216_602.0),
    (40.0, 990_527.0),
    (50.0, 3_442_198.0),
    (60.0, 16_780_089.0),
    (70.0, 64_697_348.0),
    (80.0, 304_205_670.0),
    (90.0, 1_165_363_155.0),
    (100.0, 5_604_191_353.0),
];

/// Listens in a year of a track of this popularity (0 to 100).
pub(crate) fn listens_of(popularity: f32) -> f64 {
    let popularity = f64::from(popularity).clamp(0.0, 100.0);
    let after = KNOTS.partition_point(|knot| knot.0 <= popularity);
    let Some(&(to, high)) = KNOTS.get(after) else {
        return KNOTS[KNOTS.len() - 1].1;
    };
    let (from, low) = KNOTS[after - 1];
    let part = (popularity - from) / (to - from);
    (low.ln() + part * (high / low).ln()).exp().round()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tracks that score at least so much, in a catalog of [`TRACKS`].
    const SCORES: [(f64, f64); 11] = [
        (1.0, 45e6),
        (10.0, 16.8e6),
        (20.0, 5.6e6),
        (30.0, 1.88e6),
        (40.0, 628e3),
        (50.0, 210e3),
        (60.0, 45.8e3),
        (70.0, 10e3),
        (80.0, 550.0),
        (90.0, 30.0),
        (100.0, 1.0),
    ];
    const TRACKS: f64 = 256.04e6;

    /// Annual streams above which lie so many tracks.
    const STREAMS: [(f64, f64); 9] = [
        (1.0, 202_192_533.0),
        (10.0, 108_992_533.0),
        (1e2, 61_292_533.0),
        (1e3, 26_692_533.0),
        (1e5, 2_592_533.0),
        (1e6, 492_533.0),
        (1e7, 64_833.0),
        (1e8, 4_833.0),
        (1e9, 33.0),
    ];

    /// Streams that the share `share` of all tracks exceeds.
    fn streams_at(share: f64) -> f64 {
        let tracks = share * STREAMS[0].1;
        let at = STREAMS[1..8].partition_point(|class| class.1 > tracks);
        let ((from, more), (to, fewer)) = (STREAMS[at], STREAMS[at + 1]);
        let part = (more / tracks).ln() / (more / fewer).ln();
        (from.ln() + part * (to / from).ln()).exp()
    }

    #[test]
    fn knots_follow_from_the_published_shapes() {
        for ((popularity, tracks), knot) in SCORES.into_iter().zip(&KNOTS[1..]) {
            let listens = streams_at(tracks / TRACKS);
            assert_eq!(popularity, knot.0);
            assert!((listens / knot.1 - 1.0).abs() < 2e-3, "{listens} {knot:?}");
        }
        let from = SCORES[0].1 / TRACKS;
        let steps = 100_000;
        let share = |step: i32| from + (1.0 - from) * (f64::from(step) + 0.5) / f64::from(steps);
        let mean = (0..steps).map(share).map(streams_at).sum::<f64>() / f64::from(steps);
        assert!((mean - KNOTS[0].1).abs() < 0.5, "{mean}");
    }

    #[test]
    fn more_popular_is_more_heard() {
        let mut last = 0.0;
        for tenth in 0..=1000u16 {
            let listens = listens_of(f32::from(tenth) / 10.0);
            assert!(listens > last);
            last = listens;
        }
        assert_eq!(listens_of(-1.0), 46.0);
        assert_eq!(listens_of(1e9), 5_604_191_353.0);
    }
}
