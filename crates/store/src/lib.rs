#![cfg_attr(test, allow(clippy::unwrap_used))]
//! How are bytes kept so that none is lost silently?
