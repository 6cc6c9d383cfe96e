//! What stands before a page: its kind, its lengths and its encodings, in the
//! compact protocol of Thrift (`PageHeader` of `parquet.thrift`).

use {super::bits::zigzag, crate::varint, parquet::basic::Encoding};

/// Structures and lists within others; a damaged page may claim any number.
const DEEPEST: u8 = 8;

/// The head of a page of the first version.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::table) struct Head {
    pub(in crate::table) kind: Kind,
    /// Bytes of the page when it is unpacked, and behind this head.
    pub(in crate::table) plain: usize,
    pub(in crate::table) packed: usize,
    /// Values, those that are absent too.
    pub(in crate::table) count: usize,
    pub(in crate::table) encoding: Encoding,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::table) enum Kind {
    /// Its levels are runs.
    Data,
    Dictionary,
}

/// What is told of the values.
#[derive(Debug, Default)]
struct About {
    count: Option<i64>,
    encoding: Option<i64>,
    levels: [Option<i64>; 2],
}

impl Head {
    /// Takes it off the front. `None` where it is of another kind of page, or
    /// no head at all.
    pub(in crate::table) fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (mut kind, mut plain, mut packed, mut about) = (None, None, None, None);
        fields(bytes, &mut |field, form, bytes| {
            match (field, form) {
                (1, I32) => kind = zigzag(bytes),
                (2, I32) => plain = zigzag(bytes),
                (3, I32) => packed = zigzag(bytes),
                (5 | 7, STRUCT) => about = Some(About::take(bytes)?),
                _ => skip(bytes, form, 0)?,
            }
            Some(())
        })?;
        let about = about?;
        let kind = match kind? {
            0 if about.levels == [Some(RLE); 2] => Kind::Data,
            2 => Kind::Dictionary,
            _ => return None,
        };
        Some(Self {
            kind,
            plain: plain?.try_into().ok()?,
            packed: packed?.try_into().ok()?,
            count: about.count?.try_into().ok()?,
            encoding: encoding(about.encoding?)?,
        })
    }
}

impl About {
    /// Data pages and dictionaries tell count and encoding alike.
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let mut about = Self::default();
        fields(bytes, &mut |field, form, bytes| {
            match (field, form) {
                (1, I32) => about.count = zigzag(bytes),
                (2, I32) => about.encoding = zigzag(bytes),
                (3, I32) => about.levels[0] = zigzag(bytes),
                (4, I32) => about.levels[1] = zigzag(bytes),
                _ => skip(bytes, form, 0)?,
            }
            Some(())
        })?;
        Some(about)
    }
}

const RLE: i64 = 3;

const fn encoding(number: i64) -> Option<Encoding> {
    match number {
        0 => Some(Encoding::PLAIN),
        2 => Some(Encoding::PLAIN_DICTIONARY),
        RLE => Some(Encoding::RLE),
        5 => Some(Encoding::DELTA_BINARY_PACKED),
        6 => Some(Encoding::DELTA_LENGTH_BYTE_ARRAY),
        7 => Some(Encoding::DELTA_BYTE_ARRAY),
        8 => Some(Encoding::RLE_DICTIONARY),
        9 => Some(Encoding::BYTE_STREAM_SPLIT),
        _ => None,
    }
}

// Forms of values in the compact protocol.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const STRUCT: u8 = 12;

/// Takes the value of a field, by its number and form.
type Take<'f, 'a> = &'f mut dyn FnMut(i64, u8, &mut &'a [u8]) -> Option<()>;

/// Hands each field of a structure to `take`, which takes its value.
fn fields<'a>(bytes: &mut &'a [u8], take: Take<'_, 'a>) -> Option<()> {
    let mut field = 0i64;
    loop {
        let (head, rest) = bytes.split_first()?;
        *bytes = rest;
        if *head == 0 {
            return Some(());
        }
        field = match head >> 4 {
            0 => zigzag(bytes)?,
            step => field.checked_add(step.into())?,
        };
        take(field, head & 15, bytes)?;
    }
}

/// Passes over a value.
fn skip(bytes: &mut &[u8], form: u8, depth: u8) -> Option<()> {
    match form {
        _ if depth > DEEPEST => None,
        TRUE | FALSE => Some(()),
        BYTE => pass(bytes, 1),
        I16 | I32 | I64 => varint::take(bytes).map(drop),
        DOUBLE => pass(bytes, 8),
        BINARY => {
            let length = varint::take(bytes)?;
            pass(bytes, length.try_into().ok()?)
        }
        LIST | SET => {
            let (head, rest) = bytes.split_first()?;
            *bytes = rest;
            let count = match head >> 4 {
                15 => varint::take(bytes)?,
                few => few.into(),
            };
            (0..count).try_for_each(|_| match head & 15 {
                // A truth in a list takes a byte, and so a list takes an end.
                TRUE | FALSE => pass(bytes, 1),
                form => skip(bytes, form, depth + 1),
            })
        }
        STRUCT => fields(bytes, &mut |_, form, bytes| skip(bytes, form, depth + 1)),
        _ => None,
    }
}

fn pass(bytes: &mut &[u8], length: usize) -> Option<()> {
    *bytes = bytes.get(length..)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    /// Type 0, 300 bytes from 200, 100 values in lengths and texts; with
    /// limits (a text each) and a checksum that no reader of ours asks for.
    fn data() -> Vec<u8> {
        let limits = [0x18, 1, b'a', 0x18, 1, b'b', 0x11, 0];
        let about = [
            &[0x15, 200, 1, 0x15, 12, 0x15, 6, 0x15, 6, 0x1c][..],
            &limits,
        ]
        .concat();
        let head = [0x15, 0, 0x15, 216, 4, 0x15, 144, 3, 0x15, 7, 0x1c];
        [&head[..], &about, &[0, 0, b'x']].concat()
    }

    #[test]
    fn a_page_of_values_is_told() {
        let bytes = data();
        let mut rest = &bytes[..];
        let head = Head {
            kind: Kind::Data,
            plain: 300,
            packed: 200,
            count: 100,
            encoding: Encoding::DELTA_LENGTH_BYTE_ARRAY,
        };
        assert_eq!(Head::take(&mut rest), Some(head));
        assert_eq!(rest, b"x");
        for cut in 0..bytes.len() - 1 {
            assert_eq!(Head::take(&mut &bytes[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn dictionaries_have_no_levels_and_data_has_runs() {
        let dictionary = [
            0x15, 4, 0x15, 20, 0x15, 10, 0x4c, 0x15, 6, 0x15, 0, 0x11, 0, 0,
        ];
        let head = Head::take(&mut &dictionary[..]).unwrap();
        assert_eq!((head.kind, head.count), (Kind::Dictionary, 3));
        assert_eq!(head.encoding, Encoding::PLAIN);
        let mut packed = data();
        packed[17] = 8; // levels one by one
        assert_eq!(Head::take(&mut &packed[..]), None);
    }

    #[test]
    fn structures_without_end_are_refused() {
        for within in [0x1c, 0x19] {
            assert_eq!(Head::take(&mut &[within; 1 << 20][..]), None);
        }
        // A list of 2^60 truths, which takes no memory and ends with the bytes.
        let list = [
            0x19, 0xf1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10,
        ];
        assert_eq!(Head::take(&mut &list[..]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            Head::take(&mut &bytes[..]);
        }
    }
}
