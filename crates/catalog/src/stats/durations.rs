use serde::Serialize;

/// Seconds that are told apart; all that lasts longer is one.
const SECONDS: usize = 7200;
/// Width of a bar of the histogram, and where the last one begins.
const BIN: usize = 30;
const BINS: usize = 20;
/// Whole minutes are looked at up to this one.
const MINUTES: usize = 60;
/// Seconds on both sides that a whole minute is held against.
const BESIDE: usize = 5;

/// How long tracks last.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Durations {
    /// Tracks of which the duration is known.
    pub known: u64,
    pub mean_ms: Option<f64>,
    /// The second in which the middle one ends.
    pub median_seconds: Option<u64>,
    /// Tracks that last whole minutes to the millisecond.
    pub whole_minutes: u64,
    pub bars: Vec<DurationBar>,
    pub spikes: Vec<Spike>,
}

/// Tracks that last from `from_seconds` up to `to_seconds`, that not included.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DurationBar {
    pub from_seconds: u64,
    /// `None`: without end.
    pub to_seconds: Option<u64>,
    pub tracks: u64,
}

/// A second with more tracks than its neighbours let expect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spike {
    pub seconds: u64,
    pub tracks: u64,
    /// Mean of the five seconds before and the five after.
    pub beside: f64,
}

/// Counts by the second, and by what is exact.
#[derive(Debug)]
pub(super) struct Seconds {
    counts: Vec<u64>,
    total_ms: u64,
    whole_minutes: u64,
}

impl Default for Seconds {
    fn default() -> Self {
        Self {
            counts: vec![0; SECONDS + 1],
            total_ms: 0,
            whole_minutes: 0,
        }
    }
}

impl Seconds {
    pub(super) fn add(&mut self, duration_ms: u32) {
        self.counts[(duration_ms as usize / 1000).min(SECONDS)] += 1;
        self.total_ms += u64::from(duration_ms);
        self.whole_minutes += u64::from(duration_ms.is_multiple_of(60_000));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let counts = self.counts.iter_mut().zip(&other.counts);
        counts.for_each(|(count, more)| *count += more);
        self.total_ms += other.total_ms;
        self.whole_minutes += other.whole_minutes;
    }

    pub(super) fn finish(&self) -> Durations {
        let known = self.counts.iter().sum::<u64>();
        let mean = self.total_ms as f64 / known as f64;
        Durations {
            known,
            mean_ms: (known > 0).then_some(mean),
            median_seconds: self.median(known),
            whole_minutes: self.whole_minutes,
            bars: (0..=BINS).map(|bin| self.bar(bin)).collect(),
            spikes: (1..=MINUTES)
                .filter_map(|minute| self.spike(minute))
                .collect(),
        }
    }

    fn median(&self, known: u64) -> Option<u64> {
        let mut before = 0;
        let is_half = |count: &u64| {
            before += count;
            before * 2 >= known && known > 0
        };
        let at = self.counts.iter().position(is_half)?;
        Some(at as u64)
    }

    fn bar(&self, bin: usize) -> DurationBar {
        let from = bin * BIN;
        let to = if bin == BINS { SECONDS + 1 } else { from + BIN };
        DurationBar {
            from_seconds: from as u64,
            to_seconds: (bin < BINS).then_some(to as u64),
            tracks: self.counts[from..to].iter().sum(),
        }
    }

    /// A whole minute with half as many again as the seconds beside it.
    fn spike(&self, minute: usize) -> Option<Spike> {
        let at = minute * 60;
        let before: u64 = self.counts[at - BESIDE..at].iter().sum();
        let after: u64 = self.counts[at + 1..=at + BESIDE].iter().sum();
        let beside = (before + after) as f64 / (2 * BESIDE) as f64;
        let tracks = self.counts[at];
        (tracks > 1 && tracks as f64 > 1.5 * beside).then_some(Spike {
            seconds: at as u64,
            tracks,
            beside,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(durations: &[u32]) -> Durations {
        let mut seconds = Seconds::default();
        durations.iter().for_each(|ms| seconds.add(*ms));
        seconds.finish()
    }

    #[test]
    fn nothing_known_has_no_mean() {
        let none = told(&[]);
        assert_eq!((none.mean_ms, none.median_seconds), (None, None));
        assert!(none.bars.iter().all(|bar| bar.tracks == 0));
    }

    #[test]
    fn every_duration_is_in_one_bar() {
        let told = told(&[1, 29_999, 30_000, 599_999, 600_000, u32::MAX]);
        let full: Vec<(u64, u64)> = told
            .bars
            .iter()
            .filter(|bar| bar.tracks > 0)
            .map(|bar| (bar.from_seconds, bar.tracks))
            .collect();
        assert_eq!(full, [(0, 2), (30, 1), (570, 1), (600, 2)]);
        assert_eq!((told.known, told.whole_minutes), (6, 1));
        assert_eq!(told.median_seconds, Some(30));
    }

    #[test]
    fn a_whole_minute_stands_out_only_above_its_neighbours() {
        let flat: Vec<u32> = (170..190).map(|second| second * 1000).collect();
        assert_eq!(told(&flat).spikes, []);
        let tall = [&flat[..], &[180_000, 180_500]].concat();
        let spikes = told(&tall).spikes;
        assert_eq!(
            (spikes.len(), spikes[0].seconds, spikes[0].tracks),
            (1, 180, 3)
        );
    }
}
