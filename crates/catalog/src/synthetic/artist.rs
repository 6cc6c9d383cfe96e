//! Who plays: an artist is a number, and all else follows from it.

use {
    super::{
        codes::push_number,
        genres::genre,
        names::name,
        normal::quantile,
        rng::{Rng, Stream},
        words::Tongue,
        world::World,
    },
    longplay_model::CreditedArtist,
};

#[derive(Debug, Clone)]
pub(super) struct Artist {
    pub(super) number: u64,
    pub(super) credited: CreditedArtist,
    pub(super) genres: Vec<String>,
    pub(super) tongue: &'static Tongue,
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
