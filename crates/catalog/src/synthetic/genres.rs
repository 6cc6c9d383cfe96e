//! 768 genres: each base style, plain and in 23 colours.

use super::rng::Rng;

const COLOURS: [&str; 24] = [
    "",
    "acid ",
    "afro ",
    "alternative ",
    "arctic ",
    "baroque ",
    "chamber ",
    "coastal ",
    "dark ",
    "deep ",
    "desert ",
    "dream ",
    "early ",
    "garage ",
    "latin ",
    "lo-fi ",
    "melodic ",
    "modern ",
    "neo-",
    "nordic ",
    "post-",
    "psychedelic ",
    "slow ",
    "urban ",
];

const STYLES: [&str; 32] = [
    "pop",
    "hip hop",
    "rock",
    "house",
    "techno",
    "folk",
    "jazz",
    "metal",
    "soul",
    "ambient",
    "blues",
    "punk",
    "country",
    "reggae",
    "trance",
    "choral",
    "cumbia",
    "drone",
    "dub",
    "flamenco",
    "funk",
    "gospel",
    "grime",
    "highlife",
    "minimalism",
    "musette",
    "opera",
    "polka",
    "samba",
    "ska",
    "swing",
    "waltz",
];

/// One of the 768; the first styles and the plain ones are the most common.
pub(super) fn genre(rng: &mut Rng) -> String {
    let style = skewed(rng, STYLES.len());
    let colour = skewed(rng, COLOURS.len());
    [COLOURS[colour], STYLES[style]].concat()
}

fn skewed(rng: &mut Rng, count: usize) -> usize {
    let x = rng.uniform();
    (x * x.sqrt() * x.sqrt().sqrt() * count as f64) as usize
}

#[cfg(test)]
mod tests {
    use {super::*, std::collections::HashSet};

    #[test]
    fn there_are_768_of_them() {
        let all: HashSet<String> = COLOURS
            .iter()
            .flat_map(|colour| STYLES.iter().map(move |style| format!("{colour}{style}")))
            .collect();
        assert_eq!(all.len(), 768);
    }
}
