//! SHA-256 of sixteen messages.

use {
    super::{super::sha256::ROUNDS, CHOICE, LANES, MAJORITY, XOR, blocks, states_of, words_of},
    crate::hashes::way::BLOCK,
    std::arch::x86_64::*,
};

/// Takes blocks into the states.
///
/// # Safety
/// The processor has AVX-512 F and BW. Each message holds `length` bytes, a
/// multiple of 64.
#[target_feature(enable = "avx512f,avx512bw")]
pub unsafe fn take(states: &mut [[u32; 8]; LANES], messages: [&[u8]; LANES], length: usize) {
    let mut state = words_of(states);
    for at in (0..length).step_by(BLOCK) {
        // SAFETY: all messages hold this block.
        rounds(&mut state, unsafe { blocks(&messages, at) });
    }
    *states = states_of(state);
}

/// The sum of three rotations.
macro_rules! rotations {
    ($word:expr, $one:literal, $two:literal, $three:literal) => {{
        let word = $word;
        _mm512_ternarylogic_epi32::<XOR>(
            _mm512_ror_epi32::<$one>(word),
            _mm512_ror_epi32::<$two>(word),
            _mm512_ror_epi32::<$three>(word),
        )
    }};
}

/// The sum of two rotations and a shift.
macro_rules! schedule {
    ($word:expr, $one:literal, $two:literal, $shift:literal) => {{
        let word = $word;
        _mm512_ternarylogic_epi32::<XOR>(
            _mm512_ror_epi32::<$one>(word),
            _mm512_ror_epi32::<$two>(word),
            _mm512_srli_epi32::<$shift>(word),
        )
    }};
}

/// One round; the words keep their places, and their names go round.
macro_rules! round {
    ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $word:expr, $constant:expr) => {
        let sum = _mm512_add_epi32(
            $h,
            _mm512_add_epi32($word, _mm512_set1_epi32($constant as i32)),
        );
        let choice = _mm512_ternarylogic_epi32::<CHOICE>($e, $f, $g);
        let sum = _mm512_add_epi32(_mm512_add_epi32(sum, choice), rotations!($e, 6, 11, 25));
        let majority = _mm512_ternarylogic_epi32::<MAJORITY>($a, $b, $c);
        $d = _mm512_add_epi32($d, sum);
        $h = _mm512_add_epi32(_mm512_add_epi32(sum, majority), rotations!($a, 2, 13, 22));
    };
}

/// FIPS 180-4, 6.2.2, of sixteen blocks.
#[inline]
#[target_feature(enable = "avx512f")]
fn rounds(state: &mut [__m512i; 8], mut words: [__m512i; 16]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for quarter in 0..4 {
        macro_rules! next {
            ($at:literal) => {{
                if quarter > 0 {
                    let far = schedule!(words[($at + 1) % 16], 7, 18, 3);
                    let near = schedule!(words[($at + 14) % 16], 17, 19, 10);
                    let sum = _mm512_add_epi32(words[$at], words[($at + 9) % 16]);
                    words[$at] = _mm512_add_epi32(sum, _mm512_add_epi32(far, near));
                }
                words[$at]
            }};
        }
        macro_rules! eight {
            ($p:literal $q:literal $r:literal $s:literal $t:literal $u:literal $v:literal $w:literal) => {
                round!(a b c d e f g h, next!($p), ROUNDS[4 * quarter + $p / 4][$p % 4]);
                round!(h a b c d e f g, next!($q), ROUNDS[4 * quarter + $q / 4][$q % 4]);
                round!(g h a b c d e f, next!($r), ROUNDS[4 * quarter + $r / 4][$r % 4]);
                round!(f g h a b c d e, next!($s), ROUNDS[4 * quarter + $s / 4][$s % 4]);
                round!(e f g h a b c d, next!($t), ROUNDS[4 * quarter + $t / 4][$t % 4]);
                round!(d e f g h a b c, next!($u), ROUNDS[4 * quarter + $u / 4][$u % 4]);
                round!(c d e f g h a b, next!($v), ROUNDS[4 * quarter + $v / 4][$v % 4]);
                round!(b c d e f g h a, next!($w), ROUNDS[4 * quarter + $w / 4][$w % 4]);
            };
        }
        eight!(0 1 2 3 4 5 6 7);
        eight!(8 9 10 11 12 13 14 15);
    }
    for (word, sum) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = _mm512_add_epi32(*word, sum);
    }
}
