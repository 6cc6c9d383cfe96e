use {
    crate::error::Error,
    longplay_model::IndexRecord,
    serde::{Serialize, Serializer},
    std::{fmt, ops::Range, str::FromStr},
};

/// Bytes of an item, counted from its own first byte: `START+LENGTH`, as offsets and
/// lengths are told elsewhere. Never empty, and its end fits 64 bits.
///
/// ```
/// let part: longplay_release::Part = "1000000+500000".parse()?;
/// assert_eq!((part.start(), part.bytes()), (1_000_000, 500_000));
/// assert!("1000000+0".parse::<longplay_release::Part>().is_err());
/// # Ok::<(), longplay_release::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    start: u64,
    bytes: u64,
}

impl Part {
    /// `None` for a part without bytes, or one that ends beyond 64 bits.
    pub fn new(start: u64, bytes: u64) -> Option<Self> {
        let is_sound = bytes > 0 && start.checked_add(bytes).is_some();
        is_sound.then_some(Self { start, bytes })
    }

    pub const fn start(self) -> u64 {
        self.start
    }

    pub const fn bytes(self) -> u64 {
        self.bytes
    }

    /// Where it stands in the pack.
    ///
    /// # Errors
    /// [`Error::PartBeyond`] when the item ends before.
    pub fn in_pack(self, record: &IndexRecord) -> Result<Range<u64>, Error> {
        let beyond = || Error::PartBeyond {
            part: self.to_string(),
            path: record.path.clone(),
            bytes: record.length,
        };
        let end = self.start + self.bytes;
        let in_pack = record.offset.checked_add(end);
        let end = in_pack.filter(|_| end <= record.length);
        end.map(|end| end - self.bytes..end).ok_or_else(beyond)
    }
}

impl FromStr for Part {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `parse` of a number would take a sign of its own.
        let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse::<u64>().ok(),
            false => None,
        };
        text.split_once('+')
            .and_then(|(start, bytes)| Self::new(number(start)?, number(bytes)?))
            .ok_or_else(|| Error::ParsePart { text: text.into() })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}+{}", self.start, self.bytes)
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_written_as_start_and_length() {
        for text in ["0+1", "16384+1", "5+18446744073709551610"] {
            assert_eq!(text.parse::<Part>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "+",
            "5",
            "+5",
            "5+",
            "0+0",
            "5+0",
            "-1+5",
            "1+-5",
            "1++5",
            "0x1+5",
            "1 + 5",
            "1+5+5",
            "6+18446744073709551610",
            "0+18446744073709551616",
        ] {
            let error = text.parse::<Part>().unwrap_err();
            assert!(matches!(error, Error::ParsePart { .. }), "{text}");
        }
    }
}
