//! Intake from outside: collections made in code, a catalog and a plan that
//! the tests hold in memory.

#![allow(clippy::unwrap_used)]

mod bad_input;
mod fixture;
mod interrupted;
mod rights;
#[path = "../../../../tests/seeds.rs"]
mod seeds;
mod whole_way;
