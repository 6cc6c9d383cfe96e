//! The most value of listens for the bytes: the plan of a policy with
//! `[optimal]`.
//!
//! ```text
//!  order of the reference ─► leads: one row a recording, its listens and size
//!       leads ─► ladders: none ► access ► original ► lossless, steeply first
//!     ladders ─► floor of the reference, then steps by value for each byte
//! ```
//!
//! Why this is the optimum, and what the floor promises, is in
//! `docs/decisions/0006-the-optimal-plan.md`.

mod choose;
mod ladder;
mod leads;
mod listens;
mod reach;
mod settle;
mod told;

pub(crate) use {choose::Climb, leads::Leads};

use {
    crate::{
        estimate::Budget,
        planned::Planned,
        policy::{Optimal, Policy},
        totals::Totals,
    },
    longplay_model::Candidates,
};

/// Chooses for every recording none or a form.
///
/// The candidates are read twice. At most 13 bytes are held for a candidate at
/// a time, where three rows of four are the first of their recording; 16 where
/// all are, and the reference wants all.
pub(crate) fn optimal<C: Candidates + ?Sized>(
    source: &C,
    policy: &Policy,
    values: &Optimal,
    budget: &Budget,
    seed: u64,
) -> Result<Planned, C::Error> {
    let mut leads = Leads::read(source, policy)?;
    let choice = choose::choose(&mut leads, values, budget);
    let totals = Totals {
        budget_bytes: budget.bytes,
        seed,
        price: Some(f64::from(choice.price())),
        ..Totals::default()
    };
    Ok(settle::settle(leads, choice, values, budget, totals))
}
