//! Sound and files made in code, for demonstrations and tests.
//!
//! Nothing in here is taken from anywhere, so it belongs to nobody. The same
//! seed gives the same samples and pictures on every machine: composing uses
//! integers only.

mod compose;
mod frames;
mod mp3;
mod picture;
mod write;

pub use {
    compose::compose,
    picture::{CoverFormat, cover},
    write::write,
};

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

/// A small generator of numbers (SplitMix64) for whatever a seed decides.
#[derive(Debug, Clone)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound.max(1)
    }
}
