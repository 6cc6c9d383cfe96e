//! Does the fast plan agree with a slow and obvious one?
#![allow(clippy::unwrap_used)]

mod naive;
mod properties;
mod shape;
