//! `DELTA_BINARY_PACKED`: a first number, and how far it is from each to the
//! next.

use {
    super::bits::{packed, zigzag},
    crate::varint,
};

/// No page of ours holds more numbers; a damaged one may claim any.
const MOST: u64 = 1 << 22;

/// What is read at once, and room for the numbers of a part of ours with that
/// much behind them.
const WORD: usize = 8;
const ROOM: usize = 512 + WORD;

/// Bits that are in one word wherever they begin in its first byte.
const NARROW: usize = 57;

#[inline]
fn narrow(room: &[u8; ROOM], bit: usize, width: usize) -> u64 {
    let word = room[bit / 8..].first_chunk().expect("there is room behind");
    u64::from_le_bytes(*word) >> (bit % 8) & ((1 << width) - 1)
}

/// Eight numbers of `width` bits, eight at most: so many bytes hold them.
#[inline]
fn eight_narrow(room: &[u8; ROOM], byte: usize, width: usize) -> [u64; 8] {
    let word = room[byte..].first_chunk().expect("there is room behind");
    let word = u64::from_le_bytes(*word);
    let mask = (1 << width) - 1;
    std::array::from_fn(|at| word >> (at * width) & mask)
}

/// The first `wanted` numbers, or all where there are fewer, and the bytes
/// behind them all.
pub(in crate::table) fn deltas(bytes: &[u8], wanted: usize) -> Option<(Vec<i64>, &[u8])> {
    deltas_until(bytes, wanted, |_| false)
}

/// The same, but for what comes some way after a number that `ends` it; then
/// the bytes are not those behind all numbers.
pub(in crate::table) fn deltas_until(
    mut bytes: &[u8],
    wanted: usize,
    ends: impl Fn(i64) -> bool,
) -> Option<(Vec<i64>, &[u8])> {
    let block = usize::try_from(varint::take(&mut bytes)?).ok()?;
    let parts = usize::try_from(varint::take(&mut bytes)?).ok()?;
    let count = varint::take(&mut bytes).filter(|count| *count <= MOST)? as usize;
    let mut last = zigzag(&mut bytes)?;
    let each = block.checked_div(parts).filter(|each| *each > 0)?;
    let mut numbers = Vec::with_capacity(count.min(wanted));
    let mut room = [0; ROOM];
    let mut passed = count.min(1);
    numbers.extend((passed.min(wanted) > 0).then_some(last));
    while passed < count && !ends(last) {
        let least = zigzag(&mut bytes)?;
        let (widths, rest) = bytes.split_at_checked(parts)?;
        bytes = rest;
        for width in widths.iter().copied().map(usize::from) {
            let held = each.min(count - passed);
            if held == 0 {
                break;
            }
            let (part, rest) = bytes.split_at_checked(each.checked_mul(width)?.div_ceil(8))?;
            bytes = rest;
            passed += held;
            let taken = held.min(wanted.saturating_sub(numbers.len()));
            let mut next = |more: u64| {
                last = last.wrapping_add(least).wrapping_add(more as i64);
                last
            };
            let places = 0..taken;
            if width == 0 {
                numbers.extend(places.map(|_| next(0)));
            } else if width <= NARROW && part.len() + WORD <= ROOM {
                room[..part.len()].copy_from_slice(part);
                let eights = if width <= WORD { taken / 8 } else { 0 };
                for eight in 0..eights {
                    let eight = eight_narrow(&room, eight * width, width);
                    numbers.extend_from_slice(&eight.map(&mut next));
                }
                let places = 8 * eights..taken;
                numbers.extend(places.map(|place| next(narrow(&room, place * width, width))));
            } else {
                numbers.extend(places.map(|place| next(packed(part, place * width, width))));
            }
        }
    }
    Some((numbers, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_format_comes_back() {
        // 7, 5, 3, 1, 2, 3, 4, 5 in blocks of 8 with 1 part.
        let bytes = [8, 1, 8, 14, 3, 2, 0b1100_0000, 0b0011_1111, 99];
        let (numbers, rest) = deltas(&bytes, 9).unwrap();
        assert_eq!(numbers, [7, 5, 3, 1, 2, 3, 4, 5]);
        assert_eq!(rest, [99]);
        for wanted in 0..9 {
            let (few, rest) = deltas(&bytes, wanted).unwrap();
            assert_eq!(few, numbers[..wanted.min(8)]);
            assert_eq!(rest, [99]);
        }
        for cut in 0..8 {
            assert_eq!(deltas(&bytes[..cut], 9), None, "{cut}");
        }
    }

    #[test]
    fn what_comes_after_the_end_may_be_left_out() {
        // 5, 6, 7, … in blocks of 8 with 1 part; the third is missing.
        let bytes = [8, 1, 20, 10, 2, 0, 2, 0];
        assert_eq!(deltas(&bytes, 20), None);
        let (numbers, _) = deltas_until(&bytes, 20, |number| number >= 9).unwrap();
        assert_eq!(numbers, (5..=13).collect::<Vec<_>>());
        let (numbers, _) = deltas_until(&bytes, 20, |number| number >= 20).unwrap();
        assert_eq!(numbers, (5..=21).collect::<Vec<_>>());
    }

    #[test]
    fn none_and_one_need_no_blocks() {
        assert_eq!(deltas(&[8, 1, 0, 0], 9), Some((vec![], &[][..])));
        assert_eq!(deltas(&[8, 1, 1, 13], 9), Some((vec![-7], &[][..])));
        assert_eq!(deltas(&[8, 0, 9, 13, 0], 9), None);
    }
}
