use {crate::policy::Tail, longplay_model::Candidate};

/// What the score of a tail row is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    pub artist: f64,
    pub release: f64,
    pub followers: f64,
    /// Taken off; 0 while no other copy is planned.
    pub copy_held: f64,
}

/// The score of a row of which no copy is held yet.
///
/// With the reference policy: highest artist popularity / 100 + release
/// popularity / 100 + log10(min(10^8, followers + 1)) / 8.
pub fn tail_score(candidate: &Candidate, tail: &Tail) -> Score {
    let followers = candidate
        .followers
        .saturating_add(1)
        .min(tail.followers_limit.max(1));
    Score {
        artist: points(candidate.artist_popularity) * tail.artist_popularity,
        release: points(candidate.release_popularity) * tail.release_popularity,
        followers: (followers as f64).log10() * tail.followers,
        copy_held: 0.0,
    }
}

impl Score {
    /// The sum, rounded to nine decimals: the last bits of a logarithm differ
    /// between processors, and the order must not.
    pub fn total(&self) -> f64 {
        rounded(self.artist + self.release + self.followers - self.copy_held)
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

pub(crate) fn rounded(score: f64) -> f64 {
    // Adding zero turns a negative zero into zero.
    (score * 1e9).round() / 1e9 + 0.0
}

#[cfg(test)]
mod tests {
    use {super::*, crate::Policy, crate::order::tests::candidate};

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
}
