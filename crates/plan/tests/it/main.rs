//! Does the fast plan agree with a slow and obvious one?
#![allow(clippy::unwrap_used)]

mod columns;
mod fuzz_seeds;
mod naive;
mod optimal;
mod properties;
#[path = "../../../../tests/seeds.rs"]
mod seeds;
mod shape;
