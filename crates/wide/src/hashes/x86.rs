//! Several messages side by side by the SHA extensions of x86-64: a round waits for the
//! one before, and meanwhile the other messages take theirs.

pub(super) mod sha1;
pub(super) mod sha256;

use std::arch::x86_64::*;

/// Messages at once. Sixteen registers do not hold all that four have; still they are
/// faster than two or three.
pub(super) const LANES: usize = 4;

/// Messages of SHA-256 at once, each in two states.
pub(super) const LANES_OF_TWO_STATES: usize = 2;

/// Messages of SHA-256 at once where there are more registers, in one state or in two.
/// In one state all that three have finds room there; in two some of it waits in memory,
/// and three are still the fastest.
pub(super) const LANES_IN_MORE_REGISTERS: usize = 3;

pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1")
}

/// Whether there are thirty-two registers beside the SHA extensions.
pub(super) fn has_more_registers() -> bool {
    is_available()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
}

/// From the lowest to the highest.
#[inline]
#[target_feature(enable = "sse2,ssse3,sse4.1")]
fn words_of(register: __m128i) -> [u32; 4] {
    [
        _mm_extract_epi32::<0>(register) as u32,
        _mm_extract_epi32::<1>(register) as u32,
        _mm_extract_epi32::<2>(register) as u32,
        _mm_extract_epi32::<3>(register) as u32,
    ]
}

/// The block that begins at byte `at` of a message, its bytes in another order within
/// each sixteen.
///
/// # Safety
/// The message goes on for 64 bytes from there.
#[inline]
#[target_feature(enable = "sse2,ssse3,sse4.1")]
unsafe fn block(message: &[u8], at: usize, order: __m128i) -> [__m128i; 4] {
    let mut words = [_mm_setzero_si128(); 4];
    for (four, word) in words.iter_mut().enumerate() {
        // SAFETY: the block of 64 bytes lies within the message.
        let bytes = unsafe { message.as_ptr().add(at + 16 * four) };
        // SAFETY: as above; the load needs no alignment.
        let bytes = unsafe { _mm_loadu_si128(bytes.cast()) };
        *word = _mm_shuffle_epi8(bytes, order);
    }
    words
}
