//! SHA-1 (FIPS 180-4) of four messages.

use {
    super::{super::way::BLOCK, LANES, block, words_of},
    std::arch::x86_64::*,
};

/// Takes blocks into the states.
///
/// # Safety
/// The processor has the SHA extensions and SSE 4.1. Each message holds `length`
/// bytes, a multiple of 64.
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
pub unsafe fn take(states: &mut [[u32; 5]; LANES], messages: [&[u8]; LANES], length: usize) {
    // All bytes the other way round: the first word is the highest.
    let order = _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f);
    let mut state = [_mm_setzero_si128(); LANES];
    let mut fifth = [_mm_setzero_si128(); LANES];
    for lane in 0..LANES {
        (state[lane], fifth[lane]) = turned(&states[lane]);
    }
    let mut at = 0;
    while at < length {
        let begun = (state, fifth);
        let mut words = [[_mm_setzero_si128(); 4]; LANES];
        for lane in 0..LANES {
            // SAFETY: all messages hold this block.
            words[lane] = unsafe { block(messages[lane], at, order) };
        }
        // What a state was four rounds ago: its word a is e now, turned.
        let mut before = state;
        macro_rules! four_rounds {
            ($($four:literal)*) => {$(
                for lane in 0..LANES {
                    let words = &mut words[lane];
                    let [a, b, c, d] = [0, 1, 2, 3].map(|place| ($four + place) % 4);
                    if $four >= 4 {
                        let far = _mm_sha1msg1_epu32(words[a], words[b]);
                        words[a] = _mm_sha1msg2_epu32(_mm_xor_si128(far, words[c]), words[d]);
                    }
                    let sum = match $four {
                        0 => _mm_add_epi32(fifth[lane], words[a]),
                        _ => _mm_sha1nexte_epu32(before[lane], words[a]),
                    };
                    before[lane] = state[lane];
                    state[lane] = _mm_sha1rnds4_epu32::<{ $four / 5 }>(state[lane], sum);
                }
            )*};
        }
        // Written out: so the places of words are constants, and they stay in registers.
        four_rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
        for lane in 0..LANES {
            state[lane] = _mm_add_epi32(state[lane], begun.0[lane]);
            fifth[lane] = _mm_sha1nexte_epu32(before[lane], begun.1[lane]);
        }
        at += BLOCK;
    }
    for lane in 0..LANES {
        states[lane] = turned_back(state[lane], fifth[lane]);
    }
}

/// A state as the instructions want it: words a to d, and e by itself, the first the
/// highest.
#[inline]
#[target_feature(enable = "sse2,ssse3,sse4.1")]
fn turned(state: &[u32; 5]) -> (__m128i, __m128i) {
    let [a, b, c, d, e] = state.map(|word| word as i32);
    (_mm_set_epi32(a, b, c, d), _mm_set_epi32(e, 0, 0, 0))
}

#[inline]
#[target_feature(enable = "sse2,ssse3,sse4.1")]
fn turned_back(state: __m128i, fifth: __m128i) -> [u32; 5] {
    let [d, c, b, a] = words_of(state);
    let [_, _, _, e] = words_of(fifth);
    [a, b, c, d, e]
}
