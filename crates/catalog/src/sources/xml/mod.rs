//! XML from strangers, read without trust.
//!
//! ```text
//!   bytes ─► decode: UTF-8, UTF-16, ISO-8859-1 ─► text
//!   text  ─► tree: elements by local name, attributes, text
//! ```
//!
//! A document type declaration is refused wherever it stands, so that no
//! entity is ever expanded and nothing is ever fetched; the five entities of
//! XML itself and numeric references are read. Depth, attributes and elements
//! are bounded ([`limits`]).

mod decode;
mod error;
mod head;
pub(crate) mod limits;
mod tree;

pub(crate) use {
    decode::decoded,
    error::XmlError,
    head::root_name,
    tree::{Element, Tree},
};
