use crate::Finding;

/// Who watches a long job: shows progress, collects findings, may stop it.
///
/// Called from several threads at once.
pub trait Monitor: Sync {
    /// A part of the job begins; `total` is in `unit`s where it is known.
    fn begin(&self, what: &str, total: Option<u64>, unit: Unit);

    /// `amount` more units of the current part are done.
    fn advance(&self, amount: u64);

    /// Something is wrong with the data; the job goes on.
    fn finding(&self, finding: Finding);

    /// Whether the user asked the job to stop. Asked between steps, each of
    /// which leaves a state from which the same command finishes.
    fn is_interrupted(&self) -> bool {
        false
    }
}

/// What progress is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Bytes,
    Items,
}

/// A monitor that shows and keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
    fn advance(&self, _: u64) {}
    fn finding(&self, _: Finding) {}
}

/// Shows progress to another monitor and keeps findings back: for looking where
/// something else tells what was found.
pub struct Quiet<'a>(pub &'a dyn Monitor);

impl Monitor for Quiet<'_> {
    fn begin(&self, what: &str, total: Option<u64>, unit: Unit) {
        self.0.begin(what, total, unit);
    }

    fn advance(&self, amount: u64) {
        self.0.advance(amount);
    }

    fn finding(&self, _: Finding) {}

    fn is_interrupted(&self) -> bool {
        self.0.is_interrupted()
    }
}
