//! What is heard: one recording, which several releases may carry.

use {
    super::{
        artist::Artist,
        codes::isrc,
        layout::Take,
        normal::quantile,
        rng::{Rng, Stream},
        titles::title,
        world::World,
    },
    longplay_model::{ArtistCredit, Isrc},
};

#[derive(Debug)]
pub(super) struct Recording {
    pub(super) title: String,
    pub(super) artists: ArtistCredit,
    pub(super) isrc: Isrc,
    pub(super) duration_ms: u32,
    pub(super) explicit: bool,
    pub(super) language: Option<&'static str>,
}

impl Recording {
    /// The recording of an album of this artist and year, with guests.
    pub(super) fn new(world: &World, take: Take, artist: &Artist, year: i16) -> Self {
        let mut rng = world.seeds.rng(Stream::Recording, take.recording);
        let instrumental = rng.chance(0.2);
        Self {
            isrc: isrc(world.seed, take.recording, year),
            duration_ms: duration_ms(&mut rng),
            explicit: rng.chance(0.135),
            artists: credit(world, artist, &mut rng),
            title: title(world.lexicon, artist.tongue, &mut rng),
            language: (!instrumental).then_some(artist.tongue.language),
        }
    }
}

/// 1.36 artists in the mean: 74 % one, 18 % two, 6 % three, 2 % four.
fn credit(world: &World, artist: &Artist, rng: &mut Rng) -> ArtistCredit {
    const MORE: [f64; 3] = [0.74, 0.92, 0.98];
    let draw = rng.uniform();
    let guests = MORE.iter().filter(|share| draw >= **share).count();
    let mut credit = Vec::with_capacity(1 + guests);
    credit.push(artist.credited.clone());
    let mut numbers = [artist.number; 1 + MORE.len()];
    for guest in 0..guests {
        let number = world.artists.draw(rng);
        // Nobody is a guest of their own.
        if numbers.contains(&number) {
            continue;
        }
        numbers[guest + 1] = number;
        if let Some(last) = credit.last_mut() {
            last.join = join(guest, rng).to_owned();
        }
        credit.push(Artist::new(world, number).credited);
    }
    ArtistCredit(credit)
}

/// What stands between the credited names.
fn join(guest: usize, rng: &mut Rng) -> &'static str {
    const FIRST: [&str; 8] = [
        " feat. ", " feat. ", " & ", " & ", ", ", " x ", " with ", " vs. ",
    ];
    const LATER: [&str; 2] = [" & ", ", "];
    let list: &[&str] = if guest == 0 { &FIRST } else { &LATER };
    list[rng.below(list.len() as u64) as usize]
}

/// Log-normal around 190 s with a mean of about 205 s, in milliseconds; 6 %
/// are whole minutes.
fn duration_ms(rng: &mut Rng) -> u32 {
    let seconds = 190.0 * (0.38 * quantile(rng.uniform())).exp();
    let ms = (seconds * 1000.0) as u32;
    if rng.chance(0.06) {
        (ms + 30_000) / 60_000 * 60_000 + if ms < 30_000 { 60_000 } else { 0 }
    } else {
        ms
    }
}
