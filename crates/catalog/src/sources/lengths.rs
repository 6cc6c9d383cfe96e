//! How long a piece of music is, in the spellings of sources. All give
//! milliseconds, and `None` for what is no length.

/// `3:45` and `1:02:03`: seconds, minutes and hours from the right.
pub(super) fn clock(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [minutes, seconds] => (0, whole(minutes)?, whole(seconds)?),
        [hours, minutes, seconds] if whole(minutes)? < 60 => {
            (whole(hours)?, whole(minutes)?, whole(seconds)?)
        }
        _ => return None,
    };
    let in_minute = Some(seconds).filter(|seconds| *seconds < 60)?;
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    let seconds = minutes.checked_mul(60)?.checked_add(in_minute)?;
    u32::try_from(seconds.checked_mul(1000)?).ok()
}

/// `225.1`: seconds.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let (whole_part, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds = whole(whole_part)?.checked_mul(1000)?;
    u32::try_from(seconds.checked_add(thousandths(fraction)?)?).ok()
}

/// `PT3M45S`: a duration of ISO 8601 in days, hours, minutes and seconds;
/// years and months have no fixed length.
pub(super) fn iso8601(text: &str) -> Option<u32> {
    let (date, time) = text
        .strip_prefix('P')?
        .split_once('T')
        .unwrap_or((&text[1..], ""));
    let mut total = 0u64;
    let mut seen = false;
    for (part, units) in [
        (date, &[('W', 604_800), ('D', 86_400)][..]),
        (time, &[('H', 3_600), ('M', 60), ('S', 1)]),
    ] {
        let mut rest = part;
        let mut units = units.iter();
        while !rest.is_empty() {
            let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
            let unit = rest[end..].chars().next()?;
            let (_, length) = units.find(|(letter, _)| *letter == unit)?;
            total = total.checked_add(part_of(&rest[..end], unit, *length)?)?;
            rest = &rest[end + 1..];
            seen = true;
        }
    }
    u32::try_from(total).ok().filter(|_| seen)
}

/// Only seconds have a fraction.
fn part_of(number: &str, unit: char, length: u64) -> Option<u64> {
    match unit {
        'S' => {
            let (whole_part, fraction) = number.split_once('.').unwrap_or((number, ""));
            whole(whole_part)?
                .checked_mul(1000)?
                .checked_add(thousandths(fraction)?)
        }
        _ => whole(number)?.checked_mul(length)?.checked_mul(1000),
    }
}

fn whole(text: &str) -> Option<u64> {
    let holds = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    holds.then(|| text.parse().ok()).flatten()
}

/// The digits behind a point, to the nearest thousandth.
fn thousandths(digits: &str) -> Option<u64> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded: String = digits.chars().chain("0000".chars()).take(4).collect();
    padded.parse::<u64>().ok().map(|number| (number + 5) / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks() {
        for (text, length) in [
            ("3:45", Some(225_000)),
            ("03:05", Some(185_000)),
            ("72:15", Some(4_335_000)),
            ("1:02:03", Some(3_723_000)),
            ("0:00", Some(0)),
            ("3:60", None),
            ("1:60:00", None),
            ("3", None),
            ("3'45", None),
            (":45", None),
            ("1:2:3:4", None),
            ("99999999999999999999:00", None),
            ("9999999:00", None),
        ] {
            assert_eq!(clock(text), length, "{text}");
        }
    }

    #[test]
    fn decimal_seconds() {
        for (text, length) in [
            ("225.1", Some(225_100)),
            ("225", Some(225_000)),
            ("0.9996", Some(1_000)),
            ("12.34567", Some(12_346)),
            ("-1", None),
            ("1.x", None),
            ("", None),
            ("1e3", None),
        ] {
            assert_eq!(seconds(text), length, "{text}");
        }
    }

    #[test]
    fn iso_durations() {
        for (text, length) in [
            ("PT3M45S", Some(225_000)),
            ("PT0H3M45.5S", Some(225_500)),
            ("PT45S", Some(45_000)),
            ("P0DT1H", Some(3_600_000)),
            ("PT0S", Some(0)),
            ("PT", None),
            ("P", None),
            ("", None),
            ("P1Y", None),
            ("PT3S4M", None),
            ("PT3", None),
            ("PT1.5M", None),
            ("-PT3S", None),
            ("PTéS", None),
        ] {
            assert_eq!(iso8601(text), length, "{text}");
        }
    }
}
