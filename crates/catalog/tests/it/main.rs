//! Sources go in, snapshots come out.
#![allow(clippy::unwrap_used)]

mod audio;
mod crash;
mod fuzz_seeds;
mod ddex;
mod discogs;
mod home;
mod internet_archive;
mod kept;
mod listenbrainz;
mod mapped;
mod musicbrainz;
mod open;
mod recordings;
mod records;
mod search;
mod snapshots;
mod synthetic;
