use {
    std::{borrow::Borrow, fmt, str::FromStr},
    thiserror::Error,
};

/// The name of an object, or of a folder of objects: parts joined by `/`, as in
/// `tranches/0001-audio/data/packs/0001.tar`. No part is empty, `.` or `..`, and
/// none has control characters; together they are at most 1,024 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

/// What makes a text no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("a part of it is empty, `.` or `..`")]
    Part,
    #[error("it has a control character")]
    Control,
    #[error("it is longer than 1024 bytes")]
    Long,
}

/// What S3 allows a key to have.
const LONGEST: usize = 1024;

impl Key {
    /// The key of `name`, which may have several parts, below this one.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn join(&self, name: &str) -> Result<Self, KeyError> {
        format!("{}/{name}", self.0).parse()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.len() > LONGEST {
            return Err(KeyError::Long);
        }
        if text.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(KeyError::Control);
        }
        match text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            true => Err(KeyError::Part),
            false => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    #[test]
    fn keys_that_lead_elsewhere_are_refused() {
        for text in ["", "/", "a//b", "/a", "a/", "a/../b", ".", "./a"] {
            assert_eq!(text.parse::<Key>(), Err(KeyError::Part), "{text:?}");
        }
        assert_eq!("a\nb".parse::<Key>(), Err(KeyError::Control));
        assert_eq!("a".repeat(1025).parse::<Key>(), Err(KeyError::Long));
    }

    proptest! {
        #[test]
        fn every_key_is_a_path_of_the_store(text in "[ -~äπ中/]{0,40}") {
            if let Ok(key) = text.parse::<Key>() {
                let path = object_store::path::Path::parse(key.as_str()).unwrap();
                prop_assert_eq!(path.as_ref(), key.as_str());
            }
        }
    }
}
