//! Names of artists: people, bands, projects, ensembles.

use super::{
    rng::Rng,
    words::{ADJECTIVES, INSTRUMENTS, NOUNS, PLACES, Tongue},
};

pub(super) fn name(tongue: Tongue, rng: &mut Rng) -> String {
    match (rng.below(10), tongue) {
        (0..=3, _) => person(tongue, rng),
        (_, Tongue::English) => band(rng),
        (4..=6, _) => person(tongue, rng),
        (7, _) => band(rng),
        _ => project(tongue, rng),
    }
}

fn person(tongue: Tongue, rng: &mut Rng) -> String {
    let words = tongue.words();
    let given = rng.pick(words.given);
    let family = *rng.pick(words.family);
    match tongue {
        Tongue::Japanese | Tongue::Chinese | Tongue::Korean => format!("{family}{given}"),
        Tongue::Vietnamese => format!("{family} {} {given}", rng.pick(words.given)),
        Tongue::English if rng.chance(0.5) => format!("{given} {}", coined(rng)),
        _ if rng.chance(0.15) => {
            let second: String = rng.pick(words.given).chars().take(1).collect();
            format!("{given} {second}. {family}")
        }
        _ => format!("{given} {family}"),
    }
}

fn band(rng: &mut Rng) -> String {
    let (adjective, noun) = (rng.pick(ADJECTIVES), rng.pick(NOUNS));
    let other = rng.pick(NOUNS);
    match rng.below(12) {
        0 => format!("The {noun}s"),
        1 => format!("The {adjective} {noun}s"),
        2 => format!("{adjective} {noun}"),
        3 => format!("{noun} & {other}"),
        4 => format!("DJ {}", coined(rng)),
        5 => coined(rng).to_lowercase(),
        6 => format!("{} {}", rng.pick(PLACES), rng.pick(&ENSEMBLES)),
        7 => format!("{} {noun}", coined(rng)),
        8 => noun.to_uppercase(),
        9 => format!("{noun} {other} Orchestra"),
        10 => format!("{} {} Trio", coined(rng), rng.pick(INSTRUMENTS)),
        _ => coined(rng),
    }
}

const ENSEMBLES: [&str; 6] = [
    "Philharmonic Orchestra",
    "Chamber Choir",
    "String Quartet",
    "Radio Big Band",
    "Early Music Consort",
    "Youth Symphony",
];

/// One or two words of the language, as a project calls itself.
fn project(tongue: Tongue, rng: &mut Rng) -> String {
    let words = tongue.words();
    let (first, second) = (rng.pick(words.words), rng.pick(words.words));
    match rng.below(3) {
        0 => (*first).to_owned(),
        1 => format!("{first}{}{second}", words.space),
        _ => format!("{first} {}", coined(rng)),
    }
}

/// A word that nobody used before: two or three syllables.
fn coined(rng: &mut Rng) -> String {
    const ONSETS: [&str; 24] = [
        "b", "br", "c", "ch", "d", "dr", "f", "g", "gl", "h", "j", "k", "l", "m", "n", "p", "r",
        "s", "st", "t", "tr", "v", "w", "z",
    ];
    const VOWELS: [&str; 12] = [
        "a", "e", "i", "o", "u", "ai", "ea", "ie", "oo", "ou", "ø", "é",
    ];
    const CODAS: [&str; 12] = ["", "", "", "l", "m", "n", "nd", "r", "rk", "s", "sh", "x"];
    let mut word = String::new();
    for _ in 0..rng.between(2, 3) {
        word += *rng.pick(&ONSETS);
        word += *rng.pick(&VOWELS);
    }
    word += *rng.pick(&CODAS);
    capitalised(&word)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
