//! The dictionary in memory: which terms may stand for a word?

use {
    super::{
        cursor::ListCursor,
        meta::{PREFIXES, TERMS},
        pages::{Pages, Place},
        prefixes,
        typos::Near,
        union::{Alternative, Cost},
        value::{self, Value},
    },
    crate::error::Error,
    fst::{IntoStreamer, Map, Streamer},
    std::{io, path::Path},
};

/// Terms that are read of those which match; then the longest lists win.
const READ: usize = 1 << 13;
/// Terms that stand for a word at most.
const KEPT: usize = 1 << 10;

#[derive(Debug)]
pub(super) struct Lexicon {
    terms: Map<Vec<u8>>,
    prefixes: Map<Vec<u8>>,
}

/// What stands for one word of a query.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot {
    pub(super) alternatives: Vec<Alternative>,
    /// Rows from here on may be missing, as there were too many terms.
    pub(super) sound_to: Option<u32>,
}

impl Slot {
    pub(super) fn of(value: Value, cost: Cost) -> Self {
        Self {
            alternatives: vec![Alternative { value, cost }],
            sound_to: None,
        }
    }

    /// The terms of both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.alternatives.extend_from_slice(&other.alternatives);
        self.sound_to = match (self.sound_to, other.sound_to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self
    }

    /// Rows of all lists, about.
    pub(super) fn rows(&self) -> u64 {
        let values = self.alternatives.iter();
        values.map(|alternative| alternative.value.rows()).sum()
    }

    fn kept(mut alternatives: Vec<Alternative>, is_cut: bool) -> Self {
        let is_cut = is_cut || alternatives.len() > KEPT;
        alternatives.sort_unstable_by(|a, b| {
            let longest = b.value.rows().cmp(&a.value.rows());
            a.cost
                .cmp(&b.cost)
                .then(longest)
                .then(a.value.cmp(&b.value))
        });
        alternatives.truncate(KEPT);
        Self {
            alternatives,
            sound_to: is_cut.then_some(0),
        }
    }
}

impl Lexicon {
    pub(super) fn open(dir: &Path) -> Result<Self, Error> {
        Ok(Self {
            terms: map(&dir.join(TERMS))?,
            prefixes: map(&dir.join(PREFIXES))?,
        })
    }

    pub(super) fn terms(&self) -> u64 {
        self.terms.len() as u64
    }

    pub(super) fn exact(&self, word: &str) -> Option<Value> {
        self.terms.get(word).map(Value)
    }

    /// The terms that begin with `word` and go on.
    pub(super) fn begun(&self, word: &str, pages: &Pages, documents: u64) -> Result<Slot, Error> {
        match self.prefixes.get(word) {
            Some(value) => listed(Value(value), pages, documents),
            None => Ok(self.enumerated(word)),
        }
    }

    fn enumerated(&self, word: &str) -> Slot {
        let mut found = Vec::new();
        let mut terms = self.terms.range().gt(word).into_stream();
        while let Some((term, value)) = terms.next() {
            if !term.starts_with(word.as_bytes()) || found.len() > READ {
                break;
            }
            found.push(Alternative {
                value: Value(value),
                cost: Cost::new(0, true),
            });
        }
        let is_cut = found.len() > READ;
        Slot::kept(found, is_cut)
    }

    /// The terms with one typo or more, `typos` at most.
    pub(super) fn near(&self, word: &str, typos: u8, is_prefix: bool) -> Slot {
        let near = Near::new(word, typos, is_prefix);
        let mut found = Vec::new();
        let mut terms = self.terms.search_with_state(&near).into_stream();
        while let Some((_, value, state)) = terms.next() {
            let typos = near.typos_at(&state).filter(|typos| *typos > 0);
            found.extend(typos.map(|typos| Alternative {
                value: Value(value),
                cost: Cost::new(typos, is_prefix),
            }));
            if found.len() > READ {
                break;
            }
        }
        let is_cut = near.is_cut() || found.len() > READ;
        Slot::kept(found, is_cut)
    }

    /// Two terms that make up the word, those of the longest lists first.
    pub(super) fn parts(&self, word: &str) -> Vec<(Value, Value)> {
        let cuts = word.char_indices().map(|(at, _)| at).skip(1);
        let parts = cuts.filter_map(|at| {
            let (left, right) = word.split_at(at);
            Some((self.exact(left)?, self.exact(right)?))
        });
        let mut parts: Vec<(Value, Value)> = parts.collect();
        parts.sort_by_key(|(left, right)| std::cmp::Reverse(left.rows().min(right.rows())));
        parts
    }
}

fn map(path: &Path) -> Result<Map<Vec<u8>>, Error> {
    let bytes = std::fs::read(path).map_err(Error::read(path))?;
    let opened = Map::new(bytes).and_then(|map| map.as_fst().verify().map(|()| map));
    opened.map_err(|error| match error {
        fst::Error::Io(source) => Error::read(path)(source),
        other => Error::read(path)(io::Error::new(io::ErrorKind::InvalidData, other)),
    })
}

/// The list of a beginning, and where it is full how to go on.
fn listed(value: Value, pages: &Pages, documents: u64) -> Result<Slot, Error> {
    let cost = Cost::new(0, true);
    let mut slot = Slot::of(value, cost);
    let value::Place::Head(_) = value.place() else {
        return Ok(slot);
    };
    let mut list = ListCursor::open(pages, value, documents)?;
    if list.count() < prefixes::ROWS as u64 {
        return Ok(slot);
    }
    let mut place = Place::new(pages);
    let mut count = [0];
    place.read(list.end_of_head(), &mut count)?;
    for at in 0..u64::from(count[0]) {
        let mut value = [0; 8];
        place.read(list.end_of_head() + 1 + at * 8, &mut value)?;
        let value = Value(u64::from_le_bytes(value));
        slot.alternatives.push(Alternative { value, cost });
    }
    slot.sound_to = Some(list.last()?);
    Ok(slot)
}
