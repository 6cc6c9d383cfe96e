//! The identification header of Ogg Opus (RFC 7845 §5.1).

use crate::{error::Refusal, spec, trouble::Trouble};

/// How an Opus stream is to be decoded. Always at 48 kHz.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpusHead {
    pub(crate) channels: u8,
    /// Samples at 48 kHz to be dropped in front.
    pub(crate) pre_skip: u16,
    /// In 1/256 dB.
    pub(crate) gain: i16,
    pub(crate) streams: u8,
    pub(crate) coupled: u8,
    /// Which decoded channel each output channel is; 255: silence.
    pub(crate) mapping: Vec<u8>,
}

impl OpusHead {
    /// # Errors
    /// A mapping family other than 0 (mono, stereo) and 1 (surround in Vorbis
    /// order) is unsupported: there the channels have no agreed place.
    pub(crate) fn parse(packet: &[u8]) -> Result<Self, Trouble> {
        let broken = || Trouble::header("a broken OpusHead");
        let (head, table) = packet.split_at_checked(19).ok_or_else(broken)?;
        if head[8] >> 4 != 0 {
            return Err(Trouble::Unsupported(Refusal::Codec(
                "a later version of Ogg Opus",
            )));
        }
        let channels = head[9];
        spec::check_channels(channels.into())?;
        let (streams, coupled, mapping) = match (head[18], table) {
            (0, _) if channels <= 2 => (1, channels - 1, vec![0, 1][..channels.into()].to_vec()),
            (1, [streams, coupled, rest @ ..]) => {
                let mapping = rest.get(..channels.into()).ok_or_else(broken)?;
                (*streams, *coupled, mapping.to_vec())
            }
            (0 | 1, _) => return Err(broken()),
            _ => {
                return Err(Trouble::Unsupported(Refusal::Codec(
                    "Opus of another channel mapping",
                )));
            }
        };
        Ok(Self {
            channels,
            pre_skip: u16::from_le_bytes([head[10], head[11]]),
            gain: i16::from_le_bytes([head[16], head[17]]),
            streams,
            coupled,
            mapping,
        })
    }
}
