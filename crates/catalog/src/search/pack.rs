//! A block: at most 128 ascending rows in few bytes.
//!
//! ```text
//!   0      tag: 0 to 32, or 255
//!   1..    tag ≤ 32: gaps of `tag` bits each, the lowest bits first
//!          tag 255: one bit a row, from the first row that may follow to
//!          the last row of the block
//! ```
//!
//! The gap of a row is its distance from the first row that may follow its
//! predecessor: 0 for a neighbour.

pub(super) const BLOCK: usize = 128;

const BITMAP: u8 = 255;

/// The longest block: 128 gaps of 32 bits.
pub(super) const MAX_BYTES: usize = 1 + BLOCK * 4;

/// Writes `rows`, of which the first is at least `base`.
pub(super) fn put(out: &mut Vec<u8>, base: u32, rows: &[u32]) {
    let Some(last) = rows.last() else { return };
    let bits = gaps(base, rows).fold(0, |all, gap| all | gap);
    let width = (u32::BITS - bits.leading_zeros()) as usize;
    let packed = (rows.len() * width).div_ceil(8);
    let span = (last - base) as usize / 8 + 1;
    if span < packed {
        out.push(BITMAP);
        put_bitmap(out, base, rows, span);
    } else {
        out.push(width as u8);
        put_gaps(out, base, rows, width as u32);
    }
}

fn gaps(base: u32, rows: &[u32]) -> impl Iterator<Item = u32> {
    let before = std::iter::once(base).chain(rows.iter().map(|row| row.saturating_add(1)));
    rows.iter().zip(before).map(|(row, base)| row - base)
}

fn put_bitmap(out: &mut Vec<u8>, base: u32, rows: &[u32], span: usize) {
    let start = out.len();
    out.resize(start + span, 0);
    for row in rows {
        let bit = (row - base) as usize;
        out[start + bit / 8] |= 1 << (bit % 8);
    }
}

fn put_gaps(out: &mut Vec<u8>, base: u32, rows: &[u32], width: u32) {
    let (mut bits, mut held) = (0u64, 0);
    for gap in gaps(base, rows) {
        bits |= u64::from(gap) << held;
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

/// Reads `count` rows from a block; `None` when it does not hold them.
pub(super) fn take(bytes: &[u8], base: u32, count: usize, rows: &mut [u32; BLOCK]) -> Option<()> {
    let (tag, body) = bytes.split_first()?;
    let rows = rows.get_mut(..count)?;
    match *tag {
        width @ 0..=32 => take_gaps(body, base, u32::from(width), rows),
        BITMAP => take_bitmap(body, base, rows),
        _ => None,
    }
}

fn take_gaps(body: &[u8], base: u32, width: u32, rows: &mut [u32]) -> Option<()> {
    let bytes = (rows.len() * width as usize).div_ceil(8);
    // Eight bytes more, so that every gap is read in one step.
    let mut padded = [0; BLOCK * 4 + 8];
    padded[..bytes].copy_from_slice(body.get(..bytes)?);
    let mask = (1u64 << width) - 1;
    let mut next = u64::from(base);
    let mut bit = 0;
    for row in rows {
        let (at, shift) = (bit / 8, bit % 8);
        let word = u64::from_le_bytes(*padded[at..].first_chunk()?);
        next += word >> shift & mask;
        *row = next as u32;
        next += 1;
        bit += width as usize;
    }
    (next <= u64::from(u32::MAX) + 1).then_some(())
}

fn take_bitmap(body: &[u8], base: u32, rows: &mut [u32]) -> Option<()> {
    let mut found = 0;
    for (at, byte) in body.iter().enumerate() {
        let mut bits = *byte;
        while bits != 0 {
            let bit = at as u64 * 8 + u64::from(bits.trailing_zeros());
            *rows.get_mut(found)? = u32::try_from(u64::from(base) + bit).ok()?;
            found += 1;
            bits &= bits - 1;
        }
        if found == rows.len() {
            return Some(());
        }
    }
    None
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
        assert_eq!(round(0, &dense)[0], BITMAP);
        round(0, &[0, u32::MAX]);
        round(u32::MAX, &[u32::MAX]);
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
