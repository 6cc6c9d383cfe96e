#![cfg_attr(test, allow(clippy::unwrap_used))]
//! How does what may leave the archive reach anyone?

mod bag;
pub mod bencode;
mod encode;
mod error;
mod gate;
mod plan;
mod public;
mod release;
mod swarm;
pub mod torrent;

pub use {
    error::Error,
    plan::{HeldTranche, PlannedTranche, ReleaseOptions, ReleasePlan, plan},
    public::listing::{Listing, PublicRecovery, PublicTorrent, PublicTranche, RightsCount},
    public::map::MapRecord,
    release::{ReleaseSummary, ReleasedItem, release},
};
