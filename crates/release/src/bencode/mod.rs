//! Bencoding (BEP 3): the alphabet of torrent files.
//!
//! ```text
//!   i42e   4:spam   l4:spami42ee   d3:cow3:moo4:spami42ee
//! ```
//!
//! [`read`] accepts canonical text only: what it accepts, [`Value`] writes
//! again byte for byte.

mod read;
mod write;

pub use {
    read::{Item, Limits, Mistake, Node, ReadError, read},
    write::Value,
};
