//! Who there is: a pool of numbers, of which low ones are drawn more often.

use super::{
    normal::quantile,
    rng::{Rng, Seeds, Stream, uniform},
};

/// Tracks of an artist in the mean (256.04 M tracks, 15.43 M artists), less
/// what is not there because some artists of the pool never play.
const TRACKS_AN_ARTIST: f64 = 16.6 / 1.028;

/// The share x of the artists, those with the most tracks, has about x to this
/// power of all tracks: they fall by Zipf's law, as rank to the power of -0.64.
const SKEW: f64 = 4.0 / 11.0;

/// So many artists at the top have about equally many tracks.
const TOP: f64 = 13.0;

/// The golden ratio's part in 64 bits: multiples of it fill the range evenly,
/// so that few artists already have the whole range of fame.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// All artists of a catalog; low numbers have more tracks.
#[derive(Debug, Clone)]
pub(super) struct Artists {
    pool: f64,
    /// Where the power begins and how far it goes, see [`Self::draw`].
    low: f64,
    span: f64,
    offset: u64,
}

impl Artists {
    pub(super) fn of(tracks: u64, seeds: &Seeds) -> Self {
        let pool = (tracks as f64 / TRACKS_AN_ARTIST).ceil().max(1.0);
        let top = TOP / pool;
        let low = top.powf(SKEW);
        Self {
            pool,
            low,
            span: (1.0 + top).powf(SKEW) - low,
            offset: seeds.rng(Stream::Artist, u64::MAX).bits(),
        }
    }

    /// The number of an artist.
    pub(super) fn draw(&self, rng: &mut Rng) -> u64 {
        let place = unskewed(self.low + self.span * rng.uniform());
        (place * self.pool - TOP).clamp(0.0, self.pool - 1.0) as u64
    }

    /// Standard normal.
    pub(super) fn fame(&self, number: u64) -> f64 {
        let even = number.wrapping_mul(GOLDEN).wrapping_add(self.offset);
        quantile(uniform(even))
    }
}

/// `x` to the power of 1 / [`SKEW`], 2 ¾.
fn unskewed(x: f64) -> f64 {
    let root = x.sqrt();
    x * x * root * root.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_power_is_the_inverse_of_the_skew() {
        for x in [1e-9, 0.001, 0.3, 1.0] {
            assert!((unskewed(x).powf(SKEW) / x - 1.0).abs() < 1e-12, "{x}");
        }
    }
}
