//! The values of a page, of which some are taken.

use {
    crate::table::coding::{
        bits::{Hybrid, number},
        deltas::deltas,
    },
    parquet::basic::Encoding,
    std::borrow::Cow,
};

/// No text of a page is as long.
const LONGEST: i64 = 1 << 32;

/// How wide values are; texts have no width.
pub(super) type Shape = Option<usize>;

/// Values as they are kept.
pub(super) enum Values<'a> {
    /// One after another, of this width.
    Plain(&'a [u8], usize),
    /// A bit each.
    Truths(&'a [u8]),
    /// Each behind its length of four bytes.
    Texts(&'a [u8]),
    /// Texts one after another, and how long each is.
    Lengths(&'a [u8], Vec<i64>),
    /// First bytes of all, then second bytes of all, and so on.
    Split(&'a [u8], usize),
    Numbers(Vec<i64>, usize),
    /// Numbers of values of a dictionary.
    Codes(Hybrid<'a>, Box<Self>),
}

impl<'a> Values<'a> {
    /// The first `wanted` values, where that is less work than all.
    pub(super) fn of(
        encoding: Encoding,
        bytes: &'a [u8],
        shape: Shape,
        dictionary: Option<&'a [u8]>,
        wanted: usize,
    ) -> Option<Self> {
        match (encoding, shape) {
            (Encoding::PLAIN, shape) => Some(Self::plain(bytes, shape)),
            (Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY, shape) => {
                let known = Self::plain(dictionary?, shape);
                let codes = match bytes.split_first() {
                    Some((width, bytes)) => Hybrid {
                        bytes,
                        width: usize::from(*width).min(32),
                    },
                    // A page in which all is absent.
                    None => Hybrid { bytes, width: 0 },
                };
                Some(Self::Codes(codes, Box::new(known)))
            }
            (Encoding::BYTE_STREAM_SPLIT, Some(width)) if width > 0 => {
                Some(Self::Split(bytes, width))
            }
            (Encoding::DELTA_BINARY_PACKED, Some(width @ (4 | 8))) => {
                Some(Self::Numbers(deltas(bytes, wanted)?.0, width))
            }
            (Encoding::DELTA_LENGTH_BYTE_ARRAY, None) => {
                let (lengths, texts) = deltas(bytes, wanted)?;
                Some(Self::Lengths(texts, lengths))
            }
            _ => None,
        }
    }

    const fn plain(bytes: &'a [u8], shape: Shape) -> Self {
        match shape {
            Some(0) => Self::Truths(bytes),
            Some(width) => Self::Plain(bytes, width),
            None => Self::Texts(bytes),
        }
    }

    /// The values at these places, which ascend.
    pub(super) fn at(&self, places: &[usize]) -> Option<Vec<Cow<'a, [u8]>>> {
        match self {
            Self::Texts(bytes) => texts_at(bytes, places),
            Self::Lengths(bytes, lengths) => lengths_at(bytes, lengths, places),
            Self::Codes(codes, known) => {
                let codes = codes.at(places)?;
                let mut sorted: Vec<usize> = codes.iter().map(|code| *code as usize).collect();
                sorted.sort_unstable();
                sorted.dedup();
                let known = known.at(&sorted)?;
                let of = |code: &u64| {
                    let at = sorted.binary_search(&(*code as usize)).ok()?;
                    Some(known.get(at)?.clone())
                };
                codes.iter().map(of).collect()
            }
            _ => places.iter().map(|place| self.one(*place)).collect(),
        }
    }

    fn one(&self, place: usize) -> Option<Cow<'a, [u8]>> {
        let owned = |bytes: &[u8]| Some(Cow::Owned(bytes.to_vec()));
        match self {
            Self::Plain(bytes, width) => {
                let from = place.checked_mul(*width)?;
                Some(bytes.get(from..from.checked_add(*width)?)?.into())
            }
            Self::Truths(bytes) => owned(&[bytes.get(place / 8)? >> (place % 8) & 1]),
            Self::Split(bytes, width) => {
                let count = bytes.len() / width;
                let byte = |nth| bytes.get(nth * count + place).copied();
                let value = (0..*width).map(byte).collect::<Option<Vec<u8>>>();
                value.filter(|_| place < count).map(Cow::Owned)
            }
            Self::Numbers(numbers, width) => {
                owned(numbers.get(place)?.to_le_bytes().get(..*width)?)
            }
            // These are read from their beginning.
            Self::Texts(_) | Self::Lengths(..) | Self::Codes(..) => None,
        }
    }
}

/// Adds up the lengths of what stands before.
fn lengths_at<'a>(
    mut bytes: &'a [u8],
    lengths: &[i64],
    places: &[usize],
) -> Option<Vec<Cow<'a, [u8]>>> {
    // Pages have fewer than 2^23 values, so that no sum leaves 64 bits.
    let lengths = lengths.get(..places.last().map_or(0, |last| last + 1))?;
    if lengths.iter().any(|length| !(0..LONGEST).contains(length)) {
        return None;
    }
    let mut found = Vec::with_capacity(places.len());
    let mut at = 0;
    for place in places {
        let passed: i64 = lengths.get(at..*place)?.iter().sum();
        let rest = bytes.get(usize::try_from(passed).ok()?..)?;
        let (text, rest) = rest.split_at_checked(lengths[*place] as usize)?;
        found.push(text.into());
        (bytes, at) = (rest, place + 1);
    }
    Some(found)
}

/// Steps from text to text.
fn texts_at<'a>(mut bytes: &'a [u8], places: &[usize]) -> Option<Vec<Cow<'a, [u8]>>> {
    let mut found = Vec::with_capacity(places.len());
    let mut at = 0;
    for place in places {
        loop {
            let (length, rest) = bytes.split_first_chunk::<4>()?;
            let (text, rest) = rest.split_at_checked(number(length)? as usize)?;
            bytes = rest;
            at += 1;
            if at > *place {
                found.push(text.into());
                break;
            }
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &Values, places: &[usize]) -> Option<Vec<Vec<u8>>> {
        let found = values.at(places)?;
        Some(found.into_iter().map(Cow::into_owned).collect())
    }

    #[test]
    fn each_kind_gives_what_it_holds_and_no_more() {
        let split = Values::of(Encoding::BYTE_STREAM_SPLIT, b"adbecf", Some(2), None, 9).unwrap();
        assert_eq!(found(&split, &[0, 2]).unwrap(), [b"ae", b"bf"]);
        assert_eq!(found(&split, &[3]), None);
        let plain = Values::of(Encoding::PLAIN, b"abcdef", Some(3), None, 9).unwrap();
        assert_eq!(found(&plain, &[1]).unwrap(), [b"def"]);
        assert_eq!(found(&plain, &[2]), None);
        let truths = Values::of(Encoding::PLAIN, &[0b10], Some(0), None, 9).unwrap();
        assert_eq!(found(&truths, &[0, 1]).unwrap(), [[0], [1]]);
        assert_eq!(found(&truths, &[8]), None);
        let texts = b"\x01\0\0\0a\x02\0\0\0bc\0\0\0\0";
        let codes = [2, 3, 0b0010_0001, 0];
        let texts = Values::of(Encoding::RLE_DICTIONARY, &codes, None, Some(texts), 9).unwrap();
        let expected: [&[u8]; 3] = [b"bc", b"a", b""];
        assert_eq!(found(&texts, &[0, 1, 2]).unwrap(), expected);
        assert_eq!(found(&texts, &[8]), None);
    }

    #[test]
    fn lengths_beyond_the_page_are_refused() {
        let lengths = [8, 1, 2, 4, 0, 0];
        let bytes = [&lengths[..], b"abcd"].concat();
        let texts = Values::of(Encoding::DELTA_LENGTH_BYTE_ARRAY, &bytes, None, None, 9).unwrap();
        assert_eq!(found(&texts, &[0, 1]).unwrap(), [b"ab", b"cd"]);
        let cut = &bytes[..bytes.len() - 1];
        let texts = Values::of(Encoding::DELTA_LENGTH_BYTE_ARRAY, cut, None, None, 9).unwrap();
        assert_eq!(found(&texts, &[1]), None);
    }
}
