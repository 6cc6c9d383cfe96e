//! SHA-256 (FIPS 180-4) of several messages of one length.

#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod sha256;
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
    if avx512::is_preferred() {
        avx512::hash_each(whole, length, &mut hashes);
    }
    #[cfg(target_arch = "x86_64")]
    if x86::is_available() {
        x86::hash_each(&whole[hashes.len() * length..], length, &mut hashes);
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

    /// Each way by itself, whichever is chosen.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn every_way_gives_the_same_hashes() {
        type HashEach = fn(&[u8], usize, &mut Vec<[u8; 32]>);
        let ways: [(bool, HashEach, usize); 2] = [
            (x86::is_available(), x86::hash_each, x86::LANES),
            (avx512::is_available(), avx512::hash_each, avx512::LANES),
        ];
        let bytes: Vec<u8> = (0..40_000u32).map(|n| ((n * 31) >> 4) as u8).collect();
        for (is_available, hash_each, lanes) in ways {
            for length in (1..300).chain([1_000, 1_024]).filter(|_| is_available) {
                let mut hashes = Vec::new();
                hash_each(&bytes, length, &mut hashes);
                assert_eq!(hashes.len(), bytes.len() / length / lanes * lanes);
                for (hash, piece) in hashes.iter().zip(bytes.chunks(length)) {
                    assert_eq!(hash[..], Sha256::digest(piece)[..], "{length}");
                }
            }
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
