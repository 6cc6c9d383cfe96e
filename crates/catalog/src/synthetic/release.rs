//! What was issued: a release with its tracks, date, label and number.

use {
    super::{
        curve::popularity,
        normal::{quantile, share_above},
        recording::Recording,
        rng::Rng,
        words::NOUNS,
    },
    longplay_model::{ArtistCredit, PartialDate},
};

#[derive(Debug, Clone)]
pub(super) struct Release {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) artists: ArtistCredit,
    pub(super) recordings: Vec<Recording>,
    pub(super) date: PartialDate,
    pub(super) gtin: String,
    pub(super) label: String,
    /// Standard normal, apart from its artists'.
    pub(super) fame: f64,
    /// 0 to 100.
    pub(super) popularity: f32,
}

/// How much of a track's fame comes from whom; the squares add up to 1.
const OF_ARTIST: f64 = 0.6;
const OF_RELEASE: f64 = 0.5;
const OF_TRACK: f64 = 0.624_499_8;

/// Tracks on one medium.
const MEDIUM: usize = 20;

impl Release {
    /// The share of all tracks that are more popular than this one here.
    pub(super) fn share_above(&self, recording: &Recording, rng: &mut Rng) -> f64 {
        let own = quantile(rng.uniform());
        share_above(OF_ARTIST * recording.fame + OF_RELEASE * self.fame + OF_TRACK * own)
    }

    /// Number of the medium and position on it, both from 1.
    pub(super) fn place(&self, at: usize) -> (u32, u32) {
        let from_one = |n: usize| u32::try_from(n + 1).expect("releases are short");
        (from_one(at / MEDIUM), from_one(at % MEDIUM))
    }
}

/// The popularity of a release as a whole: it follows the curve of tracks.
pub(super) fn release_popularity(recordings: &[Recording], fame: f64) -> f32 {
    let artist = recordings.first().map_or(0.0, |recording| recording.fame);
    let spread = OF_ARTIST.hypot(OF_RELEASE);
    popularity(share_above(
        (OF_ARTIST * artist + OF_RELEASE * fame) / spread,
    ))
}

/// Known to the day, the month or the year; half are of the last eight years.
pub(super) fn date(year: i16, rng: &mut Rng) -> PartialDate {
    let (month, day) = (rng.between(1, 12), rng.between(1, 28));
    let text = match rng.below(100) {
        0..=11 => format!("{year:04}"),
        12..=14 => format!("{year:04}-{month:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}"),
    };
    text.parse().expect("every month has 28 days")
}

/// 1955 to 2025, the last years most.
pub(super) fn year(rng: &mut Rng) -> i16 {
    2025 - (rng.uniform().powf(3.2) * 71.0) as i16
}

/// A number of the range that shops number themselves: 13 digits from 2.
pub(super) fn gtin(rng: &mut Rng) -> String {
    let body = format!("2{:011}", rng.below(100_000_000_000));
    let sum: u32 = body
        .bytes()
        .zip([1, 3].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

pub(super) fn label(rng: &mut Rng) -> String {
    let name = rng.pick(NOUNS);
    let second = rng.pick(NOUNS);
    match rng.below(4) {
        0 => format!("{name} Records"),
        1 => format!("{name} & {second} Music"),
        2 => format!("{name} Recordings"),
        _ => format!("{name} {second}"),
    }
}

#[cfg(test)]
mod tests {
    use {super::super::rng::Stream, super::*};

    #[test]
    fn numbers_carry_a_valid_check_digit() {
        for index in 0..100 {
            let gtin = gtin(&mut Rng::of(1, Stream::Release, index));
            let digits = gtin.bytes().rev().map(|digit| u32::from(digit - b'0'));
            let sum: u32 = digits
                .zip([1, 3].into_iter().cycle())
                .map(|(d, w)| d * w)
                .sum();
            assert_eq!((gtin.len(), sum % 10), (13, 0), "{gtin}");
        }
    }

    #[test]
    fn the_parts_of_fame_add_up() {
        let sum = OF_ARTIST.powi(2) + OF_RELEASE.powi(2) + OF_TRACK.powi(2);
        assert!((sum - 1.0).abs() < 1e-6);
    }
}
