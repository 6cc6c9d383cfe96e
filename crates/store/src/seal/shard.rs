//! The data files of a stripe as they are planned: packs, or the plain files
//! of a metadata tranche.

use {
    crate::pack::{PackLayout, Segment, ShardStream, Source},
    longplay_model::{Digest, RelativePath},
    sha2::{Digest as _, Sha256},
};

/// A data file of a stripe.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardPlan {
    /// Relative to the bag.
    pub path: RelativePath,
    pub content: Content,
}

/// What a data file holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Pack(Box<PackLayout>),
    /// The bytes of a file as they are.
    File(Source),
}

impl ShardPlan {
    /// Bytes of the file.
    pub const fn bytes(&self) -> u64 {
        match &self.content {
            Content::Pack(layout) => layout.bytes,
            Content::File(source) => source.bytes,
        }
    }

    /// Blobs or files that go into it.
    pub fn items(&self) -> u64 {
        match &self.content {
            Content::Pack(layout) => layout.items.len() as u64,
            Content::File(_) => 1,
        }
    }

    /// The pack, if it is one.
    pub const fn pack(&self) -> Option<&PackLayout> {
        match &self.content {
            Content::Pack(layout) => Some(layout),
            Content::File(_) => None,
        }
    }

    pub fn stream(&self) -> ShardStream<'_> {
        match &self.content {
            Content::Pack(layout) => ShardStream::new(layout.segments()),
            Content::File(source) => {
                ShardStream::new(std::iter::once(Segment::Source(source.clone())))
            }
        }
    }

    /// Adds to `hasher` all that decides the bytes of the file.
    pub(crate) fn describe(&self, hasher: &mut Sha256) {
        hasher.update(self.path.as_str());
        hasher.update(self.bytes().to_be_bytes());
        match &self.content {
            Content::Pack(layout) => hasher.update(fingerprinted(layout).as_bytes()),
            Content::File(source) => hasher.update(source.digest.as_bytes()),
        }
    }
}

/// The index names every member and its digest.
fn fingerprinted(layout: &PackLayout) -> Digest {
    Digest::of(&layout.index_lines())
}
