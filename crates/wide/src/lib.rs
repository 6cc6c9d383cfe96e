//! What do the wide registers of a processor do faster?
//!
//! Products in GF(2^8) for the recovery code, and hashes of several messages at once:
//! of blocks of one length, and of streams that advance side by side, with their pieces
//! or without.
//! The only crate of longplay with unsafe code. Everything has a twin without any,
//! which is used where a processor lacks the instructions, and which tests compare
//! with each way that this machine has.

pub mod fuzzing;
pub mod gf;
mod hashes;
mod product;

pub use {
    hashes::{
        PiecesJob, Sha1Stream, Sha256Stream, advance_each, advance_with_pieces, hash_each,
        side_by_side, side_by_side_with_pieces,
    },
    product::{Engine, Products},
};
