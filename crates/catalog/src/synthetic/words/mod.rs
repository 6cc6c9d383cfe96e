//! Words by language: the stuff that titles and names are made of.

mod english;
mod latin;
mod scripts;
mod vocabulary;

use {super::rng::Rng, vocabulary::Words};

pub(super) use english::{ADJECTIVES, INSTRUMENTS, KEYS, NOUNS, PLACES, VERBS};

/// The language of an artist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Tongue {
    English,
    Spanish,
    Portuguese,
    German,
    French,
    Swedish,
    Polish,
    Turkish,
    Vietnamese,
    Japanese,
    Chinese,
    Korean,
    Russian,
    Greek,
    Arabic,
    Hindi,
}

/// How many of a hundred artists speak it.
const SHARES: [(Tongue, u64); 16] = [
    (Tongue::English, 46),
    (Tongue::Spanish, 12),
    (Tongue::Portuguese, 7),
    (Tongue::German, 6),
    (Tongue::French, 6),
    (Tongue::Japanese, 5),
    (Tongue::Russian, 3),
    (Tongue::Chinese, 3),
    (Tongue::Swedish, 2),
    (Tongue::Polish, 2),
    (Tongue::Turkish, 2),
    (Tongue::Korean, 2),
    (Tongue::Vietnamese, 1),
    (Tongue::Greek, 1),
    (Tongue::Arabic, 1),
    (Tongue::Hindi, 1),
];

impl Tongue {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let mut place = rng.below(100);
        for (tongue, share) in SHARES {
            match place.checked_sub(share) {
                Some(rest) => place = rest,
                None => return tongue,
            }
        }
        Self::English
    }

    pub(super) const fn language(self) -> &'static str {
        self.words().language
    }

    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::English => &english::ENGLISH,
            Self::Spanish => &latin::SPANISH,
            Self::Portuguese => &latin::PORTUGUESE,
            Self::German => &latin::GERMAN,
            Self::French => &latin::FRENCH,
            Self::Swedish => &latin::SWEDISH,
            Self::Polish => &latin::POLISH,
            Self::Turkish => &latin::TURKISH,
            Self::Vietnamese => &latin::VIETNAMESE,
            Self::Japanese => &scripts::JAPANESE,
            Self::Chinese => &scripts::CHINESE,
            Self::Korean => &scripts::KOREAN,
            Self::Russian => &scripts::RUSSIAN,
            Self::Greek => &scripts::GREEK,
            Self::Arabic => &scripts::ARABIC,
            Self::Hindi => &scripts::HINDI,
        }
    }
}

#[cfg(test)]
mod tests {
    use {super::*, std::collections::HashSet};

    #[test]
    fn shares_make_a_hundred_and_none_is_forgotten() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u64>(), 100);
        let tongues: HashSet<Tongue> = SHARES.iter().map(|(tongue, _)| *tongue).collect();
        assert_eq!(tongues.len(), SHARES.len());
    }

    #[test]
    fn every_language_has_words_enough() {
        for (tongue, _) in SHARES {
            let words = tongue.words();
            for list in [words.given, words.family, words.words] {
                assert!(list.len() >= 12, "{tongue:?}");
                let distinct: HashSet<_> = list.iter().collect();
                assert_eq!(distinct.len(), list.len(), "{tongue:?}");
            }
        }
    }
}
