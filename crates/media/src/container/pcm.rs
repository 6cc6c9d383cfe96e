//! Plain samples in a chunk of a RIFF or AIFF file.

use {
    crate::{error::Shortfall, spec::Spec, trouble::Trouble, window::Window},
    std::io::Read as _,
    symphonia::core::codecs::audio::{AudioCodecId, well_known as ids},
};

/// How one sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) codec: AudioCodecId,
    /// Bytes of one sample of one channel.
    pub(crate) width: u16,
    /// Integer samples only.
    pub(crate) bits: Option<u16>,
}

impl Layout {
    /// Signed integers of 1 to 4 bytes, little or big endian.
    pub(crate) fn integer(bits: u16, big_endian: bool) -> Option<Self> {
        let width = bits.div_ceil(8);
        let codec = match (width, big_endian) {
            (1, _) => ids::CODEC_ID_PCM_S8,
            (2, false) => ids::CODEC_ID_PCM_S16LE,
            (2, true) => ids::CODEC_ID_PCM_S16BE,
            (3, false) => ids::CODEC_ID_PCM_S24LE,
            (3, true) => ids::CODEC_ID_PCM_S24BE,
            (4, false) => ids::CODEC_ID_PCM_S32LE,
            (4, true) => ids::CODEC_ID_PCM_S32BE,
            _ => return None,
        };
        let bits = Some(bits);
        Some(Self { codec, width, bits })
    }

    pub(crate) fn float(bits: u16, big_endian: bool) -> Option<Self> {
        let codec = match (bits, big_endian) {
            (32, false) => ids::CODEC_ID_PCM_F32LE,
            (32, true) => ids::CODEC_ID_PCM_F32BE,
            (64, false) => ids::CODEC_ID_PCM_F64LE,
            (64, true) => ids::CODEC_ID_PCM_F64BE,
            _ => return None,
        };
        let width = bits / 8;
        Some(Self {
            codec,
            width,
            bits: None,
        })
    }

    pub(crate) const fn other(codec: AudioCodecId, width: u16, bits: Option<u16>) -> Self {
        Self { codec, width, bits }
    }
}

/// Reads the samples of one chunk in blocks of whole frames.
#[derive(Debug)]
pub(crate) struct Blocks {
    window: Window,
    spec: Spec,
    layout: Layout,
    left: u64,
    found: u64,
}

/// What a container says about its samples.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) spec: Spec,
    pub(crate) layout: Layout,
    pub(crate) start: u64,
    /// Bytes declared; none if the writer did not know.
    pub(crate) declared: Option<u64>,
}

impl Blocks {
    /// The samples of `chunk`, all of which must be there.
    pub(crate) fn open(window: Window, chunk: Chunk) -> Result<Self, Trouble> {
        let found = window.end().saturating_sub(chunk.start);
        let declared = chunk.declared.unwrap_or(found);
        let spec = chunk.spec.checked()?;
        let frame = u64::from(spec.channels) * u64::from(chunk.layout.width);
        let mut blocks = Self {
            window,
            layout: chunk.layout,
            found,
            left: declared.min(found) / frame * frame,
            spec: Spec {
                frames: Some(declared / frame),
                bytes: declared,
                ..spec
            },
        };
        blocks.window.go(chunk.start)?;
        Ok(blocks)
    }

    pub(crate) fn spec(&self) -> &Spec {
        &self.spec
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// The next block of at most [`BLOCK_FRAMES`] frames.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        let frame = u64::from(self.spec.channels) * u64::from(self.layout.width);
        let take = self.left.min(frame * BLOCK_FRAMES);
        if take == 0 {
            return self.check_length(frame);
        }
        let mut block = Vec::new();
        self.window.by_ref().take(take).read_to_end(&mut block)?;
        self.left -= take;
        if block.len() as u64 != take {
            return Err(Trouble::Truncated(Shortfall::Headers));
        }
        Ok(Some(block))
    }

    fn check_length(&self, frame: u64) -> Result<Option<Vec<u8>>, Trouble> {
        let (declared, found) = (self.spec.bytes, self.found);
        if found / frame < declared / frame {
            return Err(Trouble::Truncated(Shortfall::Bytes { declared, found }));
        }
        Ok(None)
    }
}

pub(crate) const BLOCK_FRAMES: u64 = 4096;
