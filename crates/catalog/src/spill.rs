//! Values as bytes of temporary files: what [`crate::shuffle`] carries.
//!
//! The encoding never leaves the run that wrote it.

use longplay_model::{
    Access, ArtistCredit, Codec, CreditedArtist, Digest, Isrc, Mbid, PartialDate, RecordingId,
    RightsStatement, RightsUri, Timestamp, TrackId,
};

/// A value that is written to a temporary file and read back.
pub(crate) trait Spill: Sized {
    fn put(&self, out: &mut Vec<u8>);
    /// `None` when the bytes hold no such value.
    fn take(bytes: &mut &[u8]) -> Option<Self>;

    /// All values of a part that this run wrote.
    fn all(mut bytes: &[u8]) -> Vec<Self> {
        /// Values by which the number of the others is guessed.
        const SAMPLE: usize = 64;
        let mut values = Vec::with_capacity(SAMPLE);
        let whole = bytes.len();
        while !bytes.is_empty() {
            if values.len() == SAMPLE {
                let each = (whole - bytes.len()) / SAMPLE;
                values.reserve(bytes.len() / each.max(1) * 17 / 16);
            }
            values.push(Self::take(&mut bytes).expect("written by this run"));
        }
        values
    }
}

/// Sorts large values: their keys are moved about, and each of them once.
pub(crate) fn sorted_by_key<T, K: Ord>(values: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let keys = values.iter().map(key).zip(0u32..);
    let mut order: Vec<(K, u32)> = keys.collect();
    order.sort_unstable();
    let mut values: Vec<Option<T>> = values.into_iter().map(Some).collect();
    let place = |(_, at): (K, u32)| values[at as usize].take().expect("each is named once");
    order.into_iter().map(place).collect()
}

/// An id as a number of the same order: numbers are compared without a call.
pub(crate) const fn as_number(id: &[u8; 16]) -> u128 {
    u128::from_be_bytes(*id)
}

macro_rules! spill_numbers {
    ($($number:ty)*) => {$(
        impl Spill for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                let (head, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(Self::from_le_bytes(*head))
            }
        }
    )*};
}

spill_numbers!(u8 u16 u32 u64 i64 f32 f64);

impl Spill for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push((*self).into());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(u8::take(bytes)? != 0)
    }
}

impl<const N: usize> Spill for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(*head)
    }
}

/// How many follow: a byte, or `LONG` and four bytes. Most are few.
fn put_length(length: usize, out: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(few) if few != LONG => out.push(few),
        _ => {
            out.push(LONG);
            (length as u32).put(out);
        }
    }
}

const LONG: u8 = u8::MAX;

fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    match u8::take(bytes)? {
        LONG => u32::take(bytes).map(|length| length as usize),
        few => Some(few.into()),
    }
}

impl Spill for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = take_length(bytes)?;
        let (head, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        str::from_utf8(head).ok().map(str::to_owned)
    }
}

impl<T: Spill> Spill for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        match bool::take(bytes)? {
            true => T::take(bytes).map(Some),
            false => Some(None),
        }
    }
}

impl<T: Spill> Spill for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        T::put(self, out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        T::take(bytes).map(Self::new)
    }
}

impl<T: Spill> Spill for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        self.iter().for_each(|value| value.put(out));
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = take_length(bytes)?;
        (0..length).map(|_| T::take(bytes)).collect()
    }
}

macro_rules! spill_ids {
    ($($id:ident)*) => {$(
        impl Spill for $id {
            fn put(&self, out: &mut Vec<u8>) {
                self.as_bytes().put(out);
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                Spill::take(bytes).map($id::from_bytes)
            }
        }
    )*};
}

spill_ids!(TrackId RecordingId Mbid Digest);

/// Values that parse from the text that they display.
macro_rules! spill_texts {
    ($($text:ident)*) => {$(
        impl Spill for $text {
            fn put(&self, out: &mut Vec<u8>) {
                self.to_string().put(out);
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                String::take(bytes)?.parse().ok()
            }
        }
    )*};
}

spill_texts!(PartialDate RightsUri Access);

impl Spill for Isrc {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.as_str().as_bytes());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (code, rest) = bytes.split_at_checked(12)?;
        *bytes = rest;
        str::from_utf8(code).ok()?.parse().ok()
    }
}

impl Spill for Timestamp {
    fn put(&self, out: &mut Vec<u8>) {
        self.unix_seconds().put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        i64::take(bytes).map(Self::from_unix_seconds)
    }
}

impl Spill for Codec {
    fn put(&self, out: &mut Vec<u8>) {
        (*self as u8).put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Self::ALL.get(usize::from(u8::take(bytes)?)).copied()
    }
}

impl Spill for ArtistCredit {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Vec::take(bytes).map(Self)
    }
}

/// Writes and reads a struct field by field.
macro_rules! spill_struct {
    ($name:ident { $($field:tt),* $(,)? }) => {
        impl $crate::spill::Spill for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $($crate::spill::Spill::put(&self.$field, out);)*
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: $crate::spill::Spill::take(bytes)?),* })
            }
        }
    };
}

pub(crate) use spill_struct;

spill_struct!(CreditedArtist {
    name,
    id,
    join,
    popularity,
    followers
});

spill_struct!(RightsStatement { uri, basis });

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn numbers_stand_in_the_order_of_ids(a: [u8; 16], b: [u8; 16]) {
            proptest::prop_assert_eq!(as_number(&a).cmp(&as_number(&b)), a.cmp(&b));
        }
    }

    #[test]
    fn a_value_survives_and_a_cut_one_is_refused() {
        let artist = CreditedArtist {
            name: "n".into(),
            id: Some("a".into()),
            join: " & ".into(),
            popularity: Some(1.5),
            followers: Some(3),
        };
        let mut bytes = Vec::new();
        artist.put(&mut bytes);
        assert_eq!(
            CreditedArtist::all(&bytes.repeat(3)),
            [(); 3].map(|()| artist.clone())
        );
        for cut in 0..bytes.len() {
            assert_eq!(CreditedArtist::take(&mut &bytes[..cut]), None);
        }
        let sorted = sorted_by_key(vec!["bb", "a", "ccc", "b"], |text| text.len());
        assert_eq!(sorted, ["a", "b", "bb", "ccc"]);
        let long = "x".repeat(70_000);
        for text in [&long[..254], &long[..255], &long[..256], &long] {
            let mut bytes = Vec::new();
            text.to_owned().put(&mut bytes);
            assert_eq!(String::take(&mut &bytes[..]).as_deref(), Some(text));
        }
        let isrc: Isrc = "GBAYE6900531".parse().unwrap();
        let mut bytes = Vec::new();
        isrc.put(&mut bytes);
        assert_eq!(Isrc::take(&mut &bytes[..]), Some(isrc));
    }
}
