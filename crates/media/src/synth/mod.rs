//! Sound and files made in code, for demonstrations and tests.
//!
//! Nothing in here is taken from anywhere, so it belongs to nobody. The same
//! seed gives the same samples and pictures on every machine: composing uses
//! integers only.

mod compose;
mod dice;
mod frames;
mod mp3;
mod pcm;
mod picture;
mod write;

pub use {
    compose::compose,
    pcm::Pcm,
    picture::{CoverFormat, cover},
    write::write,
};
