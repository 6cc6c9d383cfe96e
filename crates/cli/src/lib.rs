#![cfg_attr(test, allow(clippy::unwrap_used))]
//! How does a person tell longplay what to do, and hear what it did?
//!
//! ```text
//!   what was typed ─ arguments ─► verbs ─► stages ─► report ─► stdout
//!                                   │        │
//!                                   └─ watch ◄── progress and findings ─► stderr, stdout
//! ```
//!
//! The process is an argument: [`Env`] holds the arguments, the folder, the
//! clock and the streams, so that every command runs inside a test as it runs
//! in a terminal.
//!
//! This crate connects the stages and prints; it holds no rule of theirs.

mod arguments;
mod card;
mod demo;
mod env;
mod exit;
mod grid;
mod named;
mod pace;
mod pages;
mod report;
mod session;
mod spill;
mod verbs;
mod watch;

pub use {
    env::{Env, Input, Stream},
    exit::Exit,
};

/// Runs one command and prints its result.
pub fn run(env: &Env) -> Exit {
    verbs::run(env)
}
