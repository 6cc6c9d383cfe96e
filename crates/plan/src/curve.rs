use {
    longplay_model::PlanMark,
    serde::{Deserialize, Serialize},
};

/// What a budget buys: bytes in the archive against the share of listens that
/// they cover, for every budget from nothing to all that the policy wants.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Curve {
    /// At most [`Curve::MOST_POINTS`] pairs (bytes, share from 0 to 1), both
    /// never decreasing; the first is (0, 0).
    pub points: Vec<(u64, f64)>,
}

impl Curve {
    pub const MOST_POINTS: usize = 500;

    /// The share of listens that a budget of `bytes` covers.
    pub fn share_at(&self, bytes: u64) -> f64 {
        let after = self.points.partition_point(|point| point.0 <= bytes);
        let Some(&(from, low)) = after.checked_sub(1).and_then(|at| self.points.get(at)) else {
            return 0.0;
        };
        let Some(&(to, high)) = self.points.get(after) else {
            return low;
        };
        low + (high - low) * (bytes - from) as f64 / (to - from) as f64
    }

    /// The smallest budget that covers `share` of the listens, or nothing
    /// when the policy never reaches it.
    pub fn bytes_for(&self, share: f64) -> Option<u64> {
        let at = self.points.iter().position(|point| point.1 >= share)?;
        let (to, high) = self.points[at];
        let Some(&(from, low)) = at.checked_sub(1).and_then(|at| self.points.get(at)) else {
            return Some(to);
        };
        let part = (share - low) / (high - low);
        Some(from + ((to - from) as f64 * part).ceil() as u64)
    }

    /// Bytes of all that the policy wants.
    pub fn end(&self) -> u64 {
        self.points.last().map_or(0, |point| point.0)
    }
}

impl Curve {
    /// The curve of a plan from its sums, with a point at what is kept.
    pub(crate) fn through(marks: &[PlanMark], kept: (u64, f64), listens_all: f64) -> Self {
        let end = marks.last().map_or(0, |mark| mark.bytes);
        let used = marks.partition_point(|mark| mark.bytes < end) + 1;
        // The first point, the budget's and the last come on top.
        let stride = used.div_ceil(Self::MOST_POINTS - 3).max(1);
        let thinned = marks.iter().take(used).step_by(stride).chain(marks.last());
        let mut points: Vec<(u64, f64)> = vec![(0, 0.0), kept];
        points.extend(thinned.map(|mark| (mark.bytes, mark.listens)));
        points.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let whole = if listens_all > 0.0 { listens_all } else { 1.0 };
        let mut highest = 0f64;
        for point in &mut points {
            highest = highest.max(point.1 / whole).min(1.0);
            point.1 = highest;
        }
        points.dedup();
        Self { points }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn straight(steps: u64) -> Curve {
        let marks: Vec<PlanMark> = (0..=steps)
            .map(|step| PlanMark {
                order: step as u32,
                bytes: step * 10,
                listens: step as f64,
            })
            .collect();
        Curve::through(&marks, (steps * 5, steps as f64 / 2.0), steps as f64)
    }

    #[test]
    fn long_walks_are_thinned_and_keep_their_end() {
        for steps in [0, 1, 497, 498, 1_000, 123_457] {
            let curve = straight(steps);
            assert!(curve.points.len() <= Curve::MOST_POINTS, "{steps}");
            assert_eq!(curve.points[0], (0, 0.0));
            assert_eq!(curve.end(), steps * 10);
        }
    }

    #[test]
    fn between_points_the_line_is_straight() {
        let curve = straight(1_000);
        assert!((curve.share_at(5_005) - 0.5005).abs() < 1e-9);
        assert_eq!(curve.share_at(u64::MAX), 1.0);
        assert_eq!(curve.bytes_for(0.5), Some(5_000));
        assert_eq!(curve.bytes_for(1.1), None);
        assert_eq!(Curve::default().share_at(7), 0.0);
    }
}
