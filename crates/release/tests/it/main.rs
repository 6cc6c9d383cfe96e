#![allow(clippy::unwrap_used)]

mod counting;
mod fixture;
mod gets;
mod noted;
mod parts;
mod releases;
#[path = "../../../../tests/seeds.rs"]
mod seeds;
mod server;
mod torrents;
