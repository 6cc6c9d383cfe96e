use {
    longplay_model::Digest,
    serde::{Deserialize, Serialize},
    sha1::{Digest as _, Sha1},
    std::fmt,
    thiserror::Error,
};

/// SHA-1 of the info dictionary (BEP 3): the name of a v1 swarm. The v2 name is
/// its SHA-256, a [`Digest`] (BEP 52).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InfohashV1([u8; 20]);

/// The text is no SHA-1 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected 40 hexadecimal digits, found {0:?}")]
pub struct ParseInfohashError(pub String);

impl InfohashV1 {
    /// Of the info dictionary as it stands in the file.
    pub fn of(info: &[u8]) -> Self {
        Self(Sha1::digest(info).into())
    }

    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Display for InfohashV1 {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for InfohashV1 {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for InfohashV1 {
    type Error = ParseInfohashError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        read_hex(&text).map(Self).ok_or(ParseInfohashError(text))
    }
}

fn read_hex(text: &str) -> Option<[u8; 20]> {
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
    bytes.filter(|_| hexadecimal)?.try_into().ok()
}

impl From<InfohashV1> for String {
    fn from(infohash: InfohashV1) -> Self {
        infohash.to_string()
    }
}

/// Infohash v2 of an info dictionary.
pub fn infohash_v2(info: &[u8]) -> Digest {
    Digest::of(info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_round_trip() {
        let infohash = InfohashV1::of(b"abc");
        let text = infohash.to_string();
        assert_eq!(text, "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(InfohashV1::try_from(text), Ok(infohash));
        for text in ["", "a9", &"+9".repeat(20), &"é".repeat(20)] {
            assert!(InfohashV1::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
