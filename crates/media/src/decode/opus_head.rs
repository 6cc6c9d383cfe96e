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
    /// Which decoded channel each output channel is; 255: silence. Output
    /// channels are in the order of WAVE and FLAC, as those of all decoders
    /// here, and not in that of Vorbis as in the header.
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
                let order = &VORBIS_ORDER[usize::from(channels) - 1][..channels.into()];
                let mapping = order.iter().map(|place| mapping[usize::from(*place)]);
                (*streams, *coupled, mapping.collect())
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

/// For 1 to 8 channels: where a channel of WAVE stands in the order of Vorbis
/// (Vorbis I §4.3.9, RFC 7845 §5.1.1.2).
const VORBIS_ORDER: [[u8; 8]; 8] = [
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 1, 0, 0, 0, 0, 0, 0],
    [0, 2, 1, 0, 0, 0, 0, 0],
    [0, 1, 2, 3, 0, 0, 0, 0],
    [0, 2, 1, 3, 4, 0, 0, 0],
    [0, 2, 1, 5, 3, 4, 0, 0],
    [0, 2, 1, 6, 5, 3, 4, 0],
    [0, 2, 1, 7, 5, 6, 3, 4],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn head(channels: u8, family: u8, table: &[u8]) -> Vec<u8> {
        let mut head = b"OpusHead\x01".to_vec();
        head.extend([channels, 0x38, 1, 0x80, 0xbb, 0, 0, 0, 0, family]);
        head.extend(table);
        head
    }

    #[test]
    fn stereo_needs_no_table() {
        let stereo = OpusHead::parse(&head(2, 0, &[])).unwrap();
        assert_eq!(
            (stereo.streams, stereo.coupled, stereo.pre_skip),
            (1, 1, 312)
        );
        assert_eq!(stereo.mapping, [0, 1]);
    }

    #[test]
    fn surround_comes_in_the_order_of_the_other_decoders() {
        // As opusenc writes it: left, centre, right, left and right behind, bass.
        let surround = OpusHead::parse(&head(6, 1, &[4, 2, 0, 4, 1, 2, 3, 5])).unwrap();
        assert_eq!((surround.streams, surround.coupled), (4, 2));
        assert_eq!(surround.mapping, [0, 1, 4, 5, 2, 3]);
    }

    #[test]
    fn orders_are_permutations() {
        for (index, order) in VORBIS_ORDER.iter().enumerate() {
            let mut order = order[..=index].to_vec();
            order.sort_unstable();
            assert!(order.into_iter().eq(0..=index as u8));
        }
    }

    #[test]
    fn broken_heads_are_refused() {
        for broken in [
            head(0, 0, &[]),
            head(3, 0, &[]),
            head(6, 1, &[4, 2, 0]),
            head(9, 1, &[1; 11]),
        ] {
            assert!(OpusHead::parse(&broken).is_err());
        }
        assert!(OpusHead::parse(&head(2, 0, &[])[..18]).is_err());
        assert!(matches!(
            OpusHead::parse(&head(4, 2, &[])),
            Err(Trouble::Unsupported(_))
        ));
    }
}
