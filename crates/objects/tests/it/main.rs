//! Buckets, before a server in this process.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../../../store/tests/it/archive.rs"]
mod archive;
mod archives;
mod failing;
mod fuzz_seeds;
mod listing;
mod reading;
#[path = "../../../../tests/seeds.rs"]
mod seeds;
mod server;
mod writing;
