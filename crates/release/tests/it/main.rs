#![allow(clippy::unwrap_used)]

mod counting;
mod fixture;
mod gets;
mod noted;
mod parts;
mod releases;
mod server;
mod torrents;
