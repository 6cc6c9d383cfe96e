//! The store from outside.

#![allow(clippy::unwrap_used)]

mod home;
