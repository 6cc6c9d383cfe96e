//! Values as people write them in tables.

use {
    super::mapping::Unit,
    longplay_model::Timestamp,
    std::{borrow::Cow, ops::Range},
};

/// Milliseconds of a duration, rounded; `None` when it is none or does not
/// fit.
pub(super) fn milliseconds(text: &str, unit: Unit) -> Option<u32> {
    let text = text.trim();
    let seconds = match unit {
        Unit::Milliseconds => plain_number(text)? / 1000.0,
        Unit::Seconds => plain_number(text)?,
        Unit::Clock => clock(text)?,
        Unit::Unix => return None,
    };
    let rounded = (seconds * 1000.0).round();
    (1.0..=f64::from(u32::MAX))
        .contains(&rounded)
        .then_some(rounded as u32)
}

/// `4:33`, `1:02:03`, `33`; all parts but the first below 60.
fn clock(text: &str) -> Option<f64> {
    let mut total = 0.0;
    for (place, part) in text.split(':').enumerate() {
        let number = plain_number(part)?;
        let is_whole = place + 1 == text.split(':').count() || number.fract() == 0.0;
        let holds = place < 3 && is_whole && (place == 0 || number < 60.0);
        total = holds.then_some(total * 60.0 + number)?;
    }
    Some(total)
}

/// A number from 0 on, of digits, a point, and an exponent as programs
/// write it.
pub(super) fn plain_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let starts = text.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let number: f64 = starts.then(|| text.parse().ok())??;
    number.is_finite().then_some(number)
}

/// A whole number from 0 on; a program may have written `82.0`.
pub(super) fn whole_number(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    // Up to here whole numbers and floats are the same.
    let most = (1u64 << 53) as f64;
    plain_number(text)
        .filter(|number| number.fract() == 0.0 && *number <= most)
        .map(|number| number as u64)
}

/// A time: RFC 3339, also without an offset (UTC) or as a day (its start);
/// or seconds since 1970.
pub(super) fn time(text: &str, unit: Option<Unit>) -> Option<Timestamp> {
    let text = text.trim();
    if unit == Some(Unit::Unix) {
        let seconds: f64 = text.parse().ok()?;
        let holds = seconds.is_finite() && seconds.abs() < 1e11;
        return holds.then(|| Timestamp::from_unix_seconds(seconds.floor() as i64));
    }
    let spellings = [
        Cow::Borrowed(text),
        format!("{text}Z").into(),
        format!("{text}T00:00:00Z").into(),
    ];
    spellings.iter().find_map(|text| text.parse().ok())
}

pub(super) fn truth(text: &str) -> Option<bool> {
    let is = |words: [&str; 5]| {
        words
            .iter()
            .any(|word| text.trim().eq_ignore_ascii_case(word))
    };
    if is(["true", "t", "yes", "y", "1"]) {
        Some(true)
    } else {
        is(["false", "f", "no", "n", "0"]).then_some(false)
    }
}

/// Where the parts of `text` lie, trimmed; empty ones are none.
pub(super) fn parts(text: &str, separator: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for part in text.split(separator) {
        let from = start + (part.len() - part.trim_start().len());
        let to = from + part.trim().len();
        if from < to {
            parts.push(from..to);
        }
        start += part.len() + separator.len();
    }
    parts
}

/// Whether `text` has the shape of `pattern`: `?` is any one character, `*`
/// any number of them.
pub(super) fn has_shape(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut t, mut p) = (0, 0);
    // Where the last star stands, and how much of the text it takes so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => (t, p) = (t + 1, p + 1),
            _ => match &mut star {
                Some((at, taken)) => {
                    *taken += 1;
                    (t, p) = (*taken, *at + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    #[test]
    fn durations_in_every_unit() {
        for (text, unit, expected) in [
            ("142.47", Unit::Seconds, Some(142_470)),
            (" 320 ", Unit::Seconds, Some(320_000)),
            ("264855", Unit::Milliseconds, Some(264_855)),
            ("264855.0", Unit::Milliseconds, Some(264_855)),
            ("4:33", Unit::Clock, Some(273_000)),
            ("04:33.5", Unit::Clock, Some(273_500)),
            ("1:02:03", Unit::Clock, Some(3_723_000)),
            ("75:00", Unit::Clock, Some(4_500_000)),
            ("33", Unit::Clock, Some(33_000)),
            ("4:60", Unit::Clock, None),
            ("1.5:00", Unit::Clock, None),
            ("1:2:3:4", Unit::Clock, None),
            ("4:", Unit::Clock, None),
            ("0", Unit::Seconds, None),
            ("-1", Unit::Seconds, None),
            ("1e300", Unit::Seconds, None),
            ("NaN", Unit::Seconds, None),
            ("inf", Unit::Seconds, None),
            ("4294967295", Unit::Milliseconds, Some(u32::MAX)),
            ("4294967296", Unit::Milliseconds, None),
            ("x", Unit::Clock, None),
        ] {
            assert_eq!(milliseconds(text, unit), expected, "{text}");
        }
    }

    #[test]
    fn counts_are_whole_and_not_negative() {
        for (text, expected) in [
            ("82", Some(82)),
            (" 82.0", Some(82)),
            ("1e3", Some(1000)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("1,000", None),
            ("", None),
        ] {
            assert_eq!(whole_number(text), expected, "{text}");
        }
    }

    #[test]
    fn times_with_and_without_offset() {
        let noon = Some(Timestamp::from_unix_seconds(1_623_007_820));
        for text in [
            "2021-06-06T19:30:20Z",
            "2021-06-06T21:30:20+02:00",
            "2021-06-06T19:30:20",
            "2021-06-06 19:30:20",
        ] {
            assert_eq!(time(text, None), noon, "{text}");
        }
        assert_eq!(time("1623007820.9", Some(Unit::Unix)), noon);
        assert_eq!(
            time("1970-01-02", None),
            Some(Timestamp::from_unix_seconds(86_400))
        );
        for text in ["1623007820", "2021", "soon", "", "2021-02-30"] {
            assert_eq!(time(text, None), None, "{text}");
        }
        for text in ["soon", "NaN", "1e40"] {
            assert_eq!(time(text, Some(Unit::Unix)), None, "{text}");
        }
    }

    #[test]
    fn parts_are_trimmed_and_keep_their_place() {
        let text = " a ;;b; ";
        let found: Vec<&str> = parts(text, ";")
            .into_iter()
            .map(|range| &text[range])
            .collect();
        assert_eq!(found, ["a", "b"]);
        assert!(parts("", ";").is_empty());
    }

    #[test]
    fn shapes() {
        let uuid = "0408655f-189f-371b-9c41-ec861e1a7810";
        for (text, pattern, expected) in [
            (uuid, "??????????????3*", true),
            (uuid, "??????????????4*", false),
            ("abc", "a*c", true),
            ("abc", "*b", false),
            ("abcb", "*b", true),
            ("", "*", true),
            ("", "?", false),
            ("é", "?", true),
        ] {
            assert_eq!(has_shape(text, pattern), expected, "{text} {pattern}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text: String, other: String) {
            for unit in [Unit::Milliseconds, Unit::Seconds, Unit::Clock, Unit::Unix] {
                milliseconds(&text, unit);
                time(&text, Some(unit));
            }
            whole_number(&text);
            time(&text, None);
            truth(&text);
            has_shape(&text, &other);
            if !other.is_empty() {
                parts(&text, &other);
            }
        }
    }
}
