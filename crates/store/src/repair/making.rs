use {
    crate::{
        disk::Location,
        error::Error,
        facts::observe::Bytes,
        merkle::LEAF_BYTES,
        repair::{solve::Segment, target::Target},
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

/// The same where each reading is a request over a network.
const FAR_LEAVES: u64 = 64;

/// How many leaves of each shard are taken at a time from the files of this folder.
pub fn portion_of(folder: &Location) -> u64 {
    match folder.local() {
        Some(_) => NEAR_LEAVES,
        None => FAR_LEAVES,
    }
}

/// Leaves of a segment in the making, by all cores.
pub struct Making<'a> {
    pub mixer: &'a Products,
    pub segment: &'a Segment,
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
        let chunks = (leaves.end - leaves.start).div_ceil(self.portion);
        let helpers = workers().min(usize::try_from(chunks).unwrap_or(usize::MAX));
        if helpers < 2 {
            return self.work();
        }
        thread::scope(|scope| {
            let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(|| self.work())).collect();
            let mut ended = helpers.into_iter().map(|helper| helper.join());
            ended.try_for_each(|ended| ended.unwrap_or_else(|panic| panic::resume_unwind(panic)))
        })
    }

    fn work(&self) -> Result<(), Error> {
        let mut read = vec![Vec::new(); self.segment.present.len()];
        let mut made = vec![Vec::new(); self.segment.wanted.len()];
        loop {
            let first = self.next.fetch_add(self.portion, Ordering::Relaxed);
            let end = self.segment.leaves.end.min(first + self.portion);
            if first >= end {
                return Ok(());
            }
            if self.monitor.is_interrupted() {
                return Err(Error::Interrupted);
            }
            let length = ((end - first) * LEAF_BYTES) as usize;
            self.mix(first * LEAF_BYTES, length, &mut read, &mut made)?;
            (self.wrote)(first..end);
            self.monitor.advance((length * made.len()) as u64);
        }
    }

    fn mix(
        &self,
        start: u64,
        length: usize,
        read: &mut [Vec<u8>],
        made: &mut [Vec<u8>],
    ) -> Result<(), Error> {
        for (row, bytes) in iter::zip(&self.segment.present, &mut *read) {
            read_coded(self.inputs.get(row), start, length, bytes);
        }
        made.iter_mut().for_each(|bytes| bytes.resize(length, 0));
        self.mixer.mix(read, made);
        for (row, bytes) in iter::zip(&self.segment.wanted, &*made) {
            let mut targets = self.targets.iter();
            if let Some(target) = targets.find(|target| target.shard.row == *row) {
                target.write_at(start, bytes)?;
            }
        }
        Ok(())
    }
}

/// The coded bytes of a shard; an absent shard, and what is beyond the coded
/// bytes, count as zeros.
fn read_coded(input: Option<&(Bytes, u64)>, start: u64, length: usize, bytes: &mut Vec<u8>) {
    let room = input.map_or(0, |(_, coded)| coded.saturating_sub(start));
    bytes.resize(room.min(length as u64) as usize, 0);
    if let Some((file, _)) = input {
        file.read_at(start, bytes);
    }
}
