use {
    crate::Timestamp,
    serde::{Deserialize, Serialize},
    std::{fmt, str::FromStr},
    thiserror::Error,
};

/// A rights statement by its URI: rightsstatements.org, a Creative Commons
/// licence, or a Creative Commons public-domain tool.
///
/// Kept in the canonical spelling of its publisher: `http://rightsstatements.org/vocab/…/1.0/`,
/// `https://creativecommons.org/licenses/…/4.0/`. `https` and `http`, a
/// leading `www.`, a missing last slash, `deed.xx` and `legalcode` are accepted when parsing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RightsUri(String);

/// The text is no rights statement that longplay knows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected a rightsstatements.org or Creative Commons URI, found {0:?}")]
pub struct ParseRightsError(pub String);

/// A rights statement with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsStatement {
    pub uri: RightsUri,
    /// What the statement rests on: `given with the source`, `tag LICENSE`,
    /// `rights file rights.csv line 4`.
    pub basis: String,
}

/// What may leave the archive.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub enum Access {
    /// May be released.
    Open,
    /// May be released from that second on.
    Embargoed(Timestamp),
    /// Kept, never released, never served. What is not known is dark.
    #[default]
    Dark,
    /// Was open; held back until a dispute is settled.
    Suspended,
}

/// The text names no access class.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected open, dark, suspended or \"embargoed until 2030-01-01T00:00:00Z\", found {0:?}")]
pub struct ParseAccessError(pub String);

/// Statements of rightsstatements.org, version 1.0.
const RIGHTSSTATEMENTS: [&str; 12] = [
    "InC",
    "InC-OW-EU",
    "InC-EDU",
    "InC-NC",
    "InC-RUU",
    "NoC-CR",
    "NoC-NC",
    "NoC-OKLR",
    "NoC-US",
    "CNE",
    "UND",
    "NKC",
];

const CC_LICENCES: [&str; 6] = ["by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd"];
const CC_VERSIONS: [&str; 6] = ["1.0", "2.0", "2.1", "2.5", "3.0", "4.0"];

impl RightsUri {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The class that follows from the statement alone.
    ///
    /// Creative Commons licences and public-domain tools permit sharing of
    /// unchanged copies and are open. Of rightsstatements.org none grants
    /// anything, so all stay dark; a holder who may release such an item says
    /// so in a rights file, with the basis.
    pub fn access(&self) -> Access {
        if self.0.starts_with("https://creativecommons.org/") {
            Access::Open
        } else {
            Access::Dark
        }
    }

    /// A short name for people: `CC BY-SA 4.0`, `CC0 1.0`, `InC`.
    pub fn label(&self) -> String {
        let parts: Vec<&str> = self.0.trim_end_matches('/').split('/').collect();
        match parts[3..] {
            ["vocab", name, _] => name.to_owned(),
            ["publicdomain", "zero", version] => format!("CC0 {version}"),
            ["publicdomain", _, version] => format!("Public Domain Mark {version}"),
            ["licenses", kind, version, ..] => {
                format!("CC {} {version}", kind.to_uppercase())
            }
            _ => self.0.clone(),
        }
    }
}

impl FromStr for RightsUri {
    type Err = ParseRightsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        canonical(text.trim())
            .map(Self)
            .ok_or_else(|| ParseRightsError(text.into()))
    }
}

fn canonical(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let parts: Vec<&str> = rest
        .split('/')
        .filter(|part| {
            !part.is_empty() && !part.starts_with("deed") && !part.starts_with("legalcode")
        })
        .collect();
    match parts[..] {
        ["rightsstatements.org", "vocab" | "page", name, "1.0"] => RIGHTSSTATEMENTS
            .iter()
            .find(|known| **known == name)
            .map(|name| format!("http://rightsstatements.org/vocab/{name}/1.0/")),
        [
            "creativecommons.org",
            "publicdomain",
            tool @ ("zero" | "mark"),
            "1.0",
        ] => Some(format!(
            "https://creativecommons.org/publicdomain/{tool}/1.0/"
        )),
        [
            "creativecommons.org",
            "licenses",
            kind,
            version,
            ref port @ ..,
        ] if CC_LICENCES.contains(&kind) && CC_VERSIONS.contains(&version) => {
            let port = match port {
                [] => String::new(),
                [port] if is_port(port) => format!("{port}/"),
                _ => return None,
            };
            Some(format!(
                "https://creativecommons.org/licenses/{kind}/{version}/{port}"
            ))
        }
        _ => None,
    }
}

/// Ports of licences before 4.0 carry the code of a jurisdiction.
fn is_port(text: &str) -> bool {
    (2..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

impl Access {
    /// Whether an item of this class may be released at `now`.
    pub fn is_open_at(self, now: Timestamp) -> bool {
        match self {
            Self::Open => true,
            Self::Embargoed(until) => now >= until,
            Self::Dark | Self::Suspended => false,
        }
    }

    /// A word for file names: `open`, `dark`, `suspended`, `embargo-2030-01-01`.
    pub fn slug(self) -> String {
        match self {
            Self::Embargoed(until) => format!("embargo-{}", until.date()),
            other => other.to_string(),
        }
    }
}

const EMBARGOED: &str = "embargoed until ";

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Open => f.pad("open"),
            Self::Embargoed(until) => write!(f, "{EMBARGOED}{until}"),
            Self::Dark => f.pad("dark"),
            Self::Suspended => f.pad("suspended"),
        }
    }
}

impl FromStr for Access {
    type Err = ParseAccessError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || ParseAccessError(text.into());
        match text.trim() {
            "open" => Ok(Self::Open),
            "dark" => Ok(Self::Dark),
            "suspended" => Ok(Self::Suspended),
            other => {
                let until = other.strip_prefix(EMBARGOED).ok_or_else(refused)?;
                let until = if until.len() == 10 {
                    format!("{until}T00:00:00Z")
                } else {
                    until.into()
                };
                until.parse().map(Self::Embargoed).map_err(|_| refused())
            }
        }
    }
}

macro_rules! by_text {
    ($name:ident, $error:ident, $write:expr) => {
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                $write(value)
            }
        }
    };
}

by_text!(RightsUri, ParseRightsError, |uri: RightsUri| uri.0);
by_text!(Access, ParseAccessError, |access: Access| access
    .to_string());

impl fmt::Display for RightsUri {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_become_the_canonical_one() {
        for (text, uri, label) in [
            (
                "http://creativecommons.org/licenses/by-sa/4.0",
                "https://creativecommons.org/licenses/by-sa/4.0/",
                "CC BY-SA 4.0",
            ),
            (
                "https://www.creativecommons.org/licenses/by/3.0/us/deed.en",
                "https://creativecommons.org/licenses/by/3.0/us/",
                "CC BY 3.0",
            ),
            (
                "https://creativecommons.org/publicdomain/zero/1.0/legalcode",
                "https://creativecommons.org/publicdomain/zero/1.0/",
                "CC0 1.0",
            ),
            (
                "https://rightsstatements.org/page/InC/1.0/",
                "http://rightsstatements.org/vocab/InC/1.0/",
                "InC",
            ),
        ] {
            let parsed: RightsUri = text.parse().expect(text);
            assert_eq!(parsed.as_str(), uri);
            assert_eq!(parsed.label(), label);
        }
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        for text in [
            "",
            "CC BY",
            "https://example.org/by/4.0/",
            "https://creativecommons.org/licenses/by-xx/4.0/",
            "https://creativecommons.org/licenses/by/9.9/",
        ] {
            assert!(text.parse::<RightsUri>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_creative_commons_opens_by_itself() {
        let open: RightsUri = "https://creativecommons.org/licenses/by/4.0/"
            .parse()
            .expect("valid");
        let dark: RightsUri = "http://rightsstatements.org/vocab/NoC-US/1.0/"
            .parse()
            .expect("valid");
        assert_eq!(open.access(), Access::Open);
        assert_eq!(dark.access(), Access::Dark);
    }

    #[test]
    fn an_embargo_ends_at_its_second() {
        let access: Access = "embargoed until 2030-01-01".parse().expect("valid");
        let end: Timestamp = "2030-01-01T00:00:00Z".parse().expect("valid");
        assert!(access.is_open_at(end));
        assert!(!access.is_open_at(Timestamp::from_unix_seconds(end.unix_seconds() - 1)));
        assert_eq!(access.to_string().parse(), Ok(access));
        assert_eq!(Access::default(), Access::Dark);
    }
}
