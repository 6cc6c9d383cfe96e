//! What the benches of this folder share.

mod dice;
mod queries;

pub use {
    dice::Dice,
    queries::{Sample, ask, find_known_items, popular},
};

use std::time::Duration;

/// One line of percentiles; the times are sorted then.
pub fn show(name: &str, times: &mut [Duration]) {
    times.sort_unstable();
    println!(
        "{name:<26}p50 {:>9.2?}  p95 {:>9.2?}  p99 {:>9.2?}  most {:>9.2?}",
        percentile(times, 0.5),
        percentile(times, 0.95),
        percentile(times, 0.99),
        percentile(times, 1.0)
    );
}

fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let last = sorted.len().saturating_sub(1) as f64;
    sorted
        .get((last * share) as usize)
        .copied()
        .unwrap_or_default()
}

/// A size of this process in MiB, 0 where the system does not tell: `VmRSS`,
/// all that is resident, files included; `RssAnon`, what it allocated.
pub fn status(key: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    let kib = line.and_then(|line| line[1..].split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
