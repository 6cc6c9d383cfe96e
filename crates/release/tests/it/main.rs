#![allow(clippy::unwrap_used)]

mod fixture;
mod gets;
mod releases;
mod server;
mod torrents;
