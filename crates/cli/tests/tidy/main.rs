//! Does the house stand as ARCHITECTURE.md says?
//!
//! Every rule that a reader of manifests, sources and pages can check is a
//! test here; a failure names file, line and rule.
#![allow(clippy::unwrap_used)]

mod circles;
mod findings;
mod manifests;
mod paths;
mod rust;
mod sources;
mod words;

/// Fails with all problems at once, one a line.
#[track_caller]
fn none_of(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
