//! Arithmetic in GF(2^8) modulo x⁸+x⁴+x³+x²+1 (0x11d), the field of the
//! recovery code (`docs/format/recovery.md`).

const POLYNOMIAL: u16 = 0x11d;

const TABLES: ([u8; 512], [u8; 256]) = tables();

/// Powers of x, twice over so that sums of logarithms need no reduction.
const EXP: [u8; 512] = TABLES.0;

/// Logarithms to the base x; that of zero is never used.
const LOG: [u8; 256] = TABLES.1;

const fn tables() -> ([u8; 512], [u8; 256]) {
    let (mut exp, mut log) = ([0; 512], [0; 256]);
    let (mut power, mut n) = (1u16, 0);
    while n < 255 {
        exp[n] = power as u8;
        exp[n + 255] = power as u8;
        log[power as usize] = n as u8;
        power <<= 1;
        if power & 0x100 != 0 {
            power ^= POLYNOMIAL;
        }
        n += 1;
    }
    (exp, log)
}

/// The product.
pub const fn mul(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    EXP[LOG[a as usize] as usize + LOG[b as usize] as usize]
}

/// The number whose product with `a` is 1; 0 for 0, which has none.
pub const fn inverse(a: u8) -> u8 {
    if a == 0 {
        return 0;
    }
    EXP[255 - LOG[a as usize] as usize]
}

#[cfg(test)]
pub(crate) mod naive {
    /// Multiplication of polynomials, bit by bit.
    pub fn mul(a: u8, b: u8) -> u8 {
        let mut product = 0u16;
        for bit in 0..8 {
            if b >> bit & 1 == 1 {
                product ^= u16::from(a) << bit;
            }
        }
        for bit in (8..16).rev() {
            if product >> bit & 1 == 1 {
                product ^= 0x11d << (bit - 8);
            }
        }
        product as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_polynomials() {
        for a in 0..=255 {
            for b in 0..=255 {
                assert_eq!(mul(a, b), naive::mul(a, b), "{a} × {b}");
            }
        }
    }

    #[test]
    fn every_number_but_zero_has_an_inverse() {
        assert!((1..=255).all(|a| mul(a, inverse(a)) == 1));
        assert_eq!(inverse(0), 0);
    }

    /// Known values of this field (ISA-L, erasure_code/ec_base.h).
    #[test]
    fn inverses_are_the_published_ones() {
        assert_eq!([1, 2, 3, 4, 5].map(inverse), [0x01, 0x8e, 0xf4, 0x47, 0xa7]);
    }
}
