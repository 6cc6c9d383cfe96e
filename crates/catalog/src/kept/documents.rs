use std::{ops::Range, sync::Arc};

/// Documents that lie one behind the other, to be parsed together.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    pub(crate) documents: Vec<Document>,
}

/// One record of a source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    /// Counted from 1 over the whole source.
    pub(crate) number: u64,
    /// Which of its file it is, counted from 1; none where it is the file.
    pub(crate) nth: Option<u64>,
    /// Where it begins in the source.
    pub(crate) offset: u64,
    pub(crate) length: u64,
    /// Path of the file, where the source has many.
    pub(crate) member: Option<Arc<str>>,
    pub(crate) content: Content,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    /// It lies in the bytes of its batch.
    Within(Range<usize>),
    /// A small file beside the data, as a README, which no format reads.
    Aside(Range<usize>),
    /// Longer than the limit, and passed over.
    TooLong,
}

impl Content {
    /// Where it lies in the bytes of its batch, unless it is no data or was
    /// passed over.
    pub(crate) fn data(&self) -> Option<Range<usize>> {
        match self {
            Self::Within(range) => Some(range.clone()),
            Self::Aside(_) | Self::TooLong => None,
        }
    }
}
