//! SHA-256 and SHA-1 (FIPS 180-4) of several messages: whole ones of one length, or
//! streams of any.

#[cfg(target_arch = "aarch64")]
mod arm;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod fuzzing;
mod pieces;
mod sha1;
mod sha256;
mod streams;
mod way;
mod ways;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use {
    pieces::{PiecesJob, advance_with_pieces, side_by_side_with_pieces},
    streams::{Sha1Stream, Sha256Stream, advance_each, side_by_side},
};

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
        hash_sixteens(whole, length, &mut hashes);
    }
    #[cfg(target_arch = "x86_64")]
    if x86::has_more_registers() && !avx512::is_preferred() {
        hash_threes(whole, length, &mut hashes);
    }
    #[cfg(target_arch = "x86_64")]
    if x86::is_available() {
        hash_fours(&whole[hashes.len() * length..], length, &mut hashes);
    }
    #[cfg(target_arch = "aarch64")]
    if arm::is_available() {
        hash_threes(whole, length, &mut hashes);
    }
    let done = hashes.len() * length;
    let left = whole[done..].chunks(length).chain(rest.chunks(length));
    hashes.extend(left.map(|piece| <[u8; 32]>::from(Sha256::digest(piece))));
    hashes
}

/// Hashes pieces of `length` bytes, as many as fill all lanes, and adds the hashes.
type HashSeveral = fn(&[u8], usize, &mut Vec<[u8; 32]>);

/// Every way of this machine to hash several pieces at once, and its lanes.
fn several() -> Vec<(usize, HashSeveral)> {
    let ways: [Option<(usize, HashSeveral)>; _] = [
        #[cfg(target_arch = "x86_64")]
        x86::is_available().then_some((x86::LANES, hash_fours)),
        #[cfg(target_arch = "x86_64")]
        x86::has_more_registers().then_some((x86::LANES_IN_MORE_REGISTERS, hash_threes)),
        #[cfg(target_arch = "x86_64")]
        avx512::is_available().then_some((avx512::LANES, hash_sixteens)),
        #[cfg(target_arch = "aarch64")]
        arm::is_available().then_some((arm::LANES, hash_threes)),
    ];
    ways.into_iter().flatten().collect()
}

/// The hashes of pieces of `length` bytes, as many as go in sixteens; for processors
/// that have AVX-512.
#[cfg(target_arch = "x86_64")]
fn hash_sixteens(bytes: &[u8], length: usize, hashes: &mut Vec<[u8; 32]>) {
    sha256::hash_in(bytes, length, hashes, |states, messages, length| {
        // SAFETY: the caller has asked for AVX-512, and all messages hold whole blocks.
        unsafe { avx512::sha256::take(states, messages, length) };
    });
}

/// The same in threes; for processors that have the SHA extensions and thirty-two
/// registers.
#[cfg(target_arch = "x86_64")]
fn hash_threes(bytes: &[u8], length: usize, hashes: &mut Vec<[u8; 32]>) {
    const LANES: usize = x86::LANES_IN_MORE_REGISTERS;
    sha256::hash_in::<LANES>(bytes, length, hashes, |states, messages, length| {
        // SAFETY: as above, of these.
        unsafe { x86::sha256::take_in_more_registers(states, messages, length) };
    });
}

/// The hashes of pieces of `length` bytes, as many as go in threes; for processors that
/// have the SHA extensions.
#[cfg(target_arch = "aarch64")]
fn hash_threes(bytes: &[u8], length: usize, hashes: &mut Vec<[u8; 32]>) {
    sha256::hash_in::<{ arm::LANES }>(bytes, length, hashes, |states, messages, length| {
        // SAFETY: the caller has asked for the SHA extensions, and all messages hold
        // whole blocks.
        unsafe { arm::sha256::take(states, messages, length) };
    });
}

/// The same in fours; for processors that have the SHA extensions.
#[cfg(target_arch = "x86_64")]
fn hash_fours(bytes: &[u8], length: usize, hashes: &mut Vec<[u8; 32]>) {
    sha256::hash_in::<{ x86::LANES }>(bytes, length, hashes, |states, messages, length| {
        // SAFETY: as above, of the SHA extensions.
        unsafe { x86::sha256::take(states, messages, length) };
    });
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
    #[test]
    fn every_way_gives_the_same_hashes() {
        let bytes: Vec<u8> = (0..40_000u32).map(|n| ((n * 31) >> 4) as u8).collect();
        for length in (1..300).chain([1_000, 1_024]) {
            fuzzing::compare_each(&bytes, length);
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
