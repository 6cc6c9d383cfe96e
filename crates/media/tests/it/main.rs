//! The crate as its users see it, on files made in code.
#![allow(clippy::unwrap_used)]

mod damage;
mod encoding;
mod fixture;
mod fuzz_seeds;
mod hostile;
#[path = "../../../../tests/seeds.rs"]
mod seeds;
mod sound;
mod strangers;
mod tagging;
