//! Buckets, before a server in this process.
#![allow(clippy::unwrap_used)]

mod failing;
mod listing;
mod reading;
mod server;
mod writing;
