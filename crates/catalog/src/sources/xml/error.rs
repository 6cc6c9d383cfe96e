use {
    super::limits,
    std::{error::Error, fmt::Write},
};

/// Why a text is no XML that is read. Places are bytes of the text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum XmlError {
    #[error("not UTF-8 from byte {at} on")]
    NotUtf8 { at: usize },
    #[error("not UTF-16 from byte {at} on")]
    NotUtf16 { at: usize },
    #[error("encoding {name:?} is not read; UTF-8, UTF-16 and ISO-8859-1 are")]
    Encoding { name: String },
    #[error("document type declaration at byte {at}: entities and outside parts are refused")]
    Doctype { at: usize },
    #[error("entity {name:?} at byte {at} is none of XML itself")]
    Entity { name: String, at: usize },
    #[error("more than {} elements inside one another at byte {at}", limits::DEPTH)]
    Depth { at: usize },
    #[error("more than {} attributes at byte {at}", limits::ATTRIBUTES)]
    Attributes { at: usize },
    #[error("more than {} elements at byte {at}", limits::ELEMENTS)]
    Elements { at: usize },
    #[error("not well-formed at byte {at}")]
    Malformed {
        at: usize,
        #[source]
        source: quick_xml::Error,
    },
    #[error("ends inside <{name}>")]
    Truncated { name: String },
    #[error("text outside of all elements at byte {at}")]
    Stray { at: usize },
    #[error("no element")]
    Empty,
    #[error("{count} elements side by side where one was expected")]
    Several { count: usize },
}

impl XmlError {
    /// What was seen and why, for a finding.
    pub(crate) fn seen(&self) -> String {
        let mut seen = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            write!(seen, ": {cause}").expect("a String takes all");
            source = cause.source();
        }
        seen
    }
}
