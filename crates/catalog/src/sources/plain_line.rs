//! Track records that are written plainly: no escapes, no nulls, no rights, each
//! key known and there once. Nearly all are, and taking them apart without a
//! general reader takes half the time.
//!
//! What is not plain is left to `serde_json`, which also says what is wrong with
//! it. What is read here it would have read the same.

use {
    longplay_model::{ArtistCredit, CreditedArtist, TrackRecord},
    std::str::FromStr,
};

/// The record of a line that is plain.
pub(crate) fn record(line: &str) -> Option<TrackRecord> {
    let mut text = Text { text: line, at: 0 };
    let mut record = TrackRecord::default();
    let mut keys = Keys::default();
    text.object(|text, key| {
        let number = match key {
            "id" => put(&mut record.id, text.owned()?, 0),
            "title" => put(&mut record.title, text.owned()?, 1),
            "artists" => put(&mut record.artists, text.credit()?, 2),
            "recording_mbid" => put(&mut record.recording_mbid, Some(text.parsed()?), 3),
            "isrcs" => put(&mut record.isrcs, text.list(Text::parsed)?, 4),
            "duration_ms" => put(&mut record.duration_ms, Some(text.small()?), 5),
            "release_id" => put(&mut record.release_id, Some(text.owned()?), 6),
            "release" => put(&mut record.release, Some(text.owned()?), 7),
            "release_artists" => put(&mut record.release_artists, Some(text.credit()?), 8),
            "release_date" => put(&mut record.release_date, Some(text.parsed()?), 9),
            "gtin" => put(&mut record.gtin, Some(text.owned()?), 10),
            "label" => put(&mut record.label, Some(text.owned()?), 11),
            "disc" => put(&mut record.disc, Some(text.small()?), 12),
            "position" => put(&mut record.position, Some(text.small()?), 13),
            "genres" => put(&mut record.genres, text.list(Text::owned)?, 14),
            "language" => put(&mut record.language, Some(text.owned()?), 15),
            "explicit" => put(&mut record.explicit, Some(text.flag()?), 16),
            "popularity" => put(&mut record.popularity, Some(text.decimal()?), 17),
            "listens" => put(&mut record.listens, Some(text.whole()?), 18),
            "popularity_at" => put(&mut record.popularity_at, Some(text.parsed()?), 19),
            "release_popularity" => put(&mut record.release_popularity, Some(text.decimal()?), 20),
            "synthetic" => put(&mut record.synthetic, text.flag()?, 21),
            _ => return None,
        };
        keys.once(number)
    })?;
    text.end()?;
    keys.hold(&[0, 1, 2]).then_some(record)
}

/// Puts a value into its field; gives the key's number.
fn put<T>(field: &mut T, value: T, number: u32) -> u32 {
    *field = value;
    number
}

/// The keys that an object has had.
#[derive(Default)]
struct Keys(u32);

impl Keys {
    /// `None` where it was there before.
    fn once(&mut self, number: u32) -> Option<()> {
        let before = self.0;
        self.0 |= 1 << number;
        (self.0 != before).then_some(())
    }

    fn hold(&self, numbers: &[u32]) -> bool {
        numbers.iter().all(|number| self.0 & 1 << number != 0)
    }
}

/// Powers of ten by which decimals are divided.
const TENS: [f64; 10] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// A text that is being read, and how far it was.
struct Text<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Text<'a> {
    /// What follows, from the next byte on that is no space.
    fn rest(&mut self) -> &'a [u8] {
        let mut rest = &self.text.as_bytes()[self.at..];
        while let [b' ', after @ ..] = rest {
            rest = after;
            self.at += 1;
        }
        rest
    }

    fn next(&mut self) -> Option<u8> {
        let byte = *self.rest().first()?;
        self.at += 1;
        Some(byte)
    }

    fn byte(&mut self, expected: u8) -> Option<()> {
        (self.next()? == expected).then_some(())
    }

    /// Whether this is the next byte; it is passed over then.
    fn is_next(&mut self, expected: u8) -> bool {
        let is_next = self.rest().first() == Some(&expected);
        self.at += usize::from(is_next);
        is_next
    }

    /// Nothing follows but the end of the line.
    fn end(&mut self) -> Option<()> {
        matches!(self.rest(), [] | [b'\r'] | [b'\n'] | [b'\r', b'\n']).then_some(())
    }

    /// `None` where a comma or the closing byte should stand and does not.
    fn goes_on(&mut self, close: u8) -> Option<bool> {
        match self.next()? {
            b',' => Some(true),
            byte => (byte == close).then_some(false),
        }
    }

    fn object(&mut self, mut value: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.byte(b'{')?;
        if self.is_next(b'}') {
            return Some(());
        }
        loop {
            let key = self.plain()?;
            self.byte(b':')?;
            value(self, key)?;
            if !self.goes_on(b'}')? {
                return Some(());
            }
        }
    }

    fn list<T>(&mut self, value: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.byte(b'[')?;
        if self.is_next(b']') {
            return Some(Vec::new());
        }
        // Most have one.
        let mut values = Vec::with_capacity(1);
        loop {
            values.push(value(self)?);
            if !self.goes_on(b']')? {
                return Some(values);
            }
        }
    }

    /// A string without escapes.
    fn plain(&mut self) -> Option<&'a str> {
        self.byte(b'"')?;
        let rest = &self.text.as_bytes()[self.at..];
        let length = plain_length(rest)?;
        let plain = &self.text[self.at..self.at + length];
        self.at += length + 1;
        (rest[length] == b'"').then_some(plain)
    }

    fn owned(&mut self) -> Option<String> {
        self.plain().map(str::to_owned)
    }

    /// A string that stands for something else.
    fn parsed<T: FromStr>(&mut self) -> Option<T> {
        self.plain()?.parse().ok()
    }

    /// Adds digits to a value, which holds them; how many they are.
    fn digits(&mut self, value: &mut u64) -> Option<u32> {
        let before = self.at;
        while let Some(digit @ b'0'..=b'9') = self.text.as_bytes().get(self.at) {
            let digit = u64::from(digit - b'0');
            *value = value.checked_mul(10)?.checked_add(digit)?;
            self.at += 1;
        }
        let count = (self.at - before) as u32;
        (count > 0).then_some(count)
    }

    /// A number without sign, fraction and exponent.
    fn whole(&mut self) -> Option<u64> {
        let first = *self.rest().first()?;
        let mut value = 0;
        let count = self.digits(&mut value)?;
        (count == 1 || first != b'0').then_some(value)
    }

    fn small(&mut self) -> Option<u32> {
        self.whole()?.try_into().ok()
    }

    /// A number without sign and exponent, of so few digits that dividing them
    /// by a power of ten is exact but for one rounding (Clinger 1990).
    fn decimal(&mut self) -> Option<f32> {
        let mut value = self.whole()?;
        let mut places = 0;
        if self.text.as_bytes().get(self.at) == Some(&b'.') {
            self.at += 1;
            places = self.digits(&mut value)?;
        }
        let power = TENS.get(places as usize)?;
        (value < 10u64.pow(15)).then_some((value as f64 / power) as f32)
    }

    fn flag(&mut self) -> Option<bool> {
        let rest = self.rest();
        let is_set = rest.starts_with(b"true");
        let length = match is_set {
            true => 4,
            false => rest.starts_with(b"false").then_some(5)?,
        };
        self.at += length;
        Some(is_set)
    }

    fn credit(&mut self) -> Option<ArtistCredit> {
        self.list(Self::artist).map(ArtistCredit)
    }

    fn artist(&mut self) -> Option<CreditedArtist> {
        let mut artist = CreditedArtist {
            name: String::new(),
            id: None,
            join: String::new(),
            popularity: None,
            followers: None,
        };
        let mut keys = Keys::default();
        self.object(|text, key| {
            let number = match key {
                "name" => put(&mut artist.name, text.owned()?, 0),
                "id" => put(&mut artist.id, Some(text.owned()?), 1),
                "join" => put(&mut artist.join, text.owned()?, 2),
                "popularity" => put(&mut artist.popularity, Some(text.decimal()?), 3),
                "followers" => put(&mut artist.followers, Some(text.whole()?), 4),
                _ => return None,
            };
            keys.once(number)
        })?;
        keys.hold(&[0]).then_some(artist)
    }
}

/// How far it is to the first quote, backslash or control character: eight bytes
/// at a time, of which the lowest that is found is right.
fn plain_length(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; 8]);
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let (words, rest) = bytes.as_chunks();
    for (word, before) in words.iter().zip((0..).step_by(8)) {
        let word = u64::from_le_bytes(*word);
        let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let found = (below(word, 0x20) | is(b'"') | is(b'\\')) & HIGHEST;
        if found != 0 {
            return Some(before + found.trailing_zeros() as usize / 8);
        }
    }
    let is_end = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    let length = rest.iter().position(is_end)?;
    Some(8 * words.len() + length)
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    /// Every key once, with values that hold.
    const FULL: &str = r#"{"id":"t-1","title":"Señor «ê»","artists":[{"name":"n","id":"a","join":" & ","popularity":4.0,"followers":233},{"name":"音楽"}],"recording_mbid":"5f1604ed-5c6b-4a85-8391-15aa61ae7f98","isrcs":["AA0009300007","US-RC1-76-07839"],"duration_ms":72577,"release_id":"r-1","release":"Docu","release_artists":[],"release_date":"1993-03","gtin":"2243565967120","label":"Can","disc":1,"position":0,"genres":["a","b"],"language":"en","explicit":false,"popularity":99.25,"listens":18446744073709551,"popularity_at":"2025-07-01T00:00:00Z","release_popularity":0.1,"synthetic":true}"#;

    /// Whether the line was plain; it says the same then.
    fn agrees(line: &str) -> bool {
        let plain = record(line);
        if let Some(plain) = &plain {
            let read = serde_json::from_str::<TrackRecord>(line);
            assert_eq!(&read.expect(line), plain, "{line}");
        }
        plain.is_some()
    }

    #[test]
    fn plain_lines_are_read() {
        let spaced = FULL.replace(':', " : ").replace(',', " , ");
        // Texts and times hold colons and commas of their own.
        let spaced = spaced.replace("00 : 00 : 00", "00:00:00");
        for line in [FULL, &spaced, &format!("{FULL} \r\n")] {
            assert!(agrees(line), "{line}");
        }
        for number in ["0", "0.5", "100", "55.123456", "12345.123456789"] {
            let line = format!(r#"{{"id":"1","title":"","artists":[],"popularity":{number}}}"#);
            assert!(agrees(&line), "{line}");
        }
    }

    #[test]
    fn what_is_not_plain_is_left() {
        for rest in [
            r#","title":"again""#,
            r#","label":null"#,
            r#","label":"\n""#,
            r#","label":1"#,
            r#","mood":"unknown""#,
            r#","rights":{"uri":"https://example.org/","basis":"b"}"#,
            r#","disc":-1"#,
            r#","disc":01"#,
            r#","disc":1.0"#,
            r#","disc":4294967296"#,
            r#","listens":18446744073709551616"#,
            r#","popularity":1e1"#,
            r#","popularity":.5"#,
            r#","popularity":5."#,
            r#","popularity":0.123456789012"#,
            r#","isrcs":["no"]"#,
            r#","isrcs":["GBAYE6900531",]"#,
            r#","explicit":yes"#,
            ",",
            "}",
            "x",
        ] {
            let line = format!(r#"{{"id":"1","title":"t","artists":[]{rest}}}"#);
            assert!(!agrees(&line), "{line}");
        }
        for line in [
            "",
            "{",
            "{}",
            "[]",
            r#"{"id":"1","title":"t"}"#,
            "{\"id\":\"\u{1}\"}",
        ] {
            assert!(!agrees(line), "{line}");
        }
    }

    #[test]
    fn ends_of_texts_are_found_anywhere() {
        for length in 0..20 {
            for end in ["\"", "\\", "\0", "\u{1f}"] {
                for filling in [" ", "a", "\u{7f}", "é"] {
                    let text = filling.repeat(length);
                    let found = plain_length((text.clone() + end + "\"x").as_bytes());
                    assert_eq!(found, Some(text.len()), "{text:?} {end:?}");
                    assert_eq!(plain_length(text.as_bytes()), None);
                }
            }
        }
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            "\"[a-zé音\\\\\" ,:]{0,6}\"",
            "[0-9]{1,20}",
            "[0-9]{1,5}\\.[0-9]{0,13}(e[0-9])?",
            "-?[0-9]{1,3}",
            "true|false|null|\\[\\]|\\{\\}",
            r#"\["(GBAYE6900531|x)"(,"b")?\]"#,
            r#"\[\{"name":"n"(,"(id|join|name)":"a")?(,"popularity":[0-9]{1,3}(\.[0-9])?)?\}\]"#,
            r#""19[0-9]{2}(-[0-1][0-9])?""#,
        ]
    }

    fn key() -> impl Strategy<Value = String> {
        let keys: Vec<String> = FULL
            .split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        prop::sample::select(keys)
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_serde_reads(
            members in prop::collection::vec((key(), value()), 0..6),
            has_required in any::<bool>(),
        ) {
            let mut all: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            if has_required {
                all.insert(0, r#""id":"1","title":"t","artists":[]"#.into());
            }
            agrees(&format!("{{{}}}", all.join(",")));
        }

        #[test]
        fn a_damaged_line_is_read_as_serde_reads_it(
            at in 0..FULL.len(),
            length in 0..4usize,
            new in "[\"\\\\,:{}\\[\\]0-9. \t\u{1}eé-]{0,3}",
        ) {
            let end = (at + length).min(FULL.len());
            if let (Some(head), Some(tail)) = (FULL.get(..at), FULL.get(end..)) {
                agrees(&format!("{head}{new}{tail}"));
            }
        }
    }
}
