//! Names of artists.

use super::{
    rng::Rng,
    titles::capitalise,
    words::{Lexicon, NAMES, TITLES, Tongue},
};

/// Of a thousand artists how many have names of one, two, three … words.
const WORDS: [u64; 8] = [220, 600, 110, 40, 16, 8, 4, 2];

/// Of a hundred words of names so many stand in titles too.
const SHARED: u64 = 25;

/// A name: two words mostly, of which some are words of titles.
pub(super) fn name(lexicon: Lexicon, tongue: &Tongue, rng: &mut Rng) -> String {
    let mut out = String::with_capacity(32);
    let words = count(rng);
    for word in 0..words {
        if word > 0 {
            out.push_str(tongue.space);
        }
        let start = out.len();
        if rng.below(100) < SHARED {
            lexicon.title(tongue, TITLES.draw(rng), &mut out);
        } else {
            lexicon.name(tongue, NAMES.draw(rng), &mut out);
        }
        capitalise(&mut out, start);
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_make_a_thousand() {
        assert_eq!(WORDS.iter().sum::<u64>(), 1_000);
    }
}
