#![cfg_attr(test, allow(clippy::unwrap_used))]
//! Which files of a collection does the archive take in, and as what?
//!
//! ```text
//!   collection ─► read once ─► examine ─► identify ─► ask the plan ─► make the form
//!                 (staging)    (decode)   (matcher)                        │
//!   journal ◄─ receipt ◄──────── blobs durable in staging ◄────────────────┘
//! ```
//!
//! Files are worked on by several threads and recorded in the order of their
//! paths, so that the receipts do not depend on how many threads there are or
//! on how often the work was interrupted: what has a receipt is passed over.
//!
//! ```no_run
//! # use longplay_intake::{Error, IntakeOptions, IntakeSummary, intake};
//! # use longplay_model::{Clock, Matcher, Monitor};
//! # use longplay_plan::PlanLookup;
//! # fn example(
//! #     home: &longplay_store::Home, catalog: &dyn Matcher, plan: &dyn PlanLookup,
//! #     clock: &dyn Clock, monitor: &dyn Monitor,
//! # ) -> Result<(), Error> {
//! let options = IntakeOptions {
//!     collection: "/srv/music".into(),
//!     rights: None,
//!     rights_file: Some("/srv/rights.csv".into()),
//!     threads: 4,
//!     fingerprint: true,
//! };
//! let summary: IntakeSummary = intake(home, &options, catalog, plan, clock, monitor)?;
//! assert_eq!(summary.files, summary.taken + summary.held + summary.failed
//!     + summary.not_chosen + summary.not_in_catalog + summary.duplicates);
//! # Ok(())
//! # }
//! ```
//!
//! This crate never writes to the collection, keeps no form that the plan did
//! not choose, and takes in nothing that does not decode to its end.

mod error;
mod file;
mod forms;
mod intake;
mod ordered;
mod outcome;
mod read;
mod record;
mod summary;
mod survey;
mod take;
mod walk;

pub use {
    error::Error,
    intake::{IntakeOptions, intake},
    summary::IntakeSummary,
    survey::{IntakePlan, SurveyRow, Verdict, survey},
};
