//! Messages that come in portions, several of them side by side.

use {
    super::way::{BLOCK, Run, State, Way},
    std::cmp::Reverse,
};

/// A message on its way through a hash function.
#[derive(Debug, Clone, Copy)]
pub struct Stream<S> {
    pub(super) state: S,
    /// Its first bytes are those that do not fill a block yet.
    open: [u8; BLOCK],
    pub(super) bytes: u64,
}

/// A message on its way through SHA-256 (FIPS 180-4).
///
/// ```
/// let mut stream = longplay_wide::Sha256Stream::new();
/// stream.update(b"a");
/// stream.update(b"bc");
/// assert_eq!(stream.finish()[..4], [0xba, 0x78, 0x16, 0xbf]);
/// ```
pub type Sha256Stream = Stream<[u32; 8]>;

/// A message on its way through SHA-1 (FIPS 180-4).
pub type Sha1Stream = Stream<[u32; 5]>;

/// Bytes of each message that are taken before it is asked again which have the
/// most left, where there are more than go side by side.
const TURN: usize = 8 << 10;

impl<S: State> Stream<S> {
    pub const fn new() -> Self {
        Self {
            state: S::START,
            open: [0; BLOCK],
            bytes: 0,
        }
    }

    /// Bytes of the message so far.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes the next bytes of the message.
    pub fn update(&mut self, bytes: &[u8]) {
        advance_each(&mut [(self, bytes)]);
    }

    /// The hash of the message: FIPS 180-4, 5.1.1, its end is a bit, zeros, and the
    /// length in bits.
    pub fn finish(mut self) -> S::Hash {
        let length = self.bytes.wrapping_mul(8).to_be_bytes();
        let filled = self.filled();
        let mut end = [0; 2 * BLOCK];
        end[..filled].copy_from_slice(&self.open[..filled]);
        end[filled] = 0x80;
        let padded = (filled + 1 + length.len()).next_multiple_of(BLOCK);
        end[padded - length.len()..padded].copy_from_slice(&length);
        take_each(vec![self.run(&end[..padded])], S::way_for);
        self.state.hash()
    }

    /// Bytes of the open block.
    pub(super) const fn filled(&self) -> usize {
        (self.bytes % BLOCK as u64) as usize
    }

    /// Adds to the open block, if there is one, what it still wants, and gives it
    /// when it is full.
    fn fill_open(&mut self, bytes: &mut &[u8]) -> Option<[u8; BLOCK]> {
        let filled = self.filled();
        let wanted = (BLOCK - filled) % BLOCK;
        let (head, rest) = bytes.split_at(wanted.min(bytes.len()));
        self.open[filled..filled + head.len()].copy_from_slice(head);
        self.bytes += head.len() as u64;
        *bytes = rest;
        (wanted > 0 && head.len() == wanted).then_some(self.open)
    }

    /// Keeps the end of `bytes` for the open block, and gives the blocks before it.
    fn keep_open<'a, 'b: 'a>(&'a mut self, bytes: &mut &'b [u8]) -> Run<'a, S> {
        let (whole, rest) = bytes.split_at(bytes.len() / BLOCK * BLOCK);
        self.open[..rest.len()].copy_from_slice(rest);
        self.bytes += bytes.len() as u64;
        *bytes = &[];
        self.run(whole)
    }

    const fn run<'a>(&'a mut self, rest: &'a [u8]) -> Run<'a, S> {
        let state = &mut self.state;
        Run { state, rest }
    }
}

impl<S: State> Default for Stream<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes the next bytes of each message, as many at a time as the machine can. They
/// may be of any lengths; the slices are empty afterwards.
pub fn advance_each<S: State>(jobs: &mut [(&mut Stream<S>, &[u8])]) {
    advance_by(jobs, S::way_for);
}

/// How many messages go side by side on this machine, where there are enough: more
/// at once are not faster.
pub fn side_by_side<S: State>() -> usize {
    S::way_for(usize::MAX).lanes
}

pub(super) fn advance_by<S: State>(
    jobs: &mut [(&mut Stream<S>, &[u8])],
    way_for: impl Fn(usize) -> Way<S> + Copy,
) {
    let fill = |(stream, bytes): &mut (&mut Stream<S>, &[u8])| stream.fill_open(bytes);
    let full: Vec<_> = jobs.iter_mut().map(fill).collect();
    let heads = jobs.iter_mut().zip(&full);
    let heads = heads.filter_map(|((stream, _), open)| Some(stream.run(open.as_ref()?)));
    take_each(heads.collect(), way_for);
    let whole = jobs.iter_mut();
    let whole = whole.map(|(stream, bytes)| stream.keep_open(bytes));
    take_each(whole.collect(), way_for);
}

/// Those with the most bytes left go first, so that in the end all have few left:
/// a long one that comes last would go alone.
fn take_each<S: State>(mut runs: Vec<Run<S>>, way_for: impl Fn(usize) -> Way<S>) {
    runs.retain(|run| !run.rest.is_empty());
    while !runs.is_empty() {
        let Way { lanes, step } = way_for(runs.len());
        let (count, turn) = match runs.len() > lanes {
            true if lanes > 1 => {
                runs.select_nth_unstable_by_key(lanes - 1, |run| Reverse(run.rest.len()));
                (lanes, TURN)
            }
            true => (1, usize::MAX),
            false => (runs.len(), usize::MAX),
        };
        let shortest = runs[..count].iter().map(|run| run.rest.len()).min();
        let length = shortest.map_or(0, |length| length.min(turn));
        step(&mut runs[..count], length);
        runs.retain(|run| !run.rest.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        proptest::prelude::*,
        sha1::{Digest as _, Sha1},
        sha2::Sha256,
        std::array::from_fn,
    };

    fn noise(seed: usize, length: usize) -> Vec<u8> {
        (0..length)
            .map(|n| ((n * 31 + seed * 977) >> 4) as u8)
            .collect()
    }

    /// Takes each of the messages in the portions that end at its cuts.
    fn hashes_by<S: State>(
        messages: &[(Vec<u8>, Vec<usize>)],
        way_for: impl Fn(usize) -> Way<S> + Copy,
    ) -> Vec<S::Hash> {
        let mut streams = vec![Stream::<S>::new(); messages.len()];
        let portions = messages.iter().map(|(_, cuts)| cuts.len()).max();
        for number in 0..=portions.unwrap_or(0) {
            let portion = |(message, cuts): &'_ (Vec<u8>, Vec<usize>)| {
                let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (message.len() + 1)).collect();
                cuts.sort_unstable();
                let end = |number: usize| cuts.get(number).copied().unwrap_or(message.len());
                let start = number.checked_sub(1).map_or(0, end);
                start..end(number)
            };
            let bytes = messages.iter().map(|it| &it.0[portion(it)]);
            let mut jobs: Vec<_> = streams.iter_mut().zip(bytes).collect();
            advance_by(&mut jobs, way_for);
            assert!(jobs.iter().all(|(_, bytes)| bytes.is_empty()));
        }
        let finish = streams.into_iter().zip(messages);
        let finish = finish.map(|(stream, (message, _))| {
            assert_eq!(stream.bytes(), message.len() as u64);
            stream.finish()
        });
        finish.collect()
    }

    /// Each way by itself, and then those that are chosen.
    fn check(messages: &[(Vec<u8>, Vec<usize>)]) {
        let sha256: Vec<[u8; 32]> = messages
            .iter()
            .map(|(message, _)| Sha256::digest(message).into())
            .collect();
        for way in <[u32; 8]>::ways() {
            assert_eq!(hashes_by(messages, |_| way), sha256, "{} lanes", way.lanes);
        }
        assert_eq!(hashes_by(messages, <[u32; 8]>::way_for), sha256);
        let sha1: Vec<[u8; 20]> = messages
            .iter()
            .map(|(message, _)| Sha1::digest(message).into())
            .collect();
        for way in <[u32; 5]>::ways() {
            assert_eq!(hashes_by(messages, |_| way), sha1, "{} lanes", way.lanes);
        }
        assert_eq!(hashes_by(messages, <[u32; 5]>::way_for), sha1);
    }

    proptest! {
        #[test]
        fn streams_are_hashed_in_portions_of_any_lengths(
            messages in prop::collection::vec(
                (
                    prop_oneof![0usize..300, 0usize..40_000, Just(64), Just(16_384)],
                    prop::collection::vec(any::<prop::sample::Index>(), 0..5),
                ),
                0..40,
            ),
        ) {
            let messages: Vec<_> = messages
                .into_iter()
                .enumerate()
                .map(|(seed, (length, cuts))| {
                    let cuts = cuts.iter().map(|cut| cut.index(length + 1)).collect();
                    (noise(seed, length), cuts)
                })
                .collect();
            check(&messages);
        }
    }

    #[test]
    fn ends_of_all_lengths_are_padded() {
        for count in [1, 3, 17] {
            for length in 0..140 {
                let message = |seed| (noise(seed, length + seed % 3), vec![length / 2]);
                check(&(0..count).map(message).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn more_messages_than_lanes_and_turns_are_taken() {
        let lengths: [usize; 37] = from_fn(|n| 3 * TURN + n * 4_999 % 20_011);
        let messages = lengths.iter().enumerate();
        let messages = messages.map(|(seed, length)| (noise(seed, *length), vec![seed * 100]));
        check(&messages.collect::<Vec<_>>());
    }

    #[test]
    fn a_stream_may_be_looked_at_on_its_way() {
        let bytes = noise(1, 1_000);
        let mut stream = Sha256Stream::new();
        for (number, portion) in bytes.chunks(77).enumerate() {
            let so_far = &bytes[..number * 77];
            assert_eq!(stream.finish()[..], Sha256::digest(so_far)[..]);
            stream.update(portion);
        }
        assert_eq!(stream.finish()[..], Sha256::digest(&bytes)[..]);
    }

    #[test]
    fn no_message_is_no_work() {
        advance_each::<[u32; 8]>(&mut []);
        assert!(side_by_side::<[u32; 8]>() >= 1);
    }
}
