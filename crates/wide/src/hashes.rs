//! SHA-256 (FIPS 180-4) of several messages of one length.

#[cfg(target_arch = "x86_64")]
mod x86;

use sha2::{Digest as _, Sha256};

/// The hash of each piece of `length` bytes; a last piece may be shorter.
///
/// # Panics
/// When `length` is 0.
pub fn hash_each(bytes: &[u8], length: usize) -> Vec<[u8; 32]> {
    let mut hashes = Vec::with_capacity(bytes.len().div_ceil(length));
    let whole = bytes.len() / length * length;
    let (whole, rest) = bytes.split_at(whole);
    #[cfg(target_arch = "x86_64")]
    if x86::is_available() {
        x86::hash_each(whole, length, &mut hashes);
    }
    let done = hashes.len() * length;
    let left = whole[done..].chunks(length).chain(rest.chunks(length));
    hashes.extend(left.map(|piece| <[u8; 32]>::from(Sha256::digest(piece))));
    hashes
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    proptest! {
        #[test]
        fn hashes_are_those_of_each_piece(
            bytes in prop::collection::vec(any::<u8>(), 0..5000),
            length in prop_oneof![1usize..400, Just(64), Just(1024)],
        ) {
            let expected: Vec<[u8; 32]> =
                bytes.chunks(length).map(|piece| Sha256::digest(piece).into()).collect();
            prop_assert_eq!(hash_each(&bytes, length), expected);
        }
    }

    #[test]
    fn leaves_of_sixteen_kibibytes_are_hashed() {
        let bytes: Vec<u8> = (0..5 * 16384 + 7u32)
            .map(|n| ((n * 7) >> 3) as u8)
            .collect();
        let expected: Vec<[u8; 32]> = bytes
            .chunks(16384)
            .map(|piece| Sha256::digest(piece).into())
            .collect();
        assert_eq!(hash_each(&bytes, 16384), expected);
    }
}
