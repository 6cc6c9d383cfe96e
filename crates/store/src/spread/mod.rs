//! How do the files of a stripe stand on several disks, so that the loss of one
//! disk is healed?
//!
//! ```text
//!   tranches/0002-audio-open/data/packs/…-000000.tar ──► disk 1/<id>/0002-audio-open/data/packs/…-000000.tar
//!                                       …-000001.tar ──► disk 2/<id>/…
//!   tranches/0002-audio-open-recovery/data/recovery/… ──► disk 3/<id>/…
//!   (links)                                               (files)
//! ```
//!
//! Packs and recovery packs stand on the disks; all else, and a link for each of
//! them, in the bag. So a bag reads as it always does, by any tool. Each disk
//! says by a marker which disk of which archive it is
//! (`docs/decisions/0013-several-disks.md`).

mod berth;
mod links;
mod marker;
pub mod rule;
mod told;
mod volumes;
mod walk;

pub use {
    berth::Berth,
    links::{NOTE, follow, relink, remove_bag, remove_unlinked},
    marker::is_marker,
    told::{Told, told_by_links},
    volumes::{Turn, Volume, Volumes, on_one_device},
    walk::{files_below, is_unfinished, links_of},
};
