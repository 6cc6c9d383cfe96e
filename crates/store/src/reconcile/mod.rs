//! Is what should be there what is there?
//!
//! ```text
//!   journal ─► tag manifests ─► manifests ─┐
//!   receipts, imports, plans ──────────────┴─► expected ─┐
//!   folders ─────────────────────────────────► present  ─┴─► lost, moved, unknown
//!                                                              │
//!                                    back to its place ◄───────┘
//! ```
//!
//! Names and lengths are compared; only files that might be a lost one under
//! another path are read. Whether the bytes of a file in its place are right is
//! for `verify`.

mod apply;
mod compare;
mod expected;
mod known;
mod listed;
mod present;
mod tell;

pub use {
    compare::{Lost, Moved, ReconcilePlan, Unknown},
    expected::Belongs,
    tell::tell,
};

use {
    crate::{
        error::Error,
        home::Home,
        reconcile::{apply::move_back, compare::compare, present::Tree},
    },
    longplay_model::{ByteSize, Clock, Difference, Event, Monitor, Tally, grouped},
    serde::Serialize,
};

/// What a reconciliation did.
#[derive(Debug, Clone, Serialize)]
pub struct ReconcileSummary {
    pub before: Difference,
    /// Files that went back to their places.
    pub moved: Vec<Moved>,
    /// What is there now.
    pub after: ReconcilePlan,
}

/// Above this part of all files, or of all bytes, nothing is changed unless it
/// was said that so much may differ.
const MOST_DIFFERENCE: f64 = 0.01;

/// Compares what the journal says should be there with what is there. Nothing is
/// changed, and nothing told. What is on disks that are not there is not judged.
///
/// # Errors
/// When a folder cannot be listed, whoever holds the tranches does not answer, or the
/// job is interrupted.
pub fn plan_reconcile(home: &Home, monitor: &dyn Monitor) -> Result<ReconcilePlan, Error> {
    compare(home, monitor)
}

/// Gives the files of `plan` that moved their places back, never overwriting
/// anything, and enters into the journal what was before and what is after. What
/// is unknown stays where it is.
///
/// # Errors
/// [`Error::TooDifferent`] before anything is changed, unless `allow_difference`.
pub fn reconcile(
    home: &Home,
    plan: &ReconcilePlan,
    allow_difference: bool,
    clock: &dyn Clock,
    monitor: &dyn Monitor,
) -> Result<ReconcileSummary, Error> {
    if !home.is_writable() {
        return Err(Error::ReadOnly {
            path: home.root().into(),
        });
    }
    if let Some(refusal) = plan.refusal().filter(|_| !allow_difference) {
        return Err(refusal);
    }
    let moved = move_back(&Tree::of(home), &plan.moved, monitor)?;
    let after = compare(home, monitor)?;
    let event = Event::Reconciliation {
        expected: plan.expected,
        before: plan.difference(),
        after: after.difference(),
    };
    home.record(event, clock)?;
    Ok(ReconcileSummary {
        before: plan.difference(),
        moved,
        after,
    })
}

impl ReconcilePlan {
    /// How many files, and how many bytes, are not as they should be.
    pub fn difference(&self) -> Difference {
        Difference {
            lost: sum(self.lost.iter().map(|it| (1, it.bytes.unwrap_or(0)))),
            moved: sum(self.moved.iter().map(|it| (1, it.bytes))),
            unknown: sum(self.unknown.iter().map(|it| (it.files, it.bytes))),
        }
    }

    /// Whether what should be there is there, under its names, as far as disks are
    /// there.
    pub const fn is_sound(&self) -> bool {
        self.lost.is_empty() && self.moved.is_empty()
    }

    /// Why nothing should be changed, when more than 1 % differs.
    pub fn refusal(&self) -> Option<Error> {
        let Difference {
            lost,
            moved,
            unknown,
        } = self.difference();
        let files = lost.files + moved.files + unknown.files;
        let bytes = lost.bytes.saturating_add(moved.bytes);
        let bytes = bytes.saturating_add(unknown.bytes);
        let by_files = share(files, self.expected.files);
        let by_bytes = share(bytes, self.expected.bytes);
        if by_files.max(by_bytes) <= MOST_DIFFERENCE {
            return None;
        }
        let (different, expected, share) = match by_files >= by_bytes {
            true => (
                format!("{} files", grouped(files)),
                grouped(self.expected.files),
                by_files,
            ),
            false => (
                ByteSize(bytes).to_string(),
                ByteSize(self.expected.bytes).to_string(),
                by_bytes,
            ),
        };
        Some(Error::TooDifferent {
            different,
            expected,
            percent: format!("{:.1}", share * 100.0),
        })
    }
}

fn sum(items: impl Iterator<Item = (u64, u64)>) -> Tally {
    items.fold(Tally::default(), |sum, (files, bytes)| Tally {
        files: sum.files + files,
        bytes: sum.bytes.saturating_add(bytes),
    })
}

/// Of nothing, anything is more than all.
fn share(part: u64, whole: u64) -> f64 {
    match (part, whole) {
        (0, _) => 0.0,
        (_, 0) => 1.0,
        (part, whole) => part as f64 / whole as f64,
    }
}
