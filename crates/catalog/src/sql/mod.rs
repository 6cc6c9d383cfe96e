//! Any question in SQL, asked of the tables of a snapshot where they lie.
//!
//! ```text
//!   text ─► query ─► plan ─► pages and row groups ─► batches ─► answer
//!             │        │                                          │
//!      known tables  provider: filters, columns, row numbers    rows, JSON,
//!      only                                                     CSV, a file
//! ```
//!
//! The engine is Apache DataFusion. Its tasks run on threads of their own;
//! whoever asks waits for one batch after the other.

mod answer;
mod cells;
mod column;
mod engine;
mod error;
mod file;
mod ids;
mod memory;
mod own;
mod provider;
mod query;
mod rows;
mod shape;
mod sources;
#[cfg(test)]
mod tests;
mod views;

pub use {
    answer::{Answer, SqlRows},
    column::SqlColumn,
    engine::{Sql, SqlOptions, SqlTable},
    error::SqlError,
    file::{SqlFile, SqlFormat},
};
