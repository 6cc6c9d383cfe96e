//! Who plays: an artist is a number, and all else follows from it.

use {
    super::{
        genres::genre,
        names::name,
        normal::quantile,
        rng::{Rng, Stream},
        words::Tongue,
    },
    longplay_model::CreditedArtist,
};

/// Tracks of an artist in the mean: 256.04 M tracks, 15.43 M artists.
const TRACKS_AN_ARTIST: f64 = 16.6;

/// The golden ratio's part: multiples of it fill 0 to 1 evenly, so that few
/// artists already have the whole range of fame.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// All artists of a catalog.
#[derive(Debug, Clone, Copy)]
pub(super) struct Artists {
    seed: u64,
    count: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Artist {
    pub(super) credited: CreditedArtist,
    /// Standard normal.
    pub(super) fame: f64,
    pub(super) genres: Vec<String>,
    pub(super) tongue: Tongue,
}

impl Artists {
    pub(super) fn of(tracks: u64, seed: u64) -> Self {
        let count = (tracks as f64 / TRACKS_AN_ARTIST).ceil() as u64;
        Self {
            seed,
            count: count.max(1),
        }
    }

    /// Low numbers have more releases.
    pub(super) fn draw(&self, rng: &mut Rng) -> Artist {
        let at = (rng.uniform().powf(1.5) * self.count as f64) as u64;
        self.get(at)
    }

    fn get(&self, number: u64) -> Artist {
        let mut rng = Rng::of(self.seed, Stream::Artist, number);
        let offset = Rng::of(self.seed, Stream::Artist, u64::MAX).uniform();
        let even = (number as f64).mul_add(GOLDEN, offset).fract();
        let fame = quantile(even.clamp(1e-12, 1.0 - 1e-12));
        let tongue = Tongue::draw(&mut rng);
        let listeners = quantile(rng.uniform());
        Artist {
            credited: CreditedArtist {
                name: name(tongue, &mut rng),
                id: Some(format!("a{:x}-{number}", self.seed)),
                join: String::new(),
                popularity: Some(popularity(fame)),
                followers: Some(followers(fame, listeners)),
            },
            fame,
            genres: genres(&mut rng),
            tongue,
        }
    }
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

fn genres(rng: &mut Rng) -> Vec<String> {
    let count = *rng.pick(&[0, 0, 0, 1, 1, 1, 1, 2, 2, 3]);
    let mut genres: Vec<String> = (0..count).map(|_| genre(rng)).collect();
    genres.sort();
    genres.dedup();
    genres
}
