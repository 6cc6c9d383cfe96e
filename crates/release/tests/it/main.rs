#![allow(clippy::unwrap_used)]

mod fixture;
mod gets;
mod parts;
mod releases;
mod server;
mod torrents;
