//! Sixteen messages side by side, a word of each in a register of AVX-512: its
//! rotations and its logic of three operands make a round of sixteen cost little
//! more than one of the SHA extensions.

pub(super) mod sha1;
pub(super) mod sha256;

use std::{arch::x86_64::*, array::from_fn, sync::LazyLock};

use super::way::BLOCK;

/// Messages at once.
pub(super) const LANES: usize = 16;

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

/// The states of sixteen messages, a word of each in a register.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn words_of<const WORDS: usize>(states: &[[u32; WORDS]; LANES]) -> [__m512i; WORDS] {
    from_fn(|word| {
        let lanes: [u32; LANES] = from_fn(|lane| states[lane][word]);
        // SAFETY: these are 64 bytes; the load needs no alignment.
        unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) }
    })
}

/// The other way round.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn states_of<const WORDS: usize>(words: [__m512i; WORDS]) -> [[u32; WORDS]; LANES] {
    let mut states = [[0; WORDS]; LANES];
    for (word, lanes) in words.into_iter().enumerate() {
        let mut values = [0u32; LANES];
        // SAFETY: these are 64 bytes; the store needs no alignment.
        unsafe { _mm512_storeu_si512(values.as_mut_ptr().cast(), lanes) };
        for (state, value) in states.iter_mut().zip(values) {
            state[word] = value;
        }
    }
    states
}

/// The words of the block that begins at byte `at` of each message.
///
/// # Safety
/// Each message goes on for 64 bytes from there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn blocks(messages: &[&[u8]; LANES], at: usize) -> [__m512i; BLOCK / 4] {
    let mut rows = [_mm512_setzero_si512(); LANES];
    for (row, message) in rows.iter_mut().zip(messages) {
        // SAFETY: the block of 64 bytes lies within the message.
        let block = unsafe { message.as_ptr().add(at) };
        // SAFETY: as above; the load needs no alignment.
        *row = unsafe { _mm512_loadu_si512(block.cast()) };
    }
    columns(rows)
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
