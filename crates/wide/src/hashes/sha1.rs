//! What all ways of SHA-1 (FIPS 180-4) share.

/// FIPS 180-4, 5.3.1.
pub(super) const START: [u32; 5] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

/// FIPS 180-4, 4.2.1: one for twenty rounds.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(super) static ROUNDS: [u32; 4] = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
