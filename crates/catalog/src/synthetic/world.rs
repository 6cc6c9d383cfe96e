//! What all blocks of a catalog have in common.

use super::{
    artists::Artists,
    curve::Curve,
    rng::{Seeds, Stream},
    words::Lexicon,
};

/// Tracks of a block.
pub(super) const BLOCK: u64 = 8_192;

#[derive(Debug)]
pub(super) struct World {
    pub(super) count: u64,
    pub(super) seed: u64,
    pub(super) curve: Curve,
    pub(super) seeds: Seeds,
    pub(super) artists: Artists,
    pub(super) lexicon: Lexicon,
    /// What ids of tracks, releases and artists begin with.
    pub(super) track_prefix: String,
    pub(super) release_prefix: String,
    pub(super) artist_prefix: String,
    /// Coprime to the number of full blocks.
    stride: u64,
}

impl World {
    pub(super) fn new(count: u64, seed: u64, curve: Curve) -> Self {
        let seeds = Seeds::new(seed);
        let prefix = |kind: char| format!("{kind}{seed:x}-");
        Self {
            count,
            seed,
            curve,
            artists: Artists::of(count, &seeds),
            lexicon: Lexicon::new(seeds.rng(Stream::Words, 0).bits()),
            seeds,
            track_prefix: prefix('t'),
            release_prefix: prefix('r'),
            artist_prefix: prefix('a'),
            stride: stride(count / BLOCK),
        }
    }

    pub(super) const fn blocks(&self) -> u64 {
        self.count.div_ceil(BLOCK)
    }

    /// Tracks of the block `number`.
    pub(super) fn tracks_of(&self, number: u64) -> usize {
        let before = number.saturating_mul(BLOCK);
        self.count.saturating_sub(before).min(BLOCK) as usize
    }

    /// The share of all tracks above the one that is `rank` in its block, from
    /// 0: the tracks of this rank in all full blocks divide a stratum of
    /// 1 / 8,192 evenly, so that the shares of a catalog are all there are.
    pub(super) fn share_above(&self, block: u64, rank: usize) -> f64 {
        let full = self.count / BLOCK;
        let tracks = self.tracks_of(block);
        let within = if block < full {
            let first = self.seeds.rng(Stream::Strata, rank as u64).below(full);
            let turn = u128::from(block) * u128::from(self.stride) + u128::from(first);
            ((turn % u128::from(full)) as f64 + 0.5) / full as f64
        } else {
            self.seeds.rng(Stream::Strata, rank as u64).uniform()
        };
        (rank as f64 + within) / tracks as f64
    }
}

/// Steps of this length through `blocks` places meet each of them once, and
/// neighbours are far apart.
fn stride(blocks: u64) -> u64 {
    let golden = (blocks as f64 * 0.618_033_988_749_894_9) as u64;
    (golden.max(1)..)
        .find(|stride| gcd(*stride, blocks) <= 1)
        .expect("a prime above the number is coprime to it")
}

const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_catalog_are_spread_evenly() {
        let world = World::new(6 * BLOCK, 7, Curve::Luminate);
        for rank in [0, 1, 4_000, 8_191] {
            let mut shares: Vec<f64> = (0..6).map(|b| world.share_above(b, rank)).collect();
            shares.sort_by(f64::total_cmp);
            for (place, share) in shares.iter().enumerate() {
                let even = (rank as f64 + (place as f64 + 0.5) / 6.0) / BLOCK as f64;
                assert!((share - even).abs() < 1e-12, "{share} {even}");
            }
        }
    }

    #[test]
    fn blocks_cover_the_catalog() {
        for count in [0, 1, BLOCK, BLOCK + 1, 256_039_007] {
            let world = World::new(count, 7, Curve::Luminate);
            let tracks = |block| world.tracks_of(block) as u64;
            let sum: u64 = (0..world.blocks()).map(tracks).sum();
            assert_eq!((sum, world.tracks_of(world.blocks())), (count, 0));
        }
    }
}
