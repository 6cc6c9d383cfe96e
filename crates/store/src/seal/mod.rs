//! From staging to a finished tranche: `plan` says what will be written, every
//! length known; `execute` writes it stripe by stripe.
//!
//! ```text
//!   receipts ─ gather ─► items ─ split ─► packs ─► stripes      (a pure value)
//!   staging ─ one pass ─► packs, leaves, pieces, recovery packs ─► bags ─► names
//!           ─ brought to a store elsewhere, if it is to lie there
//!           ─ read back ─► journal ─► staging emptied
//! ```
//!
//! A kill at any moment leaves a state from which the same command goes on:
//! finished stripes are kept, finished tranches are entered into the journal,
//! and staging is emptied only of what the journal vouches for.

mod carry;
mod check;
pub(crate) mod doubt;
mod execute;
mod gather;
mod hashing;
mod held;
mod lane;
mod paths;
pub(crate) mod pending;
mod place;
mod plan;
mod request;
mod shard;
mod sheet;
mod split;
mod stop;
mod stripe;
mod tranche;

mod write;
mod writer;

pub use {
    execute::{SealSummary, SealedSummary, execute},
    plan::{SealPlan, plan},
    request::{Payload, SealRequest},
    shard::{Content, ShardPlan},
    tranche::{StripePlan, TranchePlan},
};
