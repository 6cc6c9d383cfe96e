use longplay_model::{Finding, Monitor, Unit};

/// How fast files may be read, and for how long.
pub trait Pace: Sync {
    /// Waits until so many more bytes may have been read.
    fn wait(&self, bytes: u64);

    /// Whether no other file may be begun.
    fn is_over(&self) -> bool;
}

/// Reads as fast as it can, to the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unhurried;

impl Pace for Unhurried {
    fn wait(&self, _: u64) {}

    fn is_over(&self) -> bool {
        false
    }
}

/// Slows down whoever reports what was read.
pub(super) struct Paced<'a> {
    pub monitor: &'a dyn Monitor,
    pub pace: &'a dyn Pace,
}

impl Monitor for Paced<'_> {
    fn begin(&self, what: &str, total: Option<u64>, unit: Unit) {
        self.monitor.begin(what, total, unit);
    }

    fn advance(&self, amount: u64) {
        self.monitor.advance(amount);
        self.pace.wait(amount);
    }

    fn finding(&self, finding: Finding) {
        self.monitor.finding(finding);
    }

    fn is_interrupted(&self) -> bool {
        self.monitor.is_interrupted()
    }
}
