//! What travels with every tranche for readers who have no longplay.
//!
//! `longplay_reader.py` lists, extracts, verifies and repairs a tranche with
//! nothing but Python's standard library; `README.txt` explains the formats in
//! words, for those who have no Python either. Both folders of a tranche, the
//! bag and the recovery bag, hold the same two files.

/// Text of `longplay_reader.py`, equal in every tranche.
pub const READER: &str = include_str!("stranger/longplay_reader.py");

/// File name of [`READER`] in a bag.
pub const READER_NAME: &str = "longplay_reader.py";

/// File name of the text that [`readme`] makes.
pub const README_NAME: &str = "README.txt";

const TEMPLATE: &str = include_str!("stranger/README.txt");

/// What the README says of the tranche that it lies in.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Name of the tranche, without `-recovery`: `0002-audio-open`.
    pub tranche: &'a str,
    /// Name of the archive; line ends in it become spaces.
    pub archive: &'a str,
    /// `metadata`, `audio` or `art`.
    pub kind: &'a str,
    /// Access class in words: `open`, `embargoed until 2030-01-01T00:00:00Z`.
    pub access: &'a str,
    /// Data shards of a full stripe.
    pub k: u8,
    /// Recovery packs of a stripe.
    pub m: u8,
}

/// The text of `README.txt`, the same for both folders of a tranche.
pub fn readme(subject: &Subject<'_>) -> String {
    let shards = u16::from(subject.k) + u16::from(subject.m);
    // The archive's name is free text and comes last, so that nothing in it
    // is taken for a placeholder.
    TEMPLATE
        .replace("{tranche}", subject.tranche)
        .replace("{kind}", subject.kind)
        .replace("{access}", subject.access)
        .replace("{shards}", &shards.to_string())
        .replace("{k}", &subject.k.to_string())
        .replace("{m}", &subject.m.to_string())
        .replace("{archive}", &one_line(subject.archive))
}

fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: Subject<'_> = Subject {
        tranche: "0002-audio-open",
        archive: "Radio\nMontaigne {k}",
        kind: "audio",
        access: "open",
        k: 20,
        m: 4,
    };

    #[test]
    fn every_placeholder_is_filled() {
        let text = readme(&SUBJECT);
        for name in ["tranche", "kind", "access", "shards", "m", "archive"] {
            assert!(TEMPLATE.contains(&format!("{{{name}}}")), "{name} is used");
            assert!(!text.contains(&format!("{{{name}}}")), "{name} is filled");
        }
    }

    #[test]
    fn free_text_is_neither_a_placeholder_nor_a_second_line() {
        assert!(readme(&SUBJECT).contains("Radio Montaigne {k}\n"));
    }

    #[test]
    fn lines_fit_a_terminal() {
        let longest = Subject {
            tranche: "0002-metadata-embargo-2030-01-01",
            access: "embargoed until 2030-01-01T00:00:00Z",
            ..SUBJECT
        };
        for line in readme(&longest).lines() {
            assert!(line.chars().count() <= 78, "{line}");
        }
    }

    #[test]
    fn both_texts_are_plain() {
        for text in [READER, TEMPLATE] {
            assert!(text.ends_with('\n'));
            assert!(!text.contains(['\r', '\t']));
            assert!(text.is_ascii());
        }
    }
}
