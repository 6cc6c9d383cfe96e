//! The store from outside: whole archives in temporary folders.
#![allow(clippy::unwrap_used)]

mod archive;
mod damage;
mod fixture;
mod healing;
mod home;
mod pack;
mod seal;
mod seal_killed;
mod stranger;
