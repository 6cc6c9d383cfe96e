#![cfg_attr(test, allow(clippy::unwrap_used))]
//! How are bytes kept so that none is lost silently?
//!
//! ```text
//!              record                    seal                 verify
//!   intake ─► journal/ ─► state.sqlite ───────► tranches/ ─────────► findings
//!      └────► staging/blobs/ ─────────────────────▲  ▲                  │
//!                                                 └──┴──── repair ◄─────┘
//! ```
//!
//! An archive is a folder ([`Home`]). Facts go to the journal first; the state
//! cache is made from it. Blobs wait in [`Staging`] until they are sealed into
//! the packs of a tranche, beside the recovery packs that heal them. What was
//! lost beside packs and kits is made again from these ([`remake()`](remake())); what the
//! journal knows and what is on disk are compared by [`reconcile()`](reconcile()).
//!
//! ```
//! use longplay_model::{FixedClock, Silent, Timestamp};
//! use longplay_store::{Config, Home, Mode};
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let root = folder.path().join("archive");
//! let clock = FixedClock(Timestamp::from_unix_seconds(0));
//! Home::create(&root, &Config::new("Village archive"), &clock)?;
//! let home = Home::open(&root, Mode::Read, &Silent)?;
//! assert_eq!(home.state().counts()?.receipts, 0);
//! # Ok::<(), longplay_store::Error>(())
//! ```
//!
//! Files are asked for by [`disk::Location`]: on the disks of this system, or on
//! any other [`disk::Disk`].
//!
//! This crate never decodes audio, asks the system for neither time nor
//! settings, and prints nothing. Damage comes back as findings; an error means
//! that it could not look or could not act.

mod behind;
mod cache;
mod config;
pub mod disk;
pub mod durable;
mod error;
mod fold;
pub mod fuzzing;
mod home;
mod indexes;
mod journal;
mod lock;
mod nowhere;
mod staging;
mod state;
mod stores;
mod work;

pub use {
    config::{Config, Recovery, VERSION},
    error::Error,
    home::{Home, Mode, tranches_of},
    staging::{BlobWriter, Staging},
    state::{
        Counts, FixityChecked, ImportedSource, Refused, ReleasedTranche, SealedTranche, State,
    },
    stores::{DisksAlone, NoWay, Stores, TrancheStore},
    work::with_workers,
};

pub mod stranger;

pub mod bag;
pub mod code;
pub mod kit;
pub mod leaves;
pub mod merkle;
pub mod names;
pub mod pack;
pub mod pieces;
pub mod seal;
pub mod spread;
pub mod tar;

pub mod facts;
pub mod holdings;
pub mod reconcile;
pub mod remake;
pub mod repair;
pub mod verify;

pub use nowhere::LostTrack;
pub use reconcile::{ReconcilePlan, ReconcileSummary, plan_reconcile, reconcile};
pub use remake::{Remade, TrancheLook, remake};
pub use repair::{
    Donor, FolderDonor, RepairPlan, RepairSummary, leave_no_empty, make_room, plan_repair, repair,
};
pub use verify::{
    FileReport, FileState, Pace, TouchedItem, TrancheReport, Unhurried, VerifyOptions,
    VerifyReport, verify, verify_tranche,
};
