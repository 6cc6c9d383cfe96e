//! Samples in memory.

/// Interleaved samples of 16 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pcm {
    pub sample_rate_hz: u32,
    pub channels: u16,
    /// Interleaved; the length is a multiple of `channels`.
    pub samples: Vec<i16>,
}

impl Pcm {
    /// Samples a channel.
    pub fn frames(&self) -> u64 {
        self.samples.len() as u64 / u64::from(self.channels.max(1))
    }
}
