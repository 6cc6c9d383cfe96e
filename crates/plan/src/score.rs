use {crate::policy::Tail, longplay_model::Candidate};

/// What the score of a tail row is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    pub artist: f64,
    pub release: f64,
    pub followers: f64,
    /// Taken off; 0 while no other copy is planned.
    pub copy_held: f64,
    /// How many units are one: a power of ten.
    scale: f64,
}

/// The score of a row of which no copy is held yet.
///
/// With the reference policy: highest artist popularity / 100 + release
/// popularity / 100 + log10(min(10^8, followers + 1)) / 8.
pub fn tail_score(candidate: &Candidate, tail: &Tail) -> Score {
    Scorer::new(tail).score(
        candidate.artist_popularity,
        candidate.release_popularity,
        candidate.followers,
    )
}

impl Score {
    /// The sum, rounded to nine decimals: the last bits of a logarithm differ
    /// between processors, and the order must not. A policy whose scores go
    /// beyond 4.29 has fewer decimals, so that a score always fits 32 bits.
    pub fn total(&self) -> f64 {
        rounded(
            self.artist + self.release + self.followers - self.copy_held,
            self.scale,
        )
    }
}

/// Scores by one policy, as numbers of 32 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scorer<'a> {
    tail: &'a Tail,
    limit: u64,
    scale: f64,
    /// The units from which on the cut is reached; beyond all where none does.
    cut: u64,
}

impl<'a> Scorer<'a> {
    pub(crate) fn new(tail: &'a Tail) -> Self {
        let limit = tail.followers_limit.max(1);
        let most = 100.0 * (tail.artist_popularity + tail.release_popularity)
            + (limit as f64).log10() * tail.followers;
        let fits = |decimals: &i32| most * 10f64.powi(*decimals) < f64::from(u32::MAX);
        let decimals = (-300..=9).rev().find(fits).unwrap_or(-300);
        let mut scorer = Self {
            tail,
            limit,
            scale: 10f64.powi(decimals),
            cut: 0,
        };
        scorer.cut = scorer.units_of_cut();
        scorer
    }

    fn units_of_cut(&self) -> u64 {
        let (mut below, mut reached) = (0u64, 1 << 32);
        while below < reached {
            let units = below.midpoint(reached);
            match self.value(units as u32) >= self.tail.cut {
                true => reached = units,
                false => below = units + 1,
            }
        }
        reached
    }

    pub(crate) fn score(&self, artist: f32, release: f32, followers: u64) -> Score {
        let followers = followers.saturating_add(1).min(self.limit);
        Score {
            artist: points(artist) * self.tail.artist_popularity,
            release: points(release) * self.tail.release_popularity,
            followers: (followers as f64).log10() * self.tail.followers,
            copy_held: 0.0,
            scale: self.scale,
        }
    }

    /// The score in units.
    pub(crate) fn units(&self, artist: f32, release: f32, followers: u64) -> u32 {
        let Score {
            artist,
            release,
            followers,
            ..
        } = self.score(artist, release, followers);
        // Scores are never negative, and the scale makes the highest fit.
        ((artist + release + followers) * self.scale).round() as u32
    }

    /// What is taken off when a copy is held, in units.
    pub(crate) fn copy_held(&self) -> u64 {
        (self.tail.copy_held * self.scale).round() as u64
    }

    /// Whether a score reaches the cut of the policy.
    pub(crate) fn reaches_cut(&self, units: u32) -> bool {
        u64::from(units) >= self.cut
    }

    pub(crate) fn value(&self, units: u32) -> f64 {
        f64::from(units) / self.scale
    }

    /// The score of a row, with what a copy costs it, as plans tell it.
    pub(crate) fn told(&self, candidate: &Candidate, is_copy: bool) -> f64 {
        let units = self.units(
            candidate.artist_popularity,
            candidate.release_popularity,
            candidate.followers,
        );
        let held = if is_copy { self.tail.copy_held } else { 0.0 };
        rounded(self.value(units) - held, self.scale)
    }
}

/// A popularity as a number that can be ordered; what is no number counts as 0.
pub(crate) fn points(popularity: f32) -> f64 {
    if popularity.is_finite() {
        f64::from(popularity.clamp(0.0, 100.0))
    } else {
        0.0
    }
}

fn rounded(score: f64, scale: f64) -> f64 {
    // Adding zero turns a negative zero into zero.
    (score * scale).round() / scale + 0.0
}

#[cfg(test)]
mod tests {
    use {super::*, crate::listed::tests::candidate, crate::policy::Policy};

    #[test]
    fn the_published_formula_gives_the_published_numbers() {
        let mut row = candidate(0);
        row.artist_popularity = 12.0;
        row.release_popularity = 3.0;
        row.followers = 999;
        let score = tail_score(&row, &Policy::reference().tail);
        assert_eq!(score.total(), 0.12 + 0.03 + 0.375);
    }

    #[test]
    fn followers_stop_counting_at_the_limit() {
        let mut row = candidate(0);
        row.followers = u64::MAX;
        let tail = Policy::reference().tail;
        assert_eq!(tail_score(&row, &tail).total(), 1.0);
        row.followers = 0;
        assert_eq!(tail_score(&row, &tail).total(), 0.0);
    }

    #[test]
    fn what_is_no_number_counts_as_nothing() {
        let mut row = candidate(0);
        row.artist_popularity = f32::NAN;
        row.release_popularity = f32::INFINITY;
        assert_eq!(tail_score(&row, &Policy::reference().tail).total(), 0.0);
    }

    #[test]
    fn a_cut_is_reached_from_its_units_on() {
        for (weight, cut) in [
            (0.01, 0.351),
            (0.01, 0.0),
            (0.01, 9.0),
            (1e12, 3e11),
            (0.0, 0.5),
        ] {
            let tail = Tail {
                artist_popularity: weight,
                cut,
                ..Policy::reference().tail
            };
            let scorer = Scorer::new(&tail);
            let near = u32::try_from(scorer.cut).unwrap_or(u32::MAX);
            for units in [
                0,
                near.saturating_sub(1),
                near,
                near.saturating_add(1),
                u32::MAX,
            ] {
                assert_eq!(
                    scorer.reaches_cut(units),
                    scorer.value(units) >= cut,
                    "{units}"
                );
            }
        }
    }

    #[test]
    fn every_policy_has_scores_of_32_bits_and_the_reference_nine_decimals() {
        let reference = Policy::reference().tail;
        assert_eq!(
            Scorer::new(&reference).units(100.0, 100.0, u64::MAX),
            3_000_000_000
        );
        for weight in [0.0, 1e-9, 1.0, 1e12, 1e300] {
            let tail = Tail {
                artist_popularity: weight,
                ..reference
            };
            let scorer = Scorer::new(&tail);
            let (low, high) = (scorer.units(10.0, 0.0, 0), scorer.units(100.0, 0.0, 0));
            assert!(weight < 1e-9 || low < high, "{weight}: {low} {high}");
        }
    }
}
