//! Products by the instructions of x86-64.

use {
    super::{registers::HALVES, tables},
    crate::gf::mul,
    std::arch::x86_64::*,
};

/// What `gf2p8affineqb` multiplies a byte by: the matrix over GF(2) of the product
/// with a coefficient. Bit b of byte 7 − i says whether bit b of the factor counts
/// for bit i of the product (Intel, "Galois Field New Instructions", 2018).
static MATRICES: [u64; 256] = matrices();

const fn matrices() -> [u64; 256] {
    let mut all = [0; 256];
    let mut coefficient = 0;
    while coefficient < 256 {
        let mut bit = 0;
        while bit < 8 {
            let product = mul(coefficient as u8, 1 << bit) as u64;
            let mut of = 0;
            while of < 8 {
                all[coefficient] |= (product >> of & 1) << ((7 - of) * 8 + bit);
                of += 1;
            }
            bit += 1;
        }
        coefficient += 1;
    }
    all
}

engine!(
    gfni512,
    add_gfni512,
    "avx512f,gfni",
    __m512i,
    64,
    _mm512_setzero_si512,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_xor_si512,
    __m512i,
    matrix512,
    affine512
);

engine!(
    gfni256,
    add_gfni256,
    "avx2,gfni",
    __m256i,
    32,
    _mm256_setzero_si256,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_xor_si256,
    __m256i,
    matrix256,
    affine256
);

engine!(
    avx2,
    add_avx2,
    "avx2",
    __m256i,
    32,
    _mm256_setzero_si256,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_xor_si256,
    [__m256i; 2],
    halves256,
    shuffle256
);

#[inline]
#[target_feature(enable = "avx512f,gfni")]
fn matrix512(coefficient: u8) -> __m512i {
    _mm512_set1_epi64(MATRICES[usize::from(coefficient)] as i64)
}

#[inline]
#[target_feature(enable = "avx512f,gfni")]
fn affine512(factor: __m512i, matrix: __m512i) -> __m512i {
    _mm512_gf2p8affine_epi64_epi8::<0>(factor, matrix)
}

#[inline]
#[target_feature(enable = "avx2,gfni")]
fn matrix256(coefficient: u8) -> __m256i {
    _mm256_set1_epi64x(MATRICES[usize::from(coefficient)] as i64)
}

#[inline]
#[target_feature(enable = "avx2,gfni")]
fn affine256(factor: __m256i, matrix: __m256i) -> __m256i {
    _mm256_gf2p8affine_epi64_epi8::<0>(factor, matrix)
}

#[inline]
#[target_feature(enable = "avx2")]
fn halves256(coefficient: u8) -> [__m256i; 2] {
    let [low, high] = &HALVES[usize::from(coefficient)];
    // SAFETY: each half has 16 bytes; the load needs no alignment.
    let load = |half: &[u8; 16]| unsafe { _mm_loadu_si128(half.as_ptr().cast()) };
    [
        _mm256_broadcastsi128_si256(load(low)),
        _mm256_broadcastsi128_si256(load(high)),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn shuffle256(factor: __m256i, [low, high]: [__m256i; 2]) -> __m256i {
    let mask = _mm256_set1_epi8(0x0f);
    let of_low = _mm256_and_si256(factor, mask);
    let of_high = _mm256_and_si256(_mm256_srli_epi64::<4>(factor), mask);
    _mm256_xor_si256(
        _mm256_shuffle_epi8(low, of_low),
        _mm256_shuffle_epi8(high, of_high),
    )
}
