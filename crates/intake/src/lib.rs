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
