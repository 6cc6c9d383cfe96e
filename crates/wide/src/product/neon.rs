//! Products by the instructions of AArch64: shuffles of 16 bytes as look-ups of half
//! a byte.

use {
    super::{registers::HALVES, tables},
    std::arch::aarch64::*,
};

engine!(
    neon,
    add_neon,
    "neon",
    uint8x16_t,
    16,
    zero,
    vld1q_u8,
    vst1q_u8,
    veorq_u8,
    [uint8x16_t; 2],
    halves,
    shuffle
);

#[inline]
#[target_feature(enable = "neon")]
fn zero() -> uint8x16_t {
    vdupq_n_u8(0)
}

#[inline]
#[target_feature(enable = "neon")]
fn halves(coefficient: u8) -> [uint8x16_t; 2] {
    let [low, high] = &HALVES[usize::from(coefficient)];
    // SAFETY: each half has 16 bytes; the load needs no alignment.
    let load = |half: &[u8; 16]| unsafe { vld1q_u8(half.as_ptr()) };
    [load(low), load(high)]
}

#[inline]
#[target_feature(enable = "neon")]
fn shuffle(factor: uint8x16_t, [low, high]: [uint8x16_t; 2]) -> uint8x16_t {
    let of_low = vandq_u8(factor, vdupq_n_u8(0x0f));
    let of_high = vshrq_n_u8::<4>(factor);
    veorq_u8(vqtbl1q_u8(low, of_low), vqtbl1q_u8(high, of_high))
}
