use {
    super::{
        fact::{Fact, Target},
        packed::{WIDTH, Words, first_words, from_bytes, same_target, to_bytes, unpack_fact},
    },
    crate::error::Error,
    std::{
        fs::File,
        io::{self, BufWriter, Read, Seek, SeekFrom, Write},
        ops::Range,
        path::{Path, PathBuf},
        sync::{Arc, Mutex, PoisonError},
    },
};

/// Facts of a block: what is read of a file at once is 2 KiB.
const BLOCK: usize = 64;
const BLOCK_BYTES: usize = BLOCK * WIDTH;

/// Facts by target, for any number of threads.
pub(crate) struct Table {
    rows: Rows,
    count: u64,
    /// The first eight bytes of the first fact of each block.
    fences: Vec<u64>,
}

enum Rows {
    Memory(Vec<u8>),
    File(Cached),
}

impl Table {
    /// Facts in the table.
    pub(crate) fn len(&self) -> u64 {
        self.count
    }

    /// What all sources tell of `target`, by source and metric.
    ///
    /// # Errors
    /// When the table lies in a file that cannot be read.
    pub(crate) fn of(&self, target: &Target) -> Result<Facts, Error> {
        let first = first_words(target);
        let mut found = Vec::new();
        let mut block = self.block_before(first[0]);
        while block < self.fences.len() {
            let is_last = self.with_block(block, |rows| gather(rows, &first, &mut found))?;
            if is_last {
                break;
            }
            block += 1;
        }
        Ok(Facts(found.into_iter()))
    }

    /// Every target of the table once, in its order: by bytes, then by sort.
    #[cfg(test)]
    pub(crate) fn targets(&self) -> impl Iterator<Item = Result<Target, Error>> {
        let mut last: Option<Words> = None;
        let blocks = 0..self.fences.len();
        blocks
            .flat_map(|block| {
                let rows = self.with_block(block, |rows| {
                    rows.chunks_exact(WIDTH).map(from_bytes).collect::<Vec<_>>()
                });
                match rows {
                    Ok(rows) => rows.into_iter().map(Ok).collect(),
                    Err(error) => vec![Err(error)],
                }
            })
            .filter_map(move |row| match row {
                Ok(words) if last.is_some_and(|last| same_target(&last, &words)) => None,
                Ok(words) => {
                    last = Some(words);
                    unpack_fact(&words).map(|fact| Ok(fact.target))
                }
                Err(error) => Some(Err(error)),
            })
    }

    /// The last block that begins below `high`, where a target with these
    /// first bytes may begin.
    fn block_before(&self, high: u64) -> usize {
        lower_bound(self.fences.len(), high, |at| self.fences[at]).saturating_sub(1)
    }

    fn with_block<T>(&self, block: usize, read: impl FnOnce(&[u8]) -> T) -> Result<T, Error> {
        match &self.rows {
            Rows::Memory(rows) => {
                let rows = &rows[block * BLOCK_BYTES..];
                Ok(read(&rows[..rows.len().min(BLOCK_BYTES)]))
            }
            Rows::File(cached) => Ok(read(&cached.block(block)?)),
        }
    }
}

/// How many of `length` sorted numbers are below `value`. Ids are spread
/// evenly, so that a guess by proportion mostly hits within a few; where it
/// does not, each second step halves what is left.
fn lower_bound(length: usize, value: u64, number: impl Fn(usize) -> u64) -> usize {
    let (mut from, mut to) = (0, length);
    let mut is_guess = true;
    while to - from > 4 {
        let middle = match is_guess {
            true => guess(from..to, value, &number),
            false => from + (to - from) / 2,
        };
        is_guess = !is_guess;
        if number(middle) < value {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    while from < to && number(from) < value {
        from += 1;
    }
    from
}

/// Where in `range` the value should be.
fn guess(range: Range<usize>, value: u64, number: &impl Fn(usize) -> u64) -> usize {
    let last = range.end - 1;
    let (low, high) = (number(range.start), number(last));
    if value <= low || low == high {
        return range.start;
    }
    let part = u128::from(value.min(high) - low) * (last - range.start) as u128;
    range.start + (part / u128::from(high - low)) as usize
}

/// Adds the facts of a block about the target of `first`; whether no later
/// block has any.
fn gather(rows: &[u8], first: &Words, found: &mut Vec<Fact>) -> bool {
    let rows = rows.as_chunks::<WIDTH>().0;
    let key = to_bytes(first);
    let start = lower_bound(rows.len(), first[0], |at| from_bytes(&rows[at])[0]);
    for row in rows[start..].iter().skip_while(|row| **row < key) {
        let words = from_bytes(row);
        if !same_target(&words, first) {
            return true;
        }
        found.extend(unpack_fact(&words));
    }
    false
}

/// The facts about one target.
#[derive(Debug)]
pub(crate) struct Facts(std::vec::IntoIter<Fact>);

impl Iterator for Facts {
    type Item = Fact;

    fn next(&mut self) -> Option<Fact> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// A file of which some blocks are in memory.
struct Cached {
    path: PathBuf,
    file: Mutex<File>,
    bytes: u64,
    slots: Vec<Slot>,
}

type Slot = Mutex<Option<(usize, Arc<[u8]>)>>;

impl Cached {
    fn new(path: PathBuf, file: File, bytes: u64, memory: usize) -> Self {
        let slots = (memory / BLOCK_BYTES).max(1);
        Self {
            path,
            file: Mutex::new(file),
            bytes,
            slots: (0..slots).map(|_| Slot::default()).collect(),
        }
    }

    /// A block, from its slot where it is there; otherwise it takes the slot.
    fn block(&self, number: usize) -> Result<Arc<[u8]>, Error> {
        let slot = &self.slots[number % self.slots.len()];
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, bytes)) = &*slot
            && *known == number
        {
            return Ok(bytes.clone());
        }
        let bytes: Arc<[u8]> = self.read(number).map_err(Error::read(&self.path))?.into();
        *slot = Some((number, bytes.clone()));
        Ok(bytes)
    }

    fn read(&self, number: usize) -> io::Result<Vec<u8>> {
        let start = (number * BLOCK_BYTES) as u64;
        let length = (self.bytes - start).min(BLOCK_BYTES as u64);
        let mut bytes = vec![0; length as usize];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Writes a table in order.
pub(super) struct Writer {
    path: PathBuf,
    memory: usize,
    held: Vec<u8>,
    out: Option<BufWriter<File>>,
    count: u64,
    fences: Vec<u64>,
}

impl Writer {
    /// A table of more than `memory` bytes goes to the file `figures` in `dir`.
    pub(super) fn new(dir: &Path, memory: usize) -> Self {
        Self {
            path: dir.join("figures"),
            memory,
            held: Vec::new(),
            out: None,
            count: 0,
            fences: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, words: &Words) -> Result<(), Error> {
        if self.count.is_multiple_of(BLOCK as u64) {
            self.fences.push(words[0]);
        }
        self.count += 1;
        let bytes = to_bytes(words);
        match &mut self.out {
            Some(out) => out.write_all(&bytes).map_err(Error::write(&self.path))?,
            None => self.held.extend(bytes),
        }
        if self.held.len() > self.memory {
            self.spill().map_err(Error::write(&self.path))?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&self.path)?;
        let mut out = BufWriter::with_capacity(1 << 18, file);
        out.write_all(&std::mem::take(&mut self.held))?;
        self.out = Some(out);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Table, Error> {
        let rows = match self.out {
            None => Rows::Memory(self.held),
            Some(out) => {
                let file = out.into_inner().map_err(|error| error.into_error());
                let file = file.map_err(Error::write(&self.path))?;
                let bytes = self.count * WIDTH as u64;
                Rows::File(Cached::new(self.path, file, bytes, self.memory))
            }
        };
        Ok(Table {
            rows,
            count: self.count,
            fences: self.fences,
        })
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::figures::{fact::Metric, packed::pack_fact},
        longplay_model::Mbid,
        proptest::prelude::*,
    };

    fn mbid(number: u64) -> Target {
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bytes = u128::from(spread) << 64 | u128::from(number);
        Target::Mbid(Mbid::from_bytes(bytes.to_be_bytes()))
    }

    fn table(dir: &Path, targets: u64, memory: usize) -> Table {
        let fact = |number| Fact {
            target: mbid(number),
            metric: Metric::Plays,
            source: 3,
            value: number as f64,
            at: None,
        };
        let mut rows: Vec<Words> = (0..targets).map(|n| pack_fact(&fact(n))).collect();
        rows.sort_unstable();
        let mut out = Writer::new(dir, memory);
        rows.iter().for_each(|words| out.push(words).unwrap());
        out.finish().unwrap()
    }

    #[test]
    fn every_target_is_found_by_many_threads() {
        let dir = tempfile::tempdir().unwrap();
        for memory in [1 << 20, 20_000, 0] {
            let table = table(dir.path(), 10_000, memory);
            std::thread::scope(|scope| {
                for part in 0..4 {
                    let table = &table;
                    scope.spawn(move || {
                        for number in (part..10_000).step_by(4) {
                            let found: Vec<f64> =
                                table.of(&mbid(number)).unwrap().map(|f| f.value).collect();
                            assert_eq!(found, [number as f64]);
                        }
                        assert_eq!(table.of(&mbid(10_000 + part)).unwrap().count(), 0);
                    });
                }
            });
        }
    }

    #[test]
    fn facts_of_one_target_may_cross_blocks() {
        let dir = tempfile::tempdir().unwrap();
        let mut out = Writer::new(dir.path(), 1 << 20);
        for (number, facts) in [(0, 200), (1, 3000), (2, 1)] {
            let target = Target::Mbid(Mbid::from_bytes([number; 16]));
            for source in 0..facts {
                let fact = Fact {
                    target,
                    metric: Metric::Plays,
                    source,
                    value: 1.0,
                    at: None,
                };
                out.push(&pack_fact(&fact)).unwrap();
            }
        }
        let table = out.finish().unwrap();
        for (number, facts) in [(0, 200), (1, 3000), (2, 1), (3, 0)] {
            let target = Target::Mbid(Mbid::from_bytes([number; 16]));
            let found: Vec<u16> = table.of(&target).unwrap().map(|fact| fact.source).collect();
            assert_eq!(found, (0..facts).collect::<Vec<u16>>());
        }
        assert_eq!(table.targets().count(), 3);
    }

    #[test]
    fn an_empty_table_holds_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let table = table(dir.path(), 0, 0);
        assert_eq!((table.len(), table.targets().count()), (0, 0));
        assert_eq!(table.of(&mbid(1)).unwrap().count(), 0);
    }

    #[test]
    fn even_numbers_are_found_in_few_steps() {
        let even: Vec<u64> = (0..1u64 << 20).map(|n| n << 40).collect();
        for at in [0, 1, 777_777, (1 << 20) - 1] {
            assert_eq!(lower_bound(even.len(), at << 40, |n| even[n]), at as usize);
            let off = guess(0..even.len(), at << 40, &|n| even[n]).abs_diff(at as usize);
            assert!(off <= 1, "{off}");
        }
    }

    proptest! {
        #[test]
        fn proportion_finds_what_halving_finds(
            mut sorted in prop::collection::vec(prop_oneof![0u64..50, any::<u64>()], 0..200),
            value in prop_oneof![0u64..50, any::<u64>()],
        ) {
            sorted.sort_unstable();
            let expected = sorted.partition_point(|one| *one < value);
            prop_assert_eq!(lower_bound(sorted.len(), value, |at| sorted[at]), expected);
        }
    }
}
