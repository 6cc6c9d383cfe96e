//! Titles of recordings and releases, and names of labels.

use super::{
    codes::push_number,
    rng::Rng,
    words::{ALBUMS, Lexicon, Octaves, TITLES, Tongue},
};

/// Of a thousand titles how many have one, two, three … words.
const WORDS: [u64; 14] = [185, 255, 216, 152, 90, 48, 24, 12, 7, 4, 3, 2, 1, 1];

/// A title, with what is often added to one.
pub(super) fn title(lexicon: Lexicon, tongue: &Tongue, rng: &mut Rng) -> String {
    let mut out = String::with_capacity(40);
    plain(lexicon, (tongue, &TITLES), rng, &mut out);
    match rng.below(200) {
        0..=3 => {
            out.push_str(" (");
            word(lexicon, tongue, rng, &mut out);
            out.push_str(" Remix)");
        }
        4..=5 => out.push_str(" (Live)"),
        6..=7 => out.push_str(" - Radio Edit"),
        8..=9 => out.push_str(" (Original Mix)"),
        10 => out.push_str(" - Instrumental"),
        11 => out.push_str(" (Acoustic Version)"),
        12..=14 => {
            out.push_str(", Pt. ");
            push_number(rng.between(1, 4), &mut out);
        }
        15..=16 => {
            out.push(' ');
            push_number(rng.between(2, 99), &mut out);
        }
        _ => {}
    }
    out
}

fn plain(lexicon: Lexicon, (tongue, words): (&Tongue, &Octaves), rng: &mut Rng, out: &mut String) {
    let capitals = rng.below(100);
    for number in 0..count(rng) {
        if number > 0 {
            out.push_str(tongue.space);
        }
        let start = out.len();
        lexicon.title(tongue, words.draw(rng), out);
        // Most write all words with capitals, some the first one, few none.
        if capitals < 85 || capitals < 95 && number == 0 {
            capitalise(out, start);
        }
    }
}

fn count(rng: &mut Rng) -> usize {
    let mut place = rng.below(1_000);
    for (more, share) in WORDS.into_iter().enumerate() {
        match place.checked_sub(share) {
            Some(rest) => place = rest,
            None => return more + 1,
        }
    }
    1
}

/// One word with a capital.
fn word(lexicon: Lexicon, tongue: &Tongue, rng: &mut Rng, out: &mut String) {
    let start = out.len();
    lexicon.title(tongue, TITLES.draw(rng), out);
    capitalise(out, start);
}

/// The first letter from byte `start` on becomes a capital, where it has one.
pub(super) fn capitalise(text: &mut String, start: usize) {
    let Some(first) = text[start..].chars().next() else {
        return;
    };
    let end = start + first.len_utf8();
    if first.is_ascii() {
        text[start..end].make_ascii_uppercase();
    } else {
        let capital: String = first.to_uppercase().collect();
        text.replace_range(start..end, &capital);
    }
}

/// Titles of releases are longer than those of tracks.
pub(super) fn release_title(lexicon: Lexicon, tongue: &Tongue, rng: &mut Rng) -> String {
    let mut out = String::with_capacity(40);
    plain(lexicon, (tongue, &ALBUMS), rng, &mut out);
    match rng.below(20) {
        0 => out.push_str(" EP"),
        1 => {
            out.push_str(", Vol. ");
            push_number(rng.between(1, 9), &mut out);
        }
        2 => out.push_str(" (Original Soundtrack)"),
        3..=4 => {
            out.push_str(tongue.space);
            plain(lexicon, (tongue, &ALBUMS), rng, &mut out);
        }
        _ => {}
    }
    out
}

/// What a release that is issued again has behind its title.
pub(super) fn edition(year: i16, rng: &mut Rng, out: &mut String) {
    match rng.below(5) {
        0 => out.push_str(" (Deluxe Edition)"),
        1 => {
            out.push_str(" (");
            push_number(u64::from(year.unsigned_abs()), out);
            out.push_str(" Remaster)");
        }
        2 => out.push_str(" (Anniversary Edition)"),
        _ => {}
    }
}

pub(super) fn label(lexicon: Lexicon, rng: &mut Rng) -> String {
    let mut out = String::with_capacity(24);
    word(lexicon, Tongue::COMMON, rng, &mut out);
    match rng.below(4) {
        0 => out.push_str(" Records"),
        1 => out.push_str(" Recordings"),
        2 => out.push_str(" Music"),
        _ => {
            out.push(' ');
            word(lexicon, Tongue::COMMON, rng, &mut out);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_make_a_thousand() {
        assert_eq!(WORDS.iter().sum::<u64>(), 1_000);
    }

    #[test]
    fn capitals_are_those_of_the_script() {
        for (word, capital) in [
            ("sun", "Sun"),
            ("être", "Être"),
            ("ночь", "Ночь"),
            ("夜", "夜"),
        ] {
            let mut text = format!("a {word}");
            capitalise(&mut text, 2);
            assert_eq!(text, format!("a {capital}"));
        }
    }
}
