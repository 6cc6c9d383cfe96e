//! Matrices over GF(2^8), multiplied with the bytes of many streams.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[macro_use]
mod registers;
#[cfg(target_arch = "aarch64")]
mod neon;
mod tables;
#[cfg(target_arch = "x86_64")]
mod x86;

use {self::tables::Tables, std::array::from_fn};

/// The instructions that products are worked out with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Look-ups, on any machine.
    Tables,
    /// Shuffles of 16 bytes as look-ups of half a byte.
    Neon,
    /// Shuffles of 32 bytes as look-ups of half a byte.
    Avx2,
    /// Galois Field New Instructions on 32 and on 64 bytes.
    Gfni256,
    Gfni512,
}

/// A matrix over GF(2^8), ready to be multiplied with the bytes of streams.
#[derive(Debug, Clone)]
pub struct Products {
    columns: usize,
    /// Row by row.
    coefficients: Vec<u8>,
    engine: Engine,
    tables: Option<Tables>,
}

/// Bytes of each stream that are worked on at once: those of the outputs stay in
/// the nearest cache, and each input is read a while in a row.
const TILE: usize = 4096;

/// Outputs and inputs that pass through registers together.
const ROWS: usize = 4;
const COLUMNS: usize = 4;

impl Engine {
    const ALL: [Self; 5] = [
        Self::Gfni512,
        Self::Gfni256,
        Self::Avx2,
        Self::Neon,
        Self::Tables,
    ];

    /// Those that this machine has, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|engine| engine.is_available())
    }

    /// The fastest that this machine has.
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self::Tables)
    }

    fn is_available(self) -> bool {
        match self {
            Self::Tables => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Self::Gfni256 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("gfni"),
            #[cfg(target_arch = "x86_64")]
            Self::Gfni512 => {
                is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("gfni")
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            _ => false,
        }
    }
}

impl Products {
    /// A matrix of rows of so many columns, by the fastest engine.
    ///
    /// # Panics
    /// When a row has another number of coefficients.
    pub fn new(matrix: &[Vec<u8>], columns: usize) -> Self {
        Self::by(Engine::best(), matrix, columns)
    }

    /// The same by an engine that may be slower; by tables, where this machine has
    /// it not.
    ///
    /// # Panics
    /// When a row has another number of coefficients.
    pub fn by(engine: Engine, matrix: &[Vec<u8>], columns: usize) -> Self {
        assert!(matrix.iter().all(|row| row.len() == columns));
        let engine = match engine.is_available() {
            true => engine,
            false => Engine::Tables,
        };
        Self {
            columns,
            coefficients: matrix.concat(),
            engine,
            tables: (engine == Engine::Tables).then(|| Tables::new(matrix, columns)),
        }
    }

    /// How many streams it makes.
    pub fn outputs(&self) -> usize {
        match self.columns {
            0 => 0,
            columns => self.coefficients.len() / columns,
        }
    }

    /// How many streams it reads.
    pub const fn inputs(&self) -> usize {
        self.columns
    }

    /// Overwrites `outputs` with what follows from `inputs` at the same byte
    /// positions. An input that is shorter than the outputs counts as zeros from
    /// its end on; what it has beyond them is not read.
    ///
    /// # Panics
    /// When the number of inputs or outputs is not that of the matrix, or the
    /// outputs are not of one length.
    pub fn mix<I: AsRef<[u8]>, O: AsMut<[u8]>>(&self, inputs: &[I], outputs: &mut [O]) {
        let inputs: Vec<&[u8]> = inputs.iter().map(AsRef::as_ref).collect();
        let mut outputs: Vec<&mut [u8]> = outputs.iter_mut().map(AsMut::as_mut).collect();
        assert_eq!(inputs.len(), self.columns, "one input a column");
        assert_eq!(outputs.len(), self.outputs(), "one output a row");
        let length = outputs.first().map_or(0, |output| output.len());
        assert!(outputs.iter().all(|output| output.len() == length));
        if let Some(tables) = &self.tables {
            return tables.mix(&inputs, &mut outputs);
        }
        for start in (0..length).step_by(TILE) {
            let end = length.min(start + TILE);
            let parts = inputs.iter();
            let parts = parts.map(|input| &input[input.len().min(start)..input.len().min(end)]);
            let parts: Vec<&[u8]> = parts.collect();
            let tile = outputs.iter_mut().map(|output| &mut output[start..end]);
            let mut tile: Vec<&mut [u8]> = tile.collect();
            tile.iter_mut().for_each(|output| output.fill(0));
            for (group, rows) in tile.chunks_mut(ROWS).enumerate() {
                self.add(group * ROWS, &parts, rows);
            }
        }
    }

    /// Adds all products to some rows from the row `first` on.
    fn add(&self, first: usize, parts: &[&[u8]], rows: &mut [&mut [u8]]) {
        let length = rows[0].len();
        let mut column = 0;
        while let Some(part) = parts.get(column) {
            let several = parts[column..].first_chunk::<COLUMNS>();
            let several = several.filter(|parts| parts.iter().all(|part| part.len() == length));
            column += match several {
                Some(several) => {
                    self.add_columns(first, column, several, rows);
                    COLUMNS
                }
                None => {
                    self.add_columns(first, column, &[part], rows);
                    1
                }
            };
        }
    }

    fn add_columns<const C: usize>(
        &self,
        first: usize,
        column: usize,
        parts: &[&[u8]; C],
        rows: &mut [&mut [u8]],
    ) {
        match rows {
            [a, b, c, d] => self.add_block(first, column, parts, [a, b, c, d]),
            [a, b, c] => self.add_block(first, column, parts, [a, b, c]),
            [a, b] => self.add_block(first, column, parts, [a, b]),
            rows => rows
                .iter_mut()
                .enumerate()
                .for_each(|(at, row)| self.add_block(first + at, column, parts, [row])),
        }
    }

    /// Adds the products of a few columns to a few rows.
    fn add_block<const R: usize, const C: usize>(
        &self,
        first: usize,
        column: usize,
        parts: &[&[u8]; C],
        rows: [&mut [u8]; R],
    ) {
        let coefficient = |row, of| self.coefficients[(first + row) * self.columns + column + of];
        let block: [[u8; C]; R] = from_fn(|row| from_fn(|of| coefficient(row, of)));
        match self.engine {
            #[cfg(target_arch = "x86_64")]
            Engine::Gfni512 => x86::gfni512(block, parts, rows),
            #[cfg(target_arch = "x86_64")]
            Engine::Gfni256 => x86::gfni256(block, parts, rows),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2 => x86::avx2(block, parts, rows),
            #[cfg(target_arch = "aarch64")]
            Engine::Neon => neon::neon(block, parts, rows),
            _ => tables::add(block, parts, rows, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::gf::naive, proptest::prelude::*};

    /// The products as they are defined, byte by byte.
    fn naive_mix(matrix: &[Vec<u8>], inputs: &[Vec<u8>], length: usize) -> Vec<Vec<u8>> {
        let product = |row: &Vec<u8>, at: usize| {
            let terms = row.iter().zip(inputs);
            terms.fold(0, |sum, (coefficient, input)| {
                sum ^ naive::mul(*coefficient, input.get(at).copied().unwrap_or(0))
            })
        };
        matrix
            .iter()
            .map(|row| (0..length).map(|at| product(row, at)).collect())
            .collect()
    }

    #[test]
    fn every_coefficient_multiplies_every_byte() {
        let all: Vec<u8> = (0..=255).collect();
        for engine in Engine::available() {
            for coefficient in 0..=255 {
                let matrix = [vec![coefficient]];
                let mut output = [vec![7; 256]];
                Products::by(engine, &matrix, 1).mix(&[&all], &mut output);
                let expected = naive_mix(&matrix, std::slice::from_ref(&all), 256);
                assert_eq!(output, expected[..], "{engine:?} {coefficient}");
            }
        }
    }

    fn streams() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<Vec<u8>>, usize)> {
        (1usize..11, 1usize..11, 0usize..9000).prop_flat_map(|(rows, columns, length)| {
            let input = prop_oneof![
                3 => prop::collection::vec(any::<u8>(), length),
                1 => prop::collection::vec(any::<u8>(), 0..=length),
                1 => prop::collection::vec(any::<u8>(), length + 5),
            ];
            let row = prop::collection::vec(any::<u8>(), columns);
            (
                prop::collection::vec(row, rows),
                prop::collection::vec(input, columns),
                Just(length),
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn engines_agree_with_the_definition((matrix, inputs, length) in streams()) {
            let expected = naive_mix(&matrix, &inputs, length);
            for engine in Engine::available() {
                let mut outputs = vec![vec![0xaa; length]; matrix.len()];
                Products::by(engine, &matrix, inputs.len()).mix(&inputs, &mut outputs);
                prop_assert_eq!(&outputs, &expected, "{:?}", engine);
            }
        }
    }
}
