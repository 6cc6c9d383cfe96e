//! The whole command, run in process on content made in code.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod kills;
mod questions;
mod readme;
mod rebuild;
#[allow(dead_code)]
#[path = "../../../objects/tests/it/server/mod.rs"]
mod server;
mod stores;
mod support;
mod updates;
mod walkthrough;
mod way;
