//! The recovery code: systematic Reed–Solomon over GF(2^8) with the Cauchy
//! generator of ISA-L (`docs/format/recovery.md`).
//!
//! Rows 0 to k−1 are the data shards themselves, row k+j is recovery shard j.
//! Any k rows give all others, byte position by byte position.

use {
    longplay_wide::{
        Products,
        gf::{inverse, mul},
    },
    thiserror::Error,
};

/// A geometry: `k` data shards and `m` recovery shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    k: u8,
    m: u8,
}

/// Why a code cannot be made or used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodeError {
    #[error("{k} + {m} shards: both must be at least 1, and together at most 255")]
    Geometry { k: u8, m: u8 },
    #[error("{found} shards are whole, and {needed} are needed")]
    TooFew { needed: usize, found: usize },
    #[error("there is no shard {row} among {shards}")]
    NoSuchRow { row: usize, shards: usize },
    #[error("shard {row} is named twice")]
    RowTwice { row: usize },
}

impl Code {
    pub const fn new(k: u8, m: u8) -> Result<Self, CodeError> {
        if k == 0 || m == 0 || k as u16 + m as u16 > 255 {
            return Err(CodeError::Geometry { k, m });
        }
        Ok(Self { k, m })
    }

    pub const fn k(self) -> usize {
        self.k as usize
    }

    pub const fn m(self) -> usize {
        self.m as usize
    }

    /// The coefficient of data shard `i` in recovery shard `j`:
    /// 1 / ((k + j) xor i).
    pub const fn coefficient(self, j: u8, i: u8) -> u8 {
        inverse((self.k + j) ^ i)
    }

    /// Row `row` of the generator: `k` coefficients.
    fn generator_row(self, row: usize) -> Vec<u8> {
        (0..self.k)
            .map(|i| match row.checked_sub(self.k()) {
                None => u8::from(usize::from(i) == row),
                Some(j) => self.coefficient(j as u8, i),
            })
            .collect()
    }

    /// Makes all `m` recovery shards from the `k` data shards.
    pub fn encoder(self) -> Products {
        let rows: Vec<usize> = (self.k()..self.k() + self.m()).collect();
        self.row_encoder(&rows)
    }

    /// Makes some recovery shards, by their numbers `j`.
    pub fn encoder_of(self, js: &[u8]) -> Result<Products, CodeError> {
        let rows: Vec<usize> = js.iter().map(|j| self.k() + usize::from(*j)).collect();
        self.check(&rows)?;
        Ok(self.row_encoder(&rows))
    }

    fn row_encoder(self, rows: &[usize]) -> Products {
        let matrix: Vec<Vec<u8>> = rows.iter().map(|row| self.generator_row(*row)).collect();
        Products::new(&matrix, self.k())
    }

    /// Adds what a portion of data shard `i` contributes to the same portion
    /// of each recovery shard; these begin as zeros. `recovery` holds up to
    /// `m` slices, each at least as long as `data`.
    pub fn encode_into(self, i: u8, data: &[u8], recovery: &mut [&mut [u8]]) {
        for (j, shard) in (0u8..).zip(recovery) {
            let coefficient = self.coefficient(j, i);
            let products: [u8; 256] = std::array::from_fn(|byte| mul(byte as u8, coefficient));
            for (sum, byte) in shard.iter_mut().zip(data) {
                *sum ^= products[usize::from(*byte)];
            }
        }
    }

    /// Makes the shards `wanted` from the shards `present`: rows from 0 to
    /// k+m−1, recovery shard j being row k+j.
    ///
    /// The first `k` of `present` are used; [`Products::mix`] takes their bytes
    /// in that order. A data shard that a last stripe lacks is present, as
    /// zeros (an empty slice).
    pub fn rebuilder(self, present: &[usize], wanted: &[usize]) -> Result<Products, CodeError> {
        let present = present.get(..self.k()).ok_or(CodeError::TooFew {
            needed: self.k(),
            found: present.len(),
        })?;
        self.check(present)?;
        self.check(wanted)?;
        let rows = present.iter().map(|row| self.generator_row(*row)).collect();
        let decode = invert(rows).expect("any k rows of a Cauchy generator are independent");
        let matrix: Vec<Vec<u8>> = wanted
            .iter()
            .map(|row| product(&self.generator_row(*row), &decode))
            .collect();
        Ok(Products::new(&matrix, self.k()))
    }

    fn check(self, rows: &[usize]) -> Result<(), CodeError> {
        let shards = self.k() + self.m();
        for (at, row) in rows.iter().enumerate() {
            if *row >= shards {
                return Err(CodeError::NoSuchRow { row: *row, shards });
            }
            if rows[..at].contains(row) {
                return Err(CodeError::RowTwice { row: *row });
            }
        }
        Ok(())
    }
}

/// A row vector times a matrix.
fn product(row: &[u8], matrix: &[Vec<u8>]) -> Vec<u8> {
    (0..row.len())
        .map(|column| {
            let terms = row.iter().zip(matrix);
            terms.fold(0, |sum, (a, line)| sum ^ mul(*a, line[column]))
        })
        .collect()
}

/// Gauss–Jordan elimination; `None` for a singular matrix.
fn invert(mut matrix: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    let size = matrix.len();
    let mut result: Vec<Vec<u8>> = (0..size)
        .map(|row| (0..size).map(|column| u8::from(row == column)).collect())
        .collect();
    for column in 0..size {
        let pivot = (column..size).find(|row| matrix[*row][column] != 0)?;
        matrix.swap(column, pivot);
        result.swap(column, pivot);
        let factor = inverse(matrix[column][column]);
        scale(&mut matrix[column], factor);
        scale(&mut result[column], factor);
        for row in (0..size).filter(|row| *row != column) {
            let factor = matrix[row][column];
            subtract(&mut matrix, row, column, factor);
            subtract(&mut result, row, column, factor);
        }
    }
    Some(result)
}

fn scale(row: &mut [u8], factor: u8) {
    row.iter_mut()
        .for_each(|value| *value = mul(*value, factor));
}

/// `matrix[row] −= factor · matrix[from]`.
fn subtract(matrix: &mut [Vec<u8>], row: usize, from: usize, factor: u8) {
    if factor == 0 {
        return;
    }
    for column in 0..matrix[row].len() {
        let value = mul(matrix[from][column], factor);
        matrix[row][column] ^= value;
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    /// Recovery bytes as the format defines them, without any table.
    fn naive_encode(code: Code, data: &[Vec<u8>], length: usize) -> Vec<Vec<u8>> {
        let coefficient = |j: usize, i: usize| {
            let divisor = (code.k() + j) as u8 ^ i as u8;
            (1..=255).find(|c| mul(*c, divisor) == 1).unwrap()
        };
        (0..code.m())
            .map(|j| {
                let factors: Vec<u8> = (0..code.k()).map(|i| coefficient(j, i)).collect();
                (0..length)
                    .map(|x| {
                        (0..code.k()).fold(0, |sum, i| {
                            let byte = data[i].get(x).copied().unwrap_or(0);
                            sum ^ mul(factors[i], byte)
                        })
                    })
                    .collect()
            })
            .collect()
    }

    /// `gf_gen_cauchy1_matrix(a, 14, 10)` of ISA-L: first and last recovery row.
    #[test]
    fn the_generator_is_that_of_isal() {
        let code = Code::new(10, 4).unwrap();
        let row = |j| (0..10).map(|i| code.coefficient(j, i)).collect::<Vec<_>>();
        let inverses = |numbers: [u8; 10]| numbers.map(inverse).to_vec();
        assert_eq!(row(0), inverses([10, 11, 8, 9, 14, 15, 12, 13, 2, 3]));
        assert_eq!(row(3), inverses([13, 12, 15, 14, 9, 8, 11, 10, 5, 4]));
        assert_eq!(row(0)[..4], [0xdd, 0x98, 0xad, 0x9d]);
    }

    #[test]
    fn impossible_geometries_are_refused() {
        for (k, m) in [(0, 1), (1, 0), (200, 56), (255, 255)] {
            assert!(Code::new(k, m).is_err(), "{k}+{m}");
        }
        assert!(Code::new(200, 55).is_ok());
    }

    #[test]
    fn rows_that_do_not_serve_are_refused() {
        let code = Code::new(3, 2).unwrap();
        for (present, wanted) in [
            (&[0, 1][..], &[2][..]),
            (&[0, 1, 1], &[2]),
            (&[0, 1, 5], &[2]),
            (&[0, 1, 3], &[7]),
        ] {
            assert!(code.rebuilder(present, wanted).is_err());
        }
    }

    #[test]
    fn the_largest_code_rebuilds_from_its_last_rows() {
        let code = Code::new(200, 55).unwrap();
        let data: Vec<Vec<u8>> = (0..200).map(|i| vec![i as u8; 3]).collect();
        let mut recovery = vec![vec![0; 3]; 55];
        code.encoder().mix(&data, &mut recovery);
        let present: Vec<usize> = (55..255).collect();
        let wanted: Vec<usize> = (0..55).collect();
        let bytes: Vec<&Vec<u8>> = data[55..].iter().chain(&recovery).collect();
        let mut rebuilt = vec![vec![0; 3]; 55];
        code.rebuilder(&present, &wanted)
            .unwrap()
            .mix(&bytes, &mut rebuilt);
        assert_eq!(rebuilt, data[..55]);
    }

    fn shards() -> impl Strategy<Value = (Code, Vec<Vec<u8>>, usize)> {
        (1u8..24, 1u8..20, 1usize..5000).prop_flat_map(|(k, m, length)| {
            let code = Code::new(k, m).unwrap();
            let shard = prop_oneof![
                3 => prop::collection::vec(any::<u8>(), length),
                1 => prop::collection::vec(any::<u8>(), 0..=length),
            ];
            (
                Just(code),
                prop::collection::vec(shard, code.k()),
                Just(length),
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn coding_agrees_with_the_naive_engine((code, data, length) in shards()) {
            let mut recovery = vec![vec![0xaa; length]; code.m()];
            code.encoder().mix(&data, &mut recovery);
            prop_assert_eq!(&recovery, &naive_encode(code, &data, length));
            let mut summed = vec![vec![0; length]; code.m()];
            for (i, shard) in (0u8..).zip(&data) {
                let mut slices: Vec<&mut [u8]> = summed.iter_mut().map(|s| &mut s[..]).collect();
                code.encode_into(i, shard, &mut slices);
            }
            prop_assert_eq!(summed, recovery);
        }

        #[test]
        fn any_k_shards_give_all_others((code, data, length) in shards(), seed in any::<u64>()) {
            let mut recovery = vec![vec![0; length]; code.m()];
            code.encoder().mix(&data, &mut recovery);
            let all: Vec<Vec<u8>> = data.into_iter().chain(recovery).collect();
            let mut rows: Vec<usize> = (0..all.len()).collect();
            rows.sort_by_key(|row| (*row as u64 + 1).wrapping_mul(seed | 1).rotate_left(29));
            let (present, wanted) = rows.split_at(code.k());
            let inputs: Vec<&Vec<u8>> = present.iter().map(|row| &all[*row]).collect();
            let mut rebuilt = vec![vec![0; length]; wanted.len()];
            code.rebuilder(present, wanted).unwrap().mix(&inputs, &mut rebuilt);
            for (row, mut bytes) in wanted.iter().zip(rebuilt) {
                bytes.truncate(all[*row].len());
                prop_assert_eq!(&bytes, &all[*row]);
            }
        }
    }
}
