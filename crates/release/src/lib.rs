#![cfg_attr(test, allow(clippy::unwrap_used))]
//! How does what may leave the archive reach anyone?
//!
//! ```text
//!   tranches/ ─ plan ─► ReleasePlan ─ release ─► public/ ─ get ─► one track
//!                          │                       ├─ .torrent (v1 + v2)
//!                          └─ held back: R001      ├─ index.html, feed.atom
//!                                                  └─ map.jsonl, tranches.json
//! ```
//!
//! [`plan()`] says which tranches are open and in which order they go out:
//! metadata, audio by number, art. [`release()`] checks the rights of every
//! item and the length of every file that it publishes, makes the torrents from
//! what was sealed or from every byte, and fills a folder that any web server can
//! serve. [`get()`] brings a single item back
//! out of such a folder by one exact range read.
//!
//! ```
//! use longplay_model::{FixedClock, Silent, Timestamp};
//! use longplay_release::{ReleaseOptions, plan, release};
//! use longplay_store::{Config, Home};
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let root = folder.path().join("archive");
//! let now = Timestamp::from_unix_seconds(0);
//! let clock = FixedClock(now);
//! let home = Home::create(&root, &Config::new("Village archive"), &clock).unwrap();
//! let options = ReleaseOptions::new(home.public_dir()?, now);
//! let plan = plan(&home, &options)?;
//! assert!(plan.tranches.is_empty());
//! release(&home, &plan, &options, &clock, &Silent)?;
//! assert!(home.public_dir()?.join("index.html").exists());
//! # Ok::<(), longplay_release::Error>(())
//! ```
//!
//! This crate never looks inside audio or pictures, never writes to a tranche,
//! and never talks to a swarm: real BitTorrent clients do. It uses the network
//! in [`get()`] and [`Mirror`] alone.

mod bag;
pub mod bencode;
mod encode;
mod error;
pub mod fuzzing;
mod gate;
mod get;
mod plan;
mod public;
mod release;
mod swarm;
pub mod torrent;

pub use {
    error::Error,
    get::{
        Found, From, GetOptions, Got, GotPart, Mirror, Part, PartPlan, ProvenBy, Target, find,
        find_part, get, get_part, is_address, is_archive,
    },
    plan::{HeldTranche, PlannedTranche, ReleaseOptions, ReleasePlan, plan},
    public::listing::{
        Listing, PublicProofs, PublicRecovery, PublicTorrent, PublicTranche, RightsCount,
    },
    public::map::MapRecord,
    release::{ReleaseSummary, ReleasedItem, release},
};
