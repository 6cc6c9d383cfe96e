use {
    crate::key::{Key, KeyError},
    std::{fmt, str::FromStr},
    thiserror::Error,
};

/// A bucket, and how the keys in it begin: `s3://bucket` or `s3://bucket/prefix`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    pub bucket: String,
    pub prefix: Option<Key>,
}

/// What makes a text no address of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    #[error("{text:?} does not begin with s3://; write s3://bucket/prefix")]
    Scheme { text: String },
    #[error(
        "{name:?} is no name of a bucket: 3 to 63 lower-case letters, digits, hyphens and \
         dots, with a letter or a digit at both ends"
    )]
    Bucket { name: String },
    #[error("{text:?} is no beginning of keys")]
    Prefix { text: String, source: KeyError },
}

/// How an address begins.
const SCHEME: &str = "s3://";

impl Address {
    /// Whether `text` means a bucket, well written or not, and no folder.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// The whole key of what lies at `key` below the prefix.
    pub(crate) fn whole(&self, key: &Key) -> String {
        match &self.prefix {
            Some(prefix) => format!("{prefix}/{key}"),
            None => key.to_string(),
        }
    }

    /// The key below the prefix of an object with this whole key.
    pub(crate) fn below<'a>(&self, whole: &'a str) -> Option<&'a str> {
        match &self.prefix {
            Some(prefix) => whole.strip_prefix(prefix.as_str())?.strip_prefix('/'),
            None => Some(whole),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let Some(rest) = text.strip_prefix(SCHEME) else {
            return Err(AddressError::Scheme { text: text.into() });
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket(bucket) {
            let name = bucket.into();
            return Err(AddressError::Bucket { name });
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let key = |text: &str| {
            text.parse().map_err(|source| AddressError::Prefix {
                text: text.into(),
                source,
            })
        };
        Ok(Self {
            bucket: bucket.into(),
            prefix: Some(prefix)
                .filter(|text| !text.is_empty())
                .map(key)
                .transpose()?,
        })
    }
}

/// The rules of S3 for new buckets.
fn is_bucket(name: &str) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes
            .iter()
            .all(|byte| is_plain(byte) || matches!(byte, b'-' | b'.'))
        && bytes.first().is_some_and(is_plain)
        && bytes.last().is_some_and(is_plain)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.bucket)?;
        match &self.prefix {
            Some(prefix) => write!(f, "/{prefix}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for (text, shown) in [
            ("s3://music", "s3://music"),
            ("s3://music/", "s3://music"),
            ("s3://a.b-3/north/one/", "s3://a.b-3/north/one"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_address_is_told_apart() {
        let read = |text: &str| text.parse::<Address>().unwrap_err();
        assert!(matches!(read("music"), AddressError::Scheme { .. }));
        assert!(matches!(read("s3://"), AddressError::Bucket { .. }));
        assert!(matches!(read("s3://Music"), AddressError::Bucket { .. }));
        assert!(matches!(read("s3://-ab"), AddressError::Bucket { .. }));
        assert!(matches!(read("s3://abc//x"), AddressError::Prefix { .. }));
    }

    #[test]
    fn keys_stand_below_the_prefix() {
        let address: Address = "s3://music/north".parse().unwrap();
        let key: Key = "a/b".parse().unwrap();
        assert_eq!(address.whole(&key), "north/a/b");
        assert_eq!(address.below("north/a/b"), Some("a/b"));
        assert_eq!(address.below("northern/a"), None);
    }
}
