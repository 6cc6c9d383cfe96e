//! Four messages side by side by the SHA extensions of x86-64: a round waits four
//! cycles for the one before, in which the other messages take theirs.

use std::{arch::x86_64::*, array::from_fn};

/// Messages at once. Sixteen registers do not hold all that four have; still they are
/// faster than two or three.
const LANES: usize = 4;

const BLOCK: usize = 64;

/// FIPS 180-4, 5.3.3.
const START: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// FIPS 180-4, 4.2.2.
static ROUNDS: [[u32; 4]; 16] = [
    [0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5],
    [0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5],
    [0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3],
    [0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174],
    [0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc],
    [0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da],
    [0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7],
    [0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967],
    [0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13],
    [0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85],
    [0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3],
    [0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070],
    [0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5],
    [0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3],
    [0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208],
    [0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2],
];

pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1")
}

/// The hashes of pieces of `length` bytes, as many as go in fours.
pub(super) fn hash_each(bytes: &[u8], length: usize, hashes: &mut Vec<[u8; 32]>) {
    for several in bytes.chunks_exact(LANES * length) {
        let lanes: [&[u8]; LANES] = from_fn(|lane| &several[lane * length..(lane + 1) * length]);
        hashes.extend(hash(lanes).map(bytes_of));
    }
}

fn bytes_of(state: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (four, word) in bytes.chunks_exact_mut(4).zip(state) {
        four.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

/// The states after messages of one length.
fn hash(messages: [&[u8]; LANES]) -> [[u32; 8]; LANES] {
    let length = messages[0].len();
    let whole = length / BLOCK * BLOCK;
    let mut states = [START; LANES];
    // FIPS 180-4, 5.1.1: a bit, zeros, and the length in bits.
    let mut ends = [[0; 2 * BLOCK]; LANES];
    let padded = (length - whole + 9).next_multiple_of(BLOCK);
    for (end, message) in ends.iter_mut().zip(messages) {
        let rest = &message[whole..];
        end[..rest.len()].copy_from_slice(rest);
        end[rest.len()] = 0x80;
        end[padded - 8..padded].copy_from_slice(&(8 * length as u64).to_be_bytes());
    }
    // SAFETY: `is_available` was asked; all messages hold `whole` bytes, and all
    // ends `padded`, which are blocks.
    unsafe {
        take(&mut states, messages, whole);
        take(&mut states, from_fn(|lane| &ends[lane][..]), padded);
    }
    states
}

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
            let sum = _mm_add_epi32(words[$a], constants);
            $lower[lane] = _mm_sha256rnds2_epu32($lower[lane], $upper[lane], sum);
            let sum = _mm_shuffle_epi32::<0x0e>(sum);
            $upper[lane] = _mm_sha256rnds2_epu32($upper[lane], $lower[lane], sum);
        }
    };
}

/// Takes blocks into the states.
///
/// # Safety
/// Each message holds `length` bytes, a multiple of 64.
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
unsafe fn take(states: &mut [[u32; 8]; LANES], messages: [&[u8]; LANES], length: usize) {
    // Bytes of a word the other way round.
    let order = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let mut upper = [_mm_setzero_si128(); LANES];
    let mut lower = [_mm_setzero_si128(); LANES];
    for lane in 0..LANES {
        (upper[lane], lower[lane]) = turned(&states[lane]);
    }
    let mut at = 0;
    while at < length {
        let before = (upper, lower);
        let mut words = [[_mm_setzero_si128(); 4]; LANES];
        for lane in 0..LANES {
            for (four, word) in words[lane].iter_mut().enumerate() {
                // SAFETY: the block of 64 bytes lies within the message.
                let bytes = unsafe { messages[lane].as_ptr().add(at + 16 * four) };
                // SAFETY: as above; the load needs no alignment.
                let bytes = unsafe { _mm_loadu_si128(bytes.cast()) };
                *word = _mm_shuffle_epi8(bytes, order);
            }
        }
        // The places of words are written out: so they stay in registers.
        for quarter in 0..4 {
            four_rounds!(quarter, words, upper, lower, 0, 1, 2, 3);
            four_rounds!(quarter, words, upper, lower, 1, 2, 3, 0);
            four_rounds!(quarter, words, upper, lower, 2, 3, 0, 1);
            four_rounds!(quarter, words, upper, lower, 3, 0, 1, 2);
        }
        for lane in 0..LANES {
            upper[lane] = _mm_add_epi32(upper[lane], before.0[lane]);
            lower[lane] = _mm_add_epi32(lower[lane], before.1[lane]);
        }
        at += BLOCK;
    }
    for lane in 0..LANES {
        states[lane] = turned_back(upper[lane], lower[lane]);
    }
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
