//! Every way of this machine to hash, compared with hashing one message after the other.

use {
    super::{
        hash_each,
        pieces::{self, PiecesJob},
        several,
        streams::{Sha256Stream, Stream, advance_by},
        way::{State, Way},
    },
    sha1::Sha1,
    sha2::{Digest, Sha256},
    std::fmt::Debug,
};

/// Hashes messages, `portion` bytes of each at a time; with their pieces, whole blocks
/// long, too.
pub fn compare(messages: &[&[u8]], portion: usize, piece: usize) {
    let whole = |message: &&[u8]| Sha256::digest(message).into();
    compare_streams::<[u32; 8]>(messages, portion, whole);
    let whole = |message: &&[u8]| Sha1::digest(message).into();
    compare_streams::<[u32; 5]>(messages, portion, whole);
    for way in pieces::ways() {
        compare_with_pieces(messages, portion, piece, way.advance);
    }
    for message in messages {
        compare_each(message, piece);
        compare_each(message, portion);
    }
}

/// Hashes pieces of a message, whole blocks long or not.
pub fn compare_each(message: &[u8], piece: usize) {
    let each = message.chunks(piece);
    let each: Vec<[u8; 32]> = each.map(|piece| Sha256::digest(piece).into()).collect();
    assert_eq!(hash_each(message, piece), each, "pieces of {piece}");
    let whole = message.len() / piece;
    for (lanes, hash_several) in several() {
        let mut hashes = Vec::new();
        hash_several(message, piece, &mut hashes);
        let filled = &each[..whole / lanes * lanes];
        assert_eq!(hashes, filled, "{lanes} lanes, pieces of {piece}");
    }
}

fn compare_streams<S: State<Hash: PartialEq + Debug>>(
    messages: &[&[u8]],
    portion: usize,
    whole: impl Fn(&&[u8]) -> S::Hash,
) {
    let expected: Vec<_> = messages.iter().map(whole).collect();
    for way in S::ways() {
        let lanes = way.lanes;
        assert_eq!(hashes_by(messages, portion, way), expected, "{lanes} lanes");
    }
}

fn hashes_by<S: State>(messages: &[&[u8]], portion: usize, way: Way<S>) -> Vec<S::Hash> {
    let mut streams = vec![Stream::<S>::new(); messages.len()];
    let mut rests = messages.to_vec();
    while rests.iter().any(|rest| !rest.is_empty()) {
        let next = rests.iter_mut().map(|rest| {
            let (next, after) = rest.split_at(portion.min(rest.len()));
            *rest = after;
            next
        });
        let mut jobs: Vec<_> = streams.iter_mut().zip(next).collect();
        advance_by(&mut jobs, |_| way);
    }
    streams.into_iter().map(Stream::finish).collect()
}

/// Takes portions of each message, with what was left of the one before, by `advance`,
/// and what is left in the end by itself.
pub fn compare_with_pieces(
    messages: &[&[u8]],
    portion: usize,
    piece: usize,
    advance: fn(&mut [PiecesJob], usize),
) {
    let mut streams = vec![Sha256Stream::new(); messages.len()];
    let mut hashes = vec![Vec::new(); messages.len()];
    let longest = messages.iter().map(|message| message.len()).max();
    let longest = longest.unwrap_or(0);
    for end in (portion..longest + portion).step_by(portion) {
        let lanes = streams.iter_mut().zip(&mut hashes).zip(messages);
        let mut jobs: Vec<_> = lanes
            .map(|((stream, hashes), message)| {
                let message = &message[..end.min(message.len())];
                let bytes = &message[stream.bytes() as usize..];
                PiecesJob {
                    stream,
                    bytes,
                    hashes,
                }
            })
            .collect();
        advance(&mut jobs, piece);
        assert!(jobs.iter().all(|job| job.bytes.len() < piece));
    }
    for (message, (mut stream, hashes)) in messages.iter().zip(streams.into_iter().zip(hashes)) {
        let (whole, rest) = message.split_at(message.len() / piece * piece);
        assert_eq!(stream.bytes(), whole.len() as u64);
        let each = whole.chunks(piece);
        let each: Vec<[u8; 32]> = each.map(|piece| Sha256::digest(piece).into()).collect();
        assert_eq!(hashes, each, "pieces of {piece}");
        stream.update(rest);
        assert_eq!(stream.finish()[..], Sha256::digest(message)[..]);
    }
}
