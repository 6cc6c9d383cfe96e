#![cfg_attr(test, allow(clippy::unwrap_used))]
//! How do tranches lie in an S3-compatible store?
//!
//! ```text
//!   s3://bucket/prefix ─► Address ┐
//!   AWS_… variables ──► Settings ─┴─► Bucket ─ read, list, put, remove ─► the store
//!                                       │  └─ Ahead: several ranges on their way
//!                                       └─► BucketDisk ─► tranches of `store`
//! ```
//!
//! A [`Bucket`] is a blocking face over a store that may be far away: every call
//! retries what may pass, ends in bounded time, and tells bucket, key, status and
//! remedy where it fails. Calls may come from several threads at once.
//!
//! ```no_run
//! use longplay_objects::{Bucket, Key, Settings};
//!
//! let variables = [
//!     ("AWS_ENDPOINT_URL", "https://storage.example.org"),
//!     ("AWS_ACCESS_KEY_ID", "name"),
//!     ("AWS_SECRET_ACCESS_KEY", "secret"),
//! ];
//! let settings = Settings::from_variables(variables)?;
//! let bucket = Bucket::open(&"s3://music/archive".parse()?, &settings)?;
//! let page = "tranches/0001-audio/bagit.txt".parse::<Key>()?;
//! bucket.put_bytes(&page, b"BagIt-Version: 1.0\n".to_vec())?;
//! assert_eq!(bucket.length(&page)?, Some(19));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate reads no environment, judges no bytes, and keeps nothing on this
//! machine. Whether what came back is what was put is for the hashes of `store`.

mod address;
mod ahead;
mod bucket;
mod connection;
pub mod disk;
mod error;
pub mod fuzzing;
mod key;
mod list;
mod put;
mod settings;
mod stores;
mod stream;
mod uploads;

pub use {
    address::{Address, AddressError},
    ahead::Ahead,
    bucket::Bucket,
    error::{Error, Refusal},
    key::{Key, KeyError},
    list::{Entry, Object},
    settings::{Patience, Settings, SettingsError, Traffic, VARIABLES},
    stores::{BucketError, Buckets},
    uploads::Upload,
};
