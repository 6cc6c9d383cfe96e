//! The reader of `pieces/`, for the fuzz target in `fuzz/`.

use super::{checked, parse, to_bytes};

/// Pieces as they are kept, but for the digest at the end, which no mutation would
/// find.
///
/// # Panics
/// When what was read is not what is read again once it is written.
pub fn read_pieces(bytes: &[u8]) {
    assert!(parse(bytes).is_none_or(|pieces| parse(&to_bytes(&pieces)) == Some(pieces)));
    if let Some(pieces) = parse(&checked(bytes.to_vec())) {
        assert_eq!(parse(&to_bytes(&pieces)), Some(pieces));
    }
}
