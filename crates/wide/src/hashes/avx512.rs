//! Sixteen messages side by side, a word of each in a register of AVX-512: its
//! rotations and its logic of three operands make a round of sixteen cost little
//! more than one of the SHA extensions.

use std::{arch::x86_64::*, array::from_fn, sync::LazyLock};

use super::sha256::{BLOCK, ROUNDS, hash_in};

/// Messages at once.
pub(super) const LANES: usize = 16;

/// A word of the state of each message.
type Words = [__m512i; 8];

pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw")
}

/// Whether it is faster than the SHA extensions: these overlap well on processors
/// of AMD, which have them all, and on those of Intel hardly.
pub(super) fn is_preferred() -> bool {
    // Asked once: a virtual machine takes long to answer.
    static IS_INTEL: LazyLock<bool> = LazyLock::new(|| {
        let vendor = __cpuid(0);
        let vendor = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes);
        vendor.concat() == b"GenuineIntel"
    });
    is_available() && *IS_INTEL
}

/// The hashes of pieces of `length` bytes, as many as go in sixteens.
pub(super) fn hash_each(bytes: &[u8], length: usize, hashes: &mut Vec<[u8; 32]>) {
    // SAFETY: `is_available` was asked, and all messages hold whole blocks.
    hash_in(bytes, length, hashes, |states, messages, length| unsafe {
        take(states, messages, length);
    });
}

/// Takes blocks into the states.
///
/// # Safety
/// The processor has AVX-512 F and BW. Each message holds `length` bytes, a
/// multiple of 64.
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn take(states: &mut [[u32; 8]; LANES], messages: [&[u8]; LANES], length: usize) {
    let mut state: Words = from_fn(|word| {
        let lanes: [u32; LANES] = from_fn(|lane| states[lane][word]);
        // SAFETY: these are 64 bytes; the load needs no alignment.
        unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) }
    });
    for at in (0..length).step_by(BLOCK) {
        let mut rows = [_mm512_setzero_si512(); LANES];
        for (row, message) in rows.iter_mut().zip(messages) {
            // SAFETY: the block of 64 bytes lies within the message.
            let block = unsafe { message.as_ptr().add(at) };
            // SAFETY: as above; the load needs no alignment.
            *row = unsafe { _mm512_loadu_si512(block.cast()) };
        }
        rounds(&mut state, columns(rows));
    }
    for (word, lanes) in state.into_iter().enumerate() {
        let mut words = [0u32; LANES];
        // SAFETY: these are 64 bytes; the store needs no alignment.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), lanes) };
        for (state, value) in states.iter_mut().zip(words) {
            state[word] = value;
        }
    }
}

/// Words of sixteen blocks, read as big-endian numbers: the first of each, the
/// second of each, and so on.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn columns(rows: [__m512i; 16]) -> [__m512i; 16] {
    let order =
        _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203));
    // Within the quarters of registers: fours of rows to fours of columns.
    let mut fours = [_mm512_setzero_si512(); 16];
    for four in 0..4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|row| rows[4 * four + row]);
        let (ab, cd) = (_mm512_unpacklo_epi32(a, b), _mm512_unpacklo_epi32(c, d));
        fours[4 * four] = _mm512_unpacklo_epi64(ab, cd);
        fours[4 * four + 1] = _mm512_unpackhi_epi64(ab, cd);
        let (ab, cd) = (_mm512_unpackhi_epi32(a, b), _mm512_unpackhi_epi32(c, d));
        fours[4 * four + 2] = _mm512_unpacklo_epi64(ab, cd);
        fours[4 * four + 3] = _mm512_unpackhi_epi64(ab, cd);
    }
    // Then the quarters themselves.
    let mut columns = [_mm512_setzero_si512(); 16];
    for column in 0..4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|four| fours[4 * four + column]);
        let low = (
            _mm512_shuffle_i32x4::<0x44>(a, b),
            _mm512_shuffle_i32x4::<0x44>(c, d),
        );
        let high = (
            _mm512_shuffle_i32x4::<0xee>(a, b),
            _mm512_shuffle_i32x4::<0xee>(c, d),
        );
        columns[column] = _mm512_shuffle_i32x4::<0x88>(low.0, low.1);
        columns[4 + column] = _mm512_shuffle_i32x4::<0xdd>(low.0, low.1);
        columns[8 + column] = _mm512_shuffle_i32x4::<0x88>(high.0, high.1);
        columns[12 + column] = _mm512_shuffle_i32x4::<0xdd>(high.0, high.1);
    }
    for column in &mut columns {
        *column = _mm512_shuffle_epi8(*column, order);
    }
    columns
}

/// `a xor b xor c`.
const XOR: i32 = 0x96;
/// The bits of `b` where those of `a` are set, else those of `c`.
const CHOICE: i32 = 0xca;
/// What most of the three have.
const MAJORITY: i32 = 0xe8;

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
fn rounds(state: &mut Words, mut words: [__m512i; 16]) {
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
