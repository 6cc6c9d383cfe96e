//! What all ways of SHA-256 (FIPS 180-4) share.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use {
    super::way::{BLOCK, bytes_of},
    std::array::from_fn,
};

/// FIPS 180-4, 5.3.3.
pub(super) const START: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// FIPS 180-4, 4.2.2.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(super) static ROUNDS: [[u32; 4]; 16] = [
    [0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5],
    [0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5],
    [0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3],
    [0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174],
    [0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc],
    [0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da],
    [0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7],
    [0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967],
    [0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13],
    [0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85],
    [0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3],
    [0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070],
    [0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5],
    [0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3],
    [0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208],
    [0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2],
];

/// The hashes of pieces of `length` bytes, as many as fill all lanes. `take` takes
/// as many bytes, whole blocks, from each message into its state.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(super) fn hash_in<const LANES: usize>(
    bytes: &[u8],
    length: usize,
    hashes: &mut Vec<[u8; 32]>,
    take: impl Fn(&mut [[u32; 8]; LANES], [&[u8]; LANES], usize),
) {
    for several in bytes.chunks_exact(LANES * length) {
        let messages: [&[u8]; LANES] = from_fn(|lane| &several[lane * length..][..length]);
        let mut states = [START; LANES];
        let whole = length / BLOCK * BLOCK;
        let (ends, padded) = ends_of(messages, whole);
        take(&mut states, messages, whole);
        take(&mut states, from_fn(|lane| &ends[lane][..]), padded);
        hashes.extend(states.map(bytes_of::<8, 32>));
    }
}

/// The end of a message of `length` bytes, whole blocks: FIPS 180-4, 5.1.1, a bit, zeros,
/// and the length in bits.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(super) fn end_of(length: usize) -> [u8; BLOCK] {
    let mut end = [0; BLOCK];
    end[0] = 0x80;
    end[BLOCK - 8..].copy_from_slice(&(8 * length as u64).to_be_bytes());
    end
}

/// The end of each message behind its whole blocks: FIPS 180-4, 5.1.1, a bit,
/// zeros, and the length in bits. They are of one length, which comes with them.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn ends_of<const LANES: usize>(
    messages: [&[u8]; LANES],
    whole: usize,
) -> ([[u8; 2 * BLOCK]; LANES], usize) {
    let length = messages[0].len();
    let mut ends = [[0; 2 * BLOCK]; LANES];
    let padded = (length - whole + 9).next_multiple_of(BLOCK);
    for (end, message) in ends.iter_mut().zip(messages) {
        let rest = &message[whole..];
        end[..rest.len()].copy_from_slice(rest);
        end[rest.len()] = 0x80;
        end[padded - 8..padded].copy_from_slice(&(8 * length as u64).to_be_bytes());
    }
    (ends, padded)
}
