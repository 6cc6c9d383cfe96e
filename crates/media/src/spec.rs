//! The shape of a sound.

use {
    crate::{error::Refusal, limits, trouble::Trouble},
    longplay_model::Codec,
};

/// What the headers say of a sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) codec: Codec,
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: u16,
    /// Of integer samples; absent for lossy codecs and for floating point.
    pub(crate) bits_per_sample: Option<u16>,
    /// Samples a channel, where the headers (or the last page) tell.
    pub(crate) frames: Option<u64>,
    /// Bytes of coded audio, without tags around it.
    pub(crate) bytes: u64,
}

impl Spec {
    /// The spec, if it stays within the limits.
    pub(crate) fn checked(self) -> Result<Self, Trouble> {
        check_channels(self.channels.into())?;
        check_rate(self.sample_rate_hz)?;
        Ok(self)
    }

    /// Milliseconds of `frames` samples a channel, rounded to nearest.
    pub(crate) fn milliseconds(&self, frames: u64) -> u32 {
        milliseconds(frames, self.sample_rate_hz)
    }

    /// Mean bits a second over `frames` samples a channel.
    pub(crate) fn bit_rate(&self, frames: u64) -> u32 {
        let bits = u128::from(self.bytes) * 8 * u128::from(self.sample_rate_hz);
        bits.checked_div(u128::from(frames))
            .map_or(0, |rate| u32::try_from(rate).unwrap_or(u32::MAX))
    }
}

/// Milliseconds of `frames` samples a channel, rounded to nearest.
pub(crate) fn milliseconds(frames: u64, rate: u32) -> u32 {
    let rate = u128::from(rate.max(1));
    let exact = (u128::from(frames) * 1000 + rate / 2) / rate;
    u32::try_from(exact).unwrap_or(u32::MAX)
}

pub(crate) fn check_channels(found: u32) -> Result<(), Trouble> {
    let most = limits::CHANNELS;
    match found {
        0 => Err(Trouble::header("a stream without channels")),
        found if found > u32::from(most) => {
            Err(Trouble::Unsupported(Refusal::Channels { found, most }))
        }
        _ => Ok(()),
    }
}

pub(crate) fn check_rate(found: u32) -> Result<(), Trouble> {
    let (least, most) = (limits::LOWEST_RATE, limits::HIGHEST_RATE);
    if (least..=most).contains(&found) {
        return Ok(());
    }
    Err(Trouble::Unsupported(Refusal::SampleRate {
        found,
        least,
        most,
    }))
}
