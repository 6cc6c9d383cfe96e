//! The store from outside: whole archives in temporary folders.
#![allow(clippy::unwrap_used)]

mod archive;
mod pack;
mod seal;
mod seal_killed;
mod stranger;
