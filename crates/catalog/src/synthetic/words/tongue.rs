//! What is known of a language.

/// A language: how its words are spelled, and how they stand together.
#[derive(Debug)]
pub(in super::super) struct Tongue {
    /// ISO 639-1.
    pub(in super::super) language: &'static str,
    /// Artists of a thousand who sing in it.
    pub(super) share: u64,
    /// Between two words: nothing where none is written.
    pub(in super::super) space: &'static str,
    /// Words that stand in many titles, the most frequent first; at most 31.
    pub(super) frequent: &'static [&'static str],
    /// Words that stand in many names, the most frequent first; at most 31.
    pub(super) frequent_in_names: &'static [&'static str],
    pub(super) sounds: Sounds,
}

/// What syllables are made of. A syllable is an onset and a vowel; a coda ends
/// a word of a title, an ending a word of a name.
#[derive(Debug)]
pub(super) struct Sounds {
    pub(super) onsets: [&'static str; 16],
    pub(super) vowels: [&'static str; 8],
    pub(super) codas: [&'static str; 8],
    pub(super) endings: [&'static str; 8],
}
