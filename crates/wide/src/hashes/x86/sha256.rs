//! SHA-256 (FIPS 180-4) of several messages, each from one state or from several.
//!
//! A stream and a piece of it that is hashed by itself take the same blocks into two
//! states. The words of the rounds, most of the work, are made once for both.

use {
    super::{
        super::{sha256::ROUNDS, way::BLOCK},
        block, words_of,
    },
    std::arch::x86_64::*,
};

/// The constants of the `four`-th four rounds.
#[inline]
#[target_feature(enable = "sse2")]
fn constants(four: usize) -> __m128i {
    let four = &ROUNDS[four];
    // SAFETY: they are 16 bytes; the load needs no alignment.
    unsafe { _mm_loadu_si128(four.as_ptr().cast()) }
}

/// Four rounds of all messages with the words at the first place; behind the first
/// sixteen rounds these are made from those of the four places.
macro_rules! four_rounds {
    ($quarter:ident, $words:ident, $upper:ident, $lower:ident, $a:literal, $b:literal, $c:literal, $d:literal) => {
        let constants = constants(4 * $quarter + $a);
        for lane in 0..LANES {
            let words = &mut $words[lane];
            if $quarter > 0 {
                let behind = _mm_alignr_epi8::<4>(words[$d], words[$c]);
                let sum = _mm_add_epi32(_mm_sha256msg1_epu32(words[$a], words[$b]), behind);
                words[$a] = _mm_sha256msg2_epu32(sum, words[$d]);
            }
            let (upper, lower) = (&mut $upper[lane], &mut $lower[lane]);
            let sum = _mm_add_epi32(words[$a], constants);
            for state in 0..STATES {
                lower[state] = _mm_sha256rnds2_epu32(lower[state], upper[state], sum);
            }
            let sum = _mm_shuffle_epi32::<0x0e>(sum);
            for state in 0..STATES {
                upper[state] = _mm_sha256rnds2_epu32(upper[state], lower[state], sum);
            }
        }
    };
}

/// Functions that take blocks of each message into its states, or into its only one,
/// for processors that have all of `$features`.
macro_rules! take {
    ($(#[$about:meta])* $states:ident $state:ident $features:literal) => {
        $(#[$about])*
        #[target_feature(enable = $features)]
        pub unsafe fn $states<const LANES: usize, const STATES: usize>(
            states: &mut [[[u32; 8]; STATES]; LANES],
            messages: [&[u8]; LANES],
            length: usize,
        ) {
            // Bytes of a word the other way round.
            let order = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
            let mut upper = [[_mm_setzero_si128(); STATES]; LANES];
            let mut lower = [[_mm_setzero_si128(); STATES]; LANES];
            for lane in 0..LANES {
                for state in 0..STATES {
                    (upper[lane][state], lower[lane][state]) = turned(&states[lane][state]);
                }
            }
            let mut at = 0;
            while at < length {
                let before = (upper, lower);
                let mut words = [[_mm_setzero_si128(); 4]; LANES];
                for lane in 0..LANES {
                    // SAFETY: all messages hold this block.
                    words[lane] = unsafe { block(messages[lane], at, order) };
                }
                // The places of words are written out: so they stay in registers.
                for quarter in 0..4 {
                    four_rounds!(quarter, words, upper, lower, 0, 1, 2, 3);
                    four_rounds!(quarter, words, upper, lower, 1, 2, 3, 0);
                    four_rounds!(quarter, words, upper, lower, 2, 3, 0, 1);
                    four_rounds!(quarter, words, upper, lower, 3, 0, 1, 2);
                }
                for lane in 0..LANES {
                    for state in 0..STATES {
                        let (upper, lower) = (&mut upper[lane][state], &mut lower[lane][state]);
                        *upper = _mm_add_epi32(*upper, before.0[lane][state]);
                        *lower = _mm_add_epi32(*lower, before.1[lane][state]);
                    }
                }
                at += BLOCK;
            }
            for lane in 0..LANES {
                for state in 0..STATES {
                    states[lane][state] = turned_back(upper[lane][state], lower[lane][state]);
                }
            }
        }

        $(#[$about])*
        pub unsafe fn $state<const LANES: usize>(
            states: &mut [[u32; 8]; LANES],
            messages: [&[u8]; LANES],
            length: usize,
        ) {
            let mut each = states.map(|state| [state]);
            // SAFETY: the caller has made sure of the same.
            unsafe { $states(&mut each, messages, length) };
            *states = each.map(|[state]| state);
        }
    };
}

take! {
    /// # Safety
    /// The processor has the SHA extensions and SSE 4.1. Each message holds `length`
    /// bytes, a multiple of 64.
    take_states take "sha,sse2,ssse3,sse4.1"
}

take! {
    /// The instructions reach the lower sixteen of thirty-two registers; what waits
    /// stands in the upper ones.
    ///
    /// # Safety
    /// The processor has the SHA extensions and AVX-512 F, BW and VL. Each message
    /// holds `length` bytes, a multiple of 64.
    take_states_in_more_registers take_in_more_registers
        "sha,sse2,ssse3,sse4.1,avx512f,avx512bw,avx512vl"
}

/// A state as the instructions want it: words a, b, e, f and c, d, g, h.
#[inline]
#[target_feature(enable = "sse2,ssse3,sse4.1")]
fn turned(state: &[u32; 8]) -> (__m128i, __m128i) {
    let [a, b, c, d, e, f, g, h] = state.map(|word| word as i32);
    (_mm_set_epi32(a, b, e, f), _mm_set_epi32(c, d, g, h))
}

#[inline]
#[target_feature(enable = "sse2,ssse3,sse4.1")]
fn turned_back(upper: __m128i, lower: __m128i) -> [u32; 8] {
    let [f, e, b, a] = words_of(upper);
    let [h, g, d, c] = words_of(lower);
    [a, b, c, d, e, f, g, h]
}
