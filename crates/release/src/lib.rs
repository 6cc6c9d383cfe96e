#![cfg_attr(test, allow(clippy::unwrap_used))]
//! How does what may leave the archive reach anyone?

pub mod bencode;
mod encode;
pub mod torrent;
