use {
    serde::{Deserialize, Serialize},
    std::{fmt, str::FromStr},
    thiserror::Error,
};

/// A count of bytes, written for people: `50GB`, `1GiB`, `300 TB`, `4096`.
///
/// Decimal units are powers of 1000, binary units (`KiB` …) powers of 1024
/// (IEC 80000-13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ByteSize(pub u64);

/// The text is no size.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected a size such as 50GB, 1GiB or 4096, found {0:?}")]
pub struct ParseByteSizeError(pub String);

const UNITS: [(&str, u64); 11] = [
    ("", 1),
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("KIB", 1 << 10),
    ("MIB", 1 << 20),
    ("GIB", 1 << 30),
    ("TIB", 1 << 40),
];

impl FromStr for ByteSize {
    type Err = ParseByteSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ParseByteSizeError(text.into()))
    }
}

fn parse(text: &str) -> Option<ByteSize> {
    let text = text.trim();
    let split = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = unit.trim().to_ascii_uppercase();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(*factor).map(ByteSize);
    }
    let bytes = number.parse::<f64>().ok()? * (*factor as f64);
    (bytes < 2f64.powi(63)).then_some(ByteSize(bytes.round() as u64))
}

impl fmt::Display for ByteSize {
    /// Three significant digits in the largest decimal unit that fits.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (name, factor) = UNITS[1..7]
            .iter()
            .rev()
            .find(|(_, factor)| self.0 >= *factor)
            .unwrap_or(&UNITS[1]);
        let value = self.0 as f64 / *factor as f64;
        let decimals = match value {
            _ if *factor == 1 => 0,
            v if v < 9.995 => 2,
            v if v < 99.95 => 1,
            _ => 0,
        };
        f.pad(&format!("{value:.decimals$} {}", name.replace("KB", "kB")))
    }
}

/// A count with its thousands apart: `1234567` as `1,234,567`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl TryFrom<String> for ByteSize {
    type Error = ParseByteSizeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ByteSize> for String {
    fn from(size: ByteSize) -> Self {
        size.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_decimal_or_binary_as_written() {
        for (text, bytes) in [
            ("50GB", 50_000_000_000),
            ("1 GiB", 1 << 30),
            ("1.5kB", 1_500),
            ("4096", 4096),
            ("300 TB", 300_000_000_000_000),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn nonsense_and_overflow_are_refused() {
        for text in ["", "GB", "1XB", "-1", "1.2.3GB", "99999999999999TB"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_shown_with_three_digits() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_500, "1.50 kB"),
            (50_000_000_000, "50.0 GB"),
            (299_600_000_000_000, "300 TB"),
        ] {
            assert_eq!(ByteSize(bytes).to_string(), text);
        }
    }
}
