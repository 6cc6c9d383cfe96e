//! What the engines have in common.

use crate::gf::mul;

/// The products of a coefficient with the lower and the upper half of a byte.
pub(super) static HALVES: [[[u8; 16]; 2]; 256] = halves();

const fn halves() -> [[[u8; 16]; 2]; 256] {
    let mut all = [[[0; 16]; 2]; 256];
    let mut coefficient = 0;
    while coefficient < 256 {
        let mut half = 0;
        while half < 16 {
            all[coefficient][0][half] = mul(coefficient as u8, half as u8);
            all[coefficient][1][half] = mul(coefficient as u8, (half as u8) << 4);
            half += 1;
        }
        coefficient += 1;
    }
    all
}

/// A way to add products: whole registers here, the rest by `mul`.
macro_rules! engine {
    ($name:ident, $inner:ident, $features:literal, $register:ty, $bytes:literal,
     $zero:ident, $load:ident, $store:ident, $xor:ident, $table:ty, $prepare:ident, $product:ident) => {
        /// The processor must have the features: who chooses the engine asks.
        pub(super) fn $name<const R: usize, const C: usize>(
            block: [[u8; C]; R],
            parts: &[&[u8]; C],
            mut rows: [&mut [u8]; R],
        ) {
            let length = parts.iter().map(|part| part.len()).min().unwrap_or(0);
            let length = rows.iter().map(|row| row.len()).fold(length, usize::min);
            let whole = length / $bytes * $bytes;
            // SAFETY: `Engine::is_available` was asked before this engine was
            // chosen, and all streams hold `whole` bytes.
            unsafe { $inner(&block, parts, &mut rows, whole) };
            tables::add(block, parts, rows, whole);
        }

        /// # Safety
        /// All streams hold `whole` bytes, a multiple of the register's.
        #[target_feature(enable = $features)]
        unsafe fn $inner<const R: usize, const C: usize>(
            block: &[[u8; C]; R],
            parts: &[&[u8]; C],
            rows: &mut [&mut [u8]; R],
            whole: usize,
        ) {
            let mut tables: [[$table; C]; R] = [[$prepare(0); C]; R];
            for (tables, coefficients) in tables.iter_mut().zip(block) {
                for (table, coefficient) in tables.iter_mut().zip(coefficients) {
                    *table = $prepare(*coefficient);
                }
            }
            let mut at = 0;
            while at < whole {
                let mut factors: [$register; C] = [$zero(); C];
                for of in 0..C {
                    // SAFETY: the part holds `whole` bytes; the load needs no
                    // alignment.
                    factors[of] = unsafe { $load(parts[of].as_ptr().add(at).cast()) };
                }
                for row in 0..R {
                    // SAFETY: the row holds `whole` bytes.
                    let place = unsafe { rows[row].as_mut_ptr().add(at) };
                    // SAFETY: as above; the load needs no alignment.
                    let mut sum = unsafe { $load(place.cast()) };
                    for of in 0..C {
                        sum = $xor(sum, $product(factors[of], tables[row][of]));
                    }
                    // SAFETY: as above; the store needs no alignment.
                    unsafe { $store(place.cast(), sum) };
                }
                at += $bytes;
            }
        }
    };
}
