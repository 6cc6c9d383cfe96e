//! The upper part of a BEP 52 tree: from the hashes of pieces to the root.

use {
    longplay_model::Digest,
    sha2::{Digest as _, Sha256},
};

/// Bytes under one leaf (BEP 52).
pub const LEAF_BYTES: u64 = 16_384;

const ZERO: Digest = Digest::from_bytes([0; 32]);

fn parent(left: &Digest, right: &Digest) -> Digest {
    let hasher = Sha256::new();
    hasher
        .chain_update(left.as_bytes())
        .chain_update(right.as_bytes())
        .into()
}

/// The hash over a whole piece beyond the end of a file. `piece_length` is a
/// power of two of at least [`LEAF_BYTES`].
fn hash_of_nothing(piece_length: u64) -> Digest {
    let levels = (piece_length / LEAF_BYTES).max(1).ilog2();
    (0..levels).fold(ZERO, |hash, _| parent(&hash, &hash))
}

/// The pieces root of a file whose pieces hash to `layer`, which is completed
/// to a power of two.
pub fn root_of_layer(layer: &[Digest], piece_length: u64) -> Digest {
    let mut nothing = hash_of_nothing(piece_length);
    let mut level = layer.to_vec();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| parent(&pair[0], pair.get(1).unwrap_or(&nothing)))
            .collect();
        nothing = parent(&nothing, &nothing);
    }
    level.first().copied().unwrap_or(ZERO)
}

/// The hash of one piece from its leaves. A piece that is not the only one of
/// its file is completed to `piece_length`, a lone one to a power of two.
pub fn piece_of_leaves(leaves: &[Digest], piece_length: u64, lone: bool) -> Digest {
    let full = usize::try_from(piece_length / LEAF_BYTES).unwrap_or(usize::MAX);
    let wanted = if lone {
        leaves.len().next_power_of_two()
    } else {
        full.max(leaves.len())
    };
    let mut level = leaves.to_vec();
    level.resize(wanted, ZERO);
    root_of_layer(&level, LEAF_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(byte: u8) -> Digest {
        Digest::of(&[byte])
    }

    #[test]
    fn one_piece_is_its_own_root() {
        assert_eq!(root_of_layer(&[leaf(1)], 1 << 22), leaf(1));
        assert_eq!(root_of_layer(&[], 1 << 22), ZERO);
    }

    #[test]
    fn layers_of_every_piece_length_lead_to_one_root() {
        let leaves: Vec<_> = (0..11).map(leaf).collect();
        let root = root_of_layer(&leaves, LEAF_BYTES);
        for pieces in [2, 4, 8] {
            let layer: Vec<_> = leaves
                .chunks(pieces)
                .map(|piece| piece_of_leaves(piece, LEAF_BYTES * pieces as u64, false))
                .collect();
            assert_eq!(root_of_layer(&layer, LEAF_BYTES * pieces as u64), root);
        }
        assert_eq!(piece_of_leaves(&leaves, LEAF_BYTES * 64, true), root);
    }
}
