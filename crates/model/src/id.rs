use {
    crate::{
        Digest,
        digest::{read_hex, write_hex},
    },
    serde::{Deserialize, Serialize},
    sha2::{Digest as _, Sha256},
    std::{fmt, str::FromStr},
    thiserror::Error,
};

/// The text is no 128-bit id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected an id of 32 hexadecimal digits, found {0:?}")]
pub struct ParseIdError(pub String);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

id! {
    /// A track: first 16 bytes of a SHA-256 over where it comes from.
    /// Written as 32 lower-case hexadecimal digits.
    TrackId
}

id! {
    /// A recording: the distinct audio that several tracks may share. Its
    /// bytes are those of its MusicBrainz id, or of the track that stands for
    /// it. Written as 32 lower-case hexadecimal digits.
    RecordingId
}

id! {
    /// A MusicBrainz identifier: a UUID (RFC 9562), written with hyphens.
    Mbid
}

impl TrackId {
    /// The id of a track that `source` calls `id`.
    ///
    /// Each part is preceded by its length, so that no two pairs collide.
    pub fn of_source(source: &str, id: &str) -> Self {
        Self(first_half(&[source.as_bytes(), id.as_bytes()]))
    }

    /// The id of a track of a folder: the digest of its file and the track's
    /// position in that file, counted from 1.
    pub fn of_blob(blob: &Digest, position: u32) -> Self {
        Self(first_half(&[blob.as_bytes(), &position.to_be_bytes()]))
    }
}

impl RecordingId {
    /// The recording that MusicBrainz knows by this id: the same 16 bytes.
    pub const fn of_mbid(mbid: &Mbid) -> Self {
        Self(mbid.0)
    }

    /// The recording that MusicBrainz does not know, of which this track is
    /// the one that stands for it: the same 16 bytes.
    pub const fn of_track(track: &TrackId) -> Self {
        Self(track.0)
    }
}

fn first_half(parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest = Digest::from(hasher);
    *digest
        .as_bytes()
        .first_chunk()
        .expect("a digest has 32 bytes")
}

macro_rules! plain_hex {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write_hex(f, &self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                read_hex(text)
                    .map(Self)
                    .ok_or_else(|| ParseIdError(text.into()))
            }
        }
    };
}

plain_hex!(TrackId);
plain_hex!(RecordingId);

impl fmt::Display for Mbid {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut rest = &self.0[..];
        for (number, length) in [4, 2, 2, 2, 6].into_iter().enumerate() {
            let (group, tail) = rest.split_at(length);
            if number > 0 {
                f.write_str("-")?;
            }
            write_hex(f, group)?;
            rest = tail;
        }
        Ok(())
    }
}

impl FromStr for Mbid {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hyphens_hold = text.len() == 36
            && text
                .bytes()
                .enumerate()
                .all(|(at, byte)| (byte == b'-') == matches!(at, 8 | 13 | 18 | 23));
        Some(text)
            .filter(|_| hyphens_hold)
            .and_then(|text| read_hex(&text.replace('-', "")))
            .map(Self)
            .ok_or_else(|| ParseIdError(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_id_do_not_run_into_each_other() {
        assert_ne!(TrackId::of_source("ab", "c"), TrackId::of_source("a", "bc"));
    }

    #[test]
    fn position_is_part_of_the_id() {
        let blob = Digest::of(b"");
        assert_ne!(TrackId::of_blob(&blob, 1), TrackId::of_blob(&blob, 2));
    }

    #[test]
    fn a_recording_is_called_what_stands_for_it() {
        let mbid: Mbid = "b9ad642e-b012-41c7-b72a-42cf4911f9ff"
            .parse()
            .expect("valid");
        let hex = "b9ad642eb01241c7b72a42cf4911f9ff";
        assert_eq!(RecordingId::of_mbid(&mbid).to_string(), hex);
        let track = TrackId::of_source("s", "1");
        assert_eq!(RecordingId::of_track(&track).to_string(), track.to_string());
    }

    #[test]
    fn mbid_is_written_with_hyphens() {
        let text = "b9ad642e-b012-41c7-b72a-42cf4911f9ff";
        assert_eq!(text.parse::<Mbid>().expect("valid").to_string(), text);
    }

    #[test]
    fn mbid_with_misplaced_hyphens_is_refused() {
        for text in [
            "b9ad642eb012-41c7-b72a-42cf4911f9ff-",
            "b9ad642eb01241c7b72a42cf4911f9ff",
            "",
        ] {
            assert!(text.parse::<Mbid>().is_err(), "{text}");
        }
    }
}
