//! SHA-1 (FIPS 180-4) of several messages.

use {
    super::{
        super::{sha1::ROUNDS, way::BLOCK},
        block, register_of, words_of,
    },
    std::arch::aarch64::*,
};

/// Takes blocks into the states.
///
/// # Safety
/// The processor has the SHA extensions. Each message holds `length` bytes, a multiple
/// of 64.
#[target_feature(enable = "neon,sha2")]
pub unsafe fn take<const LANES: usize>(
    states: &mut [[u32; 5]; LANES],
    messages: [&[u8]; LANES],
    length: usize,
) {
    // Words a to d, and e by itself.
    let mut state = states.map(|[a, b, c, d, _]| register_of(&[a, b, c, d]));
    let mut fifth = states.map(|[.., e]| e);
    let mut at = 0;
    while at < length {
        let before = (state, fifth);
        let mut words = [[vdupq_n_u32(0); 4]; LANES];
        for lane in 0..LANES {
            // SAFETY: all messages hold this block.
            words[lane] = unsafe { block(messages[lane], at) };
        }
        macro_rules! four_rounds {
            ($round:ident: $($four:literal)*) => {$(
                let constants = vdupq_n_u32(ROUNDS[$four / 5]);
                for lane in 0..LANES {
                    let words = &mut words[lane];
                    let [a, b, c, d] = [0, 1, 2, 3].map(|place| ($four + place) % 4);
                    if $four >= 4 {
                        let far = vsha1su0q_u32(words[a], words[b], words[c]);
                        words[a] = vsha1su1q_u32(far, words[d]);
                    }
                    let sum = vaddq_u32(words[a], constants);
                    let next = vsha1h_u32(vgetq_lane_u32::<0>(state[lane]));
                    state[lane] = $round(state[lane], fifth[lane], sum);
                    fifth[lane] = next;
                }
            )*};
        }
        // Written out: so the places of words are constants, and they stay in registers.
        four_rounds!(vsha1cq_u32: 0 1 2 3 4);
        four_rounds!(vsha1pq_u32: 5 6 7 8 9);
        four_rounds!(vsha1mq_u32: 10 11 12 13 14);
        four_rounds!(vsha1pq_u32: 15 16 17 18 19);
        for lane in 0..LANES {
            state[lane] = vaddq_u32(state[lane], before.0[lane]);
            fifth[lane] = fifth[lane].wrapping_add(before.1[lane]);
        }
        at += BLOCK;
    }
    for lane in 0..LANES {
        let [a, b, c, d] = words_of(state[lane]);
        states[lane] = [a, b, c, d, fifth[lane]];
    }
}
