use {
    serde::{Deserialize, Serialize},
    std::{fmt, str::FromStr},
    thiserror::Error,
};

/// One encoding of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Ogg Opus at about 75 kbit/s, made by longplay.
    Access,
    /// The file bit-exact as received.
    Original,
    /// FLAC made from an original of another lossless codec.
    Lossless,
}

/// The text names no form.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected access, original or lossless, found {0:?}")]
pub struct ParseFormError(pub String);

impl Form {
    pub const ALL: [Self; 3] = [Self::Access, Self::Original, Self::Lossless];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Original => "original",
            Self::Lossless => "lossless",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Form {
    type Err = ParseFormError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|form| form.name() == text)
            .ok_or_else(|| ParseFormError(text.into()))
    }
}

/// How audio is coded, container included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    Flac,
    /// Ogg Vorbis.
    Vorbis,
    /// Ogg Opus.
    Opus,
    Mp3,
    Wav,
    Aiff,
}

impl Codec {
    pub const ALL: [Self; 6] = [
        Self::Flac,
        Self::Vorbis,
        Self::Opus,
        Self::Mp3,
        Self::Wav,
        Self::Aiff,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Flac => "flac",
            Self::Vorbis => "vorbis",
            Self::Opus => "opus",
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Aiff => "aiff",
        }
    }

    /// File name extension without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Vorbis => "ogg",
            other => other.name(),
        }
    }

    pub const fn is_lossless(self) -> bool {
        matches!(self, Self::Flac | Self::Wav | Self::Aiff)
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}
