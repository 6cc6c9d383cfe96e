//! Products by look-ups alone.

use crate::gf::mul;

/// For each column and group of up to eight rows, by a byte of that column, the
/// products with all eight coefficients in one word: one look-up a byte serves
/// eight rows.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    columns: usize,
    /// Group by group of rows, then column by column.
    tables: Vec<[u64; 256]>,
}

/// Rows that share a word.
const GROUP: usize = 8;

/// Byte positions that are worked on at once, so that their words stay in the
/// nearest cache.
const BLOCK: usize = 2048;

impl Tables {
    pub(super) fn new(matrix: &[Vec<u8>], columns: usize) -> Self {
        let groups = matrix.chunks(GROUP);
        let tables = groups.flat_map(|group| (0..columns).map(|column| table(group, column)));
        Self {
            columns,
            tables: tables.collect(),
        }
    }

    pub(super) fn mix(&self, inputs: &[&[u8]], outputs: &mut [&mut [u8]]) {
        let groups = self.tables.chunks(self.columns.max(1));
        for (tables, outputs) in groups.zip(outputs.chunks_mut(GROUP)) {
            mix_group(tables, inputs, outputs);
        }
    }
}

fn table(group: &[Vec<u8>], column: usize) -> [u64; 256] {
    std::array::from_fn(|byte| {
        let mut products = [0; GROUP];
        for (product, row) in products.iter_mut().zip(group) {
            *product = mul(byte as u8, row[column]);
        }
        u64::from_le_bytes(products)
    })
}

fn mix_group(tables: &[[u64; 256]], inputs: &[&[u8]], outputs: &mut [&mut [u8]]) {
    let length = outputs.first().map_or(0, |output| output.len());
    for start in (0..length).step_by(BLOCK) {
        let end = length.min(start + BLOCK);
        let mut sums = [0u64; BLOCK];
        for (table, input) in tables.iter().zip(inputs) {
            let part = &input[input.len().min(start)..input.len().min(end)];
            for (sum, byte) in sums.iter_mut().zip(part) {
                *sum ^= table[usize::from(*byte)];
            }
        }
        for (lane, output) in outputs.iter_mut().enumerate() {
            for (byte, sum) in output[start..end].iter_mut().zip(&sums) {
                *byte = (sum >> (8 * lane)) as u8;
            }
        }
    }
}

/// Adds the products of a few columns to a few rows from the byte `from` on: what
/// is too short for a register.
pub(super) fn add<const R: usize, const C: usize>(
    block: [[u8; C]; R],
    parts: &[&[u8]; C],
    rows: [&mut [u8]; R],
    from: usize,
) {
    for (coefficients, row) in block.iter().zip(rows) {
        for (coefficient, part) in coefficients.iter().zip(parts) {
            let rest = part.get(from..).unwrap_or_default();
            for (sum, byte) in row.iter_mut().skip(from).zip(rest) {
                *sum ^= mul(*coefficient, *byte);
            }
        }
    }
}
