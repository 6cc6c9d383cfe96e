//! What hash functions of blocks of 64 bytes have in common, and ways to take blocks
//! of several messages into their states.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use std::array::from_fn;

pub const BLOCK: usize = 64;

/// The state of a hash function between two blocks.
pub trait State: Copy + Send {
    type Hash;

    const START: Self;

    fn hash(self) -> Self::Hash;

    /// The fastest way for so many messages, of which there is one at least.
    fn way_for(messages: usize) -> Way<Self>;

    /// All ways of this machine.
    fn ways() -> Vec<Way<Self>>;
}

/// A state, and whole blocks that it has still to take.
pub struct Run<'a, S> {
    pub state: &'a mut S,
    pub rest: &'a [u8],
}

/// A way to take blocks of several messages at once.
#[derive(Clone, Copy)]
pub struct Way<S> {
    /// Messages at most.
    pub lanes: usize,
    /// Takes as many bytes, whole blocks that all of them have, from each.
    pub step: fn(&mut [Run<S>], usize),
}

/// Takes `length` bytes of each of up to `LANES` messages.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub fn step<S: Copy, const LANES: usize>(
    runs: &mut [Run<S>],
    length: usize,
    take: impl Fn(&mut [S; LANES], [&[u8]; LANES], usize),
) {
    assert!(length.is_multiple_of(BLOCK), "blocks are whole");
    // Lanes for which there is no message do the last one's work again.
    let last = runs.len().min(LANES) - 1;
    let mut states = from_fn(|lane| *runs[lane.min(last)].state);
    let messages = from_fn(|lane| &runs[lane.min(last)].rest[..length]);
    take(&mut states, messages, length);
    for (run, state) in runs.iter_mut().zip(states) {
        *run.state = state;
        run.rest = &run.rest[length..];
    }
}

/// Takes the bytes of one message.
pub fn step_alone<S>(runs: &mut [Run<S>], length: usize, take: impl Fn(&mut S, &[[u8; BLOCK]])) {
    let run = &mut runs[0];
    let (bytes, rest) = run.rest.split_at(length);
    let (blocks, part) = bytes.as_chunks();
    assert!(part.is_empty(), "blocks are whole");
    take(run.state, blocks);
    run.rest = rest;
}

/// A state as bytes, the words big-endian.
pub fn bytes_of<const WORDS: usize, const BYTES: usize>(state: [u32; WORDS]) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    for (four, word) in bytes.chunks_exact_mut(4).zip(state) {
        four.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}
