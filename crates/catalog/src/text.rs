//! When do two spellings name the same music?

use {
    longplay_model::Digest,
    unicode_normalization::{UnicodeNormalization, char::is_combining_mark},
};

/// Letters and digits in lower case without accents; all else is dropped, so
/// that `AC/DC`, `Ac-Dc` and `ACDC` are one. Empty when nothing is left.
pub(crate) fn folded(text: &str) -> String {
    match text.is_ascii() {
        true => {
            let kept = text.bytes().filter(u8::is_ascii_alphanumeric);
            kept.map(|byte| byte.to_ascii_lowercase() as char).collect()
        }
        false => folded_letters(text),
    }
}

fn folded_letters(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Eight bytes that stand for an artist credit and a title; none where either
/// holds no letter or digit.
pub(crate) fn text_key(artist: &str, title: &str) -> Option<[u8; 8]> {
    let (artist, title) = (folded(artist), folded(title));
    let named = !artist.is_empty() && !title.is_empty();
    named.then(|| {
        let digest = Digest::of(format!("{artist}\n{title}").as_bytes());
        *digest
            .as_bytes()
            .first_chunk()
            .expect("a digest has 32 bytes")
    })
}

/// Whether two durations may be of one recording: within max(3 s, 3 % of the
/// longer). An unknown duration speaks against nothing.
pub(crate) fn durations_agree(a: Option<u32>, b: Option<u32>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return true;
    };
    let tolerance = 3_000.max(u64::from(a.max(b)) * 3 / 100);
    u64::from(a.abs_diff(b)) <= tolerance
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
        assert_eq!(folded(&all), folded_letters(&all));
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
