use serde::{Deserialize, Serialize};

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

/// Draws a curve while the plan is walked, keeping every n-th step.
#[derive(Debug)]
pub(crate) struct Pen {
    points: Vec<(u64, f64)>,
    stride: u64,
    steps: u64,
    last: (u64, f64),
}

impl Pen {
    /// For a walk of `steps` steps in all.
    pub(crate) fn new(steps: u64) -> Self {
        // The first point, the budget's and the last come on top.
        let room = Curve::MOST_POINTS as u64 - 3;
        Self {
            points: vec![(0, 0.0)],
            stride: steps.div_ceil(room).max(1),
            steps: 0,
            last: (0, 0.0),
        }
    }

    pub(crate) fn step(&mut self, bytes: u64, listens: f64) {
        self.steps += 1;
        self.last = (bytes, listens);
        if self.steps.is_multiple_of(self.stride) {
            self.mark();
        }
    }

    /// Keeps the place that the walk has come to.
    pub(crate) fn mark(&mut self) {
        if self.points.last() != Some(&self.last) {
            self.points.push(self.last);
        }
    }

    pub(crate) fn finish(mut self, listens_all: f64) -> Curve {
        self.mark();
        let whole = if listens_all > 0.0 { listens_all } else { 1.0 };
        for point in &mut self.points {
            point.1 = (point.1 / whole).min(1.0);
        }
        Curve {
            points: self.points,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn straight(steps: u64) -> Curve {
        let mut pen = Pen::new(steps);
        for step in 1..=steps {
            pen.step(step * 10, step as f64);
        }
        pen.finish(steps as f64)
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
