//! SHA-1 (FIPS 180-4) of sixteen messages.

use {
    super::{super::sha1::ROUNDS, CHOICE, LANES, MAJORITY, XOR, blocks, states_of, words_of},
    crate::hashes::way::BLOCK,
    std::arch::x86_64::*,
};

/// Takes blocks into the states.
///
/// # Safety
/// The processor has AVX-512 F and BW. Each message holds `length` bytes, a
/// multiple of 64.
#[target_feature(enable = "avx512f,avx512bw")]
pub unsafe fn take(states: &mut [[u32; 5]; LANES], messages: [&[u8]; LANES], length: usize) {
    let mut state = words_of(states);
    for at in (0..length).step_by(BLOCK) {
        // SAFETY: all messages hold this block.
        rounds(&mut state, unsafe { blocks(&messages, at) });
    }
    *states = states_of(state);
}

/// One round; the words keep their places, and their names go round.
macro_rules! round {
    ($a:ident $b:ident $c:ident $d:ident $e:ident, $logic:ident, $word:expr, $constant:expr) => {
        let sum = _mm512_add_epi32(
            $e,
            _mm512_add_epi32($word, _mm512_set1_epi32($constant as i32)),
        );
        let mixed = _mm512_ternarylogic_epi32::<$logic>($b, $c, $d);
        let sum = _mm512_add_epi32(sum, mixed);
        $e = _mm512_add_epi32(sum, _mm512_rol_epi32::<5>($a));
        $b = _mm512_rol_epi32::<30>($b);
    };
}

/// FIPS 180-4, 6.1.2, of sixteen blocks. All rounds are written out: so the places
/// of words are constants, and they stay in registers.
#[inline]
#[target_feature(enable = "avx512f")]
fn rounds(state: &mut [__m512i; 5], mut words: [__m512i; 16]) {
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    macro_rules! next {
        ($at:literal) => {{
            if $at >= 16 {
                let far = _mm512_xor_si512(words[$at % 16], words[($at + 2) % 16]);
                let near = (words[($at + 8) % 16], words[($at + 13) % 16]);
                let sum = _mm512_ternarylogic_epi32::<XOR>(far, near.0, near.1);
                words[$at % 16] = _mm512_rol_epi32::<1>(sum);
            }
            words[$at % 16]
        }};
    }
    macro_rules! five {
        ($logic:ident, $twenty:literal, $p:literal $q:literal $r:literal $s:literal $t:literal) => {
            round!(a b c d e, $logic, next!($p), ROUNDS[$twenty]);
            round!(e a b c d, $logic, next!($q), ROUNDS[$twenty]);
            round!(d e a b c, $logic, next!($r), ROUNDS[$twenty]);
            round!(c d e a b, $logic, next!($s), ROUNDS[$twenty]);
            round!(b c d e a, $logic, next!($t), ROUNDS[$twenty]);
        };
    }
    five!(CHOICE, 0, 0 1 2 3 4);
    five!(CHOICE, 0, 5 6 7 8 9);
    five!(CHOICE, 0, 10 11 12 13 14);
    five!(CHOICE, 0, 15 16 17 18 19);
    five!(XOR, 1, 20 21 22 23 24);
    five!(XOR, 1, 25 26 27 28 29);
    five!(XOR, 1, 30 31 32 33 34);
    five!(XOR, 1, 35 36 37 38 39);
    five!(MAJORITY, 2, 40 41 42 43 44);
    five!(MAJORITY, 2, 45 46 47 48 49);
    five!(MAJORITY, 2, 50 51 52 53 54);
    five!(MAJORITY, 2, 55 56 57 58 59);
    five!(XOR, 3, 60 61 62 63 64);
    five!(XOR, 3, 65 66 67 68 69);
    five!(XOR, 3, 70 71 72 73 74);
    five!(XOR, 3, 75 76 77 78 79);
    for (word, sum) in state.iter_mut().zip([a, b, c, d, e]) {
        *word = _mm512_add_epi32(*word, sum);
    }
}
