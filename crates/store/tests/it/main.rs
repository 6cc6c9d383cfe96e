//! The store from outside: whole archives in temporary folders.
#![allow(clippy::unwrap_used)]

mod archive;
mod ceph;
mod damage;
mod disks;
mod donors;
mod fixture;
mod frozen;
mod healing;
mod home;
mod memory;
mod pack;
mod parts;
mod seal;
mod seal_killed;
mod stranger;
