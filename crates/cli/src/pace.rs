//! How fast a command may read, and for how long.

use {
    longplay_model::Monitor,
    longplay_store::Pace,
    std::{
        sync::{Mutex, PoisonError},
        thread,
        time::{Duration, Instant},
    },
};

/// A pause is never longer, so that whoever interrupts is heard.
const NAP: Duration = Duration::from_millis(100);

/// What was not read for a while may be made up for, as much as in this time.
const SLACK: Duration = Duration::from_secs(1);

/// Bytes a second, and an end.
pub struct Timed<'a> {
    rate: Option<u64>,
    until: Option<Instant>,
    /// When what was read so far may have been read.
    due: Mutex<Instant>,
    monitor: &'a dyn Monitor,
}

impl<'a> Timed<'a> {
    /// Begins now.
    pub fn new(rate: Option<u64>, longest: Option<Duration>, monitor: &'a dyn Monitor) -> Self {
        let now = Instant::now();
        Self {
            rate,
            until: longest.and_then(|longest| now.checked_add(longest)),
            due: Mutex::new(now),
            monitor,
        }
    }

    fn due_after(&self, bytes: u64, rate: u64) -> Instant {
        let now = Instant::now();
        let took = Duration::from_secs_f64(bytes as f64 / rate as f64);
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        *due = (*due).max(now.checked_sub(SLACK).unwrap_or(now)) + took;
        *due
    }
}

impl Pace for Timed<'_> {
    fn wait(&self, bytes: u64) {
        let Some(rate) = self.rate else { return };
        let due = self.due_after(bytes, rate.max(1));
        while !self.monitor.is_interrupted() {
            match due.saturating_duration_since(Instant::now()) {
                Duration::ZERO => return,
                left => thread::sleep(left.min(NAP)),
            }
        }
    }

    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}

#[cfg(test)]
mod tests {
    use {super::*, longplay_model::Silent};

    #[test]
    fn what_was_read_is_due_when_the_rate_allows_it() {
        let pace = Timed::new(Some(1_000), None, &Silent);
        let first = pace.due_after(60_000, 1_000);
        let second = pace.due_after(30_000, 1_000);
        assert_eq!(second - first, Duration::from_secs(30));
        assert!(!pace.is_over());
    }

    #[test]
    fn an_end_of_no_time_is_over_at_once() {
        assert!(Timed::new(None, Some(Duration::ZERO), &Silent).is_over());
        assert!(!Timed::new(None, Some(Duration::MAX), &Silent).is_over());
    }
}
