//! The crate as its users see it, on files made in code.
#![allow(clippy::unwrap_used)]

mod damage;
mod encoding;
mod fixture;
mod hostile;
mod sound;
mod strangers;
mod tagging;
