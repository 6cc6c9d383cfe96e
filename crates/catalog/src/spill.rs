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
        let mut values = Vec::new();
        while !bytes.is_empty() {
            values.push(Self::take(&mut bytes).expect("written by this run"));
        }
        values
    }
}

macro_rules! spill_numbers {
    ($($number:ty)*) => {$(
        impl Spill for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend(self.to_le_bytes());
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
        out.extend(self);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(*head)
    }
}

impl Spill for String {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u32).put(out);
        out.extend(self.as_bytes());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = u32::take(bytes)? as usize;
        let (head, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        String::from_utf8(head.to_vec()).ok()
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

impl<T: Spill> Spill for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u32).put(out);
        self.iter().for_each(|value| value.put(out));
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = u32::take(bytes)?;
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
        let isrc: Isrc = "GBAYE6900531".parse().unwrap();
        let mut bytes = Vec::new();
        isrc.put(&mut bytes);
        assert_eq!(Isrc::take(&mut &bytes[..]), Some(isrc));
    }
}
