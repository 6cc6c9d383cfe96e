//! What is heard: one recording, which several releases may carry.

use {
    super::{
        artist::{Artist, Artists},
        normal::quantile,
        rng::{Rng, Stream},
        titles::title,
    },
    longplay_model::{ArtistCredit, Isrc},
};

#[derive(Debug, Clone)]
pub(super) struct Recording {
    pub(super) title: String,
    pub(super) artists: ArtistCredit,
    pub(super) fame: f64,
    pub(super) isrc: Isrc,
    pub(super) duration_ms: u32,
    pub(super) explicit: bool,
    pub(super) genres: Vec<String>,
    pub(super) language: Option<&'static str>,
}

/// Registrant codes of three letters or digits, times designations.
const ISRCS: u64 = 36 * 36 * 36 * 100_000;

impl Recording {
    /// The recording `number` of a catalog, by this artist and guests.
    pub(super) fn new(seed: u64, number: u64, artist: &Artist, year: i16, all: &Artists) -> Self {
        let mut rng = Rng::of(seed, Stream::Recording, number);
        let instrumental = rng.chance(0.2);
        Self {
            title: title(artist.tongue, &mut rng),
            artists: credit(artist, all, &mut rng),
            fame: artist.fame,
            isrc: isrc(seed, number, year),
            duration_ms: duration_ms(&mut rng),
            explicit: rng.chance(0.135),
            genres: artist.genres.clone(),
            language: (!instrumental).then(|| artist.tongue.language()),
        }
    }
}

/// 1.36 artists in the mean: 74 % one, 18 % two, 6 % three, 2 % four.
fn credit(artist: &Artist, all: &Artists, rng: &mut Rng) -> ArtistCredit {
    let mut credit = vec![artist.credited.clone()];
    let draw = rng.uniform();
    let guests = [0.74, 0.92, 0.98].iter().filter(|share| draw >= **share);
    for guest in 0..guests.count() {
        let joins: &[&str] = match guest {
            0 => &[
                " feat. ", " feat. ", " & ", " & ", ", ", " x ", " with ", " vs. ",
            ],
            _ => &[" & ", ", "],
        };
        if let Some(last) = credit.last_mut() {
            last.join = (*rng.pick(joins)).to_owned();
        }
        credit.push(all.draw(rng).credited);
    }
    ArtistCredit(credit)
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

/// `AA`, the prefix that no country has; all recordings of a catalog differ.
fn isrc(seed: u64, number: u64, year: i16) -> Isrc {
    // Coprime to the count of codes, so that no two numbers meet.
    let scattered = u128::from(number) * 2_654_435_761 + u128::from(seed);
    let place = (scattered % u128::from(ISRCS)) as u64;
    let registrant: String = [1296, 36, 1]
        .into_iter()
        .map(|unit| base36(place / 100_000 / unit % 36))
        .collect();
    let designation = place % 100_000;
    format!("AA{registrant}{:02}{designation:05}", year.rem_euclid(100))
        .parse()
        .expect("two letters, three of letters and digits, seven digits")
}

fn base36(digit: u64) -> char {
    let digit = u32::try_from(digit).expect("below 36");
    char::from_digit(digit, 36)
        .expect("below 36")
        .to_ascii_uppercase()
}
