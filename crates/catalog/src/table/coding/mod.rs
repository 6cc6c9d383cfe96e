//! How numbers, levels and heads lie in the pages of a column.
//!
//! Encodings: `Encodings.md` of Apache Parquet.

pub(super) mod bits;
pub(super) mod deltas;
pub(super) mod head;
