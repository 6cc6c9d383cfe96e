//! Who plays: an artist is a number, and all else follows from it.

use {
    super::{
        codes::push_number,
        genres::genre,
        names::name,
        normal::quantile,
        rng::{Rng, Seeds, Stream, uniform},
        words::Tongue,
        world::World,
    },
    longplay_model::CreditedArtist,
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

#[derive(Debug, Clone)]
pub(super) struct Artist {
    pub(super) number: u64,
    pub(super) credited: CreditedArtist,
    pub(super) genres: Vec<String>,
    pub(super) tongue: &'static Tongue,
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

impl Artist {
    pub(super) fn new(world: &World, number: u64) -> Self {
        let mut rng = world.seeds.rng(Stream::Artist, number);
        let fame = world.artists.fame(number);
        let tongue = Tongue::draw(&mut rng);
        let mut id = String::with_capacity(world.artist_prefix.len() + 8);
        id.push_str(&world.artist_prefix);
        push_number(number, &mut id);
        let listeners = quantile(rng.uniform());
        Self {
            number,
            credited: CreditedArtist {
                name: name(world.lexicon, tongue, &mut rng),
                id: Some(id),
                join: String::new(),
                popularity: Some(popularity(fame)),
                followers: Some(followers(fame, listeners)),
            },
            genres: genres(&mut rng),
            tongue,
        }
    }
}

/// `x` to the power of 1 / [`SKEW`], 2 ¾.
fn unskewed(x: f64) -> f64 {
    let root = x.sqrt();
    x * x * root * root.sqrt()
}

/// Most artists have next to none, one in a thousand about 45.
fn popularity(fame: f64) -> f32 {
    let above = fame.max(0.0);
    (2.0 + 8.0 * fame + 1.8 * above * above)
        .clamp(0.0, 100.0)
        .floor() as f32
}

/// Log-normal, with a median of about 30.
fn followers(fame: f64, luck: f64) -> u64 {
    10f64.powf(1.5 + 1.05 * fame + 0.4 * luck) as u64
}

/// None, one, two or three, in their order.
fn genres(rng: &mut Rng) -> Vec<String> {
    let count = *rng.pick(&[0, 0, 0, 1, 1, 1, 1, 2, 2, 3]);
    let mut genres: Vec<String> = (0..count).map(|_| genre(rng)).collect();
    genres.sort_unstable();
    genres.dedup();
    genres
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
