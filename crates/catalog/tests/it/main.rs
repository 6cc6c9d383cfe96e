//! Sources go in, snapshots come out.
#![allow(clippy::unwrap_used)]

mod audio;
mod crash;
mod home;
mod kept;
mod musicbrainz;
mod open;
mod recordings;
mod records;
mod search;
mod snapshots;
