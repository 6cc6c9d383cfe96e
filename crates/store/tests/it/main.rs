//! The store from outside: whole archives in temporary folders.
#![allow(clippy::unwrap_used)]

mod archive;
mod ceph;
mod damage;
mod disks;
mod disks_remade;
mod donors;
mod fixture;
mod frozen;
mod fuzz_seeds;
mod healing;
mod holdings;
mod home;
mod memory;
mod one_reading;
mod pack;
mod parts;
mod pieces;
mod readings;
mod reconcile;
mod remake;
mod seal;
mod seal_killed;
#[path = "../../../../tests/seeds.rs"]
mod seeds;
mod simulator;
mod stranger;
