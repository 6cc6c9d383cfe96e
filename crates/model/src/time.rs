use {
    serde::{Deserialize, Serialize},
    std::{fmt, str::FromStr},
    thiserror::Error,
};

/// A second in time, written in UTC as RFC 3339: `2026-01-31T12:00:00Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// A date known to the year, the month or the day: `1969`, `1969-09`,
/// `1969-09-26`. What is unknown stays absent; nothing is invented.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartialDate {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
}

/// The text is no date or time of the expected shape.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {expected}, found {found:?}")]
pub struct ParseTimeError {
    pub expected: &'static str,
    pub found: String,
}

/// Where the time comes from; libraries never ask the system.
pub trait Clock: Sync {
    fn now(&self) -> Timestamp;
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted. Values
    /// outside the years -9999 to 9999 are brought to the nearest end.
    pub fn from_unix_seconds(seconds: i64) -> Self {
        let first = jiff::Timestamp::MIN.as_second();
        let last = jiff::Timestamp::MAX.as_second();
        Self(seconds.clamp(first, last))
    }

    pub const fn unix_seconds(self) -> i64 {
        self.0
    }

    /// The day in UTC, as `2026-01-31`.
    pub fn date(self) -> String {
        self.to_string()[..10].to_owned()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let time = jiff::Timestamp::from_second(self.0).expect("clamped when made");
        write!(f, "{time}")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>()
            .map(|time| Self(time.as_second()))
            .map_err(|_| ParseTimeError {
                expected: "a time such as 2026-01-31T12:00:00Z",
                found: text.into(),
            })
    }
}

impl PartialDate {
    pub const fn year(self) -> i16 {
        self.year
    }
}

impl FromStr for PartialDate {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_date(text).ok_or_else(|| ParseTimeError {
            expected: "a date such as 1969, 1969-09 or 1969-09-26",
            found: text.into(),
        })
    }
}

fn parse_date(text: &str) -> Option<PartialDate> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts
        .next()
        .map(|part| digits(part, 2))
        .map_or(Some(None), |m| m.map(Some))?;
    let day = parts
        .next()
        .map(|part| digits(part, 2))
        .map_or(Some(None), |d| d.map(Some))?;
    let whole = jiff::civil::Date::new(
        year,
        i8::try_from(month.unwrap_or(1)).ok()?,
        i8::try_from(day.unwrap_or(1)).ok()?,
    )
    .ok()?;
    (parts.next().is_none() && year > 0).then_some(PartialDate {
        year,
        month: month.map(|_| whole.month()),
        day: day.map(|_| whole.day()),
    })
}

fn digits(text: &str, length: usize) -> Option<i16> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        for part in [self.month, self.day].into_iter().flatten() {
            write!(f, "-{part:02}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! by_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = ParseTimeError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

by_text!(Timestamp);
by_text!(PartialDate);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        let time: Timestamp = "2026-01-31T13:00:00+01:00".parse().expect("valid");
        assert_eq!(time.to_string(), "2026-01-31T12:00:00Z");
        assert_eq!(time.date(), "2026-01-31");
        assert_eq!(
            Timestamp::from_unix_seconds(0).to_string(),
            "1970-01-01T00:00:00Z"
        );
    }

    #[test]
    fn dates_keep_their_precision() {
        for text in ["1969", "1969-09", "1969-09-26"] {
            assert_eq!(text.parse::<PartialDate>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "",
            "69",
            "1969-00",
            "1969-13",
            "1969-02-30",
            "1969-09-26-01",
            "0000",
            "1969-",
        ] {
            assert!(text.parse::<PartialDate>().is_err(), "{text}");
        }
    }
}
