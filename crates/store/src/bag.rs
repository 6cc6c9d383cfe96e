//! The tag files and manifests of a bag (RFC 8493, BagIt 1.0), as
//! `docs/format/tranche.md` gives them.

use {
    longplay_model::{Access, Digest, Timestamp},
    std::collections::BTreeMap,
    thiserror::Error,
};

/// Text of `bagit.txt` (RFC 8493 §2.1.1).
pub const BAGIT_TXT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// Manifest of the payload (RFC 8493 §2.1.3).
pub const MANIFEST: &str = "manifest-sha256.txt";

/// Manifest of the tag files (RFC 8493 §2.2.1).
pub const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";

/// What `bag-info.txt` says (RFC 8493 §2.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BagInfo {
    /// Name of the archive.
    pub organization: String,
    /// Name of the bag: the tranche, with `-recovery` for the recovery bag.
    pub identifier: String,
    pub description: String,
    /// The clock of the plan; its day is written.
    pub date: Timestamp,
    /// Bytes and files below `data/`.
    pub payload: Oxum,
    /// `longplay <version>`.
    pub software: String,
    pub access: Access,
    pub stripes: u32,
    pub k: u8,
    pub m: u8,
    pub piece_length: u64,
}

/// Bytes and number of files of a payload (*octetstream sum*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Oxum {
    pub bytes: u64,
    pub files: u64,
}

/// A line of a manifest that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line} is no digest and path: {text:?}")]
pub struct ParseManifestError {
    /// Counted from 1.
    pub line: usize,
    pub text: String,
}

/// Digests by path, in the order of the paths as bytes.
pub type Manifest = BTreeMap<String, Digest>;

impl BagInfo {
    /// The text of `bag-info.txt`.
    pub fn to_text(&self) -> String {
        let Oxum { bytes, files } = self.payload;
        let fields = [
            ("Source-Organization", self.organization.clone()),
            ("External-Identifier", self.identifier.clone()),
            ("External-Description", self.description.clone()),
            ("Bagging-Date", self.date.date()),
            ("Payload-Oxum", format!("{bytes}.{files}")),
            ("Bag-Software-Agent", self.software.clone()),
            ("Longplay-Format", "1".into()),
            ("Longplay-Access", self.access.to_string()),
            (
                "Longplay-Stripes",
                format!("{} of {}+{}", self.stripes, self.k, self.m),
            ),
            ("Longplay-Piece-Length", self.piece_length.to_string()),
        ];
        let lines = fields.map(|(name, value)| format!("{name}: {}\n", one_line(&value)));
        lines.concat()
    }
}

/// Line ends, and all else that might end a line for some reader, become spaces.
fn one_line(text: &str) -> String {
    text.replace(
        |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'),
        " ",
    )
}

/// Adds up a payload.
impl FromIterator<u64> for Oxum {
    fn from_iter<I: IntoIterator<Item = u64>>(lengths: I) -> Self {
        lengths
            .into_iter()
            .fold(Self::default(), |sum, bytes| Self {
                bytes: sum.bytes + bytes,
                files: sum.files + 1,
            })
    }
}

/// The values of `bag-info.txt`, by name; of a repeated name the first.
pub fn parse_info(text: &str) -> BTreeMap<&str, &str> {
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    let mut values = BTreeMap::new();
    for (name, value) in pairs {
        values.entry(name).or_insert(value.trim());
    }
    values
}

/// The text of a manifest: `<digest>  <path>`, sorted by path as bytes.
pub fn format_manifest(manifest: &Manifest) -> String {
    manifest
        .iter()
        .map(|(path, digest)| format!("{digest}  {}\n", encode(path)))
        .collect()
}

/// Reads a manifest as RFC 8493 §2.1.3 allows it: any white space after the
/// digest, `*` before the path, line ends of any kind.
pub fn parse_manifest(text: &str) -> Result<Manifest, ParseManifestError> {
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            parse_line(line).ok_or_else(|| ParseManifestError {
                line: number + 1,
                text: line.chars().take(200).collect(),
            })
        })
        .collect()
}

fn parse_line(line: &str) -> Option<(String, Digest)> {
    let (digest, path) = line.trim_end_matches('\r').split_once([' ', '\t'])?;
    let path = path.trim_start_matches([' ', '\t']);
    let path = path.strip_prefix('*').unwrap_or(path);
    let path = path.strip_prefix("./").unwrap_or(path);
    let digest = digest.parse().ok()?;
    (!path.is_empty()).then(|| (decode(path), digest))
}

/// RFC 8493 §2.1.3: only these three are escaped.
fn encode(path: &str) -> String {
    path.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn decode(path: &str) -> String {
    ["%0D", "%0d"]
        .iter()
        .fold(path.to_owned(), |path, code| path.replace(code, "\r"))
        .replace("%0A", "\n")
        .replace("%0a", "\n")
        .replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn info() -> BagInfo {
        BagInfo {
            organization: "Village\r\narchive".into(),
            identifier: "0002-audio-open".into(),
            description: "Audio".into(),
            date: "2026-01-31T23:59:59Z".parse().unwrap(),
            payload: [10, 0, 32].into_iter().collect(),
            software: "longplay 0.1.0".into(),
            access: Access::Open,
            stripes: 2,
            k: 20,
            m: 4,
            piece_length: 16_384,
        }
    }

    #[test]
    fn the_text_is_that_of_the_format() {
        assert_eq!(
            info().to_text(),
            "Source-Organization: Village  archive\n\
             External-Identifier: 0002-audio-open\n\
             External-Description: Audio\n\
             Bagging-Date: 2026-01-31\n\
             Payload-Oxum: 42.3\n\
             Bag-Software-Agent: longplay 0.1.0\n\
             Longplay-Format: 1\n\
             Longplay-Access: open\n\
             Longplay-Stripes: 2 of 20+4\n\
             Longplay-Piece-Length: 16384\n"
        );
    }

    #[test]
    fn values_are_read_by_name() {
        let text = info().to_text();
        let values = parse_info(&text);
        assert_eq!(values["Payload-Oxum"], "42.3");
        assert_eq!(values["Longplay-Stripes"], "2 of 20+4");
    }

    #[test]
    fn foreign_spellings_of_a_manifest_are_read() {
        let digest = Digest::of(b"");
        let text = format!("{digest} *data/a b\r\n\n{digest}\t./data/c%25%0A\n");
        let manifest = parse_manifest(&text).unwrap();
        assert_eq!(
            manifest.into_keys().collect::<Vec<_>>(),
            ["data/a b", "data/c%\n"]
        );
    }

    #[test]
    fn lines_that_say_nothing_are_named() {
        let digest = Digest::of(b"");
        for text in [
            "x  data/a",
            "e3b0",
            &format!("{digest}"),
            &format!("{digest}  "),
        ] {
            let text = format!("{digest}  data/0\n{text}\n");
            assert_eq!(parse_manifest(&text).unwrap_err().line, 2, "{text}");
        }
    }

    proptest! {
        #[test]
        fn manifests_survive_the_round_trip(paths in prop::collection::vec("[a-z/%\r\n0ADé ]{0,9}[a-z%\n]", 0..9)) {
            let manifest: Manifest = paths
                .into_iter()
                .map(|path| (format!("data/{path}"), Digest::of(path.as_bytes())))
                .collect();
            prop_assert_eq!(parse_manifest(&format_manifest(&manifest)).unwrap(), manifest);
        }
    }
}
