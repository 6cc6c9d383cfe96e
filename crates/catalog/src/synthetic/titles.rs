//! Titles of recordings and releases.

use super::{
    rng::Rng,
    words::{ADJECTIVES, INSTRUMENTS, KEYS, NOUNS, PLACES, Tongue, VERBS},
};

/// A title, with what is often added to one.
pub(super) fn title(tongue: Tongue, rng: &mut Rng) -> String {
    let plain = match tongue {
        Tongue::English => english(rng),
        _ => foreign(tongue, rng),
    };
    match rng.below(100) {
        0..=2 => format!(
            "{plain} (Live at {} {})",
            rng.pick(PLACES),
            rng.pick(&HALLS)
        ),
        3..=5 => format!("{plain} - Radio Edit"),
        6..=7 => format!("{plain} ({} Remix)", rng.pick(NOUNS)),
        8..=9 => format!("{plain} - Instrumental"),
        10 => format!("{plain} (Acoustic)"),
        11 => format!("{plain}, Pt. {}", rng.between(1, 4)),
        12 => format!("{plain} (Slowed + Reverb)"),
        _ => plain,
    }
}

const HALLS: [&str; 5] = ["Town Hall", "Festival", "Arena", "Cathedral", "Radio House"];

fn english(rng: &mut Rng) -> String {
    let (adjective, noun) = (rng.pick(ADJECTIVES), rng.pick(NOUNS));
    let (other, verb) = (rng.pick(NOUNS), rng.pick(VERBS));
    match rng.below(18) {
        0 | 1 => (*noun).to_owned(),
        2 | 3 => format!("{adjective} {noun}"),
        4 => format!("The {noun}"),
        5 => format!("{noun} of {other}"),
        6 => format!("{verb} Me"),
        7 => format!("{verb} the {noun}"),
        8 => format!("Don't {verb} the {adjective} {noun}"),
        9 => format!("{noun} in the {other}"),
        10 => format!("My {adjective} {noun}"),
        11 => format!("I {verb} You"),
        12 => format!("{noun} ({verb} Me)"),
        13 => format!("No More {noun}s"),
        14 => format!("{noun} & {other}"),
        15 => noun.to_lowercase(),
        16 => format!("How to {verb} the {noun} Without the {adjective} {other}"),
        _ => movement(rng),
    }
}

/// A movement of a longer work, as classical releases print it.
fn movement(rng: &mut Rng) -> String {
    const FORMS: [&str; 5] = ["Sonata", "Concerto", "Suite", "Trio", "Fantasia"];
    const MARKS: [&str; 6] = [
        "I. Allegro ma non troppo",
        "II. Andante cantabile",
        "II. Adagio",
        "III. Scherzo: Presto",
        "III. Menuetto",
        "IV. Finale: Allegro vivace",
    ];
    format!(
        "{} for {} No. {} in {}, Op. {}: {}",
        rng.pick(&FORMS),
        rng.pick(INSTRUMENTS),
        rng.between(1, 12),
        rng.pick(KEYS),
        rng.between(1, 130),
        rng.pick(&MARKS)
    )
}

fn foreign(tongue: Tongue, rng: &mut Rng) -> String {
    let words = tongue.words();
    let count = *rng.pick(&[1, 2, 2, 2, 3, 3, 4]);
    let chosen: Vec<&str> = (0..count).map(|_| *rng.pick(words.words)).collect();
    chosen.join(words.space)
}

pub(super) fn release_title(tongue: Tongue, rng: &mut Rng) -> String {
    let plain = match tongue {
        Tongue::English => english(rng),
        _ => foreign(tongue, rng),
    };
    match rng.below(20) {
        0 => format!("{plain} EP"),
        1 => format!("{plain}, Vol. {}", rng.between(1, 9)),
        2 => format!("Live in {}", rng.pick(PLACES)),
        3 => format!("The Best of {plain}"),
        _ => plain,
    }
}

/// The title of a release that is issued again in `year`.
pub(super) fn edition(title: &str, year: i16, rng: &mut Rng) -> String {
    match rng.below(5) {
        0 => format!("{title} (Deluxe Edition)"),
        1 => format!("{title} ({year} Remaster)"),
        2 => format!("{title} (Anniversary Edition)"),
        _ => title.to_owned(),
    }
}
