//! What do the wide registers of a processor do faster?
//!
//! Products in GF(2^8) for the recovery code, and hashes of several blocks at once.
//! The only crate of longplay with unsafe code. Everything has a twin without any,
//! which is used where a processor lacks the instructions, and which tests compare
//! with each way that this machine has.

pub mod gf;
mod hashes;
mod product;

pub use {
    hashes::hash_each,
    product::{Engine, Products},
};
