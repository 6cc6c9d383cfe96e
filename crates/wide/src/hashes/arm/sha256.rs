//! SHA-256 (FIPS 180-4) of several messages, each from one state or from several.
//!
//! A stream and a piece of it that is hashed by itself take the same blocks into two
//! states. The words of the rounds are made once for both.

use {
    super::{
        super::{sha256::ROUNDS, way::BLOCK},
        block, register_of, words_of,
    },
    std::arch::aarch64::*,
};

/// Takes blocks of each message into its states.
///
/// # Safety
/// The processor has the SHA extensions. Each message holds `length` bytes, a multiple
/// of 64.
#[target_feature(enable = "neon,sha2")]
pub unsafe fn take_states<const LANES: usize, const STATES: usize>(
    states: &mut [[[u32; 8]; STATES]; LANES],
    messages: [&[u8]; LANES],
    length: usize,
) {
    // Words a to d, and e to h.
    let mut upper = [[vdupq_n_u32(0); STATES]; LANES];
    let mut lower = [[vdupq_n_u32(0); STATES]; LANES];
    for lane in 0..LANES {
        for state in 0..STATES {
            let [a, b, c, d, e, f, g, h] = states[lane][state];
            upper[lane][state] = register_of(&[a, b, c, d]);
            lower[lane][state] = register_of(&[e, f, g, h]);
        }
    }
    let mut at = 0;
    while at < length {
        let before = (upper, lower);
        let mut words = [[vdupq_n_u32(0); 4]; LANES];
        for lane in 0..LANES {
            // SAFETY: all messages hold this block.
            words[lane] = unsafe { block(messages[lane], at) };
        }
        macro_rules! four_rounds {
            ($($four:literal)*) => {$(
                let constants = register_of(&ROUNDS[$four]);
                for lane in 0..LANES {
                    let words = &mut words[lane];
                    let [a, b, c, d] = [0, 1, 2, 3].map(|place| ($four + place) % 4);
                    if $four >= 4 {
                        let far = vsha256su0q_u32(words[a], words[b]);
                        words[a] = vsha256su1q_u32(far, words[c], words[d]);
                    }
                    let sum = vaddq_u32(words[a], constants);
                    let (upper, lower) = (&mut upper[lane], &mut lower[lane]);
                    for state in 0..STATES {
                        let (first, second) = (upper[state], lower[state]);
                        upper[state] = vsha256hq_u32(first, second, sum);
                        lower[state] = vsha256h2q_u32(second, first, sum);
                    }
                }
            )*};
        }
        // Written out: so the places of words are constants, and they stay in registers.
        four_rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        for lane in 0..LANES {
            for state in 0..STATES {
                upper[lane][state] = vaddq_u32(upper[lane][state], before.0[lane][state]);
                lower[lane][state] = vaddq_u32(lower[lane][state], before.1[lane][state]);
            }
        }
        at += BLOCK;
    }
    for lane in 0..LANES {
        for state in 0..STATES {
            let [a, b, c, d] = words_of(upper[lane][state]);
            let [e, f, g, h] = words_of(lower[lane][state]);
            states[lane][state] = [a, b, c, d, e, f, g, h];
        }
    }
}

/// The same, where each message has one state.
///
/// # Safety
/// As above.
pub unsafe fn take<const LANES: usize>(
    states: &mut [[u32; 8]; LANES],
    messages: [&[u8]; LANES],
    length: usize,
) {
    let mut each = states.map(|state| [state]);
    // SAFETY: the caller has made sure of the same.
    unsafe { take_states(&mut each, messages, length) };
    *states = each.map(|[state]| state);
}
