//! What stands where in a block: releases one after the other, new ones,
//! issues of earlier ones, and compilations.
//!
//! Each block has a studio: a list of albums, of which only the lengths are
//! drawn one after the other. New releases of a block are its studio's albums
//! in order; what is issued again comes from three other blocks' studios,
//! chosen by the number of the block. So no block needs another one's layout.

use super::{
    rng::{Rng, Stream},
    world::{BLOCK, World},
};

/// Studios from which a block takes what is issued again.
const PARTNERS: usize = 3;

/// So much of another block's studio has certainly been issued there: new
/// releases are 72 % of a block.
const ISSUED: f64 = 0.62;

/// One release in a hundred is a compilation, with 41 tracks in the mean.
const COMPILATIONS: f64 = 0.01;

/// With the compilations this makes 27.5 % of the tracks copies: 1.38 an ISRC.
const REISSUES: f64 = 0.2;

#[derive(Debug)]
pub(super) struct Layout {
    pub(super) block: u64,
    pub(super) slots: Vec<Slot>,
    /// For each track of the block, in order.
    pub(super) takes: Vec<Take>,
}

/// The place of a release.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Of its first track in the block.
    pub(super) first: usize,
    pub(super) tracks: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    New,
    Again,
    Compilation,
}

/// Which recording, of which album; both numbers are unique in the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Take {
    pub(super) recording: u64,
    pub(super) album: u64,
}

/// The albums that are first issued in a block.
#[derive(Debug)]
struct Studio {
    number: u64,
    /// Recordings before each album, and at last all.
    starts: Vec<usize>,
    /// Albums that may be issued again.
    issued: usize,
}

impl Studio {
    fn open(world: &World, number: u64) -> Self {
        let mut rng = world.seeds.rng(Stream::Lengths, number);
        let mut starts = vec![0];
        let mut end = 0;
        while end < world.tracks_of(number) {
            end += length(&mut rng) as usize;
            starts.push(end);
        }
        let issued = ((starts.len() - 1) as f64 * ISSUED) as usize;
        Self {
            number,
            starts,
            issued,
        }
    }

    fn tracks(&self, album: usize) -> usize {
        self.starts[album + 1] - self.starts[album]
    }

    fn take(&self, album: usize, track: usize) -> Take {
        let first = self.number * BLOCK;
        Take {
            recording: first + (self.starts[album] + track) as u64,
            album: first + album as u64,
        }
    }
}

impl Layout {
    pub(super) fn new(world: &World, block: u64) -> Self {
        let rng = world.seeds.rng(Stream::Layout, block);
        let tracks = world.tracks_of(block);
        let layout = Self {
            block,
            slots: Vec::with_capacity(tracks / 4),
            takes: Vec::with_capacity(tracks + 60),
        };
        Builder::new(world, layout, rng).run(tracks)
    }

    /// The release on which the track at `place` of the block is.
    pub(super) fn slot_of(&self, place: usize) -> &Slot {
        let after = self.slots.partition_point(|slot| slot.first <= place);
        &self.slots[after - 1]
    }

    pub(super) fn takes_of(&self, slot: &Slot) -> &[Take] {
        &self.takes[slot.first..slot.first + slot.tracks]
    }
}

struct Builder {
    layout: Layout,
    rng: Rng,
    own: Studio,
    /// Albums of the own studio that are out.
    out: usize,
    others: Vec<Studio>,
}

impl Builder {
    fn new(world: &World, layout: Layout, mut rng: Rng) -> Self {
        let others = (0..PARTNERS)
            .map(|_| rng.below(world.blocks().max(1)))
            .filter(|number| *number != layout.block)
            .map(|number| Studio::open(world, number))
            .filter(|studio| studio.issued > 0)
            .collect();
        Self {
            own: Studio::open(world, layout.block),
            layout,
            rng,
            out: 0,
            others,
        }
    }

    /// Release after release, until there are so many tracks.
    fn run(mut self, tracks: usize) -> Layout {
        while self.layout.takes.len() < tracks {
            let first = self.layout.takes.len();
            let kind = self.issue();
            self.layout.takes.truncate(tracks);
            self.layout.slots.push(Slot {
                first,
                tracks: self.layout.takes.len() - first,
                kind,
            });
        }
        self.layout
    }

    fn issue(&mut self) -> Kind {
        let kind = self.rng.uniform();
        if self.others.is_empty() && self.out == 0 {
            self.new_release()
        } else if kind < COMPILATIONS {
            self.compilation()
        } else if kind < COMPILATIONS + (1.0 - COMPILATIONS) * REISSUES {
            self.again()
        } else {
            self.new_release()
        }
    }

    fn new_release(&mut self) -> Kind {
        let album = self.out;
        self.out += 1;
        let all = (0..self.own.tracks(album)).map(|track| self.own.take(album, track));
        self.layout.takes.extend(all);
        Kind::New
    }

    fn again(&mut self) -> Kind {
        let (studio, album) = pick(&self.own, self.out, &self.others, &mut self.rng);
        let all = (0..studio.tracks(album)).map(|track| studio.take(album, track));
        self.layout.takes.extend(all);
        Kind::Again
    }

    fn compilation(&mut self) -> Kind {
        let first = self.layout.takes.len();
        for _ in 0..self.rng.between(25, 57) {
            let (studio, album) = pick(&self.own, self.out, &self.others, &mut self.rng);
            let track = self.rng.below(studio.tracks(album) as u64) as usize;
            let take = studio.take(album, track);
            if !self.layout.takes[first..].contains(&take) {
                self.layout.takes.push(take);
            }
        }
        Kind::Compilation
    }
}

/// An album that was issued before: of another block, or where there is none,
/// of the own studio.
fn pick<'a>(
    own: &'a Studio,
    out: usize,
    others: &'a [Studio],
    rng: &mut Rng,
) -> (&'a Studio, usize) {
    if others.is_empty() {
        return (own, rng.below(out as u64) as usize);
    }
    let studio = rng.pick(others);
    (studio, rng.below(studio.issued as u64) as usize)
}

/// Singles, then short releases, then albums; with the compilations 4.4
/// tracks in the mean.
fn length(rng: &mut Rng) -> u64 {
    match rng.below(99) {
        0..56 => 1,
        56..80 => rng.between(2, 6),
        _ => rng.between(8, 18),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::curve::Curve, *};

    #[test]
    fn releases_fill_a_block_without_a_gap() {
        for count in [1, 2, 30, BLOCK, 3 * BLOCK + 7] {
            let world = World::new(count, 5, Curve::Luminate);
            for block in 0..world.blocks() {
                let layout = Layout::new(&world, block);
                let mut next = 0;
                for slot in &layout.slots {
                    assert_eq!(slot.first, next);
                    assert!(slot.tracks > 0);
                    next += slot.tracks;
                }
                assert_eq!((next, layout.takes.len()), (world.tracks_of(block), next));
                assert_eq!(
                    layout.slot_of(next - 1).first,
                    layout.slots.last().unwrap().first
                );
            }
        }
    }

    #[test]
    fn what_is_issued_again_was_issued_first() {
        let world = World::new(40 * BLOCK, 5, Curve::Luminate);
        let layouts: Vec<Layout> = (0..40).map(|block| Layout::new(&world, block)).collect();
        let takes = |kinds: &[Kind]| -> Vec<u64> {
            let of = |layout: &Layout| -> Vec<u64> {
                let slots = layout
                    .slots
                    .iter()
                    .filter(|slot| kinds.contains(&slot.kind));
                slots
                    .flat_map(|slot| layout.takes_of(slot))
                    .map(|take| take.recording)
                    .collect()
            };
            layouts.iter().flat_map(of).collect()
        };
        let mut first = takes(&[Kind::New]);
        first.sort_unstable();
        assert!(first.windows(2).all(|pair| pair[0] < pair[1]));
        let again = takes(&[Kind::Again, Kind::Compilation]);
        assert!(again.iter().all(|take| first.binary_search(take).is_ok()));
        assert!((again.len() as f64 / (40 * BLOCK) as f64 - 0.275).abs() < 0.015);
    }
}
