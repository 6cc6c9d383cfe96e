//! Text becomes terms, in documents and in queries alike.

use {
    super::letters::{is_apostrophe, is_cjk, is_filler, latin, plain},
    unicode_normalization::{UnicodeNormalization, char::is_combining_mark},
};

/// Longer words are cut to so many characters.
pub(super) const MAX_CHARS: usize = 32;

/// How a term came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A word, or two neighbouring characters of one.
    Word,
    /// The word before once more, in Latin letters.
    Latin,
}

/// The terms of a text in its order, as a query has them.
pub fn terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    let mut splitter = Splitter::default();
    splitter.split(text, &mut |term, sort| {
        if sort == Sort::Word {
            terms.push(term.to_owned());
        }
    });
    terms
}

/// Takes texts apart; keeps its buffers from one to the next.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    folded: String,
    word: String,
    latin: String,
    /// The word is made of single letters with dots between.
    is_initials: bool,
    /// Its last letter, and how many there are, of a run without spaces.
    cjk: Option<char>,
    cjk_count: usize,
}

impl Splitter {
    pub(super) fn split(&mut self, text: &str, sink: &mut impl FnMut(&str, Sort)) {
        let mut folded = std::mem::take(&mut self.folded);
        fold(text, &mut folded);
        for (at, c) in folded.char_indices() {
            self.take(c, &folded[at + c.len_utf8()..], sink);
        }
        self.end_word(sink);
        self.end_cjk(sink);
        self.folded = folded;
    }

    fn take(&mut self, c: char, rest: &str, sink: &mut impl FnMut(&str, Sort)) {
        if c.is_ascii_alphanumeric() {
            self.end_cjk(sink);
            self.word.push(c);
        } else if is_apostrophe(c) {
            if self.word.is_empty() || !is_short_ending(rest) {
                self.end_word(sink);
            }
            self.end_cjk(sink);
        } else if c == '.' && self.has_initial() && begins_with_initial(rest) {
            self.is_initials = true;
        } else if !c.is_alphanumeric() {
            self.end_word(sink);
            self.end_cjk(sink);
        } else if is_cjk(c) {
            self.end_word(sink);
            self.take_cjk(c, sink);
        } else {
            self.end_cjk(sink);
            self.word.push(c);
        }
    }

    fn has_initial(&self) -> bool {
        let mut chars = self.word.chars();
        let one = chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none();
        one || self.is_initials
    }

    fn take_cjk(&mut self, c: char, sink: &mut impl FnMut(&str, Sort)) {
        if let Some(before) = self.cjk.replace(c) {
            let mut pair = [0; 8];
            let first = before.encode_utf8(&mut pair).len();
            let second = c.encode_utf8(&mut pair[first..]).len();
            let pair = std::str::from_utf8(&pair[..first + second]);
            sink(pair.expect("two characters in UTF-8"), Sort::Word);
        }
        self.cjk_count += 1;
    }

    fn end_cjk(&mut self, sink: &mut impl FnMut(&str, Sort)) {
        if let (Some(only), 1) = (self.cjk.take(), self.cjk_count) {
            sink(only.encode_utf8(&mut [0; 4]), Sort::Word);
        }
        self.cjk_count = 0;
    }

    fn end_word(&mut self, sink: &mut impl FnMut(&str, Sort)) {
        self.is_initials = false;
        if self.word.is_empty() {
            return;
        }
        cut(&mut self.word);
        sink(&self.word, Sort::Word);
        if !self.word.is_ascii() && write_latin(&self.word, &mut self.latin) {
            cut(&mut self.latin);
            sink(&self.latin, Sort::Latin);
        }
        self.word.clear();
    }
}

/// Lower case, compatible forms made one, without marks.
fn fold(text: &str, out: &mut String) {
    out.clear();
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
        return;
    }
    let letters = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !is_filler(*c))
        .flat_map(char::to_lowercase);
    // Composed again, so that a syllable of Hangul is one character.
    for c in letters.filter(|c| !is_combining_mark(*c)).nfc() {
        match plain(c) {
            Some(plain) => out.push_str(plain),
            None => out.push(c),
        }
    }
}

/// Whether one or two letters and then an end follow: `don't`, `we're`.
fn is_short_ending(rest: &str) -> bool {
    let ending = rest.chars().take_while(|c| c.is_alphanumeric()).take(3);
    let letters = ending.clone().count();
    let after = rest.chars().nth(letters);
    (1..=2).contains(&letters) && !after.is_some_and(is_apostrophe) && !ending.clone().any(is_cjk)
}

/// Whether a letter follows that stands alone: `R.E.M.`
fn begins_with_initial(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars
        .next()
        .is_some_and(|c| c.is_alphabetic() && !is_cjk(c))
        && !chars.next().is_some_and(char::is_alphanumeric)
}

fn cut(word: &mut String) {
    if word.len() > MAX_CHARS
        && let Some((end, _)) = word.char_indices().nth(MAX_CHARS)
    {
        word.truncate(end);
    }
}

/// Writes a word that holds Cyrillic or Greek in Latin letters; false when it
/// holds none, or when nothing is left.
fn write_latin(word: &str, out: &mut String) -> bool {
    out.clear();
    let mut is_foreign = false;
    let mut before = ' ';
    for c in word.chars() {
        match latin(c) {
            Some(_) if (before, c) == ('ο', 'υ') => out.push('u'),
            Some(latin) => {
                is_foreign = true;
                out.push_str(latin);
            }
            None => out.push(c),
        }
        before = c;
    }
    is_foreign && !out.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let mut terms = Vec::new();
        Splitter::default().split(text, &mut |term, _| terms.push(term.to_owned()));
        terms
    }

    #[test]
    fn words_end_where_people_end_them() {
        for (text, expected) in [
            ("The River", "the river"),
            ("AC/DC", "ac dc"),
            ("Don't Stop", "dont stop"),
            ("Don’t", "dont"),
            ("L'amour", "l amour"),
            ("Rock'n'Roll 'til", "rock n roll til"),
            ("R.E.M. & N.W.A", "rem nwa"),
            ("Op. 9 No.2 J.S. Bach", "op 9 no 2 js bach"),
            (
                "Beyoncé Sigur Rós Mø Straße",
                "beyonce sigur ros mo strasse",
            ),
            ("ＦＵＬＬ ｶﾅ", "full カナ"),
            ("!!! ... ", ""),
            ("İstanbul", "istanbul"),
        ] {
            assert_eq!(terms(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn scripts_without_spaces_become_pairs() {
        assert_eq!(terms("さくら道 love"), ["さく", "くら", "ら道", "love"]);
        assert_eq!(terms("桜, 한국"), ["桜", "한국"]);
        assert_eq!(terms("abc日本x"), ["abc", "日本", "x"]);
    }

    #[test]
    fn cyrillic_and_greek_are_also_there_in_latin() {
        assert_eq!(all("Кино"), ["кино", "kino"]);
        assert_eq!(all("Щёлкунчик"), ["щелкунчик", "shchelkunchik"]);
        assert_eq!(all("Μούσα Μίκης"), ["μουσα", "mousa", "μικησ", "mikis"]);
        assert_eq!(terms("Кино"), ["кино"]);
        assert_eq!(all("مُحَمَّد"), ["محمد"]);
    }

    #[test]
    fn long_words_are_cut() {
        let word = "ö".repeat(100);
        assert_eq!(terms(&word), ["o".repeat(MAX_CHARS)]);
        assert_eq!(terms(&"ы".repeat(100)), ["ы".repeat(MAX_CHARS)]);
    }
}
