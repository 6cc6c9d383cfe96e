//! From popularity to row numbers.

use {
    super::{
        elsewhere::Elsewhere,
        gather::{Samples, id_head},
        number::Numbers,
        payload::{Payload, head},
    },
    crate::{
        error::Error,
        row::{Figures, Head, RankKey},
        shuffle::{Shuffle, limits, parts_of},
        spill::{Spill, spill_struct},
        windows::each_window,
    },
    rayon::prelude::*,
    std::{collections::HashMap, path::Path},
};

/// Figures that a file takes from another track of its recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Heir {
    pub(super) source: u16,
    pub(super) figures: Figures,
}

spill_struct!(Heir { source, figures });

/// A track with its place.
struct Placed {
    key: RankKey,
    number: u32,
}

spill_struct!(Placed { key, number });

/// The row of every track, and of its recording.
pub(super) struct Ranks {
    numbers: Numbers,
    /// The number of the track that stands for a track's recording.
    roots: Vec<u32>,
    heirs: HashMap<u32, Best>,
    row_of: Vec<u32>,
    pub(super) recordings: u64,
}

/// The most heard track of a recording that is no file.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Best {
    key: (RankKey, u32),
    heir: Heir,
}

/// Where a track stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) row: u32,
    /// Row of the track that stands for the recording.
    pub(super) recording: u32,
    pub(super) heir: Option<Heir>,
}

spill_struct!(Place {
    row,
    recording,
    heir
});

impl Ranks {
    pub(super) fn new(
        numbers: Numbers,
        roots: Vec<u32>,
        payload: &Payload,
        has_files: bool,
    ) -> Result<Self, Error> {
        let recordings = (0u32..)
            .zip(&roots)
            .filter(|(number, root)| number == *root);
        let recordings = recordings.count() as u64;
        let mut ranks = Self {
            row_of: Vec::new(),
            heirs: HashMap::new(),
            numbers,
            roots,
            recordings,
        };
        if has_files {
            ranks.heirs = ranks.find_heirs(payload)?;
        }
        Ok(ranks)
    }

    pub(super) fn tracks(&self) -> u32 {
        self.numbers.tracks
    }

    /// Sorts by rank: popularity, then listens, both descending, then track id.
    pub(super) fn rank(
        &mut self,
        payload: &Payload,
        samples: &Samples,
        elsewhere: &Elsewhere,
        dir: &Path,
        memory: u64,
    ) -> Result<(), Error> {
        let parts = parts_of(u64::from(self.tracks()) * 48, memory);
        let limits = limits(&samples.ranks, parts);
        let shuffle = Shuffle::new(dir, "ranks", limits.len() + 1);
        each_row(payload, |rows| {
            let mut lane = shuffle.lane();
            for (arrival, row) in rows {
                let Some(number) = self.numbers.of(arrival) else {
                    continue;
                };
                let head = head(row);
                let key = self.figures(number, &head, elsewhere)?.rank_key();
                let place = (key, id_head(&head.track));
                let part = limits.partition_point(|limit| *limit <= place);
                lane.push(part, |out| Placed { key, number }.put(out))?;
            }
            Ok(())
        })?;
        let spread = shuffle.finish()?;
        self.row_of = vec![0; self.roots.len()];
        let mut row = 0;
        let make = |part| {
            let mut placed = Placed::all(&spread.take(part)?);
            placed.sort_unstable_by_key(|placed| (placed.key, placed.number));
            Ok(placed)
        };
        each_window(spread.parts(), make, |sorted| {
            for placed in sorted.into_iter().flatten() {
                self.row_of[placed.number as usize] = row;
                row += 1;
            }
            Ok(())
        })
    }

    /// The row of a track; none when another of the same id replaces it.
    pub(super) fn row(&self, arrival: u32) -> Option<u32> {
        let number = self.numbers.of(arrival)?;
        Some(self.row_of[number as usize])
    }

    pub(super) fn place(&self, arrival: u32, head: impl FnOnce() -> Head) -> Option<Place> {
        let number = self.numbers.of(arrival)?;
        let root = self.roots[number as usize];
        let heir = match self.heirs.get(&root) {
            Some(best) => inherits(&head()).then_some(best.heir),
            None => None,
        };
        Some(Place {
            row: self.row_of[number as usize],
            recording: self.row_of[root as usize],
            heir,
        })
    }

    fn figures(&self, number: u32, head: &Head, elsewhere: &Elsewhere) -> Result<Figures, Error> {
        if !elsewhere.is_empty() {
            let figures = elsewhere.ranked(head)?;
            if figures.are_told() {
                return Ok(figures);
            }
        }
        let root = self.roots[number as usize];
        let best = match self.heirs.is_empty() {
            true => None,
            false => self.heirs.get(&root).filter(|_| inherits(head)),
        };
        Ok(best.map_or(head.figures, |best| best.heir.figures))
    }

    /// For recordings with a file that no source gives figures for: the most
    /// heard of their other tracks.
    fn find_heirs(&self, payload: &Payload) -> Result<HashMap<u32, Best>, Error> {
        let wanting = each_row(payload, |rows| {
            let wanting = rows.filter_map(|(arrival, row)| {
                let number = self.numbers.of(arrival)?;
                inherits(&head(row)).then(|| self.roots[number as usize])
            });
            Ok(wanting.collect::<Vec<u32>>())
        })?;
        let wanting: HashMap<u32, ()> = wanting.into_iter().flatten().map(|n| (n, ())).collect();
        let told = each_row(payload, |rows| {
            let told = rows.filter_map(|(arrival, row)| {
                let number = self.numbers.of(arrival)?;
                let root = self.roots[number as usize];
                wanting.get(&root)?;
                let head = head(row);
                let key = (head.figures.rank_key(), number);
                let heir = Heir {
                    source: head.source,
                    figures: head.figures,
                };
                (!head.is_file).then_some((root, Best { key, heir }))
            });
            Ok(told.collect::<Vec<_>>())
        })?;
        let mut heirs: HashMap<u32, Best> = HashMap::new();
        for (root, best) in told.into_iter().flatten() {
            let known = heirs.entry(root).or_insert(best);
            if best.key < known.key {
                *known = best;
            }
        }
        Ok(heirs)
    }
}

/// A file that no source gives figures for takes those of its recording.
fn inherits(head: &Head) -> bool {
    head.is_file && !head.figures.are_told()
}

/// Works on the rows of many blocks side by side; what `work` gives comes in
/// the order of the blocks.
pub(super) fn each_row<T: Send>(
    payload: &Payload,
    work: impl Fn(&mut dyn Iterator<Item = (u32, &[u8])>) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    (0..payload.blocks())
        .into_par_iter()
        .map(|number| {
            let block = payload.block(number)?;
            work(&mut block.rows())
        })
        .collect()
}
