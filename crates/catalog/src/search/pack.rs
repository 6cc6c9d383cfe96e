//! A block: at most 128 ascending rows in few bytes.
//!
//! ```text
//!   0      tag: 0 to 32, 64 to 95, or 255
//!   1..    tag ≤ 32: gaps of `tag` bits each, the lowest bits first
//!          tag 64 + n: the n lowest bits of each gap, then what is above
//!          them: as many zeros, and a one (Rice coding)
//!          tag 255: as tag 64, in indexes of version 1: one bit a row, from
//!          the first row that may follow to the last row of the block
//! ```
//!
//! The gap of a row is its distance from the first row that may follow its
//! predecessor: 0 for a neighbour.

pub(super) const BLOCK: usize = 128;

const RICE: u8 = 64;
const LAST_RICE: u8 = RICE + 31;
const BITMAP: u8 = 255;

/// The longest block: 128 gaps of 32 bits.
pub(super) const MAX_BYTES: usize = 1 + BLOCK * 4;

/// Writes `rows`, of which the first is at least `base`.
pub(super) fn put(out: &mut Vec<u8>, base: u32, rows: &[u32]) {
    if rows.is_empty() {
        return;
    }
    let bits = gaps(base, rows).fold(0, |all, gap| all | gap);
    let width = u32::BITS - bits.leading_zeros();
    let packed = bytes_of(rows.len(), width);
    let (low, rice) = rice_of(base, rows);
    if rice < packed {
        out.push(RICE + low as u8);
        let mask = (1 << low) - 1;
        put_bits(out, gaps(base, rows).map(|gap| gap & mask), low);
        put_unary(
            out,
            gaps(base, rows).map(|gap| gap >> low),
            rice - bytes_of(rows.len(), low),
        );
    } else {
        out.push(width as u8);
        put_bits(out, gaps(base, rows), width);
    }
}

/// Bytes of so many numbers of `width` bits.
const fn bytes_of(numbers: usize, width: u32) -> usize {
    (numbers * width as usize).div_ceil(8)
}

/// How many low bits make Rice coding shortest, and how many bytes it takes.
fn rice_of(base: u32, rows: &[u32]) -> (u32, usize) {
    let mean = gaps(base, rows).map(u64::from).sum::<u64>() / rows.len() as u64;
    // The best is near the binary logarithm of the mean.
    let middle = mean.checked_ilog2().unwrap_or(0);
    let bytes = |low: u32| {
        let above: u64 = gaps(base, rows).map(|gap| u64::from(gap >> low)).sum();
        bytes_of(rows.len(), low) + (above as usize + rows.len()).div_ceil(8)
    };
    let lows = middle.saturating_sub(2)..=(middle + 1).min(31);
    lows.map(|low| (low, bytes(low)))
        .min_by_key(|(_, bytes)| *bytes)
        .expect("there are several")
}

fn gaps(base: u32, rows: &[u32]) -> impl Iterator<Item = u32> {
    let before = std::iter::once(base).chain(rows.iter().map(|row| row.saturating_add(1)));
    rows.iter().zip(before).map(|(row, base)| row - base)
}

fn put_bits(out: &mut Vec<u8>, numbers: impl Iterator<Item = u32>, width: u32) {
    let (mut bits, mut held) = (0u64, 0);
    for number in numbers {
        bits |= u64::from(number) << held;
        held += width;
        if held >= 32 {
            out.extend_from_slice(&(bits as u32).to_le_bytes());
            bits >>= 32;
            held -= 32;
        }
    }
    let rest = held.div_ceil(8) as usize;
    out.extend_from_slice(&bits.to_le_bytes()[..rest]);
}

/// As many zeros as each number says, and a one behind them.
fn put_unary(out: &mut Vec<u8>, numbers: impl Iterator<Item = u32>, bytes: usize) {
    let start = out.len();
    out.resize(start + bytes, 0);
    let mut bit = 0;
    for number in numbers {
        bit += number as usize;
        out[start + bit / 8] |= 1 << (bit % 8);
        bit += 1;
    }
}

/// Reads `count` rows from a block; `None` when it does not hold them.
pub(super) fn take(bytes: &[u8], base: u32, count: usize, rows: &mut [u32; BLOCK]) -> Option<()> {
    let (tag, body) = bytes.split_first()?;
    let rows = rows.get_mut(..count)?;
    match *tag {
        width @ 0..=32 => take_gaps(body, base, u32::from(width), rows),
        tag @ RICE..=LAST_RICE => take_rice(body, base, u32::from(tag - RICE), rows),
        BITMAP => take_rice(body, base, 0, rows),
        _ => None,
    }
}

fn take_gaps(body: &[u8], base: u32, width: u32, rows: &mut [u32]) -> Option<()> {
    let numbers = Numbers::new(body, rows.len(), width)?;
    let mut next = u64::from(base);
    for (at, row) in rows.iter_mut().enumerate() {
        next += numbers.get(at);
        *row = next as u32;
        next += 1;
    }
    is_row_end(next)
}

fn take_rice(body: &[u8], base: u32, low: u32, rows: &mut [u32]) -> Option<()> {
    let lows = Numbers::new(body, rows.len(), low)?;
    let (mut found, mut next, mut bit) = (0, u64::from(base), 0);
    for (word, bytes) in body[bytes_of(rows.len(), low)..].chunks(8).enumerate() {
        let mut padded = [0; 8];
        padded[..bytes.len()].copy_from_slice(bytes);
        let mut bits = u64::from_le_bytes(padded);
        while bits != 0 && found < rows.len() {
            let one = word as u64 * 64 + u64::from(bits.trailing_zeros());
            next += ((one - bit) << low) + lows.get(found);
            rows[found] = next as u32;
            next += 1;
            found += 1;
            bit = one + 1;
            bits &= bits - 1;
        }
    }
    (found == rows.len()).then(|| is_row_end(next))?
}

/// Whether a row before this one has 32 bits.
fn is_row_end(next: u64) -> Option<()> {
    (next <= u64::from(u32::MAX) + 1).then_some(())
}

/// Numbers of the same width, one behind the other.
struct Numbers {
    /// Eight bytes more, so that every number is read in one step.
    padded: [u8; BLOCK * 4 + 8],
    width: usize,
    mask: u64,
}

impl Numbers {
    fn new(body: &[u8], count: usize, width: u32) -> Option<Self> {
        let bytes = bytes_of(count, width);
        let mut padded = [0; BLOCK * 4 + 8];
        padded[..bytes].copy_from_slice(body.get(..bytes)?);
        Some(Self {
            padded,
            width: width as usize,
            mask: (1 << width) - 1,
        })
    }

    #[inline]
    fn get(&self, at: usize) -> u64 {
        let bit = at * self.width;
        let word = self.padded[bit / 8..].first_chunk().copied();
        u64::from_le_bytes(word.unwrap_or_default()) >> (bit % 8) & self.mask
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn round(base: u32, rows: &[u32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes, base, rows);
        let mut back = [0; BLOCK];
        take(&bytes, base, rows.len(), &mut back).unwrap();
        assert_eq!(&back[..rows.len()], rows);
        assert!(bytes.len() <= MAX_BYTES);
        bytes
    }

    #[test]
    fn neighbours_cost_nothing_and_dense_blocks_a_bit_a_row() {
        let run: Vec<u32> = (7..135).collect();
        assert_eq!(round(7, &run).len(), 1);
        let dense: Vec<u32> = (0..128).map(|n| n + n / 16 * 9).collect();
        let mut block = round(0, &dense);
        assert_eq!(block[0], RICE);
        assert_eq!(block.len(), 1 + (127 + 7 * 9) / 8 + 1);
        block[0] = BITMAP;
        let mut back = [0; BLOCK];
        take(&block, 0, 128, &mut back).unwrap();
        assert_eq!(back[..], dense);
        round(0, &[0, u32::MAX]);
        round(u32::MAX, &[u32::MAX]);
    }

    #[test]
    fn one_wide_gap_does_not_make_all_wide() {
        let rows: Vec<u32> = (0..128).map(|n| n * 40 + n / 100 * 3_000).collect();
        let block = round(0, &rows);
        assert_eq!((block[0], block.len()), (RICE + 6, 1 + 112 + 6));
    }

    proptest! {
        #[test]
        fn any_rows_come_back(
            base in 0..1000u32,
            gaps in proptest::collection::vec(prop_oneof![0..4u32, 0..5000u32, 0..20_000_000u32], 1..128),
        ) {
            let mut next = base;
            let rows: Vec<u32> = gaps.iter().map(|gap| { let row = next + gap; next = row + 1; row }).collect();
            round(base, &rows);
        }

        #[test]
        fn foreign_bytes_never_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            base in any::<u32>(),
            count in 0..=128usize,
        ) {
            let mut rows = [0; BLOCK];
            if take(&bytes, base, count, &mut rows).is_some() {
                prop_assert!(rows[..count].is_sorted());
            }
        }
    }
}
