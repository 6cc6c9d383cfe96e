//! Streams of SHA-256, of which each piece is hashed by itself too.

use super::{
    hash_each,
    streams::{Sha256Stream, advance_each},
    way::BLOCK,
};

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use {
    super::{
        sha256::{START, end_of},
        way::bytes_of,
    },
    std::{array::from_fn, cmp::Reverse},
};

#[cfg(target_arch = "x86_64")]
use super::{
    avx512,
    x86::{self, self as extensions},
};

#[cfg(target_arch = "aarch64")]
use super::arm as extensions;

/// A message on its way through SHA-256, and its next bytes.
pub struct PiecesJob<'a> {
    pub stream: &'a mut Sha256Stream,
    /// Afterwards those that make no whole piece; the stream has not taken them.
    pub bytes: &'a [u8],
    /// Gets the hash of each whole piece.
    pub hashes: &'a mut Vec<[u8; 32]>,
}

/// Takes whole pieces of `length` bytes of each message into its stream, and hashes
/// each of them by itself. Where all messages stand at the start of a block, what both
/// hashes have in common is worked out once.
///
/// ```
/// use longplay_wide::{PiecesJob, Sha256Stream, advance_with_pieces, hash_each};
///
/// let (mut stream, mut hashes) = (Sha256Stream::new(), Vec::new());
/// let mut jobs = [PiecesJob {
///     stream: &mut stream,
///     bytes: &[7; 150],
///     hashes: &mut hashes,
/// }];
/// advance_with_pieces(&mut jobs, 64);
/// assert_eq!(jobs[0].bytes.len(), 22);
/// assert_eq!(hashes, hash_each(&[7; 128], 64));
/// assert_eq!(stream.bytes(), 128);
/// ```
///
/// # Panics
/// When `length` is 0 or no multiple of 64.
pub fn advance_with_pieces(jobs: &mut [PiecesJob], length: usize) {
    assert!(is_whole_blocks(length), "a piece is whole blocks");
    match jobs.iter().all(|job| job.stream.filled() == 0) {
        true => {
            let whole = jobs.iter().filter(|job| job.bytes.len() >= length);
            (way_for(whole.count()).advance)(jobs, length);
        }
        false => apart(jobs, length),
    }
}

const fn is_whole_blocks(length: usize) -> bool {
    length > 0 && length.is_multiple_of(BLOCK)
}

/// How many messages go side by side with their pieces on this machine, where there
/// are enough; nothing, where streams and pieces are hashed one after the other.
pub fn side_by_side_with_pieces() -> Option<usize> {
    way_for(usize::MAX).lanes
}

/// A way to advance messages that stand at the start of a block.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// Messages that it takes together with their pieces.
    lanes: Option<usize>,
    pub(super) advance: fn(&mut [PiecesJob], usize),
}

/// The fastest on this machine for so many messages.
fn way_for(messages: usize) -> Way {
    #[cfg(target_arch = "x86_64")]
    if x86::is_available() && !avx512::is_preferred() {
        return match messages {
            0 | 1 => ALONE,
            3.. if x86::has_more_registers() => IN_THREES,
            _ => IN_TWOS,
        };
    }
    #[cfg(target_arch = "aarch64")]
    if extensions::is_available() {
        return match messages {
            0 | 1 => ALONE,
            _ => IN_TWOS,
        };
    }
    let _ = messages;
    APART
}

/// All of this machine.
pub(super) fn ways() -> Vec<Way> {
    let ways = [
        Some(APART),
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        extensions::is_available().then_some(ALONE),
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        extensions::is_available().then_some(IN_TWOS),
        #[cfg(target_arch = "x86_64")]
        x86::has_more_registers().then_some(IN_THREES),
    ];
    ways.into_iter().flatten().collect()
}

/// For any processor.
const APART: Way = Way {
    lanes: None,
    advance: apart,
};

/// Streams and pieces one after the other.
fn apart(jobs: &mut [PiecesJob], length: usize) {
    let mut streams = Vec::with_capacity(jobs.len());
    for job in jobs {
        let (whole, rest) = job.bytes.split_at(job.bytes.len() / length * length);
        job.hashes.extend(hash_each(whole, length));
        job.bytes = rest;
        streams.push((&mut *job.stream, whole));
    }
    advance_each(&mut streams);
}

/// So many messages at a time, by what takes them into two states and into one.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! lanes {
    ($lanes:expr, $take_states:path, $take:path) => {
        Way {
            lanes: Some($lanes),
            advance: |jobs, length| {
                together::<{ $lanes }>(jobs, length, |states, messages, ends| {
                    // SAFETY: who takes this way has asked for the instructions;
                    // messages and ends are whole blocks, and each is as long as the
                    // others.
                    unsafe {
                        $take_states(states, messages, messages[0].len());
                        let mut pieces = states.map(|[_, piece]| piece);
                        $take(&mut pieces, ends, ends[0].len());
                        pieces
                    }
                });
            },
        }
    };
}

/// For processors that have the SHA extensions.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const ALONE: Way = lanes!(1, extensions::sha256::take_states, extensions::sha256::take);

/// For processors that have the SHA extensions.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const IN_TWOS: Way = lanes!(
    extensions::LANES_OF_TWO_STATES,
    extensions::sha256::take_states,
    extensions::sha256::take
);

/// For processors that have the SHA extensions and thirty-two registers.
#[cfg(target_arch = "x86_64")]
const IN_THREES: Way = lanes!(
    x86::LANES_IN_MORE_REGISTERS,
    x86::sha256::take_states_in_more_registers,
    x86::sha256::take_in_more_registers
);

/// Takes the next piece of those messages that have the most left, until none has any.
/// `take` takes messages into both states, of the streams and of the pieces, and gives
/// those of the pieces with their ends.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn together<const LANES: usize>(
    jobs: &mut [PiecesJob],
    length: usize,
    take: impl Fn(&mut [[[u32; 8]; 2]; LANES], [&[u8]; LANES], [&[u8]; LANES]) -> [[u32; 8]; LANES],
) {
    assert!(is_whole_blocks(length), "a piece is whole blocks");
    let end = end_of(length);
    let mut jobs: Vec<_> = jobs.iter_mut().collect();
    jobs.retain(|job| job.bytes.len() >= length);
    while !jobs.is_empty() {
        if jobs.len() > LANES {
            jobs.select_nth_unstable_by_key(LANES - 1, |job| Reverse(job.bytes.len()));
        }
        // Lanes for which there is no message do the last one's work again.
        let last = jobs.len().min(LANES) - 1;
        let mut states = from_fn(|lane| [jobs[lane.min(last)].stream.state, START]);
        let messages = from_fn(|lane| &jobs[lane.min(last)].bytes[..length]);
        let pieces = take(&mut states, messages, [&end; LANES]);
        for (job, ([state, _], piece)) in jobs.iter_mut().zip(states.into_iter().zip(pieces)) {
            job.stream.state = state;
            job.stream.bytes += length as u64;
            job.hashes.push(bytes_of(piece));
            job.bytes = &job.bytes[length..];
        }
        jobs.retain(|job| job.bytes.len() >= length);
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::hashes::fuzzing::compare_with_pieces as compare,
        proptest::prelude::*,
        sha2::{Digest as _, Sha256},
    };

    proptest! {
        #[test]
        fn streams_and_pieces_are_those_of_each_by_itself(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 0..9),
            portion in prop_oneof![100usize..3000, Just(1024)],
            length in prop_oneof![Just(64usize), Just(128), Just(448), Just(1024)],
        ) {
            let messages: Vec<_> = messages.iter().map(|message| &message[..]).collect();
            for way in ways() {
                compare(&messages, portion, length, way.advance);
            }
            compare(&messages, portion, length, advance_with_pieces);
        }
    }

    #[test]
    fn a_stream_within_a_block_is_no_obstacle() {
        let message: Vec<u8> = (0..1_000u32).map(|n| ((n * 7) >> 2) as u8).collect();
        let (mut stream, mut hashes) = (Sha256Stream::new(), Vec::new());
        stream.update(&message[..5]);
        let mut jobs = [PiecesJob {
            stream: &mut stream,
            bytes: &message[5..],
            hashes: &mut hashes,
        }];
        advance_with_pieces(&mut jobs, 128);
        let left = jobs[0].bytes.len();
        assert_eq!(left, 995 % 128);
        let (taken, rest) = message.split_at(1_000 - left);
        assert_eq!(hashes, hash_each(&taken[5..], 128));
        stream.update(rest);
        assert_eq!(stream.finish()[..], Sha256::digest(&message)[..]);
    }
}
