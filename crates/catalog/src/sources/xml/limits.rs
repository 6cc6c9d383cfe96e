//! What no honest document reaches.

/// Elements inside one another.
pub(crate) const DEPTH: usize = 100;

/// Attributes of one element.
pub(crate) const ATTRIBUTES: usize = 100;

/// Elements of one document that are held: at 72 bytes each, 144 MiB.
pub(crate) const ELEMENTS: usize = 1 << 21;
