//! Which recordings are kept, in which form, when there is not room for all?
//!
//! Popularity decides the order and the form, a budget decides the cut, and
//! every row says why:
//!
//! ```text
//!  Candidates ──► head: popularity > 0, most popular first ──┐
//!  (rank order)                                              ├─► budget ─► PlanRows
//!             └─► tail: by score, nothing below the cut ─────┘             Totals
//! ```
//!
//! ```
//! use longplay_plan::{Budget, Policy, plan};
//! let budget = Budget { bytes: 50_000_000_000, k: 20, m: 4 };
//! let mut rows = Vec::new();
//! let totals = plan([].into_iter(), &Policy::reference(), &budget, 7, &mut |row| rows.push(row));
//! assert_eq!(totals.kept, 0);
//! ```
//!
//! The plan is a function of candidates, policy and budget alone. This crate
//! does no input or output: rows come from an iterator and go to a sink. It
//! never looks into a file, and it does not ask for rights: what is dark is
//! kept like everything else, and only release looks at access.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod bits;
mod curve;
mod error;
mod estimate;
mod explain;
mod files;
mod frontier;
mod listed;
mod lookup;
mod marks;
mod optimal;
mod order;
pub mod picture;
mod planned;
mod policy;
mod reference;
mod score;
mod select;
mod sort;
mod totals;

pub use {
    curve::Curve,
    error::Error,
    estimate::{Budget, choose_form, estimate_bytes, estimate_file_bytes},
    explain::{Terms, explain},
    frontier::{Frontier, FrontierRow, frontier},
    listed::Listed,
    lookup::PlanLookup,
    planned::Planned,
    policy::{Head, Optimal, POLICY_VERSION, Policy, Tail, Unrated},
    score::{Score, tail_score},
    select::{plan, plan_columns, score},
    totals::{FormTotal, Totals},
};
