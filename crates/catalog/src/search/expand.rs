//! The dictionary in memory: which terms may stand for a word?

use {
    super::{
        cursor::ListCursor,
        files::Files,
        limits::Limits,
        meta::{PREFIXES, TERMS},
        pages::Place,
        prefixes,
        typos::Near,
        union::{self, Alternative, Cost, Lists},
        value::{self, Value},
    },
    crate::error::Error,
    fst::{IntoStreamer, Map, Streamer},
    std::{
        io,
        path::Path,
        sync::{Arc, OnceLock},
    },
};

#[derive(Debug)]
pub(super) struct Lexicon {
    terms: Map<Vec<u8>>,
    prefixes: Map<Vec<u8>>,
}

/// What stands for one word of a query. Copies share what is long.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot<'a> {
    pub(super) alternatives: Arc<Vec<Alternative>>,
    /// Rows from here on may be missing, as there were too many terms.
    pub(super) sound_to: Option<u32>,
    /// All terms, where `alternatives` are not: too many to follow their lists
    /// side by side, but not to look for a few documents in them.
    pub(super) all: Arc<Vec<Alternative>>,
    /// The lists of `alternatives`, once they are open.
    lists: Arc<OnceLock<Arc<Lists<'a>>>>,
}

impl<'a> Slot<'a> {
    pub(super) fn of(value: Value, cost: Cost) -> Self {
        Self {
            alternatives: Arc::new(vec![Alternative { value, cost }]),
            ..Self::default()
        }
    }

    /// The terms of both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        if !(self.all.is_empty() && other.all.is_empty()) {
            self.all = Arc::new([self.every(), other.every()].concat());
        }
        Arc::make_mut(&mut self.alternatives).extend_from_slice(&other.alternatives);
        self.sound_to = match (self.sound_to, other.sound_to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.lists = Arc::default();
        self
    }

    /// The lists of its terms, which are opened once, however many plans ask.
    pub(super) fn lists(&self, files: &'a Files) -> Result<Arc<Lists<'a>>, Error> {
        if let Some(open) = self.lists.get() {
            return Ok(open.clone());
        }
        let open = union::open(&self.alternatives, files)?;
        Ok(self.lists.get_or_init(|| Arc::new(open)).clone())
    }

    fn every(&self) -> &[Alternative] {
        if self.all.is_empty() {
            &self.alternatives
        } else {
            &self.all
        }
    }

    /// Rows of all lists, about.
    pub(super) fn rows(&self) -> u64 {
        let values = self.alternatives.iter();
        values.map(|alternative| alternative.value.rows()).sum()
    }

    /// Of these terms the nearest, and of those with the longest lists.
    fn kept(mut alternatives: Vec<Alternative>, is_cut: bool, limits: &Limits) -> Self {
        alternatives.sort_unstable_by(|a, b| {
            let longest = b.value.rows().cmp(&a.value.rows());
            a.cost
                .cmp(&b.cost)
                .then(longest)
                .then(a.value.cmp(&b.value))
        });
        let all = alternatives.clone();
        alternatives.truncate(limits.terms_kept);
        let is_whole = all.len() == alternatives.len();
        Self {
            alternatives: Arc::new(alternatives),
            sound_to: (is_cut || !is_whole).then_some(0),
            all: Arc::new(if is_cut || is_whole { Vec::new() } else { all }),
            lists: Arc::default(),
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
    /// With `is_alone` no other word of the query tells which of them matter.
    pub(super) fn begun<'a>(
        &self,
        word: &str,
        is_alone: bool,
        files: &Files,
        limits: &Limits,
    ) -> Result<Slot<'a>, Error> {
        let Some(value) = self.prefixes.get(word).filter(|_| limits.shortcuts) else {
            return Ok(self.enumerated(word, limits));
        };
        let value = Value(value);
        let cost = Cost::new(0, true);
        let mut slot = Slot::of(value, cost);
        let Some(more) = More::of(value, files)? else {
            return Ok(slot);
        };
        let top = more.top.iter().map(|value| Alternative {
            value: *value,
            cost,
        });
        Arc::make_mut(&mut slot.alternatives).extend(top);
        slot.sound_to = Some(more.from);
        if !is_alone && more.terms <= limits.terms_read as u64 {
            let all = self.enumerated(word, limits);
            slot.all = Arc::new(all.every().to_vec());
        }
        Ok(slot)
    }

    fn enumerated<'a>(&self, word: &str, limits: &Limits) -> Slot<'a> {
        let mut found = Vec::new();
        let mut terms = self.terms.range().gt(word).into_stream();
        while let Some((term, value)) = terms.next() {
            if !term.starts_with(word.as_bytes()) || found.len() > limits.terms_read {
                break;
            }
            found.push(Alternative {
                value: Value(value),
                cost: Cost::new(0, true),
            });
        }
        let is_cut = found.len() > limits.terms_read;
        Slot::kept(found, is_cut, limits)
    }

    /// The terms with one typo or more, `typos` at most.
    pub(super) fn near<'a>(
        &self,
        word: &str,
        typos: u8,
        is_prefix: bool,
        limits: &Limits,
    ) -> Slot<'a> {
        let near = Near::new(word, typos, is_prefix, limits.near_steps);
        let mut found = Vec::new();
        let mut terms = self.terms.search_with_state(&near).into_stream();
        while let Some((_, value, state)) = terms.next() {
            let typos = near.typos_at(&state).filter(|typos| *typos > 0);
            found.extend(typos.map(|typos| Alternative {
                value: Value(value),
                cost: Cost::new(typos, is_prefix),
            }));
            if found.len() > limits.terms_read {
                break;
            }
        }
        let is_cut = near.is_cut() || found.len() > limits.terms_read;
        Slot::kept(found, is_cut, limits)
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

/// What stands behind the full list of a beginning.
struct More {
    /// The list holds all rows up to this one.
    from: u32,
    terms: u64,
    /// The terms with the most rows.
    top: Vec<Value>,
}

impl More {
    /// `None` where the list is not full: then it holds all rows.
    fn of(value: Value, files: &Files) -> Result<Option<Self>, Error> {
        let value::Place::Head(_) = value.place() else {
            return Ok(None);
        };
        let mut list = ListCursor::open(&files.postings, value, files.documents)?;
        if list.count() < prefixes::ROWS as u64 {
            return Ok(None);
        }
        let start = list.end_of_head();
        let mut place = Place::new(&files.postings);
        let (mut terms, mut count) = ([0; 4], [0]);
        place.read(start, &mut terms)?;
        place.read(start + 4, &mut count)?;
        let mut top = vec![0; usize::from(count[0]) * 8];
        place.read(start + 5, &mut top)?;
        let (values, _) = top.as_chunks();
        Ok(Some(Self {
            from: list.last()?,
            terms: u32::from_le_bytes(terms).into(),
            top: values
                .iter()
                .map(|value| Value(u64::from_le_bytes(*value)))
                .collect(),
        }))
    }
}
