//! What exists, and how much is it listened to?
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod durable;
mod error;
mod seekable;
mod sort;
mod spill;
mod table;
mod text;

pub mod synthetic;

pub use error::Error;
