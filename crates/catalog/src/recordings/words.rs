use crate::spill::Spill;

/// The words of an artist credit and of a title, a bit of 64 each: texts
/// without a common bit have no word in common. That they have one does not
/// follow: about one pair in five of unrelated titles of four words has a bit
/// in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Words {
    pub(crate) artist: u64,
    pub(crate) title: u64,
}

/// More bits than this are written as they are.
const MOST_PLACES: u32 = 7;

impl Words {
    /// Whether both name artists, and none of the words are the same.
    pub(super) fn name_others(&self, other: &Self) -> bool {
        are_strange(self.artist, other.artist)
    }

    /// The same of the titles.
    pub(super) fn have_other_titles(&self, other: &Self) -> bool {
        are_strange(self.title, other.title)
    }
}

fn are_strange(a: u64, b: u64) -> bool {
    a != 0 && b != 0 && a & b == 0
}

/// Few bits are set, so the places of these take less.
impl Spill for Words {
    fn put(&self, out: &mut Vec<u8>) {
        put_bits(self.artist, out);
        put_bits(self.title, out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self {
            artist: take_bits(bytes)?,
            title: take_bits(bytes)?,
        })
    }
}

fn put_bits(mut bits: u64, out: &mut Vec<u8>) {
    let places = bits.count_ones();
    out.push(places as u8);
    if places > MOST_PLACES {
        return bits.put(out);
    }
    while bits != 0 {
        out.push(bits.trailing_zeros() as u8);
        bits &= bits - 1;
    }
}

fn take_bits(bytes: &mut &[u8]) -> Option<u64> {
    let places = u8::take(bytes)?;
    if u32::from(places) > MOST_PLACES {
        return u64::take(bytes);
    }
    (0..places).try_fold(0, |bits, _| {
        Some(bits | 1u64.checked_shl(u8::take(bytes)?.into())?)
    })
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    proptest! {
        #[test]
        fn words_come_back(artist in any::<u64>(), few in prop::collection::vec(0u32..64, 0..9)) {
            let title = few.iter().fold(0, |bits, place| bits | 1u64 << place);
            let words = Words { artist, title };
            let mut bytes = Vec::new();
            words.put(&mut bytes);
            prop_assert_eq!(Words::all(&bytes), [words]);
        }
    }
}
