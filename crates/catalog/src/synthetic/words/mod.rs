//! Words by rule: of a language there are its sounds and the few words that
//! stand everywhere; all others are spelled from the sounds by their rank.

mod latin;
mod octaves;
mod scripts;
mod spell;
mod tongue;

use super::rng::Rng;

pub(super) use {
    octaves::{ALBUMS, NAMES, Octaves, TITLES},
    spell::Lexicon,
    tongue::Tongue,
};

static TONGUES: [&Tongue; 16] = [
    &latin::ENGLISH,
    &latin::SPANISH,
    &latin::GERMAN,
    &latin::FRENCH,
    &latin::PORTUGUESE,
    &latin::SWEDISH,
    &latin::POLISH,
    &latin::TURKISH,
    &latin::VIETNAMESE,
    &scripts::RUSSIAN,
    &scripts::JAPANESE,
    &scripts::GREEK,
    &scripts::CHINESE,
    &scripts::KOREAN,
    &scripts::ARABIC,
    &scripts::HINDI,
];

impl Tongue {
    /// The language of releases by many artists.
    pub(super) const COMMON: &Self = &latin::ENGLISH;

    pub(super) fn draw(rng: &mut Rng) -> &'static Self {
        let mut place = rng.below(1_000);
        for tongue in TONGUES {
            match place.checked_sub(tongue.share) {
                Some(rest) => place = rest,
                None => return tongue,
            }
        }
        Self::COMMON
    }
}

#[cfg(test)]
mod tests {
    use {super::*, std::collections::HashSet};

    #[test]
    fn shares_make_a_thousand_and_languages_differ() {
        assert_eq!(
            TONGUES.iter().map(|tongue| tongue.share).sum::<u64>(),
            1_000
        );
        let languages: HashSet<&str> = TONGUES.iter().map(|tongue| tongue.language).collect();
        assert_eq!(languages.len(), TONGUES.len());
    }

    #[test]
    fn sounds_differ() {
        for tongue in TONGUES {
            let sounds = &tongue.sounds;
            for list in [
                &sounds.onsets[..],
                &sounds.vowels,
                &sounds.codas,
                &sounds.endings,
                tongue.frequent,
                tongue.frequent_in_names,
            ] {
                let distinct: HashSet<_> = list.iter().collect();
                assert_eq!(distinct.len(), list.len(), "{list:?}");
            }
            assert!(tongue.frequent.len() < 32 && tongue.frequent_in_names.len() < 32);
        }
    }
}
