//! Sources go in, snapshots come out.
#![allow(clippy::unwrap_used)]

mod audio;
mod bad_sources;
mod conflicts;
mod crash;
mod ddex;
mod diff;
mod discogs;
mod export;
mod fuzz_seeds;
mod home;
mod internet_archive;
mod kept;
mod listenbrainz;
mod made;
mod mapped;
mod merges;
mod musicbrainz;
mod open;
mod recordings;
mod records;
mod search;
#[path = "../../../../tests/seeds.rs"]
mod seeds;
mod snapshots;
mod stats;
mod succession;
mod synthetic;
