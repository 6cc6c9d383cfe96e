//! How often is it heard, by the count of whom?
//!
//! Some sources tell figures about recordings that others describe: counts by
//! MBID or ISRC, or the listens themselves. They are sorted by what they are
//! about and looked up when the catalog is put together.
//!
//! ```text
//!   facts   ┐                    ┌ one table, sorted by target,
//!           ├─► runs ─► merge ─► │ source and metric ─► Table::of
//!   listens ┘   (spilled)        └ (in memory or a file)
//! ```
//!
//! A figure stays (source, metric, value, time). Whoever listened is a number
//! that nobody can turn back, and does not leave the runs.

mod collect;
mod fact;
mod packed;
mod runs;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use {
    collect::Collector,
    fact::{Fact, Metric, Target},
    table::Table,
};
