use {
    longplay_model::{Finding, FindingCode, Monitor, Unit},
    std::{
        collections::BTreeSet,
        sync::{Mutex, PoisonError},
    },
};

/// A monitor that tells each finding once, and remembers what it told.
pub struct Heard<'a> {
    monitor: &'a dyn Monitor,
    told: Mutex<BTreeSet<(FindingCode, String, String)>>,
}

impl<'a> Heard<'a> {
    pub const fn new(monitor: &'a dyn Monitor) -> Self {
        Self {
            monitor,
            told: Mutex::new(BTreeSet::new()),
        }
    }

    pub fn has(&self, code: FindingCode) -> bool {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter().any(|(told, ..)| *told == code)
    }
}

impl Monitor for Heard<'_> {
    fn begin(&self, what: &str, total: Option<u64>, unit: Unit) {
        self.monitor.begin(what, total, unit);
    }

    fn advance(&self, amount: u64) {
        self.monitor.advance(amount);
    }

    fn finding(&self, finding: Finding) {
        let key = (finding.code, finding.subject.clone(), finding.place.clone());
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(key) {
            self.monitor.finding(finding);
        }
    }

    fn is_interrupted(&self) -> bool {
        self.monitor.is_interrupted()
    }
}
