//! Do wide registers agree with their twin on whatever the fuzz target starts from?
#![allow(clippy::unwrap_used)]

mod fuzz_seeds;
#[path = "../../../../tests/seeds.rs"]
mod seeds;
