//! Several messages side by side by the SHA extensions of AArch64: four rounds wait for
//! the four before, and meanwhile the other messages take theirs.

pub(super) mod sha1;
pub(super) mod sha256;

use std::arch::{aarch64::*, is_aarch64_feature_detected};

/// Messages at once. Thirty-two registers hold all that three have.
pub(super) const LANES: usize = 3;

/// Messages of SHA-256 at once, each in two states.
pub(super) const LANES_OF_TWO_STATES: usize = 2;

/// Those of SHA-1 and of SHA-256.
pub(super) fn is_available() -> bool {
    is_aarch64_feature_detected!("sha2")
}

/// The block that begins at byte `at` of a message, as words.
///
/// # Safety
/// The message goes on for 64 bytes from there.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn block(message: &[u8], at: usize) -> [uint32x4_t; 4] {
    let mut words = [vdupq_n_u32(0); 4];
    for (four, word) in words.iter_mut().enumerate() {
        // SAFETY: the block of 64 bytes lies within the message.
        let bytes = unsafe { message.as_ptr().add(at + 16 * four) };
        // SAFETY: as above; the load needs no alignment.
        let bytes = unsafe { vld1q_u8(bytes) };
        *word = vreinterpretq_u32_u8(vrev32q_u8(bytes));
    }
    words
}

/// Four words, from the lowest to the highest.
#[inline]
#[target_feature(enable = "neon")]
fn register_of(words: &[u32; 4]) -> uint32x4_t {
    // SAFETY: they are 16 bytes.
    unsafe { vld1q_u32(words.as_ptr()) }
}

/// The other way round.
#[inline]
#[target_feature(enable = "neon")]
fn words_of(register: uint32x4_t) -> [u32; 4] {
    let mut words = [0; 4];
    // SAFETY: as above, of the store.
    unsafe { vst1q_u32(words.as_mut_ptr(), register) };
    words
}
