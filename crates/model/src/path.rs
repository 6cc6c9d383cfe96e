use {
    serde::{Deserialize, Serialize},
    std::{collections::HashSet, fmt, str::FromStr},
    thiserror::Error,
    unicode_normalization::UnicodeNormalization,
};

/// A path inside a pack, a bag or a torrent, valid on NTFS, APFS and ext4.
///
/// Components are joined by `/`, in Unicode normal form C, 1 to 255 bytes
/// each; none is `.` or `..`, ends in a dot or a space, holds one of
/// `< > : " \ | ? *` or a control character, or is a device name of Windows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelativePath(String);

/// Why a text is no [`RelativePath`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{component:?} is no portable file name (in path {path:?})")]
pub struct PathError {
    pub path: String,
    pub component: String,
}

const COMPONENT_BYTES: usize = 255;

const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

impl RelativePath {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This path with `child` below it.
    pub fn join(&self, child: &str) -> Result<Self, PathError> {
        format!("{}/{child}", self.0).parse()
    }
}

impl FromStr for RelativePath {
    type Err = PathError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        match path.split('/').find(|component| !is_portable(component)) {
            None => Ok(Self(path.into())),
            Some(component) => Err(PathError {
                path: path.into(),
                component: component.into(),
            }),
        }
    }
}

fn is_portable(component: &str) -> bool {
    portable_component(component) == component
}

/// The nearest portable file name: the same text where it already is one.
///
/// What is not allowed becomes `_`; what is too long is cut at a character,
/// keeping an extension of up to eight characters.
pub fn portable_component(text: &str) -> String {
    let normal: String = text.nfc().map(portable_char).collect();
    let trimmed = normal.trim_end_matches(['.', ' ']);
    let trimmed = if trimmed.is_empty() { "_" } else { trimmed };
    let named = if is_device(trimmed) {
        format!("_{trimmed}")
    } else {
        trimmed.to_owned()
    };
    cut(&named)
}

fn portable_char(c: char) -> char {
    match c {
        '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '_',
        c if c.is_control() => '_',
        c => c,
    }
}

/// Windows refuses these with any extension, in any case.
fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or(name)
        .trim_end()
        .to_lowercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|n| {
            n.chars().count() == 1 && n.chars().all(|c| c.is_ascii_digit() || "¹²³".contains(c))
        })
    };
    DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

fn cut(name: &str) -> String {
    cut_to(name, COMPONENT_BYTES)
}

fn cut_to(name: &str, bytes: usize) -> String {
    if name.len() <= bytes {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if (1..=8).contains(&extension.chars().count()) => {
            (stem, format!(".{extension}"))
        }
        _ => (name, String::new()),
    };
    let mut end = bytes - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", stem[..end].trim_end_matches(['.', ' ']))
}

/// Hands out paths of which no two are equal under case folding.
#[derive(Debug, Clone, Default)]
pub struct PathTable {
    taken: HashSet<String>,
}

impl PathTable {
    /// `wanted`, or the same with ` (2)`, ` (3)` … before its extension.
    pub fn claim(&mut self, wanted: RelativePath) -> RelativePath {
        if self.taken.insert(folded(&wanted.0)) {
            return wanted;
        }
        let (folder, name) = match wanted.0.rsplit_once('/') {
            Some((folder, name)) => (format!("{folder}/"), name),
            None => (String::new(), wanted.0.as_str()),
        };
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
            _ => (name, String::new()),
        };
        (2u64..)
            .map(|number| {
                let ending = format!(" ({number}){extension}");
                let stem = cut_to(stem, COMPONENT_BYTES - ending.len());
                RelativePath(format!("{folder}{stem}{ending}"))
            })
            .find(|path| self.taken.insert(folded(&path.0)))
            .expect("there are more numbers than paths")
    }
}

fn folded(path: &str) -> String {
    path.to_uppercase().to_lowercase().nfc().collect()
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for RelativePath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RelativePath> for String {
    fn from(path: RelativePath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    #[test]
    fn paths_that_lead_astray_are_refused() {
        for path in [
            "",
            "/etc/passwd",
            "a//b",
            "..",
            "a/../b",
            ".",
            "a\\b",
            "C:/x",
            "a./b",
            "a /b",
            "NUL",
            "com1.txt",
            "e\u{301}",
        ] {
            assert!(path.parse::<RelativePath>().is_err(), "{path}");
        }
    }

    #[test]
    fn names_become_portable_and_stay_readable() {
        for (name, portable) in [
            ("AC/DC", "AC_DC"),
            ("What?", "What_"),
            ("etc...", "etc"),
            ("...", "_"),
            ("", "_"),
            ("con.flac", "_con.flac"),
            ("Beyonce\u{301}", "Beyoncé"),
            ("Ünïcödé", "Ünïcödé"),
        ] {
            assert_eq!(portable_component(name), portable);
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = portable_component(&format!("{}.flac", "ü".repeat(200)));
        assert!(name.len() <= 255 && name.ends_with("ü.flac"), "{name}");
    }

    #[test]
    fn equal_under_case_folding_is_equal() {
        let mut table = PathTable::default();
        let mut claim = |path: &str| table.claim(path.parse().expect("valid")).to_string();
        assert_eq!(claim("a/Straße.flac"), "a/Straße.flac");
        assert_eq!(claim("a/STRASSE.flac"), "a/STRASSE (2).flac");
        assert_eq!(claim("A/strasse.FLAC"), "A/strasse (3).FLAC");
    }

    proptest! {
        #[test]
        fn a_portable_component_is_a_path(text in ".*") {
            let name = portable_component(&text);
            prop_assert!(name.parse::<RelativePath>().is_ok(), "{name:?}");
        }

        #[test]
        fn claims_never_collide(names in prop::collection::vec("[aAäÄß]{1,2}", 1..20)) {
            let mut table = PathTable::default();
            let mut seen = HashSet::new();
            for name in names {
                let path = table.claim(name.parse().expect("portable"));
                prop_assert!(seen.insert(folded(path.as_str())));
            }
        }
    }
}
