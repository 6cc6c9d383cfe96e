use {
    crate::error::Error,
    longplay_model::{Digest, IndexRecord, Isrc, MemberKind, RecordingId, TrackId},
    std::{fmt, str::FromStr},
};

/// What the user asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// 32 hexadecimal digits: a track, or a recording.
    Id(TrackId),
    Isrc(Isrc),
    /// 64 hexadecimal digits: the very bytes.
    Digest(Digest),
}

impl Target {
    /// Whether the record of a pack's index is one of those asked for. Only
    /// audio has tracks and ISRCs of its own; a cover is asked for by digest.
    pub fn names(&self, record: &IndexRecord) -> bool {
        let is_audio = record.kind == MemberKind::Audio;
        match self {
            Self::Digest(digest) => record.sha256 == *digest,
            Self::Isrc(isrc) => is_audio && record.isrcs.contains(isrc),
            Self::Id(id) => {
                let recording = RecordingId::from_bytes(*id.as_bytes());
                is_audio && (record.tracks.contains(id) || record.recording == Some(recording))
            }
        }
    }
}

impl FromStr for Target {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let id = text.parse().map(Self::Id).ok();
        let digest = || text.parse().map(Self::Digest).ok();
        let isrc = || text.parse().map(Self::Isrc).ok();
        id.or_else(digest)
            .or_else(isrc)
            .ok_or_else(|| Error::ParseTarget { text: text.into() })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "track {id}"),
            Self::Isrc(isrc) => write!(f, "ISRC {isrc}"),
            Self::Digest(digest) => write!(f, "SHA-256 {digest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_told_apart_by_their_shape() {
        let hex = "0123456789abcdef0123456789abcdef";
        for (text, shown) in [
            (hex, format!("track {hex}")),
            (&hex.repeat(2), format!("SHA-256 {}", hex.repeat(2))),
            (" gb-aye-69-00531 ", "ISRC GBAYE6900531".into()),
        ] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), shown);
        }
        for text in ["", "Abbey Road", &hex[1..], "http://x"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
