use {
    crate::{
        disk::{Aligned, Location},
        error::Error,
        facts::observe::Bytes,
        merkle::LEAF_BYTES,
        repair::{solve::Segment, survivors::Survivors, target::Target},
        work::workers,
    },
    longplay_model::Monitor,
    longplay_wide::Products,
    std::{
        collections::BTreeMap,
        iter,
        ops::Range,
        panic,
        sync::atomic::{AtomicU64, Ordering},
        thread,
    },
};

/// Leaves of each shard that a core takes at a time: those of twenty shards, and the
/// memory that they come from, fit into the cache next to it.
const NEAR_LEAVES: u64 = 2;

/// The same where each reading is a request over a network, and of all shards together.
const FAR_LEAVES: u64 = 64;
const MOST_LEAVES: u64 = 2048;

/// Leaves that a core makes, of all new files together, before it writes them, and of one
/// file at most: they go to the disk past the system's memory, which takes its time for
/// each writing.
const MADE_LEAVES: u64 = 256;
const STRETCH_LEAVES: u64 = 64;

/// How many leaves of each of so many shards are taken at a time from the files of this
/// folder.
pub fn portion_of(folder: &Location, shards: usize) -> u64 {
    match folder.local() {
        Some(_) => NEAR_LEAVES,
        None => (MOST_LEAVES / (shards as u64).max(1)).clamp(NEAR_LEAVES, FAR_LEAVES),
    }
}

/// Leaves of a segment in the making, by all cores.
pub struct Making<'a> {
    pub mixer: &'a Products,
    pub segment: &'a Segment,
    /// Files that are compared while they pass.
    pub survivors: Option<&'a Survivors<'a>>,
    pub inputs: &'a BTreeMap<usize, (Bytes, u64)>,
    pub targets: &'a [Target<'a>],
    /// Leaves of each shard that a core takes at a time.
    pub portion: u64,
    /// The first leaf that nobody makes yet.
    pub next: AtomicU64,
    /// Is told which leaves were written.
    pub wrote: &'a (dyn Fn(Range<u64>) + Sync),
    pub monitor: &'a dyn Monitor,
}

impl Making<'_> {
    pub fn run(&self) -> Result<(), Error> {
        let leaves = &self.segment.leaves;
        let stretches = (leaves.end - leaves.start).div_ceil(self.stretch());
        let threads = match workers() {
            1 => 1,
            cores => cores + 1,
        };
        let helpers = threads.min(usize::try_from(stretches).unwrap_or(usize::MAX));
        if helpers < 2 {
            return self.work();
        }
        thread::scope(|scope| {
            let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(|| self.work())).collect();
            let mut ended = helpers.into_iter().map(|helper| helper.join());
            ended.try_for_each(|ended| ended.unwrap_or_else(|panic| panic::resume_unwind(panic)))
        })
    }

    /// Leaves of each new file that a core writes at a time.
    fn stretch(&self) -> u64 {
        let fair = MADE_LEAVES / (self.segment.wanted.len() as u64).max(1);
        let fair = fair.clamp(1, STRETCH_LEAVES);
        fair.next_multiple_of(self.portion)
    }

    fn work(&self) -> Result<(), Error> {
        let stretch = self.stretch();
        let made = || Aligned::new((stretch * LEAF_BYTES) as usize);
        let mut made: Vec<_> = self.segment.wanted.iter().map(|_| made()).collect();
        let mut read = Read::new(self.rows(), self.portion);
        loop {
            let first = self.next.fetch_add(stretch, Ordering::Relaxed);
            let leaves = first..self.segment.leaves.end.min(first + stretch);
            if leaves.is_empty() {
                return Ok(());
            }
            if self.monitor.is_interrupted() {
                return Err(Error::Interrupted);
            }
            read.expect(self.inputs, first * LEAF_BYTES..leaves.end * LEAF_BYTES);
            self.make(leaves.clone(), &mut read, &mut made);
            let length = ((leaves.end - first) * LEAF_BYTES) as usize;
            self.write(first * LEAF_BYTES, length, &made)?;
            (self.wrote)(leaves);
            self.monitor.advance((length * made.len()) as u64);
        }
    }

    /// The shards that are read: those that others are made from first.
    fn rows(&self) -> Vec<usize> {
        let present = &self.segment.present;
        let compared = self.survivors.into_iter().flat_map(Survivors::rows);
        let others = compared.filter(|row| !present.contains(row));
        present.iter().copied().chain(others).collect()
    }

    /// Makes these leaves of all wanted shards.
    fn make(&self, leaves: Range<u64>, read: &mut Read, made: &mut [Aligned]) {
        let mut rest: Vec<&mut [u8]> = made.iter_mut().map(|bytes| &mut **bytes).collect();
        for first in leaves.clone().step_by(self.portion as usize) {
            let end = leaves.end.min(first + self.portion);
            let length = ((end - first) * LEAF_BYTES) as usize;
            read.fill(self.inputs, first * LEAF_BYTES, length);
            if let Some(survivors) = self.survivors {
                survivors.compare(&read.rows, &(first..end), self.portion, &read.bytes);
            }
            let parts = rest.iter_mut().map(|bytes| bytes.split_off_mut(..length));
            let mut parts: Vec<_> = parts
                .map(|part| part.expect("as long as the leaves"))
                .collect();
            let inputs = read.parts().take(self.segment.present.len());
            self.mixer.mix(&inputs.collect::<Vec<_>>(), &mut parts);
        }
    }

    fn write(&self, start: u64, length: usize, made: &[Aligned]) -> Result<(), Error> {
        for (row, bytes) in iter::zip(&self.segment.wanted, made) {
            let mut targets = self.targets.iter();
            if let Some(target) = targets.find(|target| target.shard.row == *row) {
                target.write_at(start, &bytes[..length])?;
            }
        }
        Ok(())
    }
}

/// Portions of several shards, one after the other.
struct Read {
    rows: Vec<usize>,
    bytes: Vec<u8>,
    /// Bytes from the start of one portion to that of the next.
    stride: usize,
    /// Bytes of each portion: fewer at the end of a shard.
    lengths: Vec<usize>,
}

impl Read {
    fn new(rows: Vec<usize>, portion: u64) -> Self {
        let leaves = Survivors::room(rows.len() * portion as usize);
        Self {
            bytes: vec![0; leaves * LEAF_BYTES as usize],
            stride: (portion * LEAF_BYTES) as usize,
            lengths: vec![0; rows.len()],
            rows,
        }
    }

    /// Tells that these bytes of each shard will be read soon.
    fn expect(&self, inputs: &BTreeMap<usize, (Bytes, u64)>, bytes: Range<u64>) {
        let inputs = self.rows.iter().filter_map(|row| inputs.get(row));
        inputs.for_each(|(file, _)| file.will_need(bytes.clone()));
    }

    /// Reads the coded bytes of each shard; an absent shard, and what is beyond the coded
    /// bytes, are empty, and count as zeros.
    fn fill(&mut self, inputs: &BTreeMap<usize, (Bytes, u64)>, start: u64, length: usize) {
        let portions = self.bytes.chunks_mut(self.stride);
        for ((row, filled), portion) in self.rows.iter().zip(&mut self.lengths).zip(portions) {
            let input = inputs.get(row);
            let room = input.map_or(0, |(_, coded)| coded.saturating_sub(start));
            *filled = room.min(length as u64) as usize;
            if let Some((file, _)) = input {
                file.read_at(start, &mut portion[..*filled]);
            }
        }
    }

    fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let portions = self.bytes.chunks(self.stride);
        let lengths = iter::zip(portions, &self.lengths);
        lengths.map(|(portion, length)| &portion[..*length])
    }
}
