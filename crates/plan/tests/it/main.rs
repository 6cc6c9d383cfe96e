//! Does the fast plan agree with a slow and obvious one?
#![allow(clippy::unwrap_used)]

mod columns;
mod naive;
mod optimal;
mod properties;
mod shape;
