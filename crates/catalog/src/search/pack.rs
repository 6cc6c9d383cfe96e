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

/// A block that is read row by row, as far as it is needed.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    /// With eight bytes more than a block takes: every number is read in one step.
    room: [u8; MAX_BYTES + WORD],
    /// Bytes of the block.
    length: usize,
    coding: Coding,
    /// Rows that the block holds, and that were read.
    count: usize,
    found: usize,
    /// The first row that may follow.
    next: u64,
}

const WORD: usize = 8;

/// How the gaps are kept.
#[derive(Debug, Clone, Copy)]
enum Coding {
    /// In so many bits each.
    Packed(u32),
    Rice(Rice),
}

#[derive(Debug, Clone, Copy)]
struct Rice {
    low: u32,
    /// The bit behind the last one, and those bits of its word that are not read; where
    /// the next word begins in the room.
    bit: u64,
    bits: u64,
    word: usize,
}

impl Reader {
    /// Of a block without rows.
    pub(super) const fn new() -> Self {
        Self {
            room: [0; MAX_BYTES + WORD],
            length: 0,
            coding: Coding::Packed(0),
            count: 0,
            found: 0,
            next: 0,
        }
    }

    /// Where the bytes of a block have to be put before [`open`](Self::open); `None`
    /// where there are more than a block has.
    pub(super) fn room(&mut self, length: usize) -> Option<&mut [u8]> {
        self.length = length;
        (length <= MAX_BYTES).then(|| &mut self.room[..length])
    }

    /// Begins with a block of `count` rows, of which the first is at least `base`;
    /// `None` when it does not hold them.
    pub(super) fn open(&mut self, base: u32, count: usize) -> Option<()> {
        let numbers = self.length.checked_sub(1)?;
        let (low, is_rice) = match self.room[0] {
            width @ 0..=32 => (u32::from(width), false),
            tag @ RICE..=LAST_RICE => (u32::from(tag - RICE), true),
            BITMAP => (0, true),
            _ => return None,
        };
        let packed = bytes_of(count, low);
        self.coding = match is_rice {
            false => Coding::Packed(low),
            true => Coding::Rice(Rice {
                low,
                bit: 0,
                bits: 0,
                word: 1 + packed,
            }),
        };
        (self.count, self.found, self.next) = (count, 0, base.into());
        (packed <= numbers && count <= BLOCK).then_some(())
    }

    /// Whether all rows were read.
    pub(super) const fn is_done(&self) -> bool {
        self.found == self.count
    }

    /// Reads on as long as `goes_on` says so of the row that was read last; `None` when
    /// the block does not hold such rows.
    #[inline]
    pub(super) fn read(&mut self, goes_on: impl FnMut(u32) -> bool) -> Option<()> {
        match self.coding {
            Coding::Packed(width) => self.read_packed(width, goes_on),
            Coding::Rice(rice) => self.read_rice(rice, goes_on)?,
        }
        // A row before this one has 32 bits.
        (self.next <= u64::from(u32::MAX) + 1).then_some(())
    }

    #[inline]
    fn read_packed(&mut self, width: u32, mut goes_on: impl FnMut(u32) -> bool) {
        let (mut next, mut found) = (self.next, self.found);
        while found < self.count {
            let row = next + self.number(found, width);
            next = row + 1;
            found += 1;
            if !goes_on(row as u32) {
                break;
            }
        }
        (self.next, self.found) = (next, found);
    }

    #[inline]
    fn read_rice(&mut self, rice: Rice, mut goes_on: impl FnMut(u32) -> bool) -> Option<()> {
        let Rice {
            low,
            mut bit,
            mut bits,
            mut word,
        } = rice;
        let start = 1 + bytes_of(self.count, low);
        let (mut next, mut found) = (self.next, self.found);
        while found < self.count {
            while bits == 0 {
                bits = self.word(word)?;
                word += WORD;
            }
            let one = (word - WORD - start) as u64 * 8 + u64::from(bits.trailing_zeros());
            let row = next + ((one - bit) << low) + self.number(found, low);
            next = row + 1;
            found += 1;
            bit = one + 1;
            bits &= bits - 1;
            if !goes_on(row as u32) {
                break;
            }
        }
        (self.next, self.found) = (next, found);
        self.coding = Coding::Rice(Rice {
            low,
            bit,
            bits,
            word,
        });
        Some(())
    }

    /// The bits from this byte on, none behind the end; `None` from there on.
    fn word(&self, at: usize) -> Option<u64> {
        let word = self.room.get(at..)?.first_chunk().copied()?;
        let held = self.length.checked_sub(at).filter(|held| *held > 0)?;
        let unused = WORD.saturating_sub(held) * 8;
        Some(u64::from_le_bytes(word) << unused >> unused)
    }

    /// One of the numbers of `width` bits behind the tag.
    #[inline]
    fn number(&self, at: usize, width: u32) -> u64 {
        let bit = at * width as usize;
        let word = self.room[1 + bit / 8..].first_chunk().copied();
        let mask = (1 << width) - 1;
        u64::from_le_bytes(word.unwrap_or_default()) >> (bit % 8) & mask
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    /// All rows of a block.
    fn take(bytes: &[u8], base: u32, count: usize) -> Option<Vec<u32>> {
        let (mut reader, mut rows) = (Reader::new(), Vec::new());
        reader.room(bytes.len())?.copy_from_slice(bytes);
        reader.open(base, count)?;
        reader.read(|row| {
            rows.push(row);
            true
        })?;
        assert!(reader.is_done());
        assert_eq!(rows.len(), count);
        Some(rows)
    }

    fn round(base: u32, rows: &[u32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes, base, rows);
        assert_eq!(take(&bytes, base, rows.len()).unwrap(), rows);
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
        assert_eq!(take(&block, 0, 128).unwrap(), dense);
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
        fn a_block_is_read_as_far_as_it_is_asked(
            base in 0..1000u32,
            gaps in proptest::collection::vec(prop_oneof![0..4u32, 0..5000u32, 0..20_000_000u32], 1..128),
            asked in proptest::collection::vec(0..40usize, 0..9),
        ) {
            let mut next = base;
            let rows: Vec<u32> = gaps.iter().map(|gap| { let row = next + gap; next = row + 1; row }).collect();
            let mut bytes = Vec::new();
            put(&mut bytes, base, &rows);
            let mut reader = Reader::new();
            // What stood there before means nothing.
            reader.room(MAX_BYTES).unwrap().fill(255);
            reader.room(bytes.len()).unwrap().copy_from_slice(&bytes);
            reader.open(base, rows.len()).unwrap();
            let mut read = Vec::new();
            for more in asked {
                let wanted = (read.len() + more.max(1)).min(rows.len());
                reader.read(|row| {
                    read.push(row);
                    read.len() < wanted
                }).unwrap();
                prop_assert_eq!(&read, &rows[..wanted]);
                prop_assert_eq!(reader.is_done(), wanted == rows.len());
            }
        }

        #[test]
        fn foreign_bytes_never_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            base in any::<u32>(),
            count in 0..=128usize,
        ) {
            if let Some(rows) = take(&bytes, base, count) {
                prop_assert!(rows.is_sorted());
            }
        }
    }
}
