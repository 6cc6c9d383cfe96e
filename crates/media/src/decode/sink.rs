//! Who takes decoded samples, and the counting on the way there.

use {
    super::block::Block,
    crate::{error::Error, spec::Spec, trouble::Trouble},
};

/// Takes the samples of one file from first to last.
pub(crate) trait Sink {
    /// Called once, before any sample.
    fn begin(&mut self, spec: &Spec) -> Result<(), Error>;
    fn take(&mut self, block: Block<'_>) -> Result<(), Error>;
}

/// Drops what encoders added in front and behind, and counts the rest.
pub(crate) struct Meter<'a> {
    sink: &'a mut dyn Sink,
    channels: u64,
    /// Frames still to be dropped.
    skip: u64,
    /// Frames after those that are kept; none: all.
    keep: Option<u64>,
    /// Frames handed on.
    pub(crate) frames: u64,
}

impl<'a> Meter<'a> {
    pub(crate) fn begin(sink: &'a mut dyn Sink, spec: &Spec) -> Result<Self, Trouble> {
        sink.begin(spec)?;
        Ok(Self {
            sink,
            channels: spec.channels.into(),
            skip: 0,
            keep: None,
            frames: 0,
        })
    }

    /// Drops `skip` frames from here on and then keeps `keep`.
    pub(crate) fn trim(&mut self, skip: u64, keep: Option<u64>) {
        self.skip = skip;
        self.keep = keep.map(|keep| self.frames.saturating_add(keep));
    }

    pub(crate) fn take(&mut self, block: Block<'_>) -> Result<(), Trouble> {
        let there = block.len() as u64 / self.channels;
        let front = there.min(self.skip);
        self.skip -= front;
        let room = self
            .keep
            .map_or(u64::MAX, |keep| keep.saturating_sub(self.frames));
        let most = (there - front).min(room);
        if most == 0 {
            return Ok(());
        }
        self.frames += most;
        let samples = |frames: u64| (frames * self.channels) as usize;
        let block = block.cut(samples(front), samples(most));
        self.sink.take(block).map_err(Trouble::from)
    }
}
