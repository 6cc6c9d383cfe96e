//! What exists, and how much is it listened to?
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod durable;
mod error;
mod kept;
mod options;
mod popularity;
mod recordings;
mod row;
mod seekable;
mod sort;
mod sources;
mod spill;
mod table;
mod text;

pub mod synthetic;

pub use {
    error::Error,
    options::{Dirs, ImportOptions, ImportPlan, ImportSummary},
    row::CollectionFile,
    table::TableFile,
};
