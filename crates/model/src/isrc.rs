use {
    serde::{Deserialize, Serialize},
    std::{fmt, str::FromStr},
    thiserror::Error,
};

/// International Standard Recording Code (ISO 3901): two letters, three
/// letters or digits, seven digits. There is no check digit, one code may
/// stand on several recordings, and it is not always right.
///
/// Hyphens, spaces and lower case are accepted and removed when parsing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Isrc([u8; 12]);

/// The text is no ISRC.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected an ISRC such as GBAYE6900531, found {0:?}")]
pub struct ParseIsrcError(pub String);

impl Isrc {
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("an ISRC is ASCII")
    }
}

impl FromStr for Isrc {
    type Err = ParseIsrcError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || ParseIsrcError(text.into());
        let mut code = [0; 12];
        let bytes = text.bytes().filter(|byte| !matches!(byte, b'-' | b' '));
        for (at, byte) in bytes.enumerate() {
            *code.get_mut(at).ok_or_else(refused)? = byte.to_ascii_uppercase();
        }
        // A code that is too short ends in zeros, which are no digits.
        let holds = code[..2].iter().all(u8::is_ascii_uppercase)
            && code[2..5].iter().all(u8::is_ascii_alphanumeric)
            && code[5..].iter().all(u8::is_ascii_digit);
        holds.then_some(Self(code)).ok_or_else(refused)
    }
}

impl fmt::Display for Isrc {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Isrc {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Isrc {
    type Error = ParseIsrcError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Isrc> for String {
    fn from(isrc: Isrc) -> Self {
        isrc.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_code_are_equal() {
        let plain: Isrc = "USRC17607839".parse().expect("valid");
        for spelling in ["US-RC1-76-07839", "us rc1 76 07839", "usrc17607839"] {
            assert_eq!(spelling.parse(), Ok(plain));
        }
    }

    #[test]
    fn malformed_codes_are_refused() {
        for text in [
            "",
            "USRC1760783",
            "USRC176078399",
            "1SRC17607839",
            "USRC1760783X",
            "USRÇ7607839",
        ] {
            assert!(text.parse::<Isrc>().is_err(), "{text}");
        }
    }
}
