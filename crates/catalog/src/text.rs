//! When do two spellings name the same music?

use {
    crate::recordings::Words,
    longplay_model::Digest,
    unicode_normalization::{UnicodeNormalization, char::is_combining_mark},
};

/// Letters and digits in lower case without accents; all else is dropped, so
/// that `AC/DC`, `Ac-Dc` and `ACDC` are one. Empty when nothing is left.
pub(crate) fn folded(text: &str) -> String {
    Folding::of(text).text
}

/// Eight bytes that stand for an artist credit and a title; none where either
/// holds no letter or digit.
pub(crate) fn text_key(artist: &str, title: &str) -> Option<[u8; 8]> {
    key_of(folded(artist), &folded(title))
}

/// The same, with the words of both.
pub(crate) fn text_key_and_words(artist: &str, title: &str) -> (Option<[u8; 8]>, Words) {
    let (artist, title) = (Folding::of(artist), Folding::of(title));
    let words = Words {
        artist: artist.words,
        title: title.words,
    };
    (key_of(artist.text, &title.text), words)
}

fn key_of(artist: String, title: &str) -> Option<[u8; 8]> {
    let named = !artist.is_empty() && !title.is_empty();
    named.then(|| {
        let digest = Digest::of((artist + "\n" + title).as_bytes());
        *digest
            .as_bytes()
            .first_chunk()
            .expect("a digest has 32 bytes")
    })
}

/// A text being folded.
#[derive(Debug, Default)]
struct Folding {
    text: String,
    /// A bit a word.
    words: u64,
    /// Hash of the word that was begun; 0 where none is.
    word: u64,
}

impl Folding {
    fn of(text: &str) -> Self {
        let mut folding = Self::default();
        folding.text.reserve(text.len());
        if text.is_ascii() {
            text.bytes()
                .for_each(|byte| folding.push_ascii(byte.to_ascii_lowercase()));
        } else {
            let chars = text.nfkd().filter(|c| !is_combining_mark(*c));
            chars
                .flat_map(char::to_lowercase)
                .for_each(|c| folding.push(c));
        }
        folding.end_word();
        folding
    }

    /// A letter is in lower case.
    fn push_ascii(&mut self, byte: u8) {
        match byte.is_ascii_alphanumeric() {
            true => self.add(byte.into()),
            false => self.end_word(),
        }
    }

    fn push(&mut self, c: char) {
        if !c.is_alphanumeric() {
            return self.end_word();
        }
        self.add(c);
        // Letters of scripts without cases are words: some have no spaces.
        if !(c.is_lowercase() || c.is_numeric()) {
            self.end_word();
        }
    }

    /// Goes on with the word that was begun.
    fn add(&mut self, c: char) {
        self.text.push(c);
        // FNV-1a; an odd multiplier of a number that is not 0 stays so.
        self.word = (self.word ^ u64::from(c) ^ WORD).wrapping_mul(0x0100_0000_01b3) | 1;
    }

    fn end_word(&mut self) {
        if self.word != 0 {
            self.words |= 1 << (self.word.wrapping_mul(WORD) >> 58);
            self.word = 0;
        }
    }
}

/// Spreads the hashes of words.
const WORD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Milliseconds by which a duration of one recording may differ from this, the
/// longer: 3 s or 3 %, whichever is more.
pub fn allowed_difference(longer_ms: u32) -> u64 {
    3_000.max(u64::from(longer_ms) * 3 / 100)
}

/// Whether two durations may be of one recording. An unknown duration speaks
/// against nothing.
pub(crate) fn durations_agree(a: Option<u32>, b: Option<u32>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return true;
    };
    u64::from(a.abs_diff(b)) <= allowed_difference(a.max(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_fold_together() {
        for (a, b) in [
            ("Beyoncé", "BEYONCE"),
            ("AC/DC", "Ac-Dc"),
            ("Don’t Stop", "Dont stop"),
            ("Ｆｕｌｌ", "full"),
        ] {
            assert_eq!(folded(a), folded(b));
        }
        assert_eq!(folded("音楽"), "音楽");
        assert_eq!(text_key("!!!", "Title"), None);
        assert_ne!(text_key("ab", "c"), text_key("a", "bc"));
    }

    #[test]
    fn letters_without_accents_fold_like_all_others() {
        let all: String = (0..128u8).map(char::from).collect();
        // One letter with an accent, and all of them go the long way.
        assert_eq!(folded(&format!("{all}é")), folded(&all) + "e");
    }

    #[test]
    fn texts_with_a_word_in_common_have_a_bit_in_common() {
        let words = |text| Folding::of(text).words;
        for (a, b) in [
            ("Night Train", "(Live) night-train!"),
            ("Beyoncé", "BEYONCE & Jay"),
            ("夜に駆ける", "駆けるLive"),
        ] {
            assert_ne!(words(a) & words(b), 0, "{a} {b}");
        }
        assert_eq!(words("Night") & words("Harbour"), 0);
        assert_eq!((words(""), words("…")), (0, 0));
    }

    #[test]
    fn short_songs_have_seconds_and_long_ones_percents() {
        assert!(durations_agree(Some(10_000), Some(13_000)));
        assert!(!durations_agree(Some(10_000), Some(13_001)));
        assert!(durations_agree(Some(970_000), Some(1_000_000)));
        assert!(!durations_agree(Some(257_000), Some(203_000)));
        assert!(durations_agree(None, Some(1)));
        assert!(durations_agree(Some(u32::MAX), Some(u32::MAX)));
    }
}
