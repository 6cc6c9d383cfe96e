//! Numbers that look random and follow from a seed: SplitMix64.

/// One stream of numbers for one thing.
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

/// What a stream of numbers is for, so that things do not echo one another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Artist,
    Album,
    AlbumTitle,
    Lengths,
    Layout,
    Slot,
    Recording,
    Track,
    Label,
    Words,
    Standing,
    Strata,
}

const STREAMS: u64 = 12;

/// The seed of a catalog, spread over its streams.
#[derive(Debug, Clone)]
pub(super) struct Seeds([u64; STREAMS as usize]);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64 (Steele, Lea, Flood 2014).
const fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Seeds {
    pub(super) fn new(seed: u64) -> Self {
        let start = mixed(seed.wrapping_add(STEP));
        let of_stream = |stream: usize| {
            let kind = start.wrapping_add(stream as u64 + 1);
            mixed(kind.wrapping_mul(STEP))
        };
        Self(std::array::from_fn(of_stream))
    }

    /// The numbers of the thing `index` of a kind.
    pub(super) const fn rng(&self, stream: Stream, index: u64) -> Rng {
        Rng(mixed(self.0[stream as usize] ^ index.wrapping_mul(STEP)))
    }
}

impl Rng {
    pub(super) const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// From 0 to 1, neither included.
    pub(super) fn uniform(&mut self) -> f64 {
        uniform(self.bits())
    }

    /// From 0 to `end`, which is not included.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.bits()) * u128::from(end);
        (wide >> 64) as u64
    }

    /// From `first` to `last`, both included.
    pub(super) fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.uniform() < share
    }

    /// One of them; there is at least one.
    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }
}

/// From 0 to 1, neither included, by the upper 52 bits.
pub(super) fn uniform(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) / (1u64 << 52) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_and_indexes_are_apart() {
        let of = |seed, stream, index| Seeds::new(seed).rng(stream, index).bits();
        let first = of(1, Stream::Artist, 0);
        assert_ne!(first, of(1, Stream::Artist, 1));
        assert_ne!(first, of(1, Stream::Track, 0));
        assert_ne!(first, of(2, Stream::Artist, 0));
        assert_eq!(first, of(1, Stream::Artist, 0));
    }

    #[test]
    fn every_stream_has_a_seed() {
        assert_eq!(Stream::Strata as u64 + 1, STREAMS);
    }

    #[test]
    fn numbers_stay_in_range_and_reach_its_ends() {
        let mut rng = Seeds::new(1).rng(Stream::Artist, 0);
        let dice: Vec<u64> = (0..1_000).map(|_| rng.between(1, 6)).collect();
        assert_eq!(dice.iter().min(), Some(&1));
        assert_eq!(dice.iter().max(), Some(&6));
        let mean = (0..10_000).map(|_| rng.uniform()).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }
}
