//! How often the word of a rank is used: an octave of ranks, 2^k - 1 to
//! 2^(k+1) - 2, has one share of all uses, each of its words the same part.
//!
//! The shares rise to an octave and fall from there by a constant factor f.
//! Words then follow Heaps' law: n uses have about n^(1 / (1 - log2 f))
//! distinct words. Where the shares rise and fall was fitted to how many
//! distinct words 250 to 13,000 real titles and 250 to 3,600 real names have
//! (`benches/calibrate.py` measures both).

use {super::super::rng::Rng, std::sync::LazyLock};

/// Ranks go up to 2^32.
const OCTAVES: usize = 32;

/// Words of titles of recordings: about n^0.68.
pub(in super::super) static TITLES: LazyLock<Octaves> =
    LazyLock::new(|| Octaves::new(7, 0.78, 0.72));
/// Words of titles of albums, which vary more.
pub(in super::super) static ALBUMS: LazyLock<Octaves> =
    LazyLock::new(|| Octaves::new(7, 0.82, 0.855));
/// Words of the names of artists: about n^0.81.
pub(in super::super) static NAMES: LazyLock<Octaves> =
    LazyLock::new(|| Octaves::new(7, 0.84, 0.86));

/// The shares added up, in parts of 2^32.
#[derive(Debug)]
pub(in super::super) struct Octaves([u32; OCTAVES]);

/// A word of a language by how frequent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Rank {
    pub(super) octave: u32,
    /// Below 2^octave.
    pub(super) place: u64,
}

impl Octaves {
    /// Shares that grow by 1 / `rise` up to the octave `peak` and shrink by
    /// `fall` after it.
    fn new(peak: usize, rise: f64, fall: f64) -> Self {
        let mut shares = [1.0; OCTAVES];
        for octave in (0..peak).rev() {
            shares[octave] = shares[octave + 1] * rise;
        }
        for octave in peak + 1..OCTAVES {
            shares[octave] = shares[octave - 1] * fall;
        }
        let all: f64 = shares.iter().sum();
        let mut sum = 0.0;
        Self(shares.map(|share| {
            sum += share / all;
            (sum * f64::from(u32::MAX)) as u32
        }))
    }

    pub(in super::super) fn draw(&self, rng: &mut Rng) -> Rank {
        let bits = rng.bits();
        let (which, place) = ((bits >> 32) as u32, bits & 0xffff_ffff);
        let octave = self.0.iter().take_while(|sum| **sum <= which).count();
        let octave = octave.min(OCTAVES - 1) as u32;
        Rank {
            octave,
            place: place & ((1 << octave) - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use {
        super::{
            super::super::rng::{Seeds, Stream},
            *,
        },
        std::collections::HashSet,
    };

    #[test]
    fn distinct_words_grow_by_a_power_of_their_uses() {
        let mut rng = Seeds::new(1).rng(Stream::Recording, 0);
        let mut seen = HashSet::new();
        let mut distinct = |uses| {
            for _ in 0..uses {
                let rank = TITLES.draw(&mut rng);
                seen.insert((rank.octave, rank.place));
            }
            seen.len() as f64
        };
        let distinct = [distinct(20_000), distinct(980_000)];
        let power = (distinct[1] / distinct[0]).ln() / 50f64.ln();
        assert!((0.62..0.74).contains(&power), "{power} {distinct:?}");
    }

    #[test]
    fn places_stay_in_their_octave() {
        let mut rng = Seeds::new(2).rng(Stream::Recording, 0);
        for _ in 0..10_000 {
            let rank = NAMES.draw(&mut rng);
            assert!(rank.place < 1 << rank.octave, "{rank:?}");
        }
    }
}
